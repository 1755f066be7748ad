"""The daily reconciliation: what came of each day, which days are missing, and what their differences became."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from clock import DAY, day_bounds, shanghai_date
from handlers.admin.base import AdminPage
from handlers.errors import ApiError
from payment import problems, reconcile
from payment.bill_file import BadBill
from payment.bill_lines import BillError
from payment.errors import GatewayError
from schemas.admin import BillDay
from storage import Reader, Transaction
from storage.models import Bill, FinanceCase

DAYS = 31
MOST_CASES = 500
"""So many cases are listed on a page; their numbers are right beyond that, too."""
KEPT_FOR = 90 * DAY
"""WeChat keeps its bills for three months."""
NO_TIME = "账单第二天 10 点以后才有，到时会自动核对"
GONE = "微信只保留三个月的账单，这一天已经不能下载。请到微信商户平台核对"


@dataclass
class DayOfBooks:
    """A Shanghai day: its bill, if it was compared, and its cases. ``tone`` and ``words`` sum it up."""

    day: str
    bill: Bill | None
    counts: dict[str, int]
    """How many cases there are by state; ``cases`` may hold fewer."""
    cases: list[FinanceCase] = field(default_factory=list)
    due: bool = True
    """Has WeChat had the bill ready long enough?"""
    gone: bool = False

    @property
    def tone(self) -> str:
        if self.bill is None:
            return "red" if self.due or self.counts.get("open") else "grey"
        return "red" if self.counts.get("open") else "green"

    @property
    def words(self) -> str:
        if self.bill is None:
            return "没有核对" if self.due else "账单 10 点后才有"
        if waiting := self.counts.get("open"):
            return f"{waiting} 项待处理"
        done = self.counts.get("closed", 0)
        return f"{done} 项差异，都已处理" if done else "没有差异"

    @property
    def unlisted(self) -> int:
        return sum(self.counts.values()) - len(self.cases)


async def read_days(reader: Reader, last: str, at: int) -> tuple[list[DayOfBooks], str]:
    """At most `DAYS` days up to ``last``, newest first; and the day before which there are more, or nothing.

    Days count from the first bill or the first movement of money on: one without a bill was missed.
    """
    moved_at = await reader.ledger.first_at()
    begins = [await reader.finance.first_bill_date(), shanghai_date(moved_at) if moved_at is not None else ""]
    begin = min(filter(None, begins), default="")
    if not begin or begin > last:
        return [], ""
    first = max(begin, (date.fromisoformat(last) - timedelta(DAYS - 1)).isoformat())
    days = _days(first, last)
    opened_from = day_bounds(first)[1]  # a day is compared when it is over
    bills = {bill.bill_date: bill for bill in await reader.finance.bills_between("trade", first, last)}
    counts = await reader.finance.count_cases_of_days(first, last, opened_from)
    found = {
        day: DayOfBooks(
            day,
            bills.get(day),
            counts.get(day, {}),
            due=reconcile.ready_at(day) <= at,
            gone=day_bounds(day)[1] + KEPT_FOR < at,
        )
        for day in days
    }
    for day, case in await reader.finance.cases_of_days(first, last, opened_from, MOST_CASES):
        found[day].cases.append(case)
    return list(found.values()), first if begin < first else ""


def _days(first: str, last: str) -> list[str]:
    """The days from ``last`` back to ``first``."""
    end = date.fromisoformat(last)
    return [(end - timedelta(back)).isoformat() for back in range((end - date.fromisoformat(first)).days + 1)]


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
            "admin/reconcile.html", days=days, job=job, first=not before, next=following, key="before"
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
        if (
            day_bounds(day)[1] + KEPT_FOR < at
        ):  # WeChat would say "no bill", and every payment would be a case
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
