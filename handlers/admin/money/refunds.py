"""Refunds: requests to decide, and those under way or in trouble."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from handlers.admin.money.case_advice import advice
from handlers.admin.money.money_guard import MoneyGuard, amount_to_confirm
from handlers.admin.offline.handling import FIELDS, form_at
from handlers.admin.page import AdminPage
from handlers.admin.paging import cut, pager
from handlers.errors import ApiError
from payment import payables
from payment.context import InTransaction
from payment.offline.marks import mark_of
from payment.payables import Payable
from payment.problems import PaymentError
from payment.refunds import decisions
from payment.refunds.amount_checks import DecisionChecks, of_renewal, of_request
from payment.refunds.fingerprints import payable_fingerprint
from privacy import ESCORT_PHONE, masked_phone
from schemas.admin import OptionalNote, RefundApproval, RefundRejection
from schemas.timeline import office_reason, patient_reason
from storage import Transaction
from storage.models import REFUNDS_ON_THEIR_WAY, Attempt, Channel, Refund, RefundKind, RefundState

PAGE = 50
TABS: dict[str, tuple[str, tuple[str, ...], str]] = {
    "requested": ("待审核", (RefundState.REQUESTED,), ""),
    "offline": ("待线下退款", (RefundState.APPROVED,), Channel.OFFLINE),
    "moving": ("退款中", REFUNDS_ON_THEIR_WAY, Channel.WECHAT),
    "abnormal": ("异常", (RefundState.ABNORMAL,), ""),
    "closed": ("已关闭", (RefundState.CLOSED,), ""),
    "done": ("已退款", (RefundState.SUCCEEDED, RefundState.NOTHING_DUE), ""),
    "rejected": ("已拒绝或撤回", (RefundState.REJECTED, RefundState.WITHDRAWN), ""),
    "all": ("全部", (), ""),
}
"""Words for kinds and states, and how the money was paid."""


class RefundsHandler(AdminPage):
    """Refunds of one kind, newest first."""

    section = "money"
    open_to_accountants = ("GET",)

    async def get(self) -> None:
        tab = self.query_fields.get("tab", "requested")
        tab = tab if tab in TABS else "requested"
        before = self.page_number("before")
        _, states, channel = TABS[tab]
        async with self.services.storage.reading() as reader:
            decisions, last = cut(await reader.desk.refunds_page(states, before, PAGE + 1, channel), PAGE)
            numbers = {refund.out_refund_no for refund, *_ in decisions}
            supplements = await reader.supplements.of_numbers(numbers)
        self.render(
            "admin/money/refunds.html",
            refunds=decisions,
            supplements=supplements,
            tab=tab,
            tabs=TABS,
            now=self.now(),
            **pager("before", first=before is None, following=last[0].id if last else ""),
        )


class RefundPage(AdminPage):
    """Shows a refund: the request beside what the policy says, and what may be done with it now."""

    section = "money"
    amount_to_confirm: int | None = None
    """The unusual amount that the form offers a tick for."""

    async def find(self, refund_id: str) -> Refund:
        self.back = "refunds/"
        refund = await self.read_one(lambda reader: reader.refunds.get(int(refund_id)))
        self.back = f"refunds/{refund.id}/"
        return refund

    async def show(self, refund_id: str, problem: ApiError | None = None, act: str = "") -> None:
        """The page; ``problem``: why ``act`` was not done, whose form keeps what was typed."""
        refund = await self.find(refund_id)
        async with self.services.storage.reading() as reader:
            order = await reader.orders.get(refund.order_id)
            attempt = await reader.attempts.get(refund.attempt_id)
            known = await reader.refunds.of_order(refund.order_id)
            cases = await reader.finance.cases_of_order(refund.order_id)
            actors = {admin.id: admin.name for admin in await reader.administrators.all()}
            escort = await reader.escorts.get(order.escort_id) if order and order.escort_id else None
            bookings = await reader.escorts.bookings_of_order(refund.order_id)
            assert order is not None
            assert attempt is not None
            payable = await payables.load(reader, order, attempt.supplement_id)
            mark = await mark_of(reader, payable)
            supplements = await reader.supplements.of_order(order.id)
        quote = self.services.payments.quote_of(payable, known, refund.requested_at)
        renewed = any(other.renews_refund_id == refund.id for other in known)
        self.render(
            "admin/money/refund.html",
            refund=refund,
            order=order,
            attempt=attempt,
            cancels=refund.kind == RefundKind.CANCEL,
            supplements_kept=sum(each.paid_fen - each.refunded_fen for each in supplements),
            patient_reason=patient_reason(refund),
            office_reason=office_reason(refund),
            escort=escort,
            escort_phone=masked_phone(self.services.vault.open(escort.phone_sealed, ESCORT_PHONE))
            if escort
            else "",
            bookings=bookings,
            fingerprint=payable_fingerprint(payable, known),
            amount_to_confirm=self.amount_to_confirm,
            payable=payable,
            surplus=not payable.is_paid_by(attempt.id),
            withdrawn=refund.state == RefundState.CLOSED and not refund.wechat_refund_id,
            rule=quote.rule,
            remaining=decisions.refundable_fen(attempt, known),
            renewed=renewed,
            cases=[
                (case, advice(case, refund, renewed=renewed))
                for case in cases
                if case.reference == refund.out_refund_no and case.state == "open"
            ],
            actors=actors,
            problem=problem,
            act=act,
            offline=attempt.channel == Channel.OFFLINE,
            mark=mark,
            typed_handling=form_at(self.now())
            | {name: str(self.body_fields[name]) for name in FIELDS if name in self.body_fields},
            typed={name: str(self.body_fields.get(name, "")) for name in ("amount", "note")},
        )

    async def related(self, refund: Refund) -> tuple[Payable, Attempt, list[Refund]]:
        """What the refund is of, its payment, and all refunds of the order."""
        async with self.services.storage.reading() as reader:
            order = await reader.orders.get(refund.order_id)
            attempt = await reader.attempts.get(refund.attempt_id)
            known = await reader.refunds.of_order(refund.order_id)
            assert order is not None
            assert attempt is not None
            return await payables.load(reader, order, attempt.supplement_id), attempt, known

    def noted(self, refund: Refund, act: str, after: Callable[[Any], dict[str, Any] | None]) -> InTransaction:
        """The act's rows in the audit log, each in its transaction: ``after`` says what to tell of an outcome, and
        None when it is not worth a row."""

        async def write(tx: Transaction, outcome: Any) -> None:
            facts = after(outcome)
            if facts is not None:
                known = {"state": refund.state, "amount_fen": refund.amount_fen}
                before = {name: value for name, value in known.items() if name in facts}
                await self.audit(tx, f"refund.{act}", ("refund", refund.id), before, facts)

        return write


def _question_facts(refund: Refund, **more: Any) -> Callable[[Any], dict[str, Any] | None]:
    """Of an act that asks WeChat: a row for the question, and one for an answer that changed something."""

    def after(outcome: Any) -> dict[str, Any] | None:
        if outcome is None:
            return {"outcome": "asked", **more}
        return {"state": outcome, **more} if outcome != refund.state else None

    return after


class RefundHandler(RefundPage):
    """One refund."""

    open_to_accountants = ("GET",)

    async def get(self, refund_id: str) -> None:
        await self.show(refund_id)


class ApproveHandler(RefundPage, MoneyGuard):
    """Say yes, with another amount if need be. A cancellation ends the order."""

    async def post(self, refund_id: str) -> None:
        refund = await self.find(refund_id)
        try:
            given = self.load(RefundApproval())
            amount = given["amount_fen"]
            if not await self._may(refund, amount):
                return
            await self._approve(refund, amount, given["note"], self.decision_checks())
        except (ApiError, PaymentError) as error:
            self.amount_to_confirm = amount_to_confirm(error)
            await self.show(refund_id, self.form_error(error), "approve")
            return
        self.redirect_done(
            self.back, "cancel-approved" if refund.kind == RefundKind.CANCEL else "refund-approved"
        )

    async def _may(self, refund: Refund, amount_fen: int) -> bool:
        payable, attempt, known = await self.related(refund)
        cancels = refund.kind == RefundKind.CANCEL
        return await self.may_give(
            payable,
            amount_fen,
            of_request(refund),
            remaining_fen=decisions.refundable_fen(attempt, known),
            act="通过取消申请，订单结束，" if cancels else "通过退款申请，",
        )

    async def _approve(self, refund: Refund, amount_fen: int, note: str, checks: DecisionChecks) -> None:
        nothing = refund.kind == RefundKind.CANCEL and amount_fen == 0
        state = RefundState.NOTHING_DUE if nothing else RefundState.APPROVED
        after = {"state": state, "amount_fen": amount_fen, "note": note}
        hook = self.noted(refund, "approve", lambda _: after)
        await self.services.payments.approve_refund(refund.id, self.actor, amount_fen, note, hook, checks)


class RejectHandler(RefundPage):
    """Say no, with the reason that the user will read."""

    async def post(self, refund_id: str) -> None:
        refund = await self.find(refund_id)
        try:
            given = self.load(RefundRejection())
            note = given["note"]
            after = {"state": RefundState.REJECTED, "note": note}
            hook = self.noted(refund, "reject", lambda _: after)
            checks = DecisionChecks(self.shown_fingerprint())
            await self.services.payments.reject_refund(refund.id, self.actor, note, hook, checks)
        except (ApiError, PaymentError) as error:
            await self.show(refund_id, self.form_error(error), "reject")
            return
        self.redirect_done(self.back, "refund-rejected")


class RenewHandler(RefundPage, MoneyGuard):
    """Refund under a new number what was closed."""

    async def post(self, refund_id: str) -> None:
        refund = await self.find(refund_id)
        payable, attempt, known = await self.related(refund)
        if not await self.may_give(
            payable,
            refund.amount_fen,
            of_renewal(refund),
            remaining_fen=decisions.refundable_fen(attempt, known),
            act="用新单号重新退款，",
        ):
            return
        hook = self.noted(refund, "renew", lambda new_id: {"new_refund": new_id})
        await self.services.payments.renew_refund(refund.id, self.actor, self.now(), hook)
        self.redirect_done(f"orders/{refund.order_id}/", "refund-started")


class RetryHandler(RefundPage):
    """Send or ask about a refund now."""

    async def post(self, refund_id: str) -> None:
        refund = await self.find(refund_id)
        await self.services.payments.retry_refund(
            refund.id, self.noted(refund, "retry", _question_facts(refund))
        )
        self.redirect_done(self.back, "refund-retried")


class WithdrawHandler(RefundPage):
    """Take back an approved refund that WeChat does not have."""

    async def post(self, refund_id: str) -> None:
        refund = await self.find(refund_id)
        try:
            note = self.load(OptionalNote())["note"]
            hook = self.noted(refund, "withdraw", _question_facts(refund, note=note))
            await self.services.payments.withdraw_refund(refund.id, self.actor, note, hook)
        except (ApiError, PaymentError) as error:
            await self.show(refund_id, self.form_error(error), "withdraw")
            return
        self.redirect_done(self.back, "refund-withdrawn")


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
