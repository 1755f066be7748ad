"""What complaints and suggestions of users change."""

from __future__ import annotations

from typing import Any

from orders.complaints import photos, sending
from storage.models import ComplaintKind
from tests.orders.acts import Act
from tests.orders.complaints import (
    answered_of_each,
    closed_of_each,
    complain,
    complained_of_each,
)
from tests.orders.scene import Scene


async def complained_about_an_order(scene: Scene):
    await scene.served()
    for place, user in enumerate((scene.own.payer, scene.other.payer)):
        for action in ("photo-1", "photo-2"):
            await scene.run(
                lambda tx, user=user, action=action, place=place: photos.add(
                    tx, user, action, (f"{action}-{place}.bin", 1_000), scene.at
                )
            )
    yield
    yield await complain(scene, user=scene.own.payer, photos=("photo-2", "photo-2"))
    yield await complain(scene.later(1), user=scene.own.payer, photos=("photo-2",))


async def complained_by_the_family(scene: Scene):
    await scene.served()
    yield
    yield await complain(scene, user=scene.own.family)


async def complained_with_a_photo_of_another(scene: Scene):
    await scene.served()
    await scene.run(lambda tx: photos.add(tx, scene.other.owner, "photo-1", ("photo.bin", 1_000), scene.at))
    yield
    yield await complain(scene, photos=("photo-1",))


async def the_same_action_in_other_words(scene: Scene):
    await complained_of_each(scene)
    yield
    yield await complain(scene, text="没有来")


async def a_suggestion(scene: Scene):
    yield
    yield await complain(scene, order_id=None, kind=ComplaintKind.SUGGESTION)


async def a_complaint_that_needs_an_order(scene: Scene):
    yield
    yield await complain(scene, order_id=None)


async def the_last_complaint_and_one_more(scene: Scene):
    await scene.served()
    for number in range(sending.MAX_UNSETTLED - 1):
        await complain(scene, action_id=f"order-{number}")
        await complain(scene, action_id=f"none-{number}", order_id=None, kind=ComplaintKind.OTHER)
    yield
    for order_id, kind in ((scene.order, ComplaintKind.FEE), (None, ComplaintKind.OTHER)):
        yield await complain(scene, action_id=f"last-{order_id}", order_id=order_id, kind=kind)
        try:
            await complain(scene, action_id=f"more-{order_id}", order_id=order_id, kind=kind)
        except sending.TooManyComplaints as refusal:
            yield refusal.message


async def the_last_unsent_photo_and_one_more(scene: Scene):
    for number in range(photos.MAX_UNSENT - 1):
        await scene.run(
            lambda tx, number=number: photos.add(
                tx, scene.own.owner, f"photo-{number}", (f"{number}.bin", 1_000), scene.at
            )
        )
    yield
    for again in range(2):
        yield await scene.run(
            lambda tx, again=again: photos.add(tx, scene.own.owner, "last", (f"l{again}.bin", 9), scene.at)
        )
    try:
        await scene.run(lambda tx: photos.add(tx, scene.own.owner, "more", ("m.bin", 9), scene.at))
    except photos.TooManyUnsentPhotos as refusal:
        yield refusal.message


async def _add(scene: Scene, text: str = "还有", user: int = 0, at: int = 0, action: str = "add-1") -> Any:
    return await scene.run(
        lambda tx: sending.add_to(
            tx,
            scene.vault,
            (1, action, text),
            user or scene.own.owner,
            scene.settings.office,
            at or scene.at + 1,
        )
    )


async def added_to_a_complaint(scene: Scene):
    await complained_of_each(scene)
    yield
    yield await _add(scene)
    yield await _add(scene, at=scene.at + 2)


async def added_to_the_complaint_of_another(scene: Scene):
    await complained_of_each(scene)
    yield
    yield await _add(scene, user=scene.other.owner)


async def added_to_what_was_answered(scene: Scene):
    await answered_of_each(scene)
    yield
    yield await _add(scene, at=scene.at + 9)


async def added_to_what_was_closed(scene: Scene):
    await closed_of_each(scene)
    yield
    yield await _add(scene, at=scene.at + 9)


async def test_an_act_changes_just_these_rows(scene: Scene, act: Act, check_act) -> None:
    await check_act(scene, act)
