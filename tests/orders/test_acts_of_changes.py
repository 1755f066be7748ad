"""What a change of a paid order by the office changes."""

from __future__ import annotations

from typing import Any

from clock import HOUR, MINUTE, day_bounds
from orders.changing.changes import change_by_office
from orders.escorts import invitations, leaves
from orders.escorts.invitations import Office, Terms
from orders.escorts.leaves import HalfDays
from orders.visits import reminders
from orders.visits.reminders import ReminderTimes
from storage.writes import VisitChange
from tests.orders.acts import Act
from tests.orders.scene import NOON, VISIT_DAY, Scene

ANOTHER_DAY = "2026-12-23"
BEGIN = day_bounds(VISIT_DAY)[0] + 9 * HOUR + 30 * MINUTE


async def _change(scene: Scene, reason: str = "医生改了时间", changed: Any = None, **wanted: Any) -> Any:
    terms = scene.terms(
        wanted.pop("percent", 100),
        **{
            name: wanted.pop(name)
            for name in ("wanted_by_user", "take_escort_off", "notice")
            if name in wanted
        },
    )
    known = {"changed": changed} if changed else {}
    return await scene.run(
        lambda tx: change_by_office(
            tx, scene.order, VisitChange(**wanted), scene.cause(reason), terms, **known
        )
    )


async def another_day_and_hour(scene: Scene):
    """The escort's booking moves; who was invited, or reminded, has read something else."""
    await scene.served()
    times = ReminderTimes.of(scene.settings.visits)
    for each in scene.households:
        await scene.run(lambda tx, each=each: reminders.remind(tx, each.order, times, BEGIN - HOUR))
        await scene.run(lambda tx, each=each: reminders.confirm(tx, each.order, each.owner, NOON))
    yield
    yield await _change(scene, visit_date=ANOTHER_DAY, visit_time="14:30", percent=80)


async def another_day_by_the_company(scene: Scene):
    await scene.served()
    yield
    yield await _change(scene, visit_date=ANOTHER_DAY, percent=80, wanted_by_user=False)


async def another_day_without_the_escort(scene: Scene):
    await scene.served()
    yield
    yield await _change(scene, visit_date=ANOTHER_DAY, take_escort_off=True)


async def another_day_on_which_the_escort_is_on_leave(scene: Scene):
    await scene.served()
    when = HalfDays(ANOTHER_DAY, "am")
    await scene.run(lambda tx: leaves.take(tx, scene.escorts[0], when, "", scene.clock))
    yield
    yield await _change(scene, visit_date=ANOTHER_DAY)


async def away_from_leave(scene: Scene):
    await scene.served()
    for escort in scene.escorts[:2]:
        when = HalfDays(VISIT_DAY, "am")
        await scene.run(lambda tx, escort=escort, when=when: leaves.take(tx, escort, when, "", scene.clock))
    yield
    yield await _change(scene, visit_date=ANOTHER_DAY)


async def another_place(scene: Scene):
    await scene.served()
    yield
    yield await _change(
        scene,
        "",
        hospital_id=2,
        hospital_name="唐都医院",
        campus="",
        meeting_point="急诊门口",
        department="骨科",
    )


async def other_wishes_and_another_phone(scene: Scene):
    await scene.served()
    yield
    yield await _change(
        scene,
        wishes="带轮椅",
        contact_phone_sealed="orders.contact_phone(13800139000)",
        contact_phone_tail="9000",
    )


async def the_hour_settled(scene: Scene):
    await scene.served(half="day", visit_time="")
    yield
    yield await _change(scene, visit_time="14:30")


async def nothing_changed(scene: Scene):
    await scene.served()
    yield
    yield await _change(scene, visit_date=VISIT_DAY)


async def changed_as_it_was_not_shown(scene: Scene):
    await scene.served()
    yield
    yield await _change(scene, changed=lambda basis: {"visit_date"}, visit_date=ANOTHER_DAY)


async def changed_when_it_is_finished(scene: Scene):
    await scene.finished()
    yield
    yield await _change(scene, visit_date=ANOTHER_DAY)


async def changed_while_escorts_are_invited(scene: Scene):
    await scene.ordered()
    for each in scene.households:
        office = Office(1, scene.clock, scene.settings.visits)
        await scene.run(
            lambda tx, each=each, office=office: invitations.offer(
                tx, each.order, scene.escorts[:1], Terms("am"), office
            )
        )
    yield
    yield await _change(scene.later(1), visit_time="08:00")


async def moved_to_a_day_that_was_full(scene: Scene):
    await scene.ordered()
    for each in scene.households:
        await scene.set("orders", each.order, overbooked_open=1)
    yield
    yield await _change(scene, visit_date=ANOTHER_DAY)


async def _reminded(scene: Scene, **content: Any) -> None:
    await scene.served(**content)
    times = ReminderTimes.of(scene.settings.visits)
    for each in scene.households:
        await scene.run(lambda tx, each=each: reminders.remind(tx, each.order, times, BEGIN - 15 * HOUR))
        await scene.run(lambda tx, each=each: reminders.confirm(tx, each.order, each.owner, NOON))


async def another_place_of_a_visit_that_was_confirmed(scene: Scene):
    """The hour is the same: reminders and answers stay."""
    await _reminded(scene)
    yield
    yield await _change(scene, meeting_point="急诊门口")


async def another_day_of_a_visit_that_was_confirmed(scene: Scene):
    await _reminded(scene)
    yield
    yield await _change(scene, visit_date=ANOTHER_DAY)


async def an_hour_settled_at_which_the_day_begins(scene: Scene):
    """At eight, as a visit without an hour: another reminder all the same."""
    await _reminded(scene, visit_time="", takes="day")
    yield
    yield await _change(scene, visit_time="08:00")


async def test_an_act_changes_just_these_rows(scene: Scene, act: Act, check_act) -> None:
    await check_act(scene, act)
