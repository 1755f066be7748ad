"""What about money needs a human: cases with their evidence, and the daily reconciliation that opens some of them."""

from __future__ import annotations

from typing import Any

from clock import day_bounds
from handlers.admin import evidence
from handlers.admin.base import AdminPage
from handlers.errors import ApiError, not_found
from payment import problems
from payment.bill_file import BadBill
from payment.bill_lines import BillError
from payment.errors import GatewayError
from payment.settlement import Settled
from schemas.admin import BillDay, CaseNote
from storage import Transaction
from storage.models import AttemptState, FinanceCase

PAGE = 50
MISMATCH = "payment_mismatch"


class CasesHandler(AdminPage):
    """Cases, open ones by default, newest first."""

    section = "money"

    async def get(self) -> None:
        state = "closed" if self.query_fields.get("state") == "closed" else "open"
        before = self.page_number("before")
        async with self.services.storage.reading() as reader:
            found = await reader.finance.cases(state, before, PAGE + 1)
        self.render(
            "admin/cases.html",
            cases=found[:PAGE],
            state=state,
            first=before is None,
            next=found[PAGE - 1].id if len(found) > PAGE else "",
            key="before",
        )


class CasePage(AdminPage):
    """What the acts on a case share."""

    section = "money"

    async def find(self, case_id: str) -> FinanceCase:
        self.back = "cases/"
        async with self.services.storage.reading() as reader:
            case = await reader.finance.case(int(case_id))
        if case is None:
            raise not_found()
        self.back = f"cases/{case.id}/"
        return case

    async def write_down(self, act: str, case: FinanceCase, **after: Any) -> None:
        async def work(tx: Transaction) -> None:
            await self.audit(
                tx, f"case.{act}", "case", case.id, {"kind": case.kind, "state": case.state}, after
            )

        await self.services.storage.run(work)


class CaseHandler(CasePage):
    """One case: what happened, the evidence, what to do."""

    async def get(self, case_id: str) -> None:
        case = await self.find(case_id)
        async with self.services.storage.reading() as reader:
            attempt = await reader.attempts.by_number(case.reference)
            refund = await reader.refunds.by_number(case.reference)
            closer = await reader.administrators.get(case.closed_by) if case.closed_by else None
        self.render(
            "admin/case.html",
            case=case,
            lines=evidence.lines(case.detail),
            raw=evidence.raw(case.detail),
            mismatch=attempt is not None and attempt.state == AttemptState.MISMATCH and case.kind == MISMATCH,
            holds=attempt is not None and attempt.open_order_id is not None,
            refund=refund,
            closer=closer,
        )


class CloseHandler(CasePage):
    """Close a case with a note."""

    async def post(self, case_id: str) -> None:
        case = await self.find(case_id)
        note = self.load(CaseNote())["note"]

        async def work(tx: Transaction) -> None:
            if not await tx.finance.close_case(case.id, note, self.caller.id, self.now()):
                raise problems.CaseNotOpen
            await self.audit(tx, "case.close", "case", case.id, {"kind": case.kind}, {"note": note})

        await self.services.storage.run(work)
        self.go("cases/", "case-closed")


class ReviewHandler(CasePage):
    """Ask WeChat again about a payment that did not agree with its order."""

    async def post(self, case_id: str) -> None:
        case = await self.find(case_id)
        settled = await self.services.payments.review_mismatch(case.reference)
        await self.write_down("review", case, outcome=settled)
        self.go(self.back, "still-differs" if settled == Settled.MISMATCH else "reviewed")


class ReleaseHandler(CasePage):
    """Let the order be paid or deleted again."""

    async def post(self, case_id: str) -> None:
        case = await self.find(case_id)
        if not await self.confirmed("放开订单：这笔不符的款项已在别处处理"):
            return
        await self.write_down("release", case)
        await self.services.payments.release_mismatch(case.reference)
        self.go(self.back, "saved")


class ReconciliationHandler(AdminPage):
    """The bills of the last days, with what each comparison found."""

    section = "money"
    back = "reconcile/"

    async def get(self) -> None:
        async with self.services.storage.reading() as reader:
            bills = [bill for bill in await reader.finance.bills(120) if bill.kind == "trade"]
            open_cases = await reader.finance.open_cases()
            job = await reader.jobs.get("reconcile")
            cases = await reader.finance.cases("open", limit=200)
        by_day: dict[str, list[FinanceCase]] = {}
        for case in cases:
            if day := evidence.day(case.detail):
                by_day.setdefault(day, []).append(case)
        self.render("admin/reconcile.html", bills=bills, open_cases=open_cases, job=job, by_day=by_day)

    async def post(self) -> None:
        day = self.load(BillDay())["day"]
        if day_bounds(day)[1] > self.now():
            raise ApiError(400, "invalid_input", "这一天还没有结束，账单第二天 10 点以后才有")

        async def work(tx: Transaction) -> None:
            await self.audit(tx, "reconcile.run", "bill", day)

        await self.services.storage.run(work)
        try:
            await self.services.payments.reconcile(day)
        except GatewayError as error:
            raise problems.of_gateway(error) from error
        except (BadBill, BillError):
            raise ApiError(502, "bad_bill", "微信的账单没有下载完整，请稍后再试") from None
        self.go("reconcile/", "reconciled")


CASE = r"/admin/cases/([0-9]{1,18})"
routes = [
    (r"/admin/cases/", CasesHandler),
    (rf"{CASE}/", CaseHandler),
    (rf"{CASE}/close/", CloseHandler),
    (rf"{CASE}/review/", ReviewHandler),
    (rf"{CASE}/release/", ReleaseHandler),
    (r"/admin/reconcile/", ReconciliationHandler),
]
