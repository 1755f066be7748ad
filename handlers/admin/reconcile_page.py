"""The page of the daily reconciliation, and comparing a day by hand."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from clock import DAY, shanghai_date
from handlers.admin.base import AdminPage
from handlers.admin.books import DAYS, read_days, runs
from handlers.errors import ApiError
from payment import problems
from payment.bill_days import begin_of_books
from payment.bill_file import BadBill
from payment.bill_lines import BillError
from payment.errors import GatewayError
from payment.reconcile_job import JOB
from schemas.admin import BillDay
from storage import Transaction


class ReconciliationHandler(AdminPage):
    """The days of the last month, and earlier ones page by page, with what each comparison found."""

    section = "money"
    back = "reconcile/"

    async def get(self) -> None:
        before, at = self._before(), self.now()
        yesterday = shanghai_date(at - DAY)
        last = (date.fromisoformat(before) - timedelta(1)).isoformat() if before else yesterday
        async with self.services.storage.reading() as reader:
            begin = await begin_of_books(reader, self.services.settings.pay.books_begin)
            days, following = await read_days(reader, begin, min(last, yesterday), at)
            job = await reader.jobs.get(JOB)
        self.render(
            "admin/reconcile.html", runs=runs(days), job=job, first=not before, next=following, key="before"
        )

    def _before(self) -> str:
        """The day before which the page begins; empty for the newest."""
        text = self.query_fields.get("before", "")
        try:
            day = date.fromisoformat(text)
        except ValueError:
            return ""
        return day.isoformat() if date(2000, 1, 1) < day < date(2200, 1, 1) else ""

    async def post(self) -> None:
        day = self.load(BillDay())["day"]
        await self.services.payments.check_bill_day(day)  # before it is in the audit log as begun
        await self._note(day)
        try:
            result = await self.services.payments.reconcile(day)
        except GatewayError as error:
            raise problems.of_gateway(error) from error
        except (BadBill, BillError):
            raise ApiError(502, "bad_bill", "微信的账单没有下载完整，请稍后再试") from None
        await self._note(day, {"differences": len(result.differences), "new_cases": result.new_cases})
        recent = shanghai_date(self.now() - DAYS * DAY)
        after = (date.fromisoformat(day) + timedelta(1)).isoformat()
        self.go("reconcile/" if day >= recent else f"reconcile/?before={after}", "reconciled")

    async def _note(self, day: str, after: dict[str, Any] | None = None) -> None:
        """Before the bill is fetched, and when all of it is compared: the day's many transactions lie between."""

        async def write(tx: Transaction) -> None:
            await self.audit(tx, "reconcile.run", "bill", day, after=after)

        await self.services.storage.run(write)


routes = [(r"/admin/reconcile/", ReconciliationHandler)]
