"""What is stored about a user's visits, for that user's export: steps, report, trouble, photos, consents; of an escort
the steps that they took, of a member the questions that they asked."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from typing import Any

import orjson

from orders.visits import reading
from orders.visits.photo_files import PhotoFiles
from orders.visits.reading import Visit
from orders.visits.sealing import open_place
from privacy import REPORT_ENTRY, VISIT_TROUBLE, Vault
from schemas.visits import bare_step_row, entry_rows, report_row, step_rows, trouble_row
from schemas.wire import time_text
from storage import Storage
from storage.models import Consent, ReportEntry, VisitPhoto, VisitStep

PAGE = 50
"""Visits, each with all of its steps."""
STEPS_AT_ONCE = 200


async def visit_chunks(
    storage: Storage, vault: Vault, photos: PhotoFiles, user_id: int
) -> AsyncIterator[bytes]:
    """Parts of a JSON object, each beginning with a comma."""
    async with storage.reading() as reader:
        consents = await reader.consents.of_user(user_id)
        escort = await reader.escorts.of_user(user_id)
        asked = await reader.reports.entries_by_user(user_id)
    yield b',"consents":' + orjson.dumps([_consent(each) for each in consents])
    yield b',"visits":['
    separator, after = b"", 0
    while True:
        async with storage.reading() as reader:
            orders = await reader.visits.orders_of_user(user_id, after, PAGE)
            visits = [await reading.read(reader, order) for order in orders]
        for visit in visits:
            yield separator + await asyncio.to_thread(_visit, visit, vault)
            async for piece in _photos(visit.photos, photos):
                yield piece
            yield b"]}"
            separator = b",\n"
        if len(visits) < PAGE:
            break
        after = visits[-1].order.id
    yield b'],"questions":' + await asyncio.to_thread(_questions, asked, vault)
    yield b',"escortSteps":['
    if escort is not None:
        async for piece in _steps(storage, vault, escort.id):
            yield piece
    yield b"]"


async def _steps(storage: Storage, vault: Vault, escort_id: int) -> AsyncIterator[bytes]:
    after, separator = 0, b""
    while True:
        async with storage.reading() as reader:
            steps = await reader.visits.steps_of_escort(escort_id, after, STEPS_AT_ONCE)
        if steps:
            yield separator + b",\n".join(orjson.dumps(_own_step(step, vault)) for step in steps)
            after, separator = steps[-1].id, b",\n"
        if len(steps) < STEPS_AT_ONCE:
            return


def without(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}


def _consent(consent: Consent) -> dict[str, Any]:
    return {
        "consent": consent.kind,
        "version": consent.version,
        "answeredTime": time_text(consent.given_at),
        "withdrawnTime": time_text(consent.withdrawn_at),
    }


def _visit(visit: Visit, vault: Vault) -> bytes:
    """Everything but the photos, up to the bracket behind which they follow."""
    steps = step_rows(visit, vault, for_office=True)
    report = report_row(visit, vault)
    entries = entry_rows(visit, vault, visit.order.user_id)
    row = {
        "orderId": visit.order.id,
        "startedTime": time_text(visit.order.started_at),
        "steps": [without(step, "id", "kind", "node", "photos", "author") for step in steps],
        "report": report and without(report, "forgotten", "photos"),
        "entries": [
            {"entry": entry["kind"], **without(entry, "id", "kind", "questionId", "open")}
            for entry in entries
        ],
        "troubles": [
            {
                **without(trouble_row(each), "kind", "open"),
                "note": vault.open(each.note_sealed, VISIT_TROUBLE),
                "resolution": each.resolution,
            }
            for each in visit.troubles
        ],
    }
    return orjson.dumps(row)[:-1] + b',"photos":['


async def _photos(kept: list[VisitPhoto], photos: PhotoFiles) -> AsyncIterator[bytes]:
    separator = b""
    for photo in kept:
        picture = await asyncio.to_thread(photos.read, photo.file)
        row = {
            "file": photo.file,
            "time": time_text(photo.at),
            "jpeg": base64.b64encode(picture or b"").decode(),
        }
        yield separator + orjson.dumps(row)
        separator = b",\n"


def _questions(asked: list[ReportEntry], vault: Vault) -> bytes:
    return orjson.dumps(
        [
            {
                "orderId": entry.order_id,
                "text": vault.open(entry.text_sealed, REPORT_ENTRY),
                "time": time_text(entry.at),
            }
            for entry in asked
        ]
    )


def _own_step(step: VisitStep, vault: Vault) -> dict[str, Any]:
    return {
        "orderId": step.order_id,
        **without(bare_step_row(step), "id", "kind", "node"),
        "place": open_place(vault, step.place_sealed),
    }
