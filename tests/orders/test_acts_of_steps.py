"""What the steps of a visit change."""

from __future__ import annotations

from dataclasses import replace

from clock import DAY as ONE_DAY
from clock import HOUR, MINUTE
from orders import serving
from orders.visits import (
    steps,
)
from orders.visits.steps import PressedStep
from storage.models import OrderState, StepKind, Takes
from tests.orders.acts import Act
from tests.orders.scene import ADMIN, Scene
from tests.orders.visits import (
    BEGIN,
    press,
    taken_off_at_once,
    visit_of_each,
)


async def met(scene: Scene):
    visit = await visit_of_each(scene)
    yield
    pressed_at = BEGIN - 5 * MINUTE
    yield await press(visit, StepKind.MET, note="血压偏高", place=(34.2658, 108.9541), phone_at=pressed_at)
    yield await press(visit.later(1), StepKind.MET, note="再发一次", phone_at=BEGIN)


async def met_by_a_phone_whose_clock_is_fast(scene: Scene):
    visit = await visit_of_each(scene)
    yield
    yield await press(visit, StepKind.MET, phone_at=BEGIN + HOUR)


async def met_without_a_consent(scene: Scene):
    visit = await visit_of_each(scene, consented=False)
    yield
    yield await press(visit, StepKind.MET, note="血压偏高")


async def parted_after_it_was_begun(scene: Scene):
    visit = await visit_of_each(scene)
    await press(visit, StepKind.MET)
    await press(visit, StepKind.MET, 1)
    yield
    yield await press(visit.later(60), StepKind.PARTED)


async def a_node_of_a_visit(scene: Scene):
    visit = await visit_of_each(scene)
    yield
    yield await press(visit, StepKind.NODE, node="取号")


async def a_node_of_an_errand(scene: Scene):
    visit = await visit_of_each(scene, takes=Takes.ERRAND)
    yield
    yield await press(visit, StepKind.NODE, node="取报告", note="明天出结果")


async def a_node_that_the_service_has_not(scene: Scene):
    visit = await visit_of_each(scene)
    yield
    yield await press(visit, StepKind.NODE, node="理发")


async def done(scene: Scene):
    visit = await visit_of_each(scene)
    yield
    yield await press(visit, StepKind.DONE)


async def done_when_the_office_has_finished_it(scene: Scene):
    visit = await visit_of_each(scene)
    await scene.run(lambda tx: serving.finish(tx, scene.order, ADMIN, visit.at - 1))
    yield
    yield await press(visit, StepKind.DONE)


async def an_action_that_was_another_step(scene: Scene):
    visit = await visit_of_each(scene)
    await press(visit, StepKind.DEPARTED, action_id="the same")
    yield
    yield await press(visit, StepKind.ARRIVED, action_id="the same")


async def pressed_by_another_escort(scene: Scene):
    visit = await visit_of_each(scene)
    pressed = PressedStep(scene.other.order, "met-0", StepKind.MET)
    yield
    yield await scene.run(lambda tx: steps.record(tx, scene.vault, pressed, scene.escorts[0], visit.at))


async def pressed_before_being_taken_off_and_sent_after(scene: Scene):
    visit = await taken_off_at_once(scene)
    yield
    yield await press(visit.later(10), StepKind.MET, note="见到了", phone_at=visit.at - 1)


async def pressed_at_the_moment_of_being_taken_off(scene: Scene):
    visit = await taken_off_at_once(scene)
    yield
    yield await press(visit.later(10), StepKind.MET, phone_at=visit.at)


async def sent_a_week_after_it_was_pressed(scene: Scene):
    visit = await taken_off_at_once(scene)
    yield
    yield await press(visit.later(7 * 24 * 60 - 1), StepKind.MET, phone_at=visit.at - MINUTE)


async def sent_more_than_a_week_after_it_was_pressed(scene: Scene):
    visit = await taken_off_at_once(scene)
    yield
    late = replace(visit, at=visit.at + 7 * ONE_DAY)
    yield await press(late, StepKind.MET, phone_at=visit.at - 1)


async def pressed_when_the_order_is_cancelled(scene: Scene):
    visit = await visit_of_each(scene)
    await scene.set("orders", scene.order, state=OrderState.CANCELLED, ending="cancelled_by_user")
    yield
    yield await press(visit, StepKind.MET)


async def pressed_by_who_is_suspended(scene: Scene):
    visit = await visit_of_each(scene)
    await scene.set("escorts", scene.escorts[0], state="suspended")
    yield
    yield await press(visit, StepKind.MET)


async def test_an_act_changes_just_these_rows(scene: Scene, act: Act, check_act) -> None:
    await check_act(scene, act)
