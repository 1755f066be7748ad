"""What an erasure and forgetting take away and what they leave."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from accounts import forgetting, patients, personal_data, users
from clock import DAY as ONE_DAY
from clock import HOUR
from config import PrivacySettings
from orders import serving
from orders.escorts import leaves
from orders.escorts.leaves import HalfDays
from orders.visits.photo_files import PhotoFiles
from sealed_files import DocumentFiles
from storage.models import OrderState
from tests.accounts.everything import everything_of_each
from tests.orders.acts import Act
from tests.orders.scene import ADMIN, NOON, VISIT_DAY, Scene
from tests.orders.visits import BEGIN


async def _user(scene: Scene, user_id: int) -> Any:
    async with scene.storage.reading() as reader:
        return await reader.users.get(user_id)


async def a_user_erased(scene: Scene):
    await everything_of_each(scene)
    user = await _user(scene, scene.own.owner)
    yield
    yield await scene.run(lambda tx: users.delete_data(tx, user, BEGIN + ONE_DAY))
    yield await scene.run(lambda tx: users.delete_data(tx, user, BEGIN + ONE_DAY))


async def an_escort_erased(scene: Scene):
    await everything_of_each(scene)
    when = HalfDays(VISIT_DAY, "day")
    for escort in scene.escorts[:2]:
        await scene.run(lambda tx, escort=escort: leaves.take(tx, escort, when, "有事", scene.clock))
    user = await _user(scene, scene.carers[0])
    yield
    yield await scene.run(lambda tx: personal_data.erase(tx, user, BEGIN + ONE_DAY))


async def a_family_member_erased(scene: Scene):
    await everything_of_each(scene)
    user = await _user(scene, scene.own.family)
    yield
    yield await scene.run(lambda tx: personal_data.erase(tx, user, BEGIN + ONE_DAY))


async def a_user_whose_order_goes_on(scene: Scene):
    await scene.ordered()
    user = await _user(scene, scene.own.owner)
    yield
    yield await scene.run(lambda tx: personal_data.erase(tx, user, NOON))


async def an_escort_who_is_booked(scene: Scene):
    await scene.served()
    user = await _user(scene, scene.carers[0])
    yield
    yield await scene.run(lambda tx: personal_data.erase(tx, user, NOON))


# Forgetting


async def _forget(scene: Scene, folder: Path, at: int) -> int:
    documents = DocumentFiles(folder, scene.vault)
    return await forgetting.forget_due(
        scene.storage, lambda: at, PrivacySettings(), PhotoFiles(folder, scene.vault), documents, "a process"
    )


async def a_patient_forgotten_a_day_after_the_deletion(scene: Scene):
    for each in scene.households:
        await scene.run(lambda tx, each=each: patients.delete(tx, each.owner, each.patient, NOON))
    await scene.set("patients", scene.other.patient, forget_at=NOON + ONE_DAY + 1)
    yield
    yield await _forget(scene, Path("/nonexistent"), NOON + ONE_DAY)


async def a_patient_whose_order_goes_on(scene: Scene):
    await scene.ordered()
    await scene.run(lambda tx: patients.delete(tx, scene.own.owner, scene.own.patient, NOON))
    yield
    yield await _forget(scene, Path("/nonexistent"), NOON + ONE_DAY)


async def a_patient_whose_order_is_over(scene: Scene):
    await scene.ordered(OrderState.PAID)
    await scene.run(lambda tx: patients.delete(tx, scene.own.owner, scene.own.patient, NOON))
    await scene.run(lambda tx: serving.finish(tx, scene.order, ADMIN, NOON + HOUR))
    yield
    yield await _forget(scene, Path("/nonexistent"), NOON + ONE_DAY)
    yield await _forget(scene, Path("/nonexistent"), NOON + ONE_DAY + HOUR)


async def visits_forgotten(scene: Scene):
    await everything_of_each(scene)
    days = PrivacySettings().visit_days
    await scene.set("orders", scene.other.order, visit_date="2026-12-25")
    yield
    yield await _forget(scene, Path("/nonexistent"), BEGIN + (days + 1) * ONE_DAY)


async def test_an_act_changes_just_these_rows(scene: Scene, act: Act, check_act) -> None:
    await check_act(scene, act)
