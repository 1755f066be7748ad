"""Leave of escorts blocks what would come, and tells the office of what has come already."""

from __future__ import annotations

import asyncio

import pytest

from clock import DAY as ONE_DAY
from clock import shanghai_date
from orders import serving
from orders.escorts import leaves
from orders.escorts.leaves import HalfDays, LeaveDayRefused
from orders.serving import EscortUnavailable
from storage import Storage
from storage.models import Actor, OrderState
from tests.core.escorts import ADMIN_ID, NOON, Clock, add_escort, assign, offer, paid_order, states
from tests.core.rows import DAY, count, order_of

ADMIN = Actor("admin", ADMIN_ID)


async def take(
    storage: Storage, escort: int, half: str, day: str = DAY, clock: Clock | None = None
) -> list[int]:
    return await storage.run(
        lambda tx: leaves.take(tx, escort, HalfDays(day, half), "家里有事", clock or Clock())
    )


async def give_back(storage: Storage, escort: int, half: str) -> list[int]:
    return await storage.run(lambda tx: leaves.give_back(tx, escort, HalfDays(DAY, half), Clock(NOON + 1)))


async def troubles(storage: Storage, order_id: int) -> list[tuple[str, bool, str]]:
    async with storage.reading() as reader:
        return [(each.kind, each.open, each.resolution) for each in await reader.visits.troubles(order_id)]


@pytest.mark.parametrize(
    ("half", "taken", "left"), [("am", ["am"], "pm"), ("pm", ["pm"], "am"), ("day", ["am", "pm"], "")]
)
async def test_leave_blocks_assignment_on_its_half_days_alone(
    storage: Storage, half: str, taken: list[str], left: str
) -> None:
    escort = await add_escort(storage, "王芳", 900)
    assert await take(storage, escort, half) == []
    assert await take(storage, escort, half) == [], "twice is once"
    for part in taken:
        order_id = await paid_order(storage)
        with pytest.raises(EscortUnavailable):
            await assign(storage, order_id, escort, part)
        assert (await order_of(storage, order_id)).state == OrderState.PAID
    if left:
        order_id = await paid_order(storage, 2)
        await assign(storage, order_id, escort, left)
    assert await count(storage, "escort_bookings") == (1 if left else 0)


async def test_leave_on_a_day_with_an_order_is_told_to_the_office_and_the_escort_stays_booked(
    storage: Storage,
) -> None:
    escort, order_id = await add_escort(storage, "王芳", 900), await paid_order(storage)
    await assign(storage, order_id, escort, "am")
    assert await take(storage, escort, "pm") == []
    assert await troubles(storage, order_id) == []
    assert await take(storage, escort, "day") == [order_id]
    assert await take(storage, escort, "am") == [order_id]
    assert await troubles(storage, order_id) == [("leave", True, "")], "told once"
    assert await count(storage, "escort_bookings") == 1
    assert await give_back(storage, escort, "pm") == [order_id]
    assert await troubles(storage, order_id) == [("leave", True, "")]
    assert await give_back(storage, escort, "am") == []
    assert await troubles(storage, order_id) == [("leave", False, "陪诊员取消了请假")]
    assert await take(storage, escort, "am", clock=Clock(NOON + 2)) == [order_id]
    assert [open_ for _, open_, _ in await troubles(storage, order_id)] == [False, True]


async def test_leave_declines_the_open_invitations_of_that_time(storage: Storage) -> None:
    escort = await add_escort(storage, "王芳", 900)
    morning, afternoon = await paid_order(storage), await paid_order(storage, 2)
    await offer(storage, Clock(), morning, [escort], "am")
    await offer(storage, Clock(), afternoon, [escort], "pm")
    await take(storage, escort, "am")
    assert (await states(storage, morning), await states(storage, afternoon)) == (["declined"], ["offered"])


@pytest.mark.promise(17)
async def test_leave_and_assignment_at_once_never_pass_each_other_unseen(storage: Storage) -> None:
    escort, order_id = await add_escort(storage, "王芳", 900), await paid_order(storage)

    async def try_to_assign() -> bool:
        try:
            await assign(storage, order_id, escort, "am")
        except EscortUnavailable:
            return False
        return True

    assigned, conflicts = await asyncio.gather(try_to_assign(), take(storage, escort, "am"))
    assert conflicts == ([order_id] if assigned else [])
    assert len(await troubles(storage, order_id)) == len(conflicts)


async def test_leave_is_taken_from_today_on_and_for_a_year(storage: Storage) -> None:
    escort = await add_escort(storage, "王芳", 900)
    for day in (shanghai_date(NOON - ONE_DAY), shanghai_date(NOON + 367 * ONE_DAY)):
        with pytest.raises(LeaveDayRefused):
            await take(storage, escort, "am", day)
    assert await count(storage, "escort_leaves") == 0
    await take(storage, escort, "am", shanghai_date(NOON))
    await take(storage, escort, "am", shanghai_date(NOON + 366 * ONE_DAY))
    assert await count(storage, "escort_leaves") == 2


async def test_a_finished_order_is_not_reopened_onto_leave(storage: Storage) -> None:
    escort, order_id = await add_escort(storage, "王芳", 900), await paid_order(storage)
    await assign(storage, order_id, escort, "am")
    await storage.run(lambda tx: serving.finish(tx, order_id, ADMIN, NOON))
    await take(storage, escort, "am")
    with pytest.raises(EscortUnavailable):
        await storage.run(lambda tx: serving.reopen(tx, order_id, ADMIN, NOON))
