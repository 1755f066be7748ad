"""When a visit begins, which half-days of its escort it takes, and what people read by the calendar."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from clock import SHANGHAI, day_bounds, to_ms
from orders import serving
from orders.stage import Stage, stage_of
from orders.visit_time import begin_of, half_of, halves_of, visit_begin_ms
from schemas.wire import STAGE
from storage import Storage
from storage.models import Order, OrderState, Takes
from tests.core.rows import DAY, add_order, order_of
from tests.core.test_escorts_at_once import ADMIN, add_escort, assign


def moment(text: str) -> int:
    return to_ms(datetime.fromisoformat(text).replace(tzinfo=SHANGHAI))


@pytest.mark.parametrize(("hour", "begins"), [("", "08:00"), ("00:00", "00:00"), ("14:30", "14:30")])
def test_a_visit_begins_at_its_hour_or_at_eight(hour: str, begins: str) -> None:
    assert visit_begin_ms(DAY, hour) == moment(f"{DAY}T{begins}:00")


@pytest.mark.parametrize(
    ("hour", "half"), [("", ""), ("00:00", "am"), ("11:59", "am"), ("12:00", "pm"), ("23:59", "pm")]
)
def test_before_noon_is_the_morning(hour: str, half: str) -> None:
    assert half_of(hour) == half


@pytest.mark.parametrize(
    ("takes", "hour", "chosen", "halves"),
    [
        (Takes.HALF, "", "am", "am"),
        (Takes.HALF, "", "pm", "pm"),
        (Takes.HALF, "", "", "am pm"),
        (Takes.HALF, "09:30", "pm", "am"),
        (Takes.HALF, "14:00", "", "pm"),
        (Takes.HALF, "14:00", "day", "am pm"),
        (Takes.ERRAND, "09:30", "", "am"),
        (Takes.ERRAND, "", "pm", "pm"),
        (Takes.DAY, "09:30", "am", "am pm"),
        (Takes.DAY, "", "pm", "am pm"),
    ],
)
async def test_the_hour_decides_the_half_day_and_a_whole_day_takes_both(
    storage: Storage, takes: str, hour: str, chosen: str, halves: str
) -> None:
    order = await _order(storage, takes=takes, visit_time=hour)
    assert halves_of(order, chosen) == tuple(halves.split())
    assert begin_of(order) == visit_begin_ms(DAY, hour)


@pytest.mark.promise(17)
async def test_an_order_with_an_hour_books_the_half_of_its_hour_whatever_was_ticked(storage: Storage) -> None:
    escort = await add_escort(storage)
    morning = await _order(storage, visit_time="09:30")
    other = await _order(storage, user=2)
    assert await assign(storage, morning.id, escort, "pm") == "yes"
    assert await assign(storage, other.id, escort, "am") == "EscortUnavailable"
    assert await assign(storage, other.id, escort, "pm") == "yes"
    await storage.run(lambda tx: serving.finish(tx, morning.id, ADMIN, 3_000))
    await storage.run(lambda tx: serving.reopen(tx, morning.id, ADMIN, 4_000))
    async with storage.reading() as reader:
        assert [each.half for each in await reader.escorts.bookings_of_order(morning.id)] == ["am"]


@pytest.mark.parametrize(
    ("state", "at", "stage"),
    [
        (OrderState.UNPAID, f"{DAY}T10:00", Stage.UNPAID),
        (OrderState.PAID, f"{DAY}T10:00", Stage.UNASSIGNED),
        (OrderState.SERVING, "2026-12-23T23:59:59", Stage.ASSIGNED),
        (OrderState.SERVING, f"{DAY}T00:00", Stage.TODAY),
        (OrderState.SERVING, f"{DAY}T23:59:59", Stage.TODAY),
        (OrderState.SERVING, "2026-12-25T00:00", Stage.UNDER_WAY),
        (OrderState.FINISHED, f"{DAY}T10:00", Stage.FINISHED),
        (OrderState.REFUNDING, f"{DAY}T10:00", Stage.REFUNDING),
        (OrderState.REFUNDED, f"{DAY}T10:00", Stage.REFUNDED),
        (OrderState.CANCELLED, f"{DAY}T10:00", Stage.CANCELLED),
    ],
)
async def test_people_read_the_calendar(storage: Storage, state: OrderState, at: str, stage: Stage) -> None:
    order = await _order(storage, state)
    assert stage_of(order, moment(at)) == stage
    assert STAGE[stage]


async def test_who_was_met_is_being_served_even_if_the_day_is_another(storage: Storage) -> None:
    order = await _order(storage, OrderState.SERVING)
    async with storage.transaction() as tx:
        await tx.connection.execute("UPDATE orders SET started_at = 5 WHERE id = :id", {"id": order.id})
        await tx.commit()
    begun = await order_of(storage, order.id)
    assert stage_of(begun, day_bounds(DAY)[0] - 1) == Stage.UNDER_WAY


async def _order(
    storage: Storage, state: OrderState = OrderState.PAID, user: int = 1, **changes: Any
) -> Order:
    async with storage.transaction() as tx:
        order_id = await add_order(tx, user, state, **changes)
        await tx.commit()
    return await order_of(storage, order_id)
