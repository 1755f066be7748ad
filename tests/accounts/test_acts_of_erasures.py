"""What an erasure and forgetting take away and what they leave; what an export tells before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from accounts import data_export, forgetting, patients, personal_data, users
from clock import DAY as ONE_DAY
from clock import HOUR
from config import PrivacySettings
from orders import serving
from orders.escorts import leaves
from orders.escorts.leaves import HalfDays
from orders.sharing import member_links
from orders.sharing.member_links import Shared
from orders.supplements import proposing
from orders.supplements.proposing import Receipt, SupplementLimits, Wanted
from orders.visits.photo_files import PhotoFiles
from sealed_files import DocumentFiles
from storage.models import MemberRole, MemberScope, OrderState, StepKind, SupplementKind
from storage.writes import NewRating
from tests.orders.acts import Act
from tests.orders.scene import ADMIN, NOON, VISIT_DAY, Scene
from tests.orders.visits import BEGIN, ask, photo, press, sent_reports, trouble

LIMITS = SupplementLimits(max_fen=50_000, days=30)


async def _everything(scene: Scene) -> None:
    """Whatever a visit leaves, of both households."""
    visit = await sent_reports(scene)
    for place, each in enumerate(scene.households):
        await press(visit, StepKind.MET, place, note="血压偏高", place=(34.2, 108.9))
        await photo(visit, f"met-{place}", f"photo-{place}", place)
        await trouble(visit, "late", place, note="堵车")  # type: ignore[arg-type]
        wanted = Wanted(each.order, SupplementKind.OUTLAY, 3_850, "代付挂号费", f"propose-{place}")
        escort = scene.escorts[place]
        await scene.run(
            lambda tx, wanted=wanted, escort=escort: proposing.propose(tx, wanted, escort, LIMITS, visit.at)
        )
        receipt = Receipt(each.order, f"propose-{place}")
        await scene.run(
            lambda tx, receipt=receipt, escort=escort: proposing.add_receipt(
                tx, receipt, f"receipt-{escort}.jpg", escort, visit.at
            )
        )
        shared = Shared(MemberScope.ORDER, each.order)
        await scene.run(
            lambda tx, each=each, shared=shared: member_links.create(
                tx, each.owner, shared, MemberRole.FAMILY, visit.at, 72
            )
        )
    await ask(visit)
    for each in scene.households:
        await scene.run(lambda tx, each=each: serving.finish(tx, each.order, ADMIN, visit.at + HOUR))
        order = await scene.read(each.order)
        await scene.run(
            lambda tx, order=order: serving.rate(tx, order, NewRating(2, "来晚了", "late"), visit.at + HOUR)
        )


async def _user(scene: Scene, user_id: int) -> Any:
    async with scene.storage.reading() as reader:
        return await reader.users.get(user_id)


async def a_user_erased(scene: Scene):
    await _everything(scene)
    user = await _user(scene, scene.own.owner)
    yield
    yield await scene.run(lambda tx: users.delete_data(tx, user, BEGIN + ONE_DAY))
    yield await scene.run(lambda tx: users.delete_data(tx, user, BEGIN + ONE_DAY))


async def an_escort_erased(scene: Scene):
    await _everything(scene)
    when = HalfDays(VISIT_DAY, "day")
    for escort in scene.escorts[:2]:
        await scene.run(lambda tx, escort=escort: leaves.take(tx, escort, when, "有事", scene.clock))
    user = await _user(scene, scene.carers[0])
    yield
    yield await scene.run(lambda tx: personal_data.erase(tx, user, BEGIN + ONE_DAY))


async def a_family_member_erased(scene: Scene):
    await _everything(scene)
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
    await _everything(scene)
    days = PrivacySettings().visit_days
    await scene.set("orders", scene.other.order, visit_date="2026-12-25")
    yield
    yield await _forget(scene, Path("/nonexistent"), BEGIN + (days + 1) * ONE_DAY)


# The export


async def everything_exported(scene: Scene):
    """Line by line; ``scene.carers[0]`` is an escort."""
    await _everything(scene)
    yield
    folder = Path("/nonexistent")
    documents = DocumentFiles(folder, scene.vault)
    for user_id in (scene.own.owner, scene.own.family, scene.carers[0]):
        user = await _user(scene, user_id)
        pieces = [
            each
            async for each in data_export.json_chunks(
                scene.storage, scene.vault, PhotoFiles(folder, scene.vault), documents, user
            )
        ]
        for name, told in orjson.loads(b"".join(pieces)).items():
            for each in told if isinstance(told, list) else [told]:
                if each:
                    yield {name: each}


async def test_an_act_changes_just_these_rows(scene: Scene, act: Act, check_act) -> None:
    await check_act(scene, act)
