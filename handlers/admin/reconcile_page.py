"""The page of the daily reconciliation, and comparing a day by hand."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from clock import DAY, shanghai_date
from handlers.admin.base import AdminPage
from handlers.admin.books import DAYS, is_gone, read_days, runs
from handlers.errors import ApiError
from payment import problems, reconcile
from payment.bill_file import BadBill
from payment.bill_lines import BillError
from payment.errors import GatewayError
from schemas.admin import BillDay
from storage import Transaction

NO_TIME = "账单第二天 10 点以后才有，到时会自动核对"
GONE = "微信只保留三个月的账单，这一天已经不能下载。请到微信商户平台核对"


class ReconciliationHandler(AdminPage):
    """The days of the last month, and earlier ones page by page, with what each comparison found."""

    section = "money"
    back = "reconcile/"

    async def get(self) -> None:
        before, at = self._before(), self.now()
        yesterday = shanghai_date(at - DAY)
        last = (date.fromisoformat(before) - timedelta(1)).isoformat() if before else yesterday
        async with self.services.storage.reading() as reader:
            days, following = await read_days(reader, min(last, yesterday), at)
            job = await reader.jobs.get(reconcile.JOB)
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
        at = self.now()
        if reconcile.ready_at(day) > at:
            raise ApiError(400, "invalid_input", NO_TIME)
        if is_gone(day, at):  # WeChat would say "no bill", and every payment would be a case
            raise ApiError(400, "invalid_input", GONE)
        await self._note(day)
        try:
            result = await self.services.payments.reconcile(day)
        except GatewayError as error:
            raise problems.of_gateway(error) from error
        except (BadBill, BillError):
            raise ApiError(502, "bad_bill", "微信的账单没有下载完整，请稍后再试") from None
        await self._note(day, {"differences": len(result.differences), "new_cases": result.new_cases})
        recent = shanghai_date(at - DAYS * DAY)
        after = (date.fromisoformat(day) + timedelta(1)).isoformat()
        self.go("reconcile/" if day >= recent else f"reconcile/?before={after}", "reconciled")

    async def _note(self, day: str, after: dict[str, Any] | None = None) -> None:
        """Before the bill is fetched, and when all of it is compared: the day's many transactions lie between."""

        async def write(tx: Transaction) -> None:
            await self.audit(tx, "reconcile.run", "bill", day, after=after)

        await self.services.storage.run(write)


routes = [(r"/admin/reconcile/", ReconciliationHandler)]
