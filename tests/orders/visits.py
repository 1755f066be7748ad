"""Visits of two orders, and what their escorts press."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from accounts import consents
from accounts.consents import VISIT_RECORD_VERSION
from clock import HOUR, MINUTE, day_bounds
from orders import serving
from orders.visits import photos, reports, steps, troubles
from orders.visits.photos import TakenPhoto
from orders.visits.reports import Author, Entry
from orders.visits.steps import PressedStep
from orders.visits.troubles import ReportedTrouble
from storage.models import StepKind, TroubleKind
from tests.orders.scene import ADMIN, VISIT_DAY, Scene

BEGIN = day_bounds(VISIT_DAY)[0] + 9 * HOUR + 30 * MINUTE


async def visit_of_each(scene: Scene, *, consented: bool = True, **content: Any) -> Scene:
    """Each order is served, at the hour of the visit; with the consent of its user."""
    await scene.served(**content)
    if consented:
        for each in scene.households:
            await scene.run(
                lambda tx, each=each: consents.answer(tx, each.owner, VISIT_RECORD_VERSION, True, scene.at)
            )
    return replace(scene, at=BEGIN)


async def press(scene: Scene, kind: StepKind, place: int = 0, /, **more: Any) -> Any:
    household = scene.households[place]
    pressed = PressedStep(
        **{"order_id": household.order, "action_id": f"{kind}-{place}", "kind": kind, **more}
    )
    return await scene.run(lambda tx: steps.record(tx, scene.vault, pressed, scene.escorts[place], scene.at))


async def taken_off_at_once(scene: Scene) -> Scene:
    visit = await visit_of_each(scene)
    await scene.run(lambda tx: serving.unassign(tx, scene.order, ADMIN, visit.at))
    return visit


async def photo(scene: Scene, step: str, action: str, place: int = 0, limit: int = 30) -> Any:
    taken = TakenPhoto(scene.households[place].order, step, action)
    return await scene.run(
        lambda tx: photos.add(tx, taken, (f"{action}.bin", 1_234), scene.escorts[place], scene.at, limit)
    )


async def trouble(scene: Scene, kind: TroubleKind, place: int = 0, /, wait: int = 30, **more: Any) -> Any:
    reported = ReportedTrouble(
        **{"order_id": scene.households[place].order, "kind": kind, "action_id": f"{kind}-{place}", **more}
    )
    return await scene.run(
        lambda tx: troubles.report(tx, scene.vault, reported, scene.escorts[place], scene.at, wait)
    )


async def save(scene: Scene, body: dict[str, Any], version: int = 0, place: int = 0) -> Any:
    order_id, escort = scene.households[place].order, scene.escorts[place]
    return await scene.run(
        lambda tx: reports.save_draft(tx, scene.vault, order_id, escort, (body, version), scene.at)
    )


async def sent_reports(scene: Scene) -> Scene:
    """Both reports are sent."""
    visit = await visit_of_each(scene)
    for place in (0, 1):
        await save(visit, {"summary": "顺利"}, 0, place)
        order_id, escort = scene.households[place].order, scene.escorts[place]
        await scene.run(
            lambda tx, order_id=order_id, escort=escort: reports.send(
                tx, scene.vault, order_id, escort, 1, visit.at
            )
        )
    return visit.later(10)


async def ask(scene: Scene, action: str = "ask-1", user: int = 0) -> Any:
    order = await scene.read()
    entry = Entry(Author("user", user or scene.own.family), action, "饭前吃吗")
    return await scene.run(lambda tx: reports.ask(tx, scene.vault, order, entry, scene.at))
