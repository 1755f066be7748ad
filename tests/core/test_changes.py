"""A change of a paid order moves day, hour and booking together, or nothing at all."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from clock import DAY as ONE_DAY
from clock import HOUR, MINUTE, shanghai_date
from config import Settings, load_settings
from orders import moves, serving
from orders.bookable_days import DayClosed, DayRules, block
from orders.changes import (
    ChangeTerms,
    EscortTaken,
    NotChangeable,
    NothingChanged,
    OrderChanged,
    basis_of_change,
    change_by_office,
)
from orders.visit_date import VisitDateRefused
from orders.visit_time import visit_begin_ms
from refusals import InvalidInput, OrderNotFound
from storage import Storage, StorageUnavailable, Transaction
from storage.models import Actor, BlockedDay, Cause, ChangeKind, ChangeState, Order, OrderState, Takes
from storage.writes import VisitChange
from tests.core.rows import add_order, order_of
from tests.core.test_escorts_at_once import add_escort
from tests.payment.flaky_storage import FlakyStorage

ADMIN = Actor("admin", 1)
NOW = 1_766_000_000_000
OWNER = 1


def day(later: int) -> str:
    return shanghai_date(NOW + later * ONE_DAY)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(tmp_path, environment={})


def terms(settings: Settings, percent: int = 100, **more: Any) -> ChangeTerms:
    visits = {name: more.pop(name) for name in list(more) if hasattr(settings.visits, name)}
    rules = DayRules(replace(settings.visits, **visits), settings.orders.horizon_days)
    return ChangeTerms(rules, lambda order: percent, **more)


async def paid(storage: Storage, user: int = OWNER, **content: Any) -> int:
    values = {"visit_date": day(10), "visit_time": "09:00", **content}

    async def add(tx: Transaction) -> int:
        await tx.users.find_or_add(f"oUser{user}", NOW)
        return await add_order(tx, user, OrderState.PAID, **values)

    return await storage.run(add)


async def served(storage: Storage, escort: int, user: int = OWNER, half: str = "am", **content: Any) -> int:
    order_id = await paid(storage, user, **content)
    await storage.run(lambda tx: serving.assign(tx, order_id, escort, half, Cause(ADMIN, NOW), 4))
    return order_id


async def change(
    storage: Storage, settings: Settings, order_id: int, reason: str = "医生改了时间", **wanted: Any
) -> Order:
    more = {
        name: wanted.pop(name) for name in ("take_escort_off", "capacity", "wanted_by_user") if name in wanted
    }
    cause = Cause(ADMIN, NOW, reason)
    return await storage.run(
        lambda tx: change_by_office(tx, order_id, VisitChange(**wanted), cause, terms(settings, **more))
    )


async def bookings(storage: Storage, order_id: int) -> list[tuple[str, str, int]]:
    async with storage.reading() as reader:
        return sorted(
            (b.visit_date, b.half, b.slot) for b in await reader.escorts.bookings_of_order(order_id)
        )


async def contents(storage: Storage) -> list[Any]:
    tables = ("orders", "order_history", "order_changes", "escort_bookings", "outbox")
    async with storage.reading() as reader:
        return [await reader.connection.fetch_all(f"SELECT * FROM {table}") for table in tables]


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


# The user


async def move(
    storage: Storage, settings: Settings, order_id: int, visit_date: str, time: str = "09:00", **more: Any
) -> bool:
    at = more.pop("at", NOW)
    order = await order_of(storage, order_id)
    seen = more.pop("seen", (order.visit_date, order.visit_time))
    user, percent = more.pop("user", OWNER), more.pop("percent", 100)
    wanted = moves.Move(visit_date, time, seen, more.pop("reason", ""))
    return await storage.run(
        lambda tx: moves.move_by_user(tx, order_id, user, wanted, terms(settings, percent, **more), at)
    )


async def request_of(storage: Storage, order_id: int) -> int:
    async with storage.reading() as reader:
        change_ = await reader.order_changes.open_of_order(order_id)
    assert change_ is not None
    return change_.id


async def decide(
    storage: Storage, settings: Settings, order_id: int, *, yes: bool, note: str = "", **more: Any
) -> None:
    request, cause = await request_of(storage, order_id), Cause(ADMIN, NOW, note)
    given = terms(settings, **more) if yes else None
    await storage.run(lambda tx: moves.decide_request(tx, order_id, request, cause, given))


@pytest.mark.promise(32)
async def test_a_user_moves_a_visit_once_alone_and_asks_the_office_afterwards(
    storage: Storage, settings: Settings
) -> None:
    escort = await add_escort(storage)
    order_id = await served(storage, escort)
    assert await move(storage, settings, order_id, day(12), "14:00")
    assert await bookings(storage, order_id) == [(day(12), "pm", 0)]
    assert not await move(storage, settings, order_id, day(14), reason="孩子要上学")
    assert await bookings(storage, order_id) == [(day(12), "pm", 0)], "nothing moves before the office agrees"
    with pytest.raises(moves.AlreadyRequested):
        await move(storage, settings, order_id, day(15))
    await decide(storage, settings, order_id, yes=True)
    after = await order_of(storage, order_id)
    assert (after.visit_date, after.visit_time, after.user_moves) == (day(14), "09:00", 1)
    assert await bookings(storage, order_id) == [(day(14), "am", 0)]
    async with storage.reading() as reader:
        rows = await reader.order_changes.of_order(order_id)
    assert [(row.kind, row.state) for row in rows] == [("user", "done"), ("request", "done")]


@pytest.mark.parametrize(("before", "alone"), [(24 * HOUR, True), (24 * HOUR - 1, False)])
async def test_the_last_moment_to_move_alone_is_exact(
    storage: Storage, settings: Settings, before: int, alone: bool
) -> None:
    order_id = await paid(storage)
    at = visit_begin_ms(day(10), "09:00") - before
    assert await move(storage, settings, order_id, day(12), at=at) is alone


async def test_an_hour_that_was_not_settled_is_told_without_using_a_move(
    storage: Storage, settings: Settings
) -> None:
    order_id = await paid(storage, visit_time="")
    assert await move(storage, settings, order_id, day(10), "10:00")
    assert (await order_of(storage, order_id)).user_moves == 0
    assert await move(storage, settings, order_id, day(11), "10:00")
    assert not await move(storage, settings, order_id, day(12), "10:00")


@pytest.mark.promise(32)
async def test_where_the_escort_is_taken_a_users_own_move_becomes_a_request(
    storage: Storage, settings: Settings
) -> None:
    escort = await add_escort(storage)
    order_id = await served(storage, escort)
    await served(storage, escort, 2, visit_date=day(12))
    assert not await move(storage, settings, order_id, day(12))
    assert (await order_of(storage, order_id)).user_moves == 0
    before = await contents(storage)
    with pytest.raises(EscortTaken):
        await decide(storage, settings, order_id, yes=True)
    assert await contents(storage) == before
    await decide(storage, settings, order_id, yes=True, take_escort_off=True)
    assert (await order_of(storage, order_id)).state == OrderState.PAID


async def test_a_refused_or_withdrawn_request_changes_nothing_but_what_is_told(
    storage: Storage, settings: Settings
) -> None:
    order_id = await paid(storage)
    for end in ("refused", "withdrawn"):
        before = await order_of(storage, order_id)
        await move(storage, settings, order_id, day(12), user_moves=0)
        if end == "refused":
            await decide(storage, settings, order_id, yes=False, note="那天没有人")
        else:
            await storage.run(lambda tx: moves.withdraw_request(tx, order_id, OWNER, NOW))
        after = await order_of(storage, order_id)
        assert replace(after, updated_at=0) == replace(before, updated_at=0)
        async with storage.reading() as reader:
            assert (await reader.order_changes.of_order(order_id))[-1].state == end
            assert (await reader.orders.history(order_id))[-1].reason.startswith(
                "改期申请未通过：那天没有人" if end == "refused" else "撤回了改期申请"
            )
    with pytest.raises(moves.NoMoveRequested):
        await storage.run(lambda tx: moves.withdraw_request(tx, order_id, OWNER, NOW))


async def test_twenty_taps_at_once_move_once_or_ask_once(storage: Storage, settings: Settings) -> None:
    order_id = await paid(storage)
    seen = (day(10), "09:00")

    async def tap(**more: Any) -> str:
        try:
            return str(await move(storage, settings, order_id, day(12), seen=seen, **more))
        except (moves.VisitMoved, moves.AlreadyRequested) as error:
            return error.slug

    asked = await asyncio.gather(*(tap(user_moves=0) for _ in range(10)))
    assert sorted(asked) == ["False", *["move_already_requested"] * 9]
    await storage.run(lambda tx: moves.withdraw_request(tx, order_id, OWNER, NOW))
    moved = await asyncio.gather(*(tap() for _ in range(10)))
    assert sorted(moved) == ["True", *["order_changed"] * 9]


async def test_a_move_that_cannot_be_is_refused_and_changes_nothing(
    storage: Storage, settings: Settings
) -> None:
    order_id = await paid(storage)
    await storage.run(lambda tx: block(tx, BlockedDay(0, day(13), "day", 0, "放假", 1, NOW)))
    before = await contents(storage)
    begins = visit_begin_ms(day(10), "09:00")
    tries: list[tuple[type[Exception], dict[str, Any]]] = [
        (OrderNotFound, {"user": 2, "visit_date": day(12)}),
        (moves.VisitMoved, {"visit_date": day(12), "seen": (day(10), "")}),
        (moves.TooLateToMove, {"visit_date": day(12), "at": begins}),
        (NothingChanged, {"visit_date": day(10)}),
        (VisitDateRefused, {"visit_date": day(9), "at": begins - MINUTE}),
        (InvalidInput, {"visit_date": day(10), "time": "08:30", "at": begins - 20 * MINUTE}),
        (DayClosed, {"visit_date": day(13)}),
        (DayClosed, {"visit_date": day(13), "user_moves": 0}),
    ]
    for refusal, wanted in tries:
        with pytest.raises(refusal):
            await move(storage, settings, order_id, **wanted)
    assert await contents(storage) == before


async def test_the_end_of_an_order_ends_its_open_request(storage: Storage, settings: Settings) -> None:
    order_id = await paid(storage)
    await move(storage, settings, order_id, day(12), user_moves=0)
    await storage.run(lambda tx: serving.finish(tx, order_id, ADMIN, NOW))
    async with storage.reading() as reader:
        assert await reader.order_changes.open_of_order(order_id) is None


@pytest.mark.promise(14)
async def test_nobody_moves_a_visit_to_get_more_back(storage: Storage, settings: Settings) -> None:
    """What a cancellation gave when the user had it moved is the most that it gives afterwards; what the company wants
    costs the user nothing."""

    async def most(order_id: int) -> int:
        return (await order_of(storage, order_id)).max_refund_percent

    alone = await paid(storage)
    await move(storage, settings, alone, day(12), percent=50)
    assert await most(alone) == 50
    asked = await paid(storage, 2)
    await move(storage, settings, asked, day(12), user=2, user_moves=0, percent=50)
    assert await most(asked) == 100
    await decide(storage, settings, asked, yes=True)
    assert await most(asked) == 50
    await change(storage, settings, asked, visit_date=day(13), wanted_by_user=True)
    assert await most(asked) == 50
    await change(storage, settings, asked, visit_date=day(14), wanted_by_user=False)
    assert await most(asked) == 100
