"""What the photos of a visit change."""

from __future__ import annotations

from orders import serving
from orders.visits import (
    photos,
)
from storage.models import StepKind
from tests.orders.acts import Act
from tests.orders.scene import ADMIN, Scene
from tests.orders.visits import (
    photo,
    press,
    visit_of_each,
)


async def a_photo_of_a_step(scene: Scene):
    visit = await visit_of_each(scene)
    await press(visit, StepKind.MET)
    yield
    yield await photo(visit.later(1), "met-0", "photo-1")
    yield await photo(visit.later(2), "met-0", "photo-1")


async def a_photo_of_the_report(scene: Scene):
    visit = await visit_of_each(scene)
    yield
    yield await photo(visit, "", "photo-1")


async def a_photo_before_its_step(scene: Scene):
    visit = await visit_of_each(scene)
    yield
    yield await photo(visit, "met-0", "photo-1")


async def a_photo_of_a_step_of_another_order(scene: Scene):
    visit = await visit_of_each(scene)
    more = await scene.add_order(scene.own, visit_time="14:30")
    await scene.run(lambda tx: serving.assign(tx, more, scene.escorts[0], "pm", scene.cause()))
    await press(visit, StepKind.MET, order_id=more)
    yield
    yield await photo(visit, "met-0", "photo-1")


async def the_ninth_photo_of_a_step_and_the_tenth(scene: Scene):
    visit = await visit_of_each(scene)
    await press(visit, StepKind.MET)
    await photo(visit, "", "of the report")
    for number in range(8):
        await photo(visit, "met-0", f"photo-{number}")
    yield
    yield await photo(visit, "met-0", "the ninth")
    try:
        await photo(visit, "met-0", "the tenth")
    except photos.TooManyPhotos as refusal:
        yield refusal.message


async def the_last_photo_of_an_order_and_one_more(scene: Scene):
    visit = await visit_of_each(scene)
    for number in range(2):
        await photo(visit, "", f"photo-{number}", limit=3)
    yield
    yield await photo(visit, "", "the third", limit=3)
    try:
        await photo(visit, "", "the fourth", limit=3)
    except photos.TooManyPhotos as refusal:
        yield refusal.message


async def a_photo_without_a_consent(scene: Scene):
    visit = await visit_of_each(scene, consented=False)
    await press(visit, StepKind.MET)
    yield
    yield await photo(visit, "met-0", "photo-1")


async def a_photo_of_what_was_pressed_before_being_taken_off(scene: Scene):
    visit = await visit_of_each(scene)
    await press(visit, StepKind.MET)
    await scene.run(lambda tx: serving.unassign(tx, scene.order, ADMIN, visit.at + 1))
    yield
    yield await photo(visit.later(1), "met-0", "photo-1")


async def test_an_act_changes_just_these_rows(scene: Scene, act: Act, check_act) -> None:
    await check_act(scene, act)
