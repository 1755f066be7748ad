"""What about money needs a human: cases with their evidence, and what is done about them."""

from __future__ import annotations

from typing import Any

from handlers.admin import labels
from handlers.admin.money import evidence
from handlers.admin.money.case_advice import OTHER, advice
from handlers.admin.page import AdminPage
from handlers.admin.paging import cut, pager
from handlers.errors import ApiError
from money import plain_yuan
from payment import problems
from payment.cases import holds_payable
from payment.context import InTransaction
from payment.refunds import fingerprints
from payment.settlement import Settled
from schemas.admin import CaseNote
from storage import Transaction
from storage.models import PAYMENT_MISMATCH, Attempt, AttemptState, FinanceCase, Order

PAGE = 50


class CasesHandler(AdminPage):
    """Cases, open ones by default, newest first; those of money that does not agree with its order, and the rest."""

    section = "money"
    open_to_accountants = ("GET",)

    async def get(self) -> None:
        state = "closed" if self.query_fields.get("state") == "closed" else "open"
        kind = self.query_fields.get("kind", "")
        kind = kind if kind in (PAYMENT_MISMATCH, OTHER) else ""
        before = self.page_number("before")
        only, others = (kind, False) if kind != OTHER else ("", True)
        async with self.services.storage.reading() as reader:
            found = await reader.finance.cases(state, before, PAGE + 1, kind=only, others=others)
            cases, last = cut(found, PAGE)
            supplements = await reader.supplements.of_numbers({case.reference for case in cases})
            patients = await reader.order_lists.patient_names(
                {case.order_id for case in cases if case.order_id}
            )
        self.render(
            "admin/money/cases.html",
            cases=cases,
            amount=evidence.amount_fen,
            patients=patients,
            supplements=supplements,
            state=state,
            kind=kind,
            kinds=(("", "全部"), (PAYMENT_MISMATCH, labels.case_name(PAYMENT_MISMATCH)), (OTHER, "其他")),
            **pager("before", first=before is None, following=last.id if last else ""),
        )


class CasePage(AdminPage):
    """Shows a case: what happened, the evidence, what to do; and what the acts on it share."""

    section = "money"

    async def find(self, case_id: str) -> FinanceCase:
        self.back = "cases/"
        case = await self.read_one(lambda reader: reader.finance.case(int(case_id)))
        self.back = f"cases/{case.id}/"
        return case

    async def find_mismatch(self, case_id: str) -> FinanceCase:
        """A case about money that does not agree with its order, open or closed: its order may wait all the same."""
        case = await self.find(case_id)
        if case.kind != PAYMENT_MISMATCH:
            raise problems.CaseNotOpen
        return case

    async def show(self, case_id: str, problem: ApiError | None = None, note: str = "") -> None:
        """The page; ``problem``: why the case was not closed with ``note``."""
        case = await self.find(case_id)
        async with self.services.storage.reading() as reader:
            attempt = await reader.attempts.by_number(case.reference)
            refund = await reader.refunds.by_number(case.reference)
            closer = await reader.administrators.get(case.closed_by) if case.closed_by else None
            others = await reader.refunds.of_order(refund.order_id) if refund else []
            order = await reader.orders.get(case.order_id) if case.order_id else None
            supplements = await reader.supplements.of_numbers({case.reference})
            transfer = await reader.transfers.by_number(case.reference)
        mismatch = case.kind == PAYMENT_MISMATCH
        holds = mismatch and holds_payable(attempt)
        differs = mismatch and attempt is not None and attempt.state == AttemptState.MISMATCH
        can_ask = differs and (holds or case.state == "open")
        renewed = refund is not None and any(other.renews_refund_id == refund.id for other in others)
        self.render(
            "admin/money/case.html",
            case=case,
            about=_money_in_words(case, order, attempt),
            supplement_id=supplements.get(case.reference),
            fingerprint=fingerprints.case_fingerprint(case, attempt),
            advice=advice(
                case,
                refund,
                renewed=renewed,
                can_ask=can_ask,
                can_release=holds,
                what="补款" if case.reference in supplements else "订单",
            ),
            lines=evidence.lines(case.detail),
            raw=evidence.raw(case.detail),
            can_ask=can_ask,
            holds=holds,
            refund=refund,
            statement_id=transfer.statement_id if transfer else None,
            closer=closer,
            problem=problem,
            note=note,
        )

    def noted(self, case: FinanceCase, act: str) -> InTransaction:
        """The act's row in the audit log, written in its transaction, with what WeChat's answer came to."""

        async def write(tx: Transaction, outcome: Any) -> None:
            after = {"kind": case.kind, **({"outcome": outcome} if outcome is not None else {})}
            await self.audit(tx, f"case.{act}", ("case", case.id), after=after)

        return write


