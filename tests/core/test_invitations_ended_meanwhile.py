"""An invitation that is open when it is read and has ended when it is answered: the job and an escort's leave do not
wait for the order."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from orders.escorts import invitations
from orders.escorts.invitations import InvitationClosed, InvitationExpired, InvitationTaken
from refusals import Refused
from storage import Storage, Transaction
from storage.models import InvitationState, OrderState
from storage.repositories.invitations import Invitations
from tests.core.escorts import Clock, add_escort, invitations_of, messages, offer, paid_order
from tests.core.rows import order_of

Act = Callable[[Transaction, int, int, int, Clock], Awaitable[object]]


@pytest.fixture
def ends_meanwhile(engine: str, storage: Storage, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Ends the invitation in the given state just before the next act does: in MariaDB on another connection; SQLite
    has one writer at a time, so there it is the same one."""
    end = Invitations.end

    def prepare(state: str) -> None:
        async def late(self: Invitations, invitation_id: int, *answer: object) -> int:
            monkeypatch.setattr(Invitations, "end", end)
            if engine == "mysql":
                async with storage.transaction() as other:
                    assert await other.invitations.end(invitation_id, InvitationState(state), 5) == 1
                    await other.commit()
            else:
                assert await end(self, invitation_id, InvitationState(state), 5) == 1
            return await end(self, invitation_id, *answer)  # type: ignore[arg-type]

        monkeypatch.setattr(Invitations, "end", late)

    return prepare


def accept(tx: Transaction, invitation_id: int, _: int, escort_id: int, clock: Clock) -> Awaitable[object]:
    return invitations.accept(tx, invitation_id, escort_id, clock, 4)


def decline(tx: Transaction, invitation_id: int, _: int, escort_id: int, clock: Clock) -> Awaitable[object]:
    return invitations.decline(tx, invitation_id, escort_id, "太远", clock)


def withdraw(tx: Transaction, invitation_id: int, order_id: int, _: int, clock: Clock) -> Awaitable[object]:
    return invitations.withdraw(tx, invitation_id, order_id, "不用了", clock)


@pytest.mark.parametrize(
    ("act", "state", "told"),
    [
        (accept, InvitationState.EXPIRED, InvitationExpired),
        (accept, InvitationState.DECLINED, invitations.InvitationDeclined),
        (decline, InvitationState.EXPIRED, InvitationExpired),
        (decline, InvitationState.TAKEN, InvitationTaken),
        (decline, InvitationState.DECLINED, None),
        (withdraw, InvitationState.EXPIRED, InvitationClosed),
        (withdraw, InvitationState.DECLINED, InvitationClosed),
    ],
)
async def test_what_was_quicker_is_told_and_nothing_of_the_late_answer_happens(
    storage: Storage,
    ends_meanwhile: Callable[[str], None],
    act: Act,
    state: str,
    told: type[Refused] | None,
) -> None:
    clock, escort, order_id = Clock(), await add_escort(storage, "王芳", 900), await paid_order(storage)
    await offer(storage, clock, order_id, [escort])
    before = await messages(storage)
    (invitation,) = (await invitations_of(storage, order_id)).values()
    ends_meanwhile(state)
    if told is None:
        await storage.run(lambda tx: act(tx, invitation.id, order_id, escort, clock))
    else:
        with pytest.raises(told):
            await storage.run(lambda tx: act(tx, invitation.id, order_id, escort, clock))
    assert await messages(storage) == before, "nobody is told of an act that was refused"
    assert (await order_of(storage, order_id)).state == OrderState.PAID
    (after,) = (await invitations_of(storage, order_id)).values()
    if told is None:
        assert (after.state, after.answered_at, after.reason) == (InvitationState.DECLINED, 5, "")
