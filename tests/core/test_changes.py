"""A change of a paid order moves day, hour and booking together, or nothing at all."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from config import Settings
from orders import serving
from orders.booking.bookable_days import DayClosed, block
from orders.booking.visit_date import VisitDateRefused
from orders.changing.changes import (
    EscortTaken,
    NotChangeable,
    NothingChanged,
    OrderChanged,
    basis_of_change,
    change_by_office,
)
from refusals import OrderNotFound
from storage import Storage, StorageUnavailable
from storage.models import Actor, BlockedDay, Cause, ChangeKind, ChangeState, OrderState, Takes
from storage.writes import VisitChange
from tests.core.changed_orders import (
    ADMIN,
    NOW,
    OWNER,
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
from tests.payment.flaky_storage import FlakyStorage

__all__ = ["settings"]


@pytest.mark.promise(32)
async def test_day_hour_and_booking_move_together_and_everybody_is_told(
    storage: Storage, settings: Settings
) -> None:
    escort = await add_escort(storage)
    order_id = await served(storage, escort)
    after = await change(
        storage, settings, order_id, visit_date=day(12), visit_time="14:30", meeting_point="门诊大厅"
    )
    assert (after.visit_date, after.visit_time, after.state, after.escort_id) == (
        day(12),
        "14:30",
        OrderState.SERVING,
        escort,
    )
    assert await bookings(storage, order_id) == [(day(12), "pm", 0)]
    async with storage.reading() as reader:
        step = (await reader.orders.history(order_id))[-1]
        (row,) = await reader.order_changes.of_order(order_id)
        told = await reader.connection.fetch_all(
            "SELECT user_id, payload FROM outbox WHERE kind = 'moved' ORDER BY user_id"
        )
    assert (step.from_state, step.to_state, step.actor_kind) == ("serving", "serving", "admin")
    assert "时间 09:00 → 14:30" in step.reason
    assert "医生改了时间" in step.reason
    assert (row.kind, row.state, row.decided_by) == (ChangeKind.OFFICE, ChangeState.DONE, 1)
    assert json.loads(row.before_json) == {"visit_date": day(10), "visit_time": "09:00", "meeting_point": ""}
    assert json.loads(row.after_json)["visit_time"] == "14:30"
    assert [user for user, _ in told] == [OWNER, 900]
    assert all(json.loads(str(facts))["visit_date"] == day(12) for _, facts in told)


@pytest.mark.promise(32)
async def test_a_change_whose_escort_is_taken_changes_nothing_and_says_who(
    storage: Storage, settings: Settings
) -> None:
    escort = await add_escort(storage)
    order_id = await served(storage, escort)
    await served(storage, escort, 2, visit_date=day(12))
    before = await contents(storage)
    with pytest.raises(EscortTaken) as refused:
        await change(storage, settings, order_id, visit_date=day(12))
    assert "王芳" in refused.value.message
    assert "上午已有订单 #" in refused.value.message
    assert await contents(storage) == before
    after = await change(storage, settings, order_id, visit_date=day(12), take_escort_off=True)
    assert (after.state, after.escort_id, after.visit_date) == (OrderState.PAID, None, day(12))
    assert await bookings(storage, order_id) == []
    async with storage.reading() as reader:
        steps = await reader.orders.history(order_id)
        told = await reader.connection.fetch_all("SELECT user_id, kind, payload FROM outbox ORDER BY id")
    assert [(step.from_state, step.to_state) for step in steps[-2:]] == [
        ("serving", "paid"),
        ("paid", "paid"),
    ]
    assert [(user, kind) for user, kind, _ in told[-2:]] == [(900, "cancelled"), (OWNER, "moved")]
    assert json.loads(str(told[-2][2]))["outcome"] == "unassigned"


@pytest.mark.promise(32)
async def test_a_change_to_a_day_of_leave_is_refused(storage: Storage, settings: Settings) -> None:
    escort = await add_escort(storage)
    order_id = await served(storage, escort)
    async with storage.transaction() as tx:
        await tx.connection.execute(
            "INSERT INTO escort_leaves (escort_id, visit_date, half, reason, created_at) "
            "VALUES (:id, :day, 'am', '', 1)",
            {"id": escort, "day": day(12)},
        )
        await tx.commit()
    with pytest.raises(EscortTaken, match="escort_unavailable") as refused:
        await change(storage, settings, order_id, visit_date=day(12))
    assert "请假" in refused.value.message
    await change(storage, settings, order_id, visit_date=day(12), visit_time="13:00")


@pytest.mark.promise(32)
async def test_a_change_to_a_full_or_blocked_day_changes_nothing(
    storage: Storage, settings: Settings
) -> None:
    escort = await add_escort(storage)
    order_id = await served(storage, escort)
    await paid(storage, 2, visit_date=day(12), visit_time="10:00")
    await storage.run(lambda tx: block(tx, BlockedDay(0, day(13), "day", 0, "放假", 1, NOW)))
    before = await contents(storage)
    for later in (12, 13):
        with pytest.raises(DayClosed):
            await change(storage, settings, order_id, visit_date=day(later), capacity="1")
    with pytest.raises(VisitDateRefused):
        await change(storage, settings, order_id, visit_date=day(-1))
    assert await contents(storage) == before


@pytest.mark.promise(32)
async def test_a_database_that_fails_anywhere_in_a_change_leaves_everything_as_it_was(
    storage: Storage, settings: Settings
) -> None:
    escort = await add_escort(storage)
    order_id = await served(storage, escort)
    await change(storage, settings, order_id, visit_date=day(11))  # the row of its day exists from now on
    await change(storage, settings, order_id, visit_date=day(10))
    before, failed = await contents(storage), 0
    while True:
        try:
            await change(
                FlakyStorage(storage, failed), settings, order_id, visit_date=day(11), visit_time="15:00"
            )
            break
        except StorageUnavailable:
            assert await contents(storage) == before
            failed += 1
    assert failed > 12, "every statement of the change was tried"
    assert await bookings(storage, order_id) == [(day(11), "pm", 0)]


@pytest.mark.promise(32)
async def test_of_two_clerks_at_once_the_second_one_is_told_that_the_order_changed(
    storage: Storage, settings: Settings
) -> None:
    escort = await add_escort(storage)
    order_id = await served(storage, escort)
    shown, told = basis_of_change(await order_of(storage, order_id)), list[set[str]]()

    async def clerk(number: int) -> bool:
        cause = Cause(Actor("admin", number), NOW)
        wanted = VisitChange(visit_date=day(11 + number), visit_time="10:30")

        def changed(basis: Any) -> set[str]:
            return {name for name in basis if basis[name] != shown[name]}

        try:
            await storage.run(
                lambda tx: change_by_office(tx, order_id, wanted, cause, terms(settings), changed)
            )
        except OrderChanged as error:
            told.append(error.changed)
            return False
        return True

    assert sorted(await asyncio.gather(clerk(1), clerk(2))) == [False, True]
    assert told == [{"visit_date", "visit_time"}]
    after = await order_of(storage, order_id)
    assert await bookings(storage, order_id) == [(after.visit_date, "am", 0)]
    async with storage.reading() as reader:
        assert len(await reader.order_changes.of_order(order_id)) == 1


@pytest.mark.promise(32)
async def test_two_orders_that_are_moved_to_one_half_of_their_escort_at_once_have_one_winner(
    storage: Storage, settings: Settings
) -> None:
    escort = await add_escort(storage)
    ids = [await served(storage, escort, user, visit_date=day(10 + user)) for user in range(1, 7)]

    async def one(order_id: int) -> bool:
        try:
            await change(storage, settings, order_id, visit_date=day(20))
        except EscortTaken:
            return False
        return True

    answers = await asyncio.gather(*(one(order_id) for order_id in ids))
    assert answers.count(True) == 1
    async with storage.reading() as reader:
        assert len(await reader.escorts.bookings(day(20), day(20))) == 1
        assert len(await reader.escorts.bookings(day(1), day(30))) == len(ids)


async def test_a_change_of_the_place_alone_leaves_the_booking_and_of_the_wishes_tells_nobody(
    storage: Storage, settings: Settings
) -> None:
    escort = await add_escort(storage)
    order_id = await served(storage, escort, visit_time="", half="pm")
    await change(storage, settings, order_id, hospital_id=2, hospital_name="唐都医院", department="骨科")
    await change(storage, settings, order_id, wishes="要轮椅")
    assert await bookings(storage, order_id) == [(day(10), "pm", 0)]
    async with storage.reading() as reader:
        told = await reader.connection.fetch_all("SELECT id FROM outbox WHERE kind = 'moved'")
        step = (await reader.orders.history(order_id))[-1]
    assert len(told) == 2, "user and escort, of the place"
    assert "要轮椅" not in step.reason
    await change(storage, settings, order_id, visit_date=day(11))
    assert await bookings(storage, order_id) == [(day(11), "pm", 0)], "what the office chose goes with it"
    await change(storage, settings, order_id, visit_time="09:30")
    assert await bookings(storage, order_id) == [(day(11), "am", 0)]


async def test_errands_and_whole_days_move_with_what_they_take(storage: Storage, settings: Settings) -> None:
    escort = await add_escort(storage)
    whole = await served(storage, escort, takes=Takes.DAY, half="day")
    await change(storage, settings, whole, visit_date=day(11))
    assert await bookings(storage, whole) == [(day(11), "am", 0), (day(11), "pm", 0)]
    errand = await served(storage, escort, 2, takes=Takes.ERRAND)
    other = await served(storage, escort, 3, takes=Takes.ERRAND, visit_date=day(12))
    await change(storage, settings, errand, visit_date=day(12))
    assert await bookings(storage, errand) + await bookings(storage, other) == [
        (day(12), "am", 2),
        (day(12), "am", 1),
    ]
    with pytest.raises(EscortTaken):
        await change(storage, settings, errand, visit_date=day(11))


async def test_what_is_over_or_not_there_cannot_be_changed_and_nothing_is_no_change(
    storage: Storage, settings: Settings
) -> None:
    order_id = await paid(storage)
    with pytest.raises(NothingChanged):
        await change(storage, settings, order_id, visit_date=day(10), visit_time="09:00")
    await storage.run(lambda tx: serving.finish(tx, order_id, ADMIN, NOW))
    with pytest.raises(NotChangeable):
        await change(storage, settings, order_id, visit_date=day(11))
    with pytest.raises(OrderNotFound):
        await change(storage, settings, 99_999, visit_date=day(11))
