"""Complaints that payers made at WeChat: opened as WeChat shows them, answered and ended there, a refund decided."""

from __future__ import annotations

import asyncio
from typing import Any

from marshmallow import Schema

from catalog.picture_refusals import NotAPicture
from config import Settings
from handlers.admin.after_sales.answer_pictures import MAX_UPLOAD_BYTES, keep_pictures
from handlers.admin.after_sales.complaint_page import ComplaintPage
from handlers.admin.after_sales.wechat_facts import ACT
from handlers.admin.formats import picture_address
from handlers.admin.page import AdminPage
from handlers.errors import ApiError, not_found
from orders.complaints import reading
from orders.complaints.reading import WholeComplaint
from payment.complaints.acts import PlannedAct
from payment.complaints.following import UNREAD_AFTER
from payment.complaints.service import MAX_SHOWN_PICTURES, Opened
from privacy import COMPLAINT, COMPLAINT_ENTRY
from refusals import Busy, Refused
from schemas.admin_after_sales import WeChatAnswer, WeChatApproval, WeChatCompletion
from storage import Transaction
from storage.models import Complaint, ComplaintSource
from storage.models.wechat_complaints import ComplaintAct, ComplaintActKind, ComplaintActState

SENT = {
    ComplaintActKind.ANSWER: "complaint-wechat-answered",
    ComplaintActKind.REJECT: "complaint-wechat-rejected",
    ComplaintActKind.APPROVE: "complaint-wechat-approved",
    ComplaintActKind.COMPLETE: "complaint-wechat-completed",
}


class WeChatComplaintPage(ComplaintPage):
    """The page of a complaint that was made at WeChat; 404 for others."""

    async def find(self, complaint_id: str) -> Complaint:
        complaint = await super().find(complaint_id)
        if complaint.source != ComplaintSource.WECHAT:
            raise not_found()
        return complaint


class OpenHandler(WeChatComplaintPage):
    """What WeChat shows of it now, the phone and the pictures included: an audited act. Where WeChat does not answer,
    what was read before."""

    async def post(self, complaint_id: str) -> None:
        complaint = await self.find(complaint_id)

        async def work(tx: Transaction) -> WholeComplaint:
            return (await reading.read(tx, [complaint]))[0]

        whole = await self.audited("complaint.reveal", ("complaint", complaint.id), work)
        assert complaint.external_id is not None
        live = await self.services.complaints.look(complaint.external_id)
        vault = self.services.vault
        entries = {each.id: vault.open(each.text_sealed, COMPLAINT_ENTRY) for each in whole.entries}
        await self.show(
            complaint.id,
            {
                "text": vault.open(complaint.text_sealed, COMPLAINT),
                "entries": entries,
                "live": live,
                "pictures": await self._pictures(live),
                "max_pictures": MAX_SHOWN_PICTURES,
            },
        )

    async def _pictures(self, live: Opened) -> dict[str, str]:
        """By their number, as they can stand in a page: those that could be had, and are pictures."""
        wanted = list(live.detail.images) if live.detail else []
        wanted += [media_id for entry in live.history for media_id in entry.images]
        found = await self.services.complaints.pictures(list(dict.fromkeys(wanted)))
        shown = {}
        for media_id, content in found.items():
            try:
                shown[media_id] = picture_address(await self.services.photo_decoder.photo(content))
            except (NotAPicture, Busy):
                continue
        return shown


