"""Users move a paid visit by themselves, or ask the office, which accepts or refuses."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from clock import HOUR, MINUTE
from config import Settings
from orders import serving
from orders.booking.bookable_days import DayClosed, block
from orders.booking.visit_date import VisitDateRefused
from orders.changing import moves
from orders.changing.changes import (
    EscortTaken,
    NothingChanged,
)
from orders.visit_time import visit_begin_ms
from refusals import InvalidInput, OrderNotFound
from storage import Storage
from storage.models import BlockedDay, Cause, OrderState
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

__all__ = ["settings"]


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
