"""Complaints: the list by what is due first, and the page of one."""

from __future__ import annotations

import asyncio
from typing import Any

from handlers.admin.after_sales.complaint_page import ComplaintPage
from handlers.admin.after_sales.labels import COMPLAINT_TONE
from handlers.admin.formats import picture_address
from handlers.admin.page import AdminPage
from handlers.admin.paging import cut, pager
from handlers.errors import not_found
from orders.complaints import handling, reading
from orders.complaints.deadlines import due_at, is_overdue
from orders.complaints.reading import WholeComplaint
from payment.complaints.following import UNREAD_AFTER
from privacy import COMPLAINT, COMPLAINT_ENTRY
from schemas.admin_after_sales import (
    ComplaintAnswer,
    ComplaintAssignment,
    ComplaintClosing,
    ComplaintNote,
)
from schemas.complaints import KIND, STATE
from storage import Transaction
from storage.filters import ComplaintFilter, ComplaintPlace
from storage.models import Complaint, ComplaintSource, ComplaintState

PAGE = 30
SOURCE = {
    ComplaintSource.OWN: "小程序",
    ComplaintSource.WECHAT: "微信投诉",
    ComplaintSource.TRADE: "交易投诉",
}
TABS = {
    "open": ("待答复", ComplaintState.OPEN),
    "answered": ("待解决", ComplaintState.ANSWERED),
    "closed": ("已解决", ComplaintState.CLOSED),
    "all": ("全部", None),
}


class ComplaintsHandler(AdminPage):
    """The complaints of one state: those that wait by their deadline, others the newest first."""

    section = "after-sales"

    async def get(self) -> None:
        tab = self.query_fields.get("tab", "open")
        tab = tab if tab in TABS else "open"
        kind = self.query_fields.get("kind", "")
        kind = kind if kind in set(KIND) else ""
        source = self.query_fields.get("source", "")
        source = source if source in SOURCE else ""
        mine = self.query_fields.get("mine") == "1"
        state, at = TABS[tab][1], self.now()
        wanted = ComplaintFilter(state or "", kind, self.caller.id if mine else 0, source)
        place = self._place()
        async with self.services.storage.reading() as reader:
            rows, last = cut(await reader.complaints.page(wanted, place, PAGE + 1), PAGE)
            waiting = await reader.complaints.waiting(at)
            names = {admin.id: admin.name for admin in await reader.administrators.all()}
            at_wechat = await reader.wechat_complaints.of_complaints([row.complaint.id for row in rows])
            unread = await reader.wechat_complaints.count_unread(at - UNREAD_AFTER)
        self.render(
            "admin/after_sales/complaints.html",
            at_wechat=at_wechat,
            unread=unread,
            source=source,
            sources=SOURCE if source or self._from_wechat() else {},
            rows=rows,
            tab=tab,
            tabs=TABS,
            kind=kind,
            kinds=KIND,
            states=STATE,
            tone=COMPLAINT_TONE,
            mine=mine,
            waiting=waiting,
            names=names,
            due_at=due_at,
            is_overdue=lambda complaint: is_overdue(complaint, at),
            now=at,
            **pager("after", first=place is None, following=_text(last.complaint) if last else ""),
        )

    def _from_wechat(self) -> bool:
        """Can there be complaints of users at WeChat?"""
        return self.services.complaints.enabled or bool(self.services.settings.wechat.push_token)

    def _place(self) -> ComplaintPlace | None:
        due, _, complaint_id = self.query_fields.get("after", "").partition("-")
        if not all(part.isascii() and part.isdigit() and len(part) <= 18 for part in (due, complaint_id)):
            return None
        return int(due), int(complaint_id)


def _text(complaint: Complaint) -> str:
    """Where the next page begins."""
    return f"{due_at(complaint) or 0}-{complaint.id}"


class ComplaintHandler(ComplaintPage):
    """One complaint."""

    async def get(self, complaint_id: str) -> None:
        await self.show(int(complaint_id))


