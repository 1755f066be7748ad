"""The steps of a visit: what the escort pressed, in the order in which it arrived.

已出发 → 已到达 → 已接到 → nodes of the service, any and often → 已送别 → 小结 → 完成; any order where life is. What was
skipped is derived from what is there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from frozen_dataclasses import frozen
from orders import serving
from orders.messages import queue_started
from orders.visits.jobs import ActionReused, Job, lock_job, pressed_at
from orders.visits.sealing import seal_place, seal_text
from privacy import VISIT_NOTE, Vault
from refusals import InvalidInput
from storage import Reader, Transaction
from storage.models import Actor, Order, OrderState, StepKind, Takes, VisitStep
from storage.writes import NewVisitStep

DEFAULT_NODES = ("取号", "候诊", "就诊", "检查", "缴费", "取药", "取报告")
"""Where the service's entry in the catalog lists none."""
MAX_NODE = 32
_EXPECTED: dict[bool, tuple[StepKind, ...]] = {
    False: (
        StepKind.DEPARTED,
        StepKind.ARRIVED,
        StepKind.MET,
        StepKind.PARTED,
        StepKind.SUMMARY,
        StepKind.DONE,
    ),
    True: (StepKind.DEPARTED, StepKind.ARRIVED, StepKind.DONE),
}
"""In their usual order, of a visit and, True, of an errand, at which nobody is met."""
_BEFORE_A_NODE = (StepKind.DEPARTED, StepKind.ARRIVED)
"""取号 and the like may be done before the patient is met."""


class UnknownNode(InvalidInput):
    """The service has no such node."""

    def __init__(self) -> None:
        super().__init__("node", "这项服务没有这个步骤，请刷新后再选")


@frozen()
class PressedStep:
    """What the phone sends of a step."""

    order_id: int
    action_id: str
    kind: StepKind
    node: str = ""
    note: str = ""
    place: tuple[float, float] | None = None
    """Latitude and longitude, where the escort allows it."""
    phone_at: int | None = None


@frozen()
class RecordedStep:
    step_id: int
    repeated: bool
    note_kept: bool
    """False when there was a note, and no consent to keep it."""


async def nodes_of(reader: Reader, order: Order) -> list[str]:
    """The nodes that the order's service has: its own list, or the usual ones."""
    service = await reader.catalog.service(order.service_id)
    own = service.step_nodes.splitlines() if service is not None else []
    return [node.strip() for node in own if node.strip()] or list(DEFAULT_NODES)


async def record(
    tx: Transaction, vault: Vault, pressed: PressedStep, escort_id: int, at: int
) -> RecordedStep:
    """Record a step of an escort; the same action again is the same step, with the times of the first.

    ``met``, or the first node of an errand, begins the visit; ``done`` finishes the order. Raises OrderNotFound,
    TakenOff, VisitOver, EscortSuspended, ActionReused, UnknownNode; Duplicate when the same action is recorded of
    another order at this moment.
    """
    if (known := await tx.visits.step_of_action(escort_id, pressed.action_id)) is not None:
        return _again(known, pressed)
    job = await lock_job(tx, pressed.order_id, escort_id, pressed.phone_at, at)
    if (known := await tx.visits.step_of_action(escort_id, pressed.action_id)) is not None:
        return _again(known, pressed)
    if pressed.kind == StepKind.NODE and pressed.node not in await _accepted_nodes(tx, job.order):
        raise UnknownNode
    note = pressed.note if job.consented else ""
    step_id = await tx.visits.add_step(
        NewVisitStep(
            order_id=job.order.id,
            escort_id=escort_id,
            action_id=pressed.action_id,
            kind=pressed.kind,
            node=pressed.node if pressed.kind == StepKind.NODE else "",
            note_sealed=seal_text(vault, note, VISIT_NOTE),
            place_sealed=seal_place(vault, pressed.place),
            at=at,
            phone_at=pressed.phone_at,
        )
    )
    if note or pressed.place is not None:
        await tx.visits.note_record(job.order.id)
    if job.current:
        await _move_order(tx, job, pressed, escort_id, at)
    return RecordedStep(step_id, repeated=False, note_kept=note == pressed.note)


def _again(known: VisitStep, pressed: PressedStep) -> RecordedStep:
    if (known.order_id, known.kind) != (pressed.order_id, pressed.kind):
        raise ActionReused
    return RecordedStep(known.id, repeated=True, note_kept=bool(known.note_sealed) or not pressed.note)


async def _accepted_nodes(reader: Reader, order: Order) -> set[str]:
    """The usual ones too: a phone without network may not know yet that the list has changed."""
    return {*await nodes_of(reader, order), *DEFAULT_NODES}


def begins_visit(kind: str, takes: str) -> bool:
    """Has the visit begun with a step of this kind?"""
    if takes == Takes.ERRAND:
        return kind == StepKind.NODE
    return kind in (StepKind.MET, StepKind.PARTED)


async def _move_order(tx: Transaction, job: Job, pressed: PressedStep, escort_id: int, at: int) -> None:
    order = job.order
    if begins_visit(pressed.kind, order.takes) and order.started_at is None:
        began_at = pressed_at(pressed.phone_at, at)
        if await tx.visits.set_started(order.id, began_at, at):
            await queue_started(tx, order, began_at, at)
    if pressed.kind == StepKind.DONE and order.state == OrderState.SERVING:
        await serving.finish(tx, order.id, Actor("escort", escort_id), at)


def skipped_before(steps: Sequence[VisitStep], takes: str) -> dict[int, list[StepKind]]:
    """What each escort skipped, by the id of the first step that comes after it: the kinds that usually come before and
    that were never pressed, not later either."""
    found: dict[int, list[StepKind]] = {}
    told: dict[int, set[StepKind]] = {}
    expected = _EXPECTED[takes == Takes.ERRAND]
    for step in steps:
        pressed = {each.kind for each in steps if each.escort_id == step.escort_id}
        missing = [kind for kind in _earlier(step, expected) if kind not in pressed]
        already = told.setdefault(step.escort_id, set())
        if new := [kind for kind in missing if kind not in already]:
            found[step.id] = new
            already.update(new)
    return found


def _earlier(step: VisitStep, expected: Sequence[StepKind]) -> Iterable[StepKind]:
    if step.kind == StepKind.NODE:
        return _BEFORE_A_NODE
    kind = StepKind(step.kind)
    return expected[: expected.index(kind)] if kind in expected else ()
