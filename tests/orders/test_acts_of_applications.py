"""What escorts' applications, and decisions about them, change."""

from __future__ import annotations

from typing import Any

from clock import HOUR
from orders import serving
from orders.escorts import review
from tests.orders.acts import Act
from tests.orders.scene import Scene


def unchanged(basis: Any) -> set[str]:
    return set()


def _different(basis: Any) -> set[str]:
    return {"name"}


# Applying


async def applied_for_the_first_time(scene: Scene):
    yield
    await review.apply(scene.storage, scene.vault, scene.stranger, "孙丽", "13900139009", scene.at)


async def applied_again_before_a_decision(scene: Scene):
    yield
    await review.apply(scene.storage, scene.vault, scene.carers[3], "周全全", "13900139008", scene.at)


async def applied_again_by_who_is_approved(scene: Scene):
    yield
    await review.apply(scene.storage, scene.vault, scene.carers[0], "王芳芳", "13900139007", scene.at)


async def applied_with_a_closed_account(scene: Scene):
    await scene.set("users", scene.stranger, disabled_at=scene.at)
    yield
    await review.apply(scene.storage, scene.vault, scene.stranger, "孙丽", "13900139009", scene.at)


async def _decide(scene: Scene, place: int, act: str, changed: Any = unchanged) -> Any:
    escort_id = scene.escorts[place]

    async def decide(tx: Any) -> Any:
        escort = await tx.escorts.lock(escort_id)
        return await review.decide(tx, escort, act, scene.at, changed)

    return await scene.run(decide)


async def approved(scene: Scene):
    yield
    yield await _decide(scene, 3, "approve")


async def rejected(scene: Scene):
    yield
    yield await _decide(scene, 3, "reject")


async def suspended(scene: Scene):
    await scene.served()
    yield
    yield await _decide(scene, 0, "suspend")


async def decided_what_was_not_shown(scene: Scene):
    yield
    yield await _decide(scene, 3, "approve", _different)


async def approved_who_is_approved(scene: Scene):
    yield
    yield await _decide(scene, 0, "approve")


async def decided_about_who_is_erased(scene: Scene):
    await scene.set("escorts", scene.escorts[3], name="")
    yield
    yield await _decide(scene, 3, "approve")


async def _applied_anew(scene: Scene) -> None:
    """Both escorts of orders have applied under another name: of one that is served, and one that is finished."""
    await scene.finished()
    for each, name in zip(scene.carers[:2], ("王芳芳", "赵敏敏"), strict=True):
        await review.apply(scene.storage, scene.vault, each, name, "13900139007", scene.at - HOUR)
    more = await scene.add_order(scene.own)
    await scene.run(lambda tx: serving.assign(tx, more, scene.escorts[0], "am", scene.later(-5).cause()))


async def a_new_name_approved(scene: Scene):
    await _applied_anew(scene)
    yield
    yield await _decide(scene, 0, "approve")


async def a_new_name_rejected(scene: Scene):
    await _applied_anew(scene)
    yield
    yield await _decide(scene, 0, "reject")


async def suspended_while_a_new_name_waits(scene: Scene):
    await _applied_anew(scene)
    yield
    yield await _decide(scene, 0, "suspend")


async def own_applications_as_they_are_read(scene: Scene):
    await _applied_anew(scene)
    yield
    async with scene.storage.reading() as reader:
        for user_id in (scene.carers[0], scene.carers[3], scene.stranger):
            yield await review.own_application(reader, user_id)


async def test_an_act_changes_just_these_rows(scene: Scene, act: Act, check_act) -> None:
    await check_act(scene, act)
