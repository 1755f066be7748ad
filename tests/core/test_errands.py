"""Errands share a half-day of one escort, up to a number, and exclude with every other order, in both directions."""

from __future__ import annotations

import asyncio

import pytest

from orders import serving
from orders.ending import end_unserved
from orders.serving import EscortUnavailable
from orders.transitions import Action, transition
from storage import Storage, Transaction
from storage.models import Actor, Cause, Ending, OrderState, Takes
from storage.writes import OrderMove
from tests.core.rows import DAY, add_order, order_of
from tests.core.test_escorts_at_once import add_escort

ADMIN = Actor("admin", 1)
SHARED = 3


async def add(
    storage: Storage, number: int, takes: str = Takes.ERRAND, first: int = 1, time: str = ""
) -> list[int]:
    async with storage.transaction() as tx:
        ids = [
            await add_order(tx, user, OrderState.PAID, takes=takes, visit_time=time)
            for user in range(first, first + number)
        ]
        await tx.commit()
    return ids


async def given(storage: Storage, order_id: int, escort_id: int, half: str = "am") -> bool:
    try:
        await storage.run(
            lambda tx: serving.assign(tx, order_id, escort_id, half, Cause(ADMIN, 2_000), SHARED)
        )
    except EscortUnavailable:
        return False
    return True


async def slots(storage: Storage, half: str = "am") -> list[int]:
    async with storage.reading() as reader:
        return sorted(
            booking.slot for booking in await reader.escorts.bookings(DAY, DAY) if booking.half == half
        )


@pytest.mark.promise(17)
async def test_of_twenty_errands_at_once_as_many_share_the_morning_as_may(storage: Storage) -> None:
    escort, ids = await add_escort(storage), await add(storage, 20)
    answers = await asyncio.gather(*(given(storage, order_id, escort) for order_id in ids))
    assert answers.count(True) == SHARED
    assert await slots(storage) == [1, 2, 3]
    assert await slots(storage, "pm") == []


@pytest.mark.promise(17)
async def test_errands_and_other_orders_at_once_never_meet_in_one_half_day(storage: Storage) -> None:
    escort = await add_escort(storage)
    errands, others = await add(storage, 8), await add(storage, 8, Takes.HALF, 100)
    mixed = [order_id for pair in zip(errands, others, strict=True) for order_id in pair]
    answers = await asyncio.gather(*(given(storage, order_id, escort) for order_id in mixed))
    assert await slots(storage) in ([0], [1, 2, 3])
    assert answers.count(True) == len(await slots(storage))


@pytest.mark.promise(17)
@pytest.mark.parametrize("takes", [Takes.HALF, Takes.DAY])
async def test_an_errand_excludes_other_orders_and_they_exclude_it(storage: Storage, takes: str) -> None:
    escort = await add_escort(storage)
    (errand, late), (other,) = await add(storage, 2), await add(storage, 1, takes, 100)
    assert await given(storage, errand, escort)
    assert not await given(storage, other, escort)
    await storage.run(lambda tx: serving.unassign(tx, errand, ADMIN, 3_000))
    assert await given(storage, other, escort)
    assert not await given(storage, late, escort)


async def test_the_hour_of_an_errand_decides_in_which_half_it_is(storage: Storage) -> None:
    escort = await add_escort(storage)
    (order_id,) = await add(storage, 1, time="14:30")
    assert await given(storage, order_id, escort, "am")
    assert (await slots(storage), await slots(storage, "pm")) == ([], [1])


async def test_the_slot_of_an_errand_that_ends_is_free_again(storage: Storage) -> None:
    escort, (one, two, three, four) = await add_escort(storage), await add(storage, 4)
    for order_id in (one, two, three):
        assert await given(storage, order_id, escort)
    assert not await given(storage, four, escort)

    async def cancel(tx: Transaction) -> None:
        order = await tx.orders.lock(two)
        assert order is not None
        await transition(
            tx, order, Action.ASK_REFUND, Cause(ADMIN, 3_000), OrderMove(state_before_refund=order.state)
        )
        order = await tx.orders.lock(two)
        assert order is not None
        await end_unserved(tx, order, Ending.CANCELLED_BY_USER, Cause(ADMIN, 3_000))

    await storage.run(cancel)
    assert await slots(storage) == [1, 3]
    assert await given(storage, four, escort)
    assert await slots(storage) == [1, 2, 3]


async def test_a_finished_errand_is_reopened_where_there_is_room_and_refused_where_there_is_none(
    storage: Storage,
) -> None:
    escort, (one, *others) = await add_escort(storage), await add(storage, 4)
    assert await given(storage, one, escort)
    await storage.run(lambda tx: serving.finish(tx, one, ADMIN, 3_000))
    for order_id in others:
        assert await given(storage, order_id, escort)
    with pytest.raises(EscortUnavailable):
        await storage.run(lambda tx: serving.reopen(tx, one, ADMIN, 4_000, SHARED))
    assert (await order_of(storage, one)).state == OrderState.FINISHED
    await storage.run(lambda tx: serving.unassign(tx, others[0], ADMIN, 5_000))
    await storage.run(lambda tx: serving.reopen(tx, one, ADMIN, 6_000, SHARED))
    assert (await order_of(storage, one)).escort_id == escort


async def test_an_escort_with_nothing_but_an_errand_is_on_the_way(storage: Storage) -> None:
    escort, (order_id,) = await add_escort(storage), await add(storage, 1)
    assert await given(storage, order_id, escort)
    async with storage.reading() as reader:
        assert await reader.escorts.is_booked(escort)
        (visit,) = await reader.escorts.visits(DAY, DAY)
        (booking,) = await reader.escorts.bookings_of_order(order_id)
    assert (visit.order_id, visit.half, booking.slot) == (order_id, "am", 1)
