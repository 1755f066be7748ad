"""The page of one complaint, which all acts on it show again."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from typing import Any

from handlers.admin.after_sales.labels import COMPLAINT_TONE
from handlers.admin.after_sales.wechat_facts import wechat_facts
from handlers.admin.page import AdminPage
from handlers.errors import ApiError, not_found
from orders.complaints import reading
from orders.complaints.deadlines import due_at, is_overdue
from orders.complaints.handling import mark
from refusals import Refused
from schemas.complaints import KIND, STATE
from storage import Transaction
from storage.models import UNSETTLED_COMPLAINTS, Complaint, Role

ENTRY = {"note": "内部记录", "answer": "我们的答复", "addition": "用户补充"}


class ComplaintPage(AdminPage):
    """Shows a complaint: what it is about and when it is due; what was said once it has been opened."""

    section = "after-sales"

    async def find(self, complaint_id: str) -> Complaint:
        self.back = "complaints/"
        complaint = await self.read_one(lambda reader: reader.complaints.get(int(complaint_id)))
        self.back = f"complaints/{complaint.id}/"
        return complaint

    async def show(
        self,
        complaint_id: int,
        opened: dict[str, Any] | None = None,
        problem: ApiError | None = None,
        act: str = "",
    ) -> None:
        """The page. ``opened``: what was said, in clear; ``problem``: why ``act`` was not done, whose form keeps what
        was typed."""
        at = self.now()
        async with self.services.storage.reading() as reader:
            complaint = await reader.complaints.get(complaint_id)
            if complaint is None:
                raise not_found()
            (whole,) = await reading.read(reader, [complaint])
            order = await reader.orders.get(complaint.order_id) if complaint.order_id else None
            user = await reader.users.get(complaint.user_id) if complaint.user_id else None
            admins = await reader.administrators.all()
            refund = await reader.refunds.get(complaint.refund_id) if complaint.refund_id else None
            others = await reader.complaints.of_order(order.id) if order else []
            at_wechat = await wechat_facts(reader, self.services, complaint)
        self.render(
            "admin/after_sales/complaint.html",
            complaint=complaint,
            whole=whole,
            order=order,
            user=user,
            refund=refund,
            others=[other for other in others if other.id != complaint.id],
            names={admin.id: admin.name for admin in admins},
            choices=[each for each in admins if each.disabled_at is None and each.role != Role.ACCOUNTANT],
            kinds=KIND,
            states=STATE,
            tone=COMPLAINT_TONE,
            entry_words=ENTRY,
            unsettled=complaint.state in UNSETTLED_COMPLAINTS,
            due=due_at(complaint),
            overdue=is_overdue(complaint, at),
            fingerprint=mark(complaint),
            action_id=secrets.token_urlsafe(18),
            opened=opened,
            problem=problem,
            act=act,
            typed=str(self.body_fields.get("text", "")) if problem else "",
            now=at,
            **at_wechat,
        )

    async def act(
        self,
        complaint_id: str,
        act: str,
        work: Callable[[Transaction], Awaitable[dict[str, Any]]],
        done: str,
    ) -> None:
        """Do ``work`` in an audited transaction, which returns what the log says, and show the page. What was
        refused is shown on the page, with what was typed."""
        subject = ("complaint", int(complaint_id))

        async def run(tx: Transaction) -> None:
            facts = await work(tx)
            await self.audit(tx, f"complaint.{act}", subject, after=facts)

        try:
            await self.services.storage.run(run)
        except (ApiError, Refused) as error:
            await self.show(int(complaint_id), problem=self.form_error(error), act=act)
            return
        self.redirect_done(self.back, done)
