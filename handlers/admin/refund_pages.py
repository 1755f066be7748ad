"""Refunds: requests to decide, and those under way or in trouble."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from handlers.admin.base import AdminPage
from handlers.errors import not_found
from payment import refunds
from schemas.admin import OptionalNote, RefundApproval, RefundRejection
from storage import Transaction
from storage.models import Refund, RefundState

PAGE = 50
TABS: dict[str, tuple[str, tuple[str, ...]]] = {
    "requested": ("待审核", (RefundState.REQUESTED,)),
    "moving": ("退款中", (RefundState.APPROVED, RefundState.PROCESSING)),
    "abnormal": ("异常与关闭", (RefundState.ABNORMAL, RefundState.CLOSED)),
    "done": ("已退款", (RefundState.SUCCEEDED,)),
    "rejected": ("已拒绝", (RefundState.REJECTED,)),
    "all": ("全部", ()),
}


class RefundsHandler(AdminPage):
    """Refunds of one kind, newest first."""

    section = "money"

    async def get(self) -> None:
        tab = self.query_fields.get("tab", "requested")
        tab = tab if tab in TABS else "requested"
        before = self.page_number("before")
        async with self.services.storage.reading() as reader:
            found = await reader.desk.refunds_page(TABS[tab][1], before, PAGE + 1)
        self.render(
            "admin/refunds.html",
            refunds=found[:PAGE],
            tab=tab,
            tabs=TABS,
            now=self.now(),
            first=before is None,
            next=found[PAGE - 1][0].id if len(found) > PAGE else "",
            key="before",
        )


class RefundPage(AdminPage):
    """What the acts on a refund share."""

    section = "money"

    async def find(self, refund_id: str) -> Refund:
        self.back = f"refunds/{refund_id}/"
        async with self.services.storage.reading() as reader:
            refund = await reader.refunds.get(int(refund_id))
        if refund is None:
            self.back = "refunds/"
            raise not_found()
        return refund

    async def decide(
        self, refund: Refund, act: str, after: dict[str, Any], work: Callable[[Transaction], Awaitable[Any]]
    ) -> None:
        """Do ``work`` and write it down, in one transaction."""

        async def run(tx: Transaction) -> None:
            result = await work(tx)
            before = {"state": refund.state, "amount_fen": refund.amount_fen}
            more = {"new_refund": result} if isinstance(result, int) else {}
            await self.audit(tx, f"refund.{act}", "refund", refund.id, before, {**after, **more})

        await self.services.storage.run(run)
        self.services.payments.wake.set()


class RefundHandler(RefundPage):
    """One refund: the request beside what the policy says, and what may be done with it now."""

    async def get(self, refund_id: str) -> None:
        refund = await self.find(refund_id)
        async with self.services.storage.reading() as reader:
            order = await reader.orders.get(refund.order_id)
            attempt = await reader.attempts.get(refund.attempt_id)
            known = await reader.refunds.of_order(refund.order_id)
            cases = await reader.finance.cases_of_order(refund.order_id)
            actors = {admin.id: admin.name for admin in await reader.administrators.all()}
        assert order is not None
        quote = await self.services.payments.quote(order, refund.requested_at, known)
        self.render(
            "admin/refund.html",
            refund=refund,
            order=order,
            attempt=attempt,
            rule=quote.rule,
            remaining=quote.remaining_fen,
            renewed=any(other.renews_refund_id == refund.id for other in known),
            cases=[case for case in cases if case.reference == refund.out_refund_no and case.state == "open"],
            actors=actors,
        )


class ApproveHandler(RefundPage):
    """Say yes, with another amount if need be."""

    async def post(self, refund_id: str) -> None:
        refund = await self.find(refund_id)
        given = self.load(RefundApproval())
        amount, note = given["amount_fen"], given["note"]
        if not await self.confirmed(f"通过退款申请 #{refund.id}，退款 {amount / 100:.2f} 元"):
            return
        after = {"state": RefundState.APPROVED, "amount_fen": amount, "note": note}
        await self.decide(
            refund,
            "approve",
            after,
            lambda tx: refunds.approve(tx, refund.id, self.actor, amount, note, self.now()),
        )
        self.go(self.back, "refund-approved")


class RejectHandler(RefundPage):
    """Say no, with the reason that the user will read."""

    async def post(self, refund_id: str) -> None:
        refund = await self.find(refund_id)
        note = self.load(RefundRejection())["note"]
        after = {"state": RefundState.REJECTED, "note": note}
        await self.decide(
            refund, "reject", after, lambda tx: refunds.reject(tx, refund.id, self.actor, note, self.now())
        )
        self.go(self.back, "refund-rejected")


class RenewHandler(RefundPage):
    """Refund under a new number what WeChat closed."""

    async def post(self, refund_id: str) -> None:
        refund = await self.find(refund_id)
        if not await self.confirmed(f"用新单号重新退款 {refund.amount_fen / 100:.2f} 元"):
            return
        await self.decide(
            refund, "renew", {}, lambda tx: refunds.renew(tx, refund.id, self.actor, self.now())
        )
        self.go(f"orders/{refund.order_id}/", "refund-started")


class RetryHandler(RefundPage):
    """Send or ask about a refund now."""

    async def post(self, refund_id: str) -> None:
        refund = await self.find(refund_id)

        async def note(tx: Transaction) -> None:
            await self.audit(tx, "refund.retry", "refund", refund.id, {"state": refund.state})

        await self.services.storage.run(note)
        await self.services.payments.retry_refund(refund.id)
        self.go(self.back, "refund-retried")


class WithdrawHandler(RefundPage):
    """Take back an approved refund that WeChat does not have."""

    async def post(self, refund_id: str) -> None:
        refund = await self.find(refund_id)
        note = self.load(OptionalNote())["note"]

        async def write(tx: Transaction) -> None:
            await self.audit(
                tx, "refund.withdraw", "refund", refund.id, {"state": refund.state}, {"note": note}
            )

        await self.services.storage.run(
            write
        )  # before: WeChat is asked in between, and nothing may go unrecorded
        await self.services.payments.withdraw(refund.id, self.actor, note)
        self.go(self.back, "refund-withdrawn")


REFUND = r"/admin/refunds/([0-9]{1,18})"
routes = [
    (r"/admin/refunds/", RefundsHandler),
    (rf"{REFUND}/", RefundHandler),
    (rf"{REFUND}/approve/", ApproveHandler),
    (rf"{REFUND}/reject/", RejectHandler),
    (rf"{REFUND}/renew/", RenewHandler),
    (rf"{REFUND}/retry/", RetryHandler),
    (rf"{REFUND}/withdraw/", WithdrawHandler),
]