class OpenHandler(ComplaintPage):
    """What was said, and the photos, in clear: an audited act."""

    async def post(self, complaint_id: str) -> None:
        await self.find(complaint_id)

        async def work(tx: Transaction) -> WholeComplaint:
            complaint = await tx.complaints.get(int(complaint_id))
            if complaint is None:
                raise not_found()
            return (await reading.read(tx, [complaint]))[0]

        whole = await self.audited("complaint.reveal", ("complaint", int(complaint_id)), work)
        vault = self.services.vault
        opened = {
            "text": vault.open(whole.complaint.text_sealed, COMPLAINT),
            "entries": {each.id: vault.open(each.text_sealed, COMPLAINT_ENTRY) for each in whole.entries},
            "photos": await asyncio.to_thread(self._pictures, whole),
        }
        await self.show(int(complaint_id), opened)

    def _pictures(self, whole: WholeComplaint) -> list[str]:
        """The photos, as they can stand in a page."""
        found = [self.services.documents.read(photo.file) for photo in whole.photos]
        return [picture_address(each) for each in found if each]


class AssignHandler(ComplaintPage):
    """Take it, or give it to a colleague."""

    async def post(self, complaint_id: str) -> None:
        await self.find(complaint_id)
        seen, at = self.shown_fingerprint(), self.now()
        admin_id = self.load(ComplaintAssignment())["admin_id"]

        async def work(tx: Transaction) -> dict[str, Any]:
            await handling.assign(tx, int(complaint_id), admin_id, seen, at)
            return {"assigned_to": admin_id}

        await self.act(complaint_id, "assign", work, "complaint-assigned")


class NoteHandler(ComplaintPage):
    """A note for the office alone."""

    async def post(self, complaint_id: str) -> None:
        await self.find(complaint_id)
        given, at = self.load(ComplaintNote()), self.now()

        async def work(tx: Transaction) -> dict[str, Any]:
            note = (given["action_id"], given["text"])
            await handling.add_note(tx, self.services.vault, int(complaint_id), note, self.actor, at)
            return {}

        await self.act(complaint_id, "note", work, "complaint-noted")


class AnswerHandler(ComplaintPage):
    """An answer that the user reads; a message says that it is there."""

    async def post(self, complaint_id: str) -> None:
        await self.find(complaint_id)
        seen, given, at = self.shown_fingerprint(), self.load(ComplaintAnswer()), self.now()

        async def work(tx: Transaction) -> dict[str, Any]:
            said = (given["action_id"], given["text"], seen)
            await handling.answer(tx, self.services.vault, int(complaint_id), said, self.actor, at)
            return {}

        await self.act(complaint_id, "answer", work, "complaint-answered")


class CloseHandler(ComplaintPage):
    """It is settled; the note about what was done is for the office alone."""

    async def post(self, complaint_id: str) -> None:
        await self.find(complaint_id)
        seen, given, at = self.shown_fingerprint(), self.load(ComplaintClosing()), self.now()

        async def work(tx: Transaction) -> dict[str, Any]:
            said = (given["action_id"], given["text"], seen)
            await handling.close(tx, self.services.vault, int(complaint_id), said, self.actor, at)
            return {}

        await self.act(complaint_id, "close", work, "complaint-closed")


COMPLAINT_PATH = r"/admin/complaints/([0-9]{1,18})"
routes = [
    (r"/admin/complaints/", ComplaintsHandler),
    (rf"{COMPLAINT_PATH}/", ComplaintHandler),
    (rf"{COMPLAINT_PATH}/reveal/", OpenHandler),
    (rf"{COMPLAINT_PATH}/assign/", AssignHandler),
    (rf"{COMPLAINT_PATH}/note/", NoteHandler),
    (rf"{COMPLAINT_PATH}/answer/", AnswerHandler),
    (rf"{COMPLAINT_PATH}/close/", CloseHandler),
]