class SendingPage(WeChatComplaintPage):
    """An act that is sent to WeChat: written down first, then sent while the person waits."""

    kind: ComplaintActKind
    schema: Schema

    @classmethod
    def max_body_bytes(cls, settings: Settings) -> int:
        return MAX_UPLOAD_BYTES

    async def post(self, complaint_id: str) -> None:
        await self.find(complaint_id)
        pictures: tuple[tuple[str, int], ...] = ()
        try:
            given = self.load(self.schema)
            pictures = await keep_pictures(self.services, self.request.files)
            act_id, fresh = await self._plan(int(complaint_id), self._wanted(given, pictures))
        except (ApiError, Refused) as error:
            await self._remove(pictures)
            await self.show(int(complaint_id), problem=self.form_error(error), act=f"wechat-{self.kind}")
            return
        if not fresh:
            await self._remove(pictures)
        await self._told(int(complaint_id), await self.services.complaints.send_now(act_id))

    def _wanted(self, given: dict[str, Any], pictures: tuple[tuple[str, int], ...]) -> PlannedAct:
        return PlannedAct(
            self.kind,
            given["action_id"],
            given.get("text", ""),
            self.shown_fingerprint(),
            pictures,
            given.get("refund_id"),
        )

    async def _plan(self, complaint_id: int, wanted: PlannedAct) -> tuple[int, bool]:
        at = self.now()

        async def work(tx: Transaction) -> tuple[int, bool]:
            act_id, fresh = await self.services.complaints.plan(tx, complaint_id, wanted, self.caller.id, at)
            if fresh:
                facts = {"pictures": len(wanted.pictures), "refund": wanted.refund_id}
                told = {name: value for name, value in facts.items() if value}
                await self.audit(tx, f"complaint.wechat_{self.kind}", ("complaint", complaint_id), after=told)
            return act_id, fresh

        return await self.services.storage.run(work)

    async def _remove(self, pictures: tuple[tuple[str, int], ...]) -> None:
        await asyncio.to_thread(self.services.documents.remove, [name for name, _ in pictures])

    async def _told(self, complaint_id: int, act: ComplaintAct | None) -> None:
        assert act is not None
        if act.state == ComplaintActState.REFUSED:
            sentence = f"微信没有接受「{ACT[act.kind]}」：{act.problem}"
            self.set_status(409)
            problem = ApiError(409, "wechat_refused", sentence)
            await self.show(complaint_id, problem=problem, act=f"wechat-{self.kind}")
            return
        self.redirect_done(
            self.back, SENT[self.kind] if act.state == ComplaintActState.DONE else "complaint-wechat-sending"
        )


class AnswerHandler(SendingPage):
    """An answer that the payer reads in WeChat."""

    kind = ComplaintActKind.ANSWER
    schema = WeChatAnswer()


class RejectHandler(SendingPage):
    """The refund that the payer asks for is refused, with the reason that they read."""

    kind = ComplaintActKind.REJECT
    schema = WeChatAnswer()


class ApproveHandler(SendingPage):
    """WeChat is told of a refund that is on its way already."""

    kind = ComplaintActKind.APPROVE
    schema = WeChatApproval()


class CompleteHandler(SendingPage):
    """It is settled; the note about what was done is for the office alone."""

    kind = ComplaintActKind.COMPLETE
    schema = WeChatCompletion()


class TroubleHandler(AdminPage):
    """What is wrong about complaints at WeChat: those that cannot be read, and what WeChat has refused."""

    section = "after-sales"

    async def get(self) -> None:
        at = self.now()
        async with self.services.storage.reading() as reader:
            unread = await reader.wechat_complaints.unread(at - UNREAD_AFTER)
            refused = await reader.wechat_complaints.refused()
            names = {admin.id: admin.name for admin in await reader.administrators.all()}
        self.render(
            "admin/after_sales/wechat_trouble.html",
            unread=unread,
            refused=refused,
            names=names,
            act_words=ACT,
            now=at,
        )


COMPLAINT_PATH = r"/admin/complaints/([0-9]{1,18})/wechat"
routes = [
    (r"/admin/complaints/wechat/", TroubleHandler),
    (rf"{COMPLAINT_PATH}/reveal/", OpenHandler),
    (rf"{COMPLAINT_PATH}/answer/", AnswerHandler),
    (rf"{COMPLAINT_PATH}/reject/", RejectHandler),
    (rf"{COMPLAINT_PATH}/approve/", ApproveHandler),
    (rf"{COMPLAINT_PATH}/complete/", CompleteHandler),
]
