"""How many visits an escort has finished, and how they were rated, is kept with every act, and is what is counted."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable

import pytest

from clock import HOUR, MINUTE
from orders import serving
from orders.escorts import records
from orders.transitions import Action, TransitionRefused, transition
from storage import Storage
from storage.models import SYSTEM, Cause, EscortState, OrderState
from storage.views import EscortRecord
from storage.writes import NewRating, OrderMove
from tests.core.escorts import add_escort, add_escorts
from tests.escort_pay import version_1_0_0 as old
from tests.escort_pay.paying import ADMIN, AT, IN_DECEMBER, finish, finished, order_of, reopen, served

Act = Callable[[Storage, int], Awaitable[None]]


async def of(storage: Storage, escort: int) -> tuple[int, int, int]:
    """Finished visits, ratings and stars, as a page reads them."""
    async with storage.reading() as reader:
        record = (await reader.escort_records.of({escort})).get(escort, records.NO_RECORD)
    return record.finished, record.ratings, record.stars


async def rate(storage: Storage, order_id: int, stars: int) -> None:
    order = await order_of(storage, order_id)
    await storage.run(lambda tx: serving.rate(tx, order, NewRating(stars), AT + 2))


async def take(storage: Storage, order_id: int, action: Action, to: OrderState | None = None) -> None:
    async with storage.transaction() as tx:
        order = await serving.lock_order(tx, order_id)
        before = order.state if action == Action.ASK_REFUND else ""
        await transition(
            tx, order, action, Cause(SYSTEM, AT + 3), OrderMove(state_before_refund=before), to=to
        )
        await tx.commit()


async def suspend(storage: Storage, escort: int) -> None:
    async with storage.transaction() as tx:
        await tx.escorts.move(escort, EscortState.APPROVED, EscortState.SUSPENDED, AT)
        await tx.commit()


async def agrees(storage: Storage) -> None:
    assert await records.problems(storage) == []


async def test_every_act_about_a_finished_visit_is_counted(storage: Storage) -> None:
    escort = await add_escort(storage, "王芳", 900)
    first, second, third = [await served(storage, escort) for _ in range(3)]
    assert await of(storage, escort) == (0, 0, 0)
    for order in (first, second, third):
        await finish(storage, order)
    assert await of(storage, escort) == (3, 0, 0)
    await rate(storage, first, 5)
    await rate(storage, second, 2)
    assert await of(storage, escort) == (3, 2, 7)
    with pytest.raises(TransitionRefused):
        await rate(storage, first, 1)
    await reopen(storage, second)
    assert await of(storage, escort) == (2, 1, 5)
    await finish(storage, second)
    assert await of(storage, escort) == (3, 2, 7), "the rating is there again"
    await take(storage, first, Action.ASK_REFUND)
    assert await of(storage, escort) == (2, 1, 2), "what is being paid back is not finished"
    await take(storage, first, Action.RETURN_FROM_REFUND, OrderState.FINISHED)
    assert await of(storage, escort) == (3, 2, 7)
    for action in (Action.ASK_REFUND, Action.REFUND_ALL):
        await take(storage, first, action)
    await take(storage, third, Action.ASK_REFUND)
    await take(storage, third, Action.CANCEL)
    assert await of(storage, escort) == (1, 1, 2)
    await agrees(storage)


async def test_a_visit_that_another_escort_finishes_counts_for_that_one(storage: Storage) -> None:
    before, after = await add_escorts(storage, 2)
    order = await finished(storage, before)
    await rate(storage, order, 4)
    await suspend(storage, before)
    await reopen(storage, order)
    assert await of(storage, before) == (0, 0, 0)
    await storage.run(lambda tx: serving.assign(tx, order, after, "am", Cause(ADMIN, AT), 1_000))
    await finish(storage, order)
    assert (await of(storage, before), await of(storage, after)) == ((0, 0, 0), (1, 1, 4))
    await agrees(storage)


async def test_a_rating_counts_for_who_serves_now_whatever_the_user_has_read(storage: Storage) -> None:
    before, after = await add_escorts(storage, 2)
    order_id = await finished(storage, before)
    seen = await order_of(storage, order_id)
    await suspend(storage, before)
    await reopen(storage, order_id)
    await storage.run(lambda tx: serving.assign(tx, order_id, after, "am", Cause(ADMIN, AT), 1_000))
    await finish(storage, order_id)
    await storage.run(lambda tx: serving.rate(tx, seen, NewRating(3), AT + 5))
    assert (await of(storage, before), await of(storage, after)) == ((0, 0, 0), (1, 1, 3))
    await agrees(storage)


async def test_a_visit_without_an_escort_is_nobodys_and_what_is_not_committed_is_not_counted(
    storage: Storage,
) -> None:
    escort = await add_escort(storage, "王芳", 900)
    order = await served(storage, escort)
    async with storage.transaction() as tx:
        await serving.finish(tx, order, ADMIN, AT)
    assert await of(storage, escort) == (0, 0, 0)
    await storage.run(lambda tx: serving.unassign(tx, order, ADMIN, AT))
    await finish(storage, order)
    await rate(storage, order, 5)
    async with storage.reading() as reader:
        row = await reader.connection.fetch_one("SELECT COUNT(*) FROM escort_records")
    assert row is not None
    assert row[0] == 0
    await agrees(storage)


async def test_visits_of_one_escort_are_finished_rated_and_reopened_at_once(storage: Storage) -> None:
    escorts = await add_escorts(storage, 2)
    orders = [await served(storage, escort) for escort in escorts for _ in range(10)]
    await asyncio.gather(*(finish(storage, order) for order in orders), records.repair_all(storage))
    assert [await of(storage, escort) for escort in escorts] == [(10, 0, 0), (10, 0, 0)]
    await asyncio.gather(
        *(rate(storage, order, 4) for order in orders[:8]),
        *(reopen(storage, order) for order in orders[8:12]),
        *(take(storage, order, Action.ASK_REFUND) for order in orders[12:15]),
        records.repair_all(storage),
    )
    assert [await of(storage, escort) for escort in escorts] == [(8, 8, 32), (5, 0, 0)]
    await agrees(storage)


async def finishes(storage: Storage, order: int) -> None:
    await old.finish(storage, order)


async def finishes_and_it_is_rated(storage: Storage, order: int) -> None:
    await old.finish(storage, order)
    await rate(storage, order, 5)


async def rates(storage: Storage, order: int) -> None:
    await finish(storage, order)
    await old.rate(storage, order, 5)


async def reopens(storage: Storage, order: int) -> None:
    await finish(storage, order)
    await rate(storage, order, 5)
    await old.reopen(storage, order)


async def finishes_and_it_is_reopened(storage: Storage, order: int) -> None:
    await old.finish(storage, order)
    await old.rate(storage, order, 5)
    await reopen(storage, order)


BESIDE: dict[Act, tuple[int, int, int]] = {
    finishes: (2, 1, 3),
    finishes_and_it_is_rated: (2, 2, 8),
    rates: (2, 2, 8),
    reopens: (1, 1, 3),
    finishes_and_it_is_reopened: (1, 1, 3),
}
"""What a process of 1.0.0 does beside the record, and what it is in truth; another visit was rated with 3 stars."""


@pytest.mark.promise(29)
@pytest.mark.parametrize("act", BESIDE)
async def test_what_an_old_process_did_is_named_and_put_right_once(storage: Storage, act: Act) -> None:
    escort = await add_escort(storage, "王芳", 900)
    await rate(storage, await finished(storage, escort), 3)
    await act(storage, await served(storage, escort))
    (named,) = await records.problems(storage)
    assert named.startswith(f"escort {escort}: ")
    assert await records.repair_all(storage) == [named]
    assert await of(storage, escort) == BESIDE[act]
    assert await records.repair_all(storage) == []
    await agrees(storage)


async def test_a_page_never_shows_less_than_nothing(storage: Storage) -> None:
    escort = await add_escort(storage, "王芳", 900)
    await finishes_and_it_is_reopened(storage, await served(storage, escort))
    async with storage.reading() as reader:
        assert await reader.escort_records.as_they_are({escort}) == {escort: EscortRecord(-1, -1, -5)}
    assert await of(storage, escort) == (0, 0, 0)
    await finished(storage, escort)
    await finished(storage, escort)
    assert await of(storage, escort) == (1, 0, 0), "one too few, until it is put right"
    await records.repair_all(storage)
    assert await of(storage, escort) == (2, 0, 0)


class Rounds:
    """The job of a server, called by hand; ``at`` moves on by more than its pause each time."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self.at = IN_DECEMBER

    async def once(self) -> int:
        self.at += 2 * MINUTE
        return await records.repair_due(self._storage, lambda: self.at, "test")


