"""What a change does to the booking of the order's escort, what it says of it, and what is kept of it."""

from __future__ import annotations

import pytest

from config import Settings
from orders.booking.bookable_days import DayClosed
from orders.changing.changes import EscortTaken, change_by_office
from storage import Storage
from storage.models import Cause, EscortState, OrderState, Takes
from storage.writes import VisitChange
from tests.core.changed_orders import (
    ADMIN,
    NOW,
    bookings,
    change,
    contents,
    day,
    paid,
    served,
    settings,
    terms,
)
from tests.core.rows import order_of
from tests.core.test_escorts_at_once import add_escort

__all__ = ["settings"]


@pytest.mark.promise(32)
async def test_an_escort_who_was_given_the_whole_day_keeps_it_on_another_day(
    storage: Storage, settings: Settings
) -> None:
    """The office chose both half-days for a visit whose hour is settled."""
    escort = await add_escort(storage)
    order_id = await served(storage, escort, half="day")
    assert await bookings(storage, order_id) == [(day(10), "am", 0), (day(10), "pm", 0)]
    await change(storage, settings, order_id, visit_date=day(11), visit_time="10:00")
    assert await bookings(storage, order_id) == [(day(11), "am", 0), (day(11), "pm", 0)]


@pytest.mark.promise(32)
async def test_an_hour_that_is_settled_now_decides_over_the_half_that_the_office_had_chosen(
    storage: Storage, settings: Settings
) -> None:
    escort = await add_escort(storage)
    order_id = await served(storage, escort, visit_time="", half="pm")
    await change(storage, settings, order_id, visit_date=day(11), visit_time="09:30")
    assert await bookings(storage, order_id) == [(day(11), "am", 0)]


@pytest.mark.promise(32)
@pytest.mark.parametrize(("name", "called"), [("王芳", "陪诊员 王芳"), ("", "原来的陪诊员")])
async def test_a_visit_of_an_escort_who_may_not_serve_any_more_is_not_moved_with_them(
    storage: Storage, settings: Settings, name: str, called: str
) -> None:
    """Suspended; without a name where they had their data deleted."""
    escort = await add_escort(storage)
    order_id = await served(storage, escort)
    async with storage.transaction() as tx:
        await tx.connection.execute(
            "UPDATE escorts SET name = :name, state = :state WHERE id = :id",
            {"name": name, "state": EscortState.SUSPENDED, "id": escort},
        )
        await tx.commit()
    before = await contents(storage)
    with pytest.raises(EscortTaken) as refused:
        await change(storage, settings, order_id, visit_date=day(12))
    assert f"{called} 现在不能接单" in refused.value.message
    assert await contents(storage) == before
    after = await change(storage, settings, order_id, visit_date=day(12), take_escort_off=True)
    assert (after.state, after.visit_date) == (OrderState.PAID, day(12))


@pytest.mark.promise(32)
async def test_the_office_moves_a_visit_to_today_where_users_must_book_in_advance(
    storage: Storage, settings: Settings
) -> None:
    order_id = await paid(storage)

    async def to_today(*, notice: bool) -> None:
        given = terms(settings, same_day_until="00:00", notice=notice)
        wanted = VisitChange(visit_date=day(0))
        await storage.run(lambda tx: change_by_office(tx, order_id, wanted, Cause(ADMIN, NOW), given))

    with pytest.raises(DayClosed) as refused:
        await to_today(notice=True)
    assert refused.value.slug == "same_day_over"
    await to_today(notice=False)
    assert (await order_of(storage, order_id)).visit_date == day(0)


async def test_a_change_of_a_whole_day_keeps_both_half_days(storage: Storage, settings: Settings) -> None:
    escort = await add_escort(storage)
    order_id = await served(storage, escort, half="day", takes=Takes.DAY)
    await change(storage, settings, order_id, visit_time="11:00")
    assert await bookings(storage, order_id) == [(day(10), "am", 0), (day(10), "pm", 0)]


async def test_the_history_says_what_is_open_again_and_what_is_no_longer_named(
    storage: Storage, settings: Settings
) -> None:
    order_id = await paid(storage, meeting_point="门诊大厅")
    await change(
        storage, settings, order_id, visit_time="", meeting_point="", department="骨科", campus="东院"
    )
    async with storage.reading() as reader:
        step = (await reader.orders.history(order_id))[-1]
    assert "时间 09:00 → 待确认" in step.reason
    assert "见面地点 门诊大厅 → 不再指定" in step.reason
    assert "院区定为 东院" in step.reason
    assert "科室 心内科 → 骨科" in step.reason


async def test_a_change_by_the_office_is_kept_as_asked_and_decided_at_once(
    storage: Storage, settings: Settings
) -> None:
    order_id = await paid(storage)
    await change(storage, settings, order_id, visit_date=day(11))
    async with storage.reading() as reader:
        (row,) = await reader.order_changes.of_order(order_id)
    assert (row.asked_at, row.decided_at, row.actor_kind, row.actor_id) == (NOW, NOW, "admin", 1)
