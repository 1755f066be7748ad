"""What reminders and their answers change, and what the home page begins with."""

from __future__ import annotations

from dataclasses import replace

from clock import DAY as ONE_DAY
from clock import HOUR, day_bounds
from orders.visits import (
    next_visit,
    reminders,
)
from orders.visits.reminders import ReminderTimes
from storage.models import OrderState
from tests.orders.acts import Act
from tests.orders.scene import VISIT_DAY, Scene
from tests.orders.visits import (
    BEGIN,
)


async def _times(scene: Scene) -> ReminderTimes:
    return ReminderTimes.of(scene.settings.visits)


async def reminded_in_the_evening(scene: Scene):
    await scene.served()
    times = await _times(scene)
    evening = day_bounds(VISIT_DAY)[0] - ONE_DAY + times.evening
    yield
    yield await scene.run(lambda tx: reminders.remind(tx, scene.order, times, evening))
    yield await scene.run(lambda tx: reminders.remind(tx, scene.order, times, evening + 1))


async def reminded_by_the_job_some_hours_before(scene: Scene):
    await scene.served()
    times = await _times(scene)
    soon = BEGIN - times.hours * HOUR
    yield
    for at in (soon - 1, soon):
        then = replace(scene, at=at)
        yield await reminders.remind_due(scene.storage, then.clock, scene.settings.visits, "a process")


async def not_reminded_once_it_has_begun(scene: Scene):
    await scene.served()
    yield
    yield await reminders.remind_due(scene.storage, lambda: BEGIN, scene.settings.visits, "a process")


async def _reminded(scene: Scene) -> int:
    await scene.served()
    times = await _times(scene)
    evening = day_bounds(VISIT_DAY)[0] - ONE_DAY + times.evening
    for each in scene.households:
        await scene.run(lambda tx, each=each: reminders.remind(tx, each.order, times, evening))
    return evening


async def the_user_will_come(scene: Scene):
    evening = await _reminded(scene)
    yield
    for user, at in ((scene.own.family, evening + 1), (scene.own.owner, evening + 2)):
        yield await scene.run(lambda tx, user=user, at=at: reminders.confirm(tx, scene.order, user, at))


async def the_escort_will_come(scene: Scene):
    evening = await _reminded(scene)
    yield
    yield await scene.run(
        lambda tx: reminders.confirm_by_escort(tx, scene.order, scene.carers[0], evening + 1)
    )


async def the_escort_of_another_order_will_come(scene: Scene):
    evening = await _reminded(scene)
    yield
    yield await scene.run(
        lambda tx: reminders.confirm_by_escort(tx, scene.order, scene.carers[1], evening + 1)
    )


async def the_user_will_come_after_the_day(scene: Scene):
    await _reminded(scene)
    yield
    over = day_bounds(VISIT_DAY)[1]
    yield await scene.run(lambda tx: reminders.confirm(tx, scene.order, scene.own.owner, over))


async def reminders_void(scene: Scene):
    evening = await _reminded(scene)
    await scene.run(lambda tx: reminders.confirm(tx, scene.order, scene.own.owner, evening))
    yield
    yield await scene.run(lambda tx: reminders.void(tx, scene.order, evening + 1))


async def reminders_void_for_the_escort(scene: Scene):
    evening = await _reminded(scene)
    yield
    yield await scene.run(
        lambda tx: reminders.void_for_escort(tx, scene.order, scene.escorts[0], evening + 1)
    )


async def reminders_dropped(scene: Scene):
    evening = await _reminded(scene)
    await scene.run(lambda tx: reminders.confirm(tx, scene.order, scene.own.owner, evening))
    yield
    yield await scene.run(lambda tx: reminders.drop(tx, scene.order, evening + 1))


async def a_visit_of_today_and_one_of_yesterday(scene: Scene):
    """That of today is still to come, whatever the hour; that of yesterday while it is under way."""
    today = await scene.add_order(scene.own, visit_date="2026-11-19")
    yesterday = await scene.add_order(scene.other, visit_date="2026-11-18")
    yield
    async with scene.storage.reading() as reader:
        for user in (scene.own.owner, scene.other.owner):
            yield (await next_visit.next_visit(reader, user, scene.at)).coming
    await scene.set("orders", yesterday, state="serving")
    async with scene.storage.reading() as reader:
        yield (await next_visit.next_visit(reader, scene.other.owner, scene.at)).coming
    yield today


async def what_the_home_page_begins_with(scene: Scene):
    await scene.served()
    await scene.add_order(scene.own, OrderState.UNPAID, patient_id=99)
    await scene.add_order(scene.own, visit_date="2026-12-23")
    await scene.add_order(scene.own, visit_date="2026-11-18")
    yield
    async with scene.storage.reading() as reader:
        for user in (scene.own.owner, scene.own.payer, scene.own.family, scene.stranger):
            yield await next_visit.next_visit(reader, user, scene.at)


async def test_an_act_changes_just_these_rows(scene: Scene, act: Act, check_act) -> None:
    await check_act(scene, act)