async def test_the_escorts_are_compared_in_turns_for_ever(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "AT_ONCE", 2)
    escorts = await add_escorts(storage, 5)
    for escort in escorts:
        await old.finish(storage, await served(storage, escort))
    rounds = Rounds(storage)
    assert [await rounds.once() for _ in range(4)] == [2, 2, 1, 0]
    assert [await of(storage, escort) for escort in escorts] == [(1, 0, 0)] * 5
    await old.finish(storage, await served(storage, escorts[0]))
    assert [await rounds.once() for _ in range(3)] == [0, 0, 1]
    await agrees(storage)


async def test_two_servers_take_turns_and_a_spoilt_note_means_to_begin_anew(storage: Storage) -> None:
    escort = await add_escort(storage, "王芳", 900)
    rounds = Rounds(storage)
    await old.finish(storage, await served(storage, escort))
    assert await rounds.once() == 1
    await old.finish(storage, await served(storage, escort))
    assert await records.repair_due(storage, lambda: rounds.at, "another") == 0, "the pause is not over"
    for note in ("no JSON", "[]", '{"reached": null}', '{"reached": -7}'):
        async with storage.transaction() as tx:
            await tx.connection.execute("UPDATE jobs SET last_result = :note", {"note": note})
            await tx.commit()
        rounds.at += HOUR
        assert await rounds.once() == 1
        await old.finish(storage, await served(storage, escort))
    async with storage.reading() as reader:
        job = await reader.jobs.get(records.JOB)
    assert job is not None
    assert json.loads(job.last_result) == {"reached": 0, "mended": 1}


async def test_new_and_old_processes_finish_and_rate_while_the_records_are_put_right(
    storage: Storage,
) -> None:
    escort = await add_escort(storage, "王芳", 900)
    orders = [await served(storage, escort) for _ in range(12)]
    rounds = Rounds(storage)

    async def repeat() -> None:
        for _ in range(4):
            await rounds.once()
            await records.repair_all(storage)

    acts = (finish, old.finish)
    await asyncio.gather(repeat(), *(acts[number % 2](storage, order) for number, order in enumerate(orders)))
    ratings = (rate, old.rate)
    await asyncio.gather(
        repeat(), *(ratings[number % 2](storage, order, 5) for number, order in enumerate(orders[:6]))
    )
    await rounds.once()
    assert await of(storage, escort) == (12, 6, 30)
    await agrees(storage)
