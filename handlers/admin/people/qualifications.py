"""Documents of escorts: what waits for the office, what ends soon; opened and decided on the escort's page."""

from __future__ import annotations

import asyncio
from typing import Any

from handlers.admin.formats import picture_address
from handlers.admin.page import AdminPage
from handlers.admin.people.escorts import ESCORT, EscortPage
from handlers.admin.stale_forms import changed_since
from handlers.errors import not_found
from orders.escorts import qualifications
from orders.escorts.qualifications import TITLES, DocumentDecided, Review, days_left, ends_soon
from refusals import InvalidInput
from schemas.admin_arranging import QualificationReview
from storage import Transaction
from storage.models import EscortQualification, QualificationKind


class DocumentsHandler(AdminPage):
    """The escorts whose documents wait for the office; ``show=ending``: those with one that ends soon or is over."""

    section = "runners"

    async def get(self) -> None:
        at, days = self.now(), self.services.settings.office.qualification_notice_days
        ending = self.query_fields.get("show") == "ending"
        async with self.services.storage.reading() as reader:
            waiting = await reader.qualifications.waiting()
            ends = await reader.qualifications.ending(ends_soon(at, days))
            found = ends if ending else waiting
            escorts = {escort_id: await reader.escorts.get(escort_id) for escort_id in found}
        self.render(
            "admin/people/documents.html",
            ending=ending,
            counts=(len(waiting), len(ends)),
            found=found,
            escorts=escorts,
            titles=TITLES,
            days=days,
            days_left=lambda document: days_left(document, at),
        )


class OpenDocumentHandler(EscortPage):
    """One document in full: an audited act."""

    async def post(self, escort_id: str, document_id: str) -> None:
        self.back = f"runners/{int(escort_id)}/"

        async def work(tx: Transaction) -> EscortQualification:
            document = await tx.qualifications.get(int(document_id))
            if document is None or document.escort_id != int(escort_id) or not document.file:
                raise not_found()
            return document

        document = await self.audited("escort.reveal.document", ("escort", int(escort_id)), work)
        picture = await asyncio.to_thread(self.services.documents.read, document.file)
        if picture is None:
            raise not_found()
        self.opened_document = (document.id, picture_address(picture))
        await self.show(await self.find(escort_id))


class ReviewDocumentHandler(EscortPage):
    """Approve or reject what the page has shown: what the escort uploads meanwhile is not approved unseen."""

    async def post(self, escort_id: str, document_id: str, act: str) -> None:
        self.back = f"runners/{int(escort_id)}/"
        given = self.load(QualificationReview())
        shown = self.shown_fingerprint()
        decision = Review(
            act == "approve", given["reason"], given["expires_date"], self.caller.id, self.now()
        )

        async def work(tx: Transaction) -> list[str]:
            known = await tx.qualifications.get(int(document_id))
            if known is None or known.escort_id != int(escort_id):
                raise not_found()
            unused = await qualifications.review(
                tx, known.id, decision, lambda now: changed_since(shown, now)
            )
            facts: dict[str, Any] = {"document": TITLES[QualificationKind(known.kind)]}
            if decision.approve:
                facts["expires"] = decision.expires_date
            await self.audit(tx, f"escort.document.{act}", ("escort", known.escort_id), None, facts)
            return unused

        try:
            unused = await self.services.storage.run(work)
        except DocumentDecided as error:
            self.form_error(error)
            await self.show(await self.find(escort_id), problem=error.message)
            return
        except InvalidInput as error:
            self.form_error(error)
            self.document_problem = (int(document_id), error.message)
            await self.show(await self.find(escort_id))
            return
        await self.services.remove_documents(unused)
        self.redirect_done(self.back, f"document-{act}")


routes = [
    (r"/admin/runners/documents/", DocumentsHandler),
    (rf"{ESCORT}/documents/([0-9]{{1,18}})/open/", OpenDocumentHandler),
    (rf"{ESCORT}/documents/([0-9]{{1,18}})/(approve|reject)/", ReviewDocumentHandler),
]
