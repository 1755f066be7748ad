"""What trouble on a visit changes."""

from __future__ import annotations

from typing import Any

from orders import serving
from orders.escorts import leaves
from orders.escorts.leaves import HalfDays
from orders.visits import (
    troubles,
)
from storage.models import StepKind, TroubleKind
from tests.orders.acts import Act
from tests.orders.scene import ADMIN, VISIT_DAY, Scene
from tests.orders.visits import (
    BEGIN,
    press,
    taken_off_at_once,
    trouble,
    visit_of_each,
)


async def trouble_reported(scene: Scene):
    visit = await visit_of_each(scene, consented=False)
    yield
    yield await trouble(visit, TroubleKind.UNWELL, note="老人头晕", phone_at=BEGIN - 1)
    yield await trouble(visit.later(1), TroubleKind.UNWELL, note="又一次", phone_at=BEGIN)


async def _waited(scene: Scene, minutes: float, called: bool = True, **content: Any) -> Scene:
    """The escort has come half an hour early, and has waited so long after the hour that was agreed."""
    visit = await visit_of_each(scene, **content)
    await press(visit.later(-30), StepKind.ARRIVED)
    if called:
        await press(visit.later(1), StepKind.CALLED)
    return visit.later(minutes)


async def absent_after_the_wait(scene: Scene):
    visit = await _waited(scene, 30)
    yield
    yield await trouble(visit, TroubleKind.ABSENT)


async def absent_a_moment_too_early(scene: Scene):
    visit = await _waited(scene, 30 - 1 / 60_000)
    yield
    yield await trouble(visit, TroubleKind.ABSENT)


async def absent_too_early_where_the_phone_told_the_moment(scene: Scene):
    """The minute that is told is the next full one."""
    visit = await visit_of_each(scene)
    await press(visit.later(10 + 1 / 60_000), StepKind.ARRIVED)
    await press(visit.later(11), StepKind.CALLED)
    yield
    yield await trouble(visit.later(20), TroubleKind.ABSENT)


async def absent_without_a_call(scene: Scene):
    visit = await _waited(scene, 29, called=False)
    yield
    yield await trouble(visit, TroubleKind.ABSENT)


async def absent_where_no_hour_was_agreed(scene: Scene):
    visit = await _waited(scene, 0, visit_time="")
    yield
    yield await trouble(visit, TroubleKind.ABSENT)


async def absent_without_having_come(scene: Scene):
    visit = await visit_of_each(scene)
    yield
    yield await trouble(visit, TroubleKind.ABSENT)


async def trouble_of_an_escort_who_was_taken_off(scene: Scene):
    visit = await taken_off_at_once(scene)
    yield
    yield await trouble(visit.later(1), TroubleKind.CANNOT_COME, phone_at=visit.at - 1)


async def trouble_of_the_customer_after_being_taken_off(scene: Scene):
    visit = await taken_off_at_once(scene)
    yield
    yield await trouble(visit.later(1), TroubleKind.LATE, phone_at=visit.at - 1)


async def trouble_from_before_the_finish(scene: Scene):
    visit = await visit_of_each(scene)
    await scene.run(lambda tx: serving.finish(tx, scene.order, ADMIN, visit.at))
    yield
    yield await trouble(visit.later(1), TroubleKind.UNWELL, phone_at=visit.at)


async def trouble_after_the_finish(scene: Scene):
    visit = await visit_of_each(scene)
    await scene.run(lambda tx: serving.finish(tx, scene.order, ADMIN, visit.at))
    yield
    yield await trouble(visit.later(1), TroubleKind.UNWELL, phone_at=visit.at + 1)


async def _troubled(scene: Scene) -> Scene:
    """Both escorts cannot come, take leave, and say that the customer is late."""
    visit = await visit_of_each(scene)
    for place in (0, 1):
        for kind in (TroubleKind.CANNOT_COME, TroubleKind.LATE):
            await trouble(visit, kind, place, note="说明")
        when = HalfDays(VISIT_DAY, "day")
        await scene.run(
            lambda tx, place=place, when=when: leaves.take(tx, scene.escorts[place], when, "", visit.clock)
        )
    return visit


async def trouble_closed_by_the_office(scene: Scene):
    visit = await _troubled(scene)
    yield
    yield await scene.run(lambda tx: troubles.close(tx, scene.order, 1, "已经换人", 2, visit.at + 1))


async def trouble_closed_twice(scene: Scene):
    visit = await _troubled(scene)
    await scene.run(lambda tx: troubles.close(tx, scene.order, 1, "已经换人", 2, visit.at + 1))
    yield
    yield await scene.run(lambda tx: troubles.close(tx, scene.order, 1, "换人", 2, visit.at + 2))


async def trouble_closed_of_another_order(scene: Scene):
    visit = await _troubled(scene)
    yield
    yield await scene.run(lambda tx: troubles.close(tx, scene.other.order, 1, "", 2, visit.at + 1))


async def taken_off_with_trouble(scene: Scene):
    visit = await _troubled(scene)
    yield
    yield await scene.run(lambda tx: serving.unassign(tx, scene.order, ADMIN, visit.at + 1))


async def finished_with_trouble(scene: Scene):
    visit = await _troubled(scene)
    yield
    yield await scene.run(lambda tx: serving.finish(tx, scene.order, ADMIN, visit.at + 1))


async def test_an_act_changes_just_these_rows(scene: Scene, act: Act, check_act) -> None:
    await check_act(scene, act)
