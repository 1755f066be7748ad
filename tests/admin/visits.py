"""Visits as escorts and families leave them, for the pages of the administration."""

from __future__ import annotations

from typing import Any

from accounts import consents
from clock import MINUTE
from handlers.services import Services
from orders import serving
from orders.visits import photos, reports, steps, troubles
from orders.visits.photos import TakenPhoto
from orders.visits.reports import Author, Entry
from orders.visits.steps import PressedStep
from orders.visits.troubles import ReportedTrouble
from storage import Transaction
from storage.models import Actor, Cause, StepKind, TroubleKind
from tests.admin.scenario import Scenario

NOTE, TROUBLE, DOCTOR, QUESTION = "血压偏高", "老人头晕", "慢性胃炎", "饭前吃吗"
SECRETS = (NOTE, TROUBLE, DOCTOR, QUESTION)
JPEG = b"\xff\xd8 not looked at again"


async def run(services: Services, work: Any) -> Any:
    return await services.storage.run(work)


async def assigned(scenario: Scenario) -> tuple[int, int]:
    """A serving order with its escort, whose user agrees to the record."""
    order_id, escort_id = await scenario.order(), await scenario.escort()
    at = scenario.clock()

    async def work(tx: Transaction) -> None:
        order = await tx.orders.get(order_id)
        assert order is not None
        await serving.assign(tx, order_id, escort_id, "am", Cause(Actor("admin", 1), at))
        await consents.answer(tx, order.user_id, consents.VISIT_RECORD_VERSION, True, at)

    await run(scenario.services, work)
    return order_id, escort_id


async def step(scenario: Scenario, order_id: int, escort_id: int, kind: StepKind, **more: Any) -> None:
    pressed = PressedStep(order_id, f"step-{kind}-{scenario.clock():020d}"[:40], kind, **more)
    vault = scenario.services.vault
    await run(scenario.services, lambda tx: steps.record(tx, vault, pressed, escort_id, scenario.clock()))


async def trouble(
    scenario: Scenario, order_id: int, escort_id: int, kind: TroubleKind, note: str = ""
) -> None:
    reported = ReportedTrouble(order_id, kind, f"trouble-{kind}-000000", note)
    vault = scenario.services.vault
    await run(
        scenario.services, lambda tx: troubles.report(tx, vault, reported, escort_id, scenario.clock(), 20)
    )


async def recorded(scenario: Scenario) -> tuple[int, int]:
    """An order of which everything is recorded, and a question is open."""
    order_id, escort_id = await assigned(scenario)
    services, at = scenario.services, scenario.clock()
    await step(scenario, order_id, escort_id, StepKind.MET, note=NOTE, phone_at=at - 30 * MINUTE)
    await trouble(scenario, order_id, escort_id, TroubleKind.UNWELL, TROUBLE)

    async def work(tx: Transaction) -> None:
        taken = TakenPhoto(order_id, f"step-met-{at:020d}"[:40], "photo-action-0001")
        await photos.add(tx, taken, ("a" * 32 + ".jpg", len(JPEG)), escort_id, at, 10)
        version = await reports.save_draft(
            tx, services.vault, order_id, escort_id, ({"doctor": DOCTOR, "papers": ["病历本"]}, 0), at
        )
        await reports.send(tx, services.vault, order_id, escort_id, version, at)
        order = await tx.orders.get(order_id)
        assert order is not None
        asked = Entry(Author("user", order.user_id), "question-action-01", QUESTION)
        await reports.ask(tx, services.vault, order, asked, at)

    await run(services, work)
    services.visit_photos.write("a" * 32 + ".jpg", JPEG)
    return order_id, escort_id
