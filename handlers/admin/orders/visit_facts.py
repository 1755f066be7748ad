"""What the page of an order tells of its visit without opening anything that is sealed."""

from __future__ import annotations

from typing import Any

from orders.visits import reading
from orders.visits.steps import skipped_before
from schemas.visits import STEP_TITLE, TROUBLE_TITLE, bare_step_row
from storage import Reader
from storage.models import Order, OrderState, StepKind, TroubleKind


async def visit_facts(reader: Reader, order: Order) -> dict[str, Any]:
    """The steps with what was skipped, what is open, and what may be shown on request."""
    visit = await reading.read(reader, order)
    skipped = skipped_before(visit.steps, order.takes)
    photos: dict[int | None, int] = {}
    for photo in visit.photos:
        photos[photo.step_id] = photos.get(photo.step_id, 0) + 1
    steps = [
        {
            **bare_step_row(step),
            "escort": visit.escort_names.get(step.escort_id, ""),
            "noted": bool(step.note_sealed),
            "placed": bool(step.place_sealed),
            "photos": photos.get(step.id, 0),
            "skipped": [STEP_TITLE[kind] for kind in skipped.get(step.id, [])],
        }
        for step in visit.steps
    ]
    return {
        "visit": visit,
        "visit_steps": steps,
        "visit_troubles": [(each, TROUBLE_TITLE[TroubleKind(each.kind)]) for each in visit.troubles],
        "open_troubles": [
            (each, TROUBLE_TITLE[TroubleKind(each.kind)]) for each in visit.troubles if each.open
        ],
        "open_questions": sum(entry.open for entry in visit.entries),
        "several_escorts": bool({step.escort_id for step in visit.steps} - {order.escort_id}),
        "done_unfinished": order.state in (OrderState.SERVING, OrderState.REFUNDING)
        and any(step.kind == StepKind.DONE and step.escort_id == order.escort_id for step in visit.steps),
    }
