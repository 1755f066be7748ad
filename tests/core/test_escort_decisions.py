"""What may be decided about an escort who has applied again, and what two taps on 申请 leave."""

from __future__ import annotations

from typing import Any

import pytest

from orders.escorts import review
from orders.escorts.review import DecisionRefused, EscortErased
from privacy import Vault, new_key
from storage import Duplicate, Storage
from storage.models import Escort, EscortState, Reapplication
from tests.core.escorts import NOON, add_escort

USER = 900


async def decide(storage: Storage, escort_id: int, act: str) -> EscortState:
    async with storage.transaction() as tx:
        escort = await tx.escorts.lock(escort_id)
        assert escort is not None
        state = await review.decide(tx, escort, act, NOON)
        await tx.commit()
    return state


async def escort_and_application(storage: Storage, escort_id: int) -> tuple[Escort, Reapplication | None]:
    async with storage.reading() as reader:
        escort = await reader.escorts.get(escort_id)
        assert escort is not None
        return escort, await reader.escorts.application(escort_id)


async def applied_again(storage: Storage, state: EscortState) -> int:
    escort_id = await add_escort(storage, "王芳", USER, state)
    await storage.run(lambda tx: tx.escorts.reapply(escort_id, "李娜", "sealed", "4444", NOON))
    return escort_id


@pytest.mark.parametrize(
    ("state", "waits", "acts"),
    [
        (EscortState.PENDING, False, ["approve", "reject"]),
        (EscortState.APPROVED, False, ["suspend"]),
        (EscortState.APPROVED, True, ["approve", "reject", "suspend"]),
        (EscortState.SUSPENDED, False, ["approve"]),
        (EscortState.SUSPENDED, True, ["approve", "reject"]),
        (EscortState.REJECTED, False, ["approve"]),
    ],
)
async def test_what_may_be_decided_depends_on_the_state_and_on_what_waits(
    storage: Storage, state: EscortState, waits: bool, acts: list[str]
) -> None:
    escort_id = await (applied_again(storage, state) if waits else add_escort(storage, "王芳", USER, state))
    escort, application = await escort_and_application(storage, escort_id)
    assert sorted(review.decisions(escort, application)) == acts
    for act in {"approve", "reject", "suspend"} - set(acts):
        with pytest.raises(DecisionRefused):
            await decide(storage, escort_id, act)
    assert await escort_and_application(storage, escort_id) == (escort, application)


async def test_a_suspension_leaves_the_reviewed_name_and_the_new_application_waiting(
    storage: Storage,
) -> None:
    escort_id = await applied_again(storage, EscortState.APPROVED)
    assert await decide(storage, escort_id, "suspend") == EscortState.SUSPENDED
    escort, application = await escort_and_application(storage, escort_id)
    assert (escort.state, escort.name, escort.phone_tail) == (EscortState.SUSPENDED, "王芳", "2222")
    assert application is not None
    assert application.name == "李娜"
    assert await decide(storage, escort_id, "approve") == EscortState.APPROVED
    escort, application = await escort_and_application(storage, escort_id)
    assert (escort.name, escort.phone_tail, application) == ("李娜", "4444", None)


@pytest.mark.parametrize("state", [EscortState.APPROVED, EscortState.SUSPENDED])
async def test_the_rejection_of_a_new_application_leaves_the_escort_in_their_state(
    storage: Storage, state: EscortState
) -> None:
    escort_id = await applied_again(storage, state)
    assert await decide(storage, escort_id, "reject") == state
    escort, application = await escort_and_application(storage, escort_id)
    assert (escort.state, escort.name, application) == (state, "王芳", None)


@pytest.mark.parametrize("act", ["approve", "reject", "suspend"])
async def test_who_had_their_data_deleted_is_told_as_such_whatever_the_office_decides(
    storage: Storage, act: str
) -> None:
    escort_id = await add_escort(storage, "王芳", USER)
    await storage.run(lambda tx: tx.escorts.erase_of_user(USER))
    before = await escort_and_application(storage, escort_id)
    assert review.decisions(*before) == []
    with pytest.raises(EscortErased):
        await decide(storage, escort_id, act)
    assert await escort_and_application(storage, escort_id) == before


class OthersWereFirst:
    """A storage in which the user's other application is first, so many times."""

    def __init__(self, inner: Storage, times: int) -> None:
        self.inner, self.left, self.tries = inner, times, 0

    async def run(self, work: Any) -> Any:
        self.tries += 1
        if self.left:
            self.left -= 1
            raise Duplicate
        return await self.inner.run(work)


@pytest.mark.parametrize("times", [0, 1, 2])
async def test_a_double_tap_is_tried_once_more_and_is_never_lost_without_a_word(
    storage: Storage, times: int
) -> None:
    async with storage.transaction() as tx:
        user = await tx.users.find_or_add("oUser1", NOON)
        await tx.commit()
    flaky: Any = OthersWereFirst(storage, times)
    applying = review.apply(flaky, Vault(new_key()), user, "王芳", "13811112222", NOON)
    if times == 2:
        with pytest.raises(Duplicate):
            await applying
    else:
        await applying
    async with storage.reading() as reader:
        found = await reader.escorts.of_user(user)
    assert (found.name if found else None) == (None if times == 2 else "王芳")
    assert flaky.tries == min(times + 1, 2)
