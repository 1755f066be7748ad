"""The page of the daily reconciliation, and comparing a day by hand."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from clock import DAY, shanghai_date
from handlers.admin.money.books import DAYS, DayOfBooks, read_days, runs
from handlers.admin.page import AdminPage
from handlers.admin.paging import pager
from handlers.errors import ApiError
from payment import problems
from payment.reconciliation.bill_days import begin_of_books
from payment.reconciliation.reconcile_job import JOB
from payment.wechatpay.bills.bill_file import BadBill
from payment.wechatpay.bills.bill_lines import BillError
from payment.wechatpay.errors import GatewayError
from schemas.admin import BillDay
from storage import Reader, Transaction


class ReconciliationHandler(AdminPage):
    """The days of the last month, and earlier ones page by page, with what each comparison found."""

    section = "money"
    back = "reconcile/"
    open_to_accountants = ("GET",)

    async def get(self) -> None:
        before, at = self._before(), self.now()
        yesterday, only_missing = shanghai_date(at - DAY), self.query_fields.get("missing") == "1"
        last = (date.fromisoformat(before) - timedelta(1)).isoformat() if before else yesterday
        async with self.services.storage.reading() as reader:
            begin = await begin_of_books(reader, self.services.settings.pay.books_begin)
            if only_missing:
                days, following = await self._missing(reader, begin, yesterday), ""
            else:
                days, following = await read_days(reader, begin, min(last, yesterday), at)
            job = await reader.jobs.get(JOB)
        self.render(
            "admin/money/reconciliation.html",
            runs=runs(days),
            only_missing=only_missing,
            job=job,
            **pager("before", first=only_missing or not before, following=following),
        )

    async def _missing(self, reader: Reader, begin: str, last: str) -> list[DayOfBooks]:
        """The days that the overview counts: they could be compared now and are not. At most three months."""
        at, found = self.now(), list[DayOfBooks]()
        while last:
            days, before = await read_days(reader, begin, last, at)
            found += [day for day in days if day.bill is None and day.due and not day.gone]
            last = (date.fromisoformat(before) - timedelta(1)).isoformat() if before else ""
            if days and days[-1].gone:
                break
        return found

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

        async def begun(tx: Transaction, _: Any) -> None:
            await self.audit(tx, "reconcile.run", ("bill", day))

        try:
            result = await self.services.payments.reconcile(day, begun)
        except GatewayError as error:
            raise problems.of_gateway(error) from error
        except (BadBill, BillError):
            raise ApiError(502, "bad_bill", "微信的账单没有下载完整，请稍后再试") from None
        await self._note(day, {"differences": len(result.differences), "new_cases": result.new_cases})
        recent = shanghai_date(self.now() - DAYS * DAY)
        after = (date.fromisoformat(day) + timedelta(1)).isoformat()
        self.redirect_done("reconcile/" if day >= recent else f"reconcile/?before={after}", "reconciled")

    async def _note(self, day: str, after: dict[str, Any]) -> None:
        """When all of the bill is compared: many transactions lie between the beginning and this."""

        async def write(tx: Transaction) -> None:
            await self.audit(tx, "reconcile.run", ("bill", day), after=after)

        await self.services.storage.run(write)


routes = [(r"/admin/reconcile/", ReconciliationHandler)]
