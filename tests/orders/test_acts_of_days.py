"""What days that are blocked, full or held change, and how the form shows them."""

from __future__ import annotations

from dataclasses import replace

from clock import HOUR, MINUTE, day_bounds
from orders.booking import bookable_days
from orders.booking.bookable_days import DayRules
from orders.booking.day_places import Visit
from storage.models import BlockedDay, OrderState, Takes
from tests.orders.acts import Act
from tests.orders.scene import VISIT_DAY, Scene

ANOTHER_DAY = "2026-12-23"
BEGIN = day_bounds(VISIT_DAY)[0] + 9 * HOUR + 30 * MINUTE


def _rules(scene: Scene, capacity: str) -> DayRules:
    rules = DayRules.of(scene.settings)
    return replace(rules, visits=replace(rules.visits, capacity=capacity))


async def a_place_held(scene: Scene):
    await scene.ordered(OrderState.UNPAID)
    order = await scene.read()
    yield
    yield await scene.run(
        lambda tx: bookable_days.hold_place(tx, DayRules.of(scene.settings), order, scene.at)
    )


async def a_place_on_a_full_day(scene: Scene):
    await scene.ordered()
    more = await scene.add_order(scene.own, OrderState.UNPAID)
    order = await scene.read(more)
    yield
    yield await scene.run(lambda tx: bookable_days.hold_place(tx, _rules(scene, "2"), order, scene.at))


async def the_last_place_of_a_day(scene: Scene):
    await scene.ordered()
    more = await scene.add_order(scene.own, OrderState.UNPAID)
    order = await scene.read(more)
    yield
    yield await scene.run(lambda tx: bookable_days.hold_place(tx, _rules(scene, "3"), order, scene.at))


async def a_full_day_that_was_seen_to(scene: Scene):
    await scene.ordered()
    for each in scene.households:
        await scene.set("orders", each.order, overbooked_open=1)
    order = await scene.read()
    yield
    yield await scene.run(lambda tx: bookable_days.settle_overbooked(tx, order, scene.at))
    try:
        await scene.run(lambda tx: bookable_days.settle_overbooked(tx, order, scene.at))
    except bookable_days.OverbookedSettled as refusal:
        yield refusal.message


async def paid_for_a_place_that_was_held(scene: Scene):
    """Of a day that has become full: until the end of the hold there is a place."""
    await scene.ordered()
    more = await scene.add_order(scene.own, OrderState.UNPAID)
    await scene.set("orders", more, place_held_until=scene.at)
    order = await scene.read(more)
    yield
    for at in (scene.at - 1, scene.at):
        yield await scene.run(
            lambda tx, at=at: bookable_days.is_overbooked(tx, _rules(scene, "2"), order, at)
        )


def _blocked(scene: Scene, half: str = "day", hospital_id: int = 0) -> BlockedDay:
    return BlockedDay(0, VISIT_DAY, half, hospital_id, "医院放假", 2, scene.at)


async def a_day_blocked(scene: Scene):
    yield
    yield await scene.run(lambda tx: bookable_days.block(tx, _blocked(scene, "am", 3)))
    try:
        await scene.run(lambda tx: bookable_days.block(tx, _blocked(scene, "am", 3)))
    except bookable_days.AlreadyBlocked as refusal:
        yield refusal.message


async def a_day_free_again(scene: Scene):
    for half in ("am", "pm"):
        await scene.run(lambda tx, half=half: bookable_days.block(tx, _blocked(scene, half)))
    yield
    yield await scene.run(lambda tx: bookable_days.unblock(tx, 1))
    try:
        await scene.run(lambda tx: bookable_days.unblock(tx, 1))
    except bookable_days.BlockGone as refusal:
        yield refusal.message


async def days_as_the_form_shows_them(scene: Scene):
    await scene.ordered()
    await scene.run(
        lambda tx: bookable_days.block(tx, replace(_blocked(scene, "pm"), visit_date=ANOTHER_DAY))
    )
    yield
    async with scene.storage.reading() as reader:
        for takes in (Takes.HALF, Takes.DAY):
            visit = Visit(ANOTHER_DAY, "", takes, 1)
            yield await bookable_days.days_from(reader, _rules(scene, "2"), visit, 3, scene.at)
        today = Visit("2026-11-18", "", Takes.HALF, 1)
        for capacity in ("0", "escorts"):
            yield await bookable_days.days_from(reader, _rules(scene, capacity), today, 2, scene.at)
        horizon = Visit("2026-11-19", "", Takes.HALF, 1)
        days = await bookable_days.days_from(
            reader, _rules(scene, "0"), horizon, scene.settings.orders.horizon_days + 2, scene.at
        )
        yield days[-2:]


async def test_an_act_changes_just_these_rows(scene: Scene, act: Act, check_act) -> None:
    await check_act(scene, act)
