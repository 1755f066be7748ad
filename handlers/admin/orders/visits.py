"""A visit on the page of its order: notes, photos and report on request, which is an audited act; what the office does
about trouble, and its answers to the family's questions."""

from __future__ import annotations

import asyncio
import secrets
from typing import Any

from handlers.admin.formats import picture_address
from handlers.admin.orders.actions import ORDER, OrderAct
from handlers.errors import not_found
from orders import serving
from orders.visits import reading, reports, troubles
from orders.visits.photo_files import PhotoFiles
from orders.visits.reading import Visit
from orders.visits.reports import Author, Entry
from privacy import VISIT_TROUBLE, Vault
from schemas.admin import QuestionAnswer, ShownRecord, TroubleResolution
from schemas.visits import entry_rows, report_row, step_rows
from storage import Transaction
from storage.models import Order


class ShowRecordHandler(OrderAct):
    """Notes, report and questions of a visit, or its photos, in full: an audited act."""

    async def post(self, order_id: str) -> None:
        self.back = f"orders/{order_id}/"
        what = self.load(ShownRecord())["what"]

        async def work(tx: Transaction) -> Visit:
            order = await tx.orders.get(int(order_id))
            if order is None:
                raise not_found()
            return await reading.read(tx, order)

        visit = await self.audited(
            f"order.reveal.{what}", ("order", int(order_id)), work, after={"what": what}
        )
        opened = opened_record(visit, self.services.vault)
        if what == "photos":
            opened["pictures"] = await asyncio.to_thread(_pictures, visit, self.services.visit_photos)
        await self.show(visit.order.id, visit_opened=opened)


def opened_record(visit: Visit, vault: Vault) -> dict[str, Any]:
    """What was written about a visit, in clear. ``action_id``: of the answer that a form on this page may send."""
    return {
        "notes": {row["id"]: row["note"] for row in step_rows(visit, vault, for_office=True)},
        "trouble_notes": {each.id: vault.open(each.note_sealed, VISIT_TROUBLE) for each in visit.troubles},
        "report": report_row(visit, vault),
        "entries": entry_rows(visit, vault),
        "action_id": secrets.token_urlsafe(18),
        "pictures": {},
    }


def _pictures(visit: Visit, files: PhotoFiles) -> dict[int | None, list[str]]:
    """The photos by step (None: of the report), as they can stand in a page."""
    found: dict[int | None, list[str]] = {}
    for photo in visit.photos:
        if (picture := files.read(photo.file)) is not None:
            found.setdefault(photo.step_id, []).append(picture_address(picture))
    return found


class CloseTroubleHandler(OrderAct):
    """The office has dealt with something that went wrong, and may take the escort off the order at once."""

    async def post(self, order_id: str, trouble_id: str) -> None:
        given = self.load(TroubleResolution())
        at, resolution = self.now(), given["resolution"]
        seen = self.shown_fingerprint("escort_id") if given["then"] == "unassign" else ""

        async def work(tx: Transaction, order: Order) -> None:
            await troubles.close(tx, order.id, int(trouble_id), resolution, self.caller.id, at)
            if given["then"] == "unassign":
                await serving.unassign(tx, order.id, self.actor, at, resolution, seen)

        await self.act(order_id, "trouble", work)
        self.redirect_done(self.back, "unassigned" if given["then"] == "unassign" else "trouble-closed")


class AnswerQuestionHandler(OrderAct):
    """The office answers a question of the family."""

    async def post(self, order_id: str, question_id: str) -> None:
        self.back = f"orders/{order_id}/"
        given, at = self.load(QuestionAnswer()), self.now()
        entry = Entry(Author("admin", self.caller.id), given["action_id"], given["text"])

        async def work(tx: Transaction) -> int:
            return await reports.answer_as_office(
                tx, self.services.vault, int(order_id), int(question_id), entry, at
            )

        await self.audited(
            "order.answer", ("order", int(order_id)), work, after={"question": int(question_id)}
        )
        self.redirect_done(self.back, "answered")


routes = [
    (rf"{ORDER}/visit/", ShowRecordHandler),
    (rf"{ORDER}/troubles/([0-9]{{1,18}})/close/", CloseTroubleHandler),
    (rf"{ORDER}/questions/([0-9]{{1,18}})/answer/", AnswerQuestionHandler),
]
