"""A finish that is taken back: the same escort at the same time of the day, or nobody when that one cannot come."""

from __future__ import annotations

import pytest

from orders import serving
from orders.serving import ESCORT_NO_LONGER_AVAILABLE, EscortUnavailable
from storage import Storage
from storage.models import EscortState, Takes
from tests.core.rows import DAY, order_of
from tests.core.test_escorts_at_once import ADMIN, add_escort, add_orders, assign


async def taken(storage: Storage, order_id: int) -> list[str]:
    """The half-days that an order holds."""
    async with storage.reading() as reader:
        return sorted(booking.half for booking in await reader.escorts.bookings_of_order(order_id))


async def finished(storage: Storage, escort: int, half: str, takes: str = Takes.HALF, user: int = 1) -> int:
    """An order that this escort served in this half of the day."""
    (order_id,) = await add_orders(storage, 1, takes, first=user)
    assert await assign(storage, order_id, escort, half) == "yes"
    await storage.run(lambda tx: serving.finish(tx, order_id, ADMIN, 3_000))
    return order_id


async def reopen(storage: Storage, order_id: int) -> None:
    await storage.run(lambda tx: serving.reopen(tx, order_id, ADMIN, 4_000))


@pytest.mark.promise(17)
@pytest.mark.parametrize(
    ("takes", "half", "expected"),
    [
        (Takes.HALF, "am", ["am"]),
        (Takes.HALF, "pm", ["pm"]),
        (Takes.HALF, "day", ["am", "pm"]),
        (Takes.DAY, "am", ["am", "pm"]),
    ],
)
async def test_a_reopened_order_takes_the_half_days_that_it_had(
    storage: Storage, takes: str, half: str, expected: list[str]
) -> None:
    order = await finished(storage, await add_escort(storage), half, takes)
    assert await taken(storage, order) == []
    await reopen(storage, order)
    assert (await order_of(storage, order)).state == "serving"
    assert await taken(storage, order) == expected


@pytest.mark.promise(17)
async def test_a_morning_that_was_finished_by_mistake_is_reopened_while_the_afternoon_is_taken(
    storage: Storage,
) -> None:
    escort = await add_escort(storage)
    morning = await finished(storage, escort, "am")
    (afternoon,) = await add_orders(storage, 1, first=50)
    assert await assign(storage, afternoon, escort, "pm") == "yes"
    await reopen(storage, morning)
    async with storage.reading() as reader:
        bookings = await reader.escorts.bookings(DAY, DAY)
    assert {(booking.half, booking.order_id) for booking in bookings} == {
        ("am", morning),
        ("pm", afternoon),
    }
    (another,) = await add_orders(storage, 1, first=60)
    assert await assign(storage, another, escort, "am") == "EscortUnavailable"


@pytest.mark.promise(17)
async def test_an_order_that_was_finished_before_its_half_was_kept_takes_the_whole_day(
    storage: Storage,
) -> None:
    escort = await add_escort(storage)
    order = await finished(storage, escort, "am")
    async with storage.transaction() as tx:
        await tx.connection.execute("UPDATE orders SET half = ''")
        await tx.commit()
    (other,) = await add_orders(storage, 1, first=50)
    assert await assign(storage, other, escort, "pm") == "yes"
    with pytest.raises(EscortUnavailable):
        await reopen(storage, order)
    await storage.run(lambda tx: serving.unassign(tx, other, ADMIN, 5_000))
    await reopen(storage, order)
    assert await taken(storage, order) == ["am", "pm"]


@pytest.mark.promise(16, 17)
@pytest.mark.parametrize("why", ["suspended", "applied again", "erased"])
async def test_an_escort_who_may_not_be_given_orders_is_not_given_a_reopened_one(
    storage: Storage, why: str
) -> None:
    escort = await add_escort(storage)
    order = await finished(storage, escort, "am")
    async with storage.transaction() as tx:
        if why == "suspended":
            await tx.escorts.move(escort, EscortState.APPROVED, EscortState.SUSPENDED, 3_500)
        elif why == "erased":
            await tx.escorts.erase_of_user(900)
        else:
            await tx.escorts.apply(900, "王芳", "", "2222", 3_500)
        await tx.commit()
    await reopen(storage, order)
    after = await order_of(storage, order)
    assert (after.state, after.escort_id) == ("paid", None)
    assert await taken(storage, order) == []
    async with storage.reading() as reader:
        step = (await reader.orders.history(order))[-1]
    assert (step.from_state, step.to_state, step.actor_id) == ("finished", "paid", ADMIN.id)
    assert (step.reason, step.escort_id) == (ESCORT_NO_LONGER_AVAILABLE, None)
    another = await add_escort(storage, user_id=901)
    assert await assign(storage, order, another, "am") == "yes"


async def test_an_order_that_nobody_served_is_reopened_without_a_reason(storage: Storage) -> None:
    (order,) = await add_orders(storage, 1)
    await storage.run(lambda tx: serving.finish(tx, order, ADMIN, 3_000))
    await reopen(storage, order)
    async with storage.reading() as reader:
        step = (await reader.orders.history(order))[-1]
    assert (step.to_state, step.reason) == ("paid", "")