def _money_in_words(case: FinanceCase, order: Order | None, attempt: Attempt | None) -> str:
    """The money of a case in words: how much, and whose order."""
    found = evidence.amount_fen(case.detail)
    if found is None and attempt is not None:  # it differs in something else
        found = attempt.amount_fen
    amount = f" {plain_yuan(found)} 元" if found is not None else ""
    part = "的补款" if attempt is not None and attempt.supplement_id is not None else ""
    whose = f"，{order.patient_name or '用户'} 的订单 #{order.id}{part}，" if order else ""
    return f"这笔不符的款项{amount}{whose}"


class CaseHandler(CasePage):
    """One case: what happened, the evidence, what to do."""

    open_to_accountants = ("GET",)

    async def get(self, case_id: str) -> None:
        await self.show(case_id)


class CloseHandler(CasePage):
    """Close a case with a note. When a colleague was quicker, the second note stays on the screen."""

    async def post(self, case_id: str) -> None:
        case = await self.find(case_id)
        try:
            given = self.load(CaseNote())
            note = given["note"]

            async def write(tx: Transaction, _: Any) -> None:
                after = {"kind": case.kind, "note": note}
                await self.audit(tx, "case.close", ("case", case.id), after=after)

            await self.services.payments.close_case(
                case.id, self.caller.id, note, self.now(), write, self.shown_fingerprint()
            )
        except (ApiError, problems.PaymentError) as error:
            await self.show(case_id, self.form_error(error), str(self.body_fields.get("note", "")))
            return
        self.redirect_done("cases/", "case-closed")


class ReviewHandler(CasePage):
    """Ask WeChat again about a payment that did not agree with its order."""

    async def post(self, case_id: str) -> None:
        case = await self.find_mismatch(case_id)
        settled = await self.services.payments.review_mismatch(case.reference, self.noted(case, "review"))
        agrees = settled in (Settled.PAID, Settled.SURPLUS, Settled.REFUNDED)
        self.redirect_done(self.back, "reviewed" if agrees else "still-differs")


class ReleaseHandler(CasePage):
    """Let the order be paid or deleted again."""

    async def post(self, case_id: str) -> None:
        case = await self.find_mismatch(case_id)
        async with self.services.storage.reading() as reader:
            order = await reader.orders.get(case.order_id) if case.order_id else None
            attempt = await reader.attempts.by_number(case.reference)
        try:
            if not await self.confirmed(
                f"放开订单：{_money_in_words(case, order, attempt)}已在别处处理。不能撤回"
            ):
                return
            await self.services.payments.release_mismatch(
                case.reference, self.noted(case, "release"), (case.id, self.shown_fingerprint())
            )
        except (ApiError, problems.ChangedSinceSeen) as error:
            await self.show(case_id, self.form_error(error))
            return
        self.redirect_done(self.back, "released")


CASE = r"/admin/cases/([0-9]{1,18})"
routes = [
    (r"/admin/cases/", CasesHandler),
    (rf"{CASE}/", CaseHandler),
    (rf"{CASE}/close/", CloseHandler),
    (rf"{CASE}/review/", ReviewHandler),
    (rf"{CASE}/release/", ReleaseHandler),
]
