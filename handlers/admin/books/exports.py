"""Payments, refunds and fees of a period as a file, for the accountant."""

from __future__ import annotations

import re
from datetime import date, timedelta

from clock import shanghai_date
from handlers.admin.base import nothing
from handlers.admin.books.month import READERS
from handlers.admin.books.month_files import cell_pages
from handlers.admin.books.names import LINE_COLUMNS, WHAT
from handlers.admin.file_export import FileHandler, ProgressPage
from handlers.admin.page import AdminPage
from handlers.errors import ApiError
from payment.books.entry_lines import MAX_DAYS, days_are_too_many, lines_of, span_of_days
from payment.books.months import month_at

_DAY = re.compile("(20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}", re.ASCII)


class ExportsPage(AdminPage):
    section = "money"
    back = "exports/"

    def _day(self, name: str, default: str) -> str:
        text = self.query_fields.get(name, "")
        try:
            return date.fromisoformat(text).isoformat() if _DAY.fullmatch(text) else default
        except ValueError:
            return default

    def period(self) -> tuple[str, str]:
        """The days of the query; without them, the current month."""
        at = self.now()
        return self._day("from", month_at(at).first_day), self._day("to", shanghai_date(at))

    def what(self) -> str:
        given = self.query_fields.get("what", "all")
        return given if given in WHAT else "all"

    def problem(self) -> str:
        """What is wrong with the period; empty when nothing is."""
        first, last = self.period()
        if first > last:
            return "开始的日期在结束的日期之后，请改一下"
        return f"一次最多导出 {MAX_DAYS} 天，请缩短日期范围" if days_are_too_many(first, last) else ""


class ExportsHandler(ExportsPage):
    """Chooses what to export."""

    open_to_accountants = READERS

    async def get(self) -> None:
        first, last = self.period()
        problem, count = self.problem(), 0
        if not problem:
            async with self.services.storage.reading() as reader:
                count = await reader.books.count(span_of_days(first, last), WHAT[self.what()][1])
        last_month = month_at(self.now()).shifted(-1)
        self.render(
            "admin/books/exports.html",
            days=(first, last),
            what=self.what(),
            choices=WHAT,
            problem=problem,
            count=count,
            last_month=last_month,
            today=shanghai_date(self.now()),
            yesterday=(date.fromisoformat(shanghai_date(self.now())) - timedelta(1)).isoformat(),
        )


class ExportFileHandler(FileHandler, ExportsPage):
    """The movements of a kind between two days, both inclusive, as they occurred."""

    open_to_accountants = READERS

    async def get(self) -> None:
        self.must_be_a_kind()
        if problem := self.problem():
            raise ApiError(400, "invalid_input", problem)
        (first, last), what = self.period(), self.what()
        label, kinds = WHAT[what]
        span, storage = span_of_days(first, last), self.services.storage
        async with storage.reading() as reader:
            count = await reader.books.count(span, kinds)
        after = {"what": label, "first_date": first, "last_date": last, "rows": count}
        await self.audited("books.export", ("ledger", ""), nothing, after=after)
        names = (label, f"{label}-{first}至{last}", what)
        await self.send_file(names, LINE_COLUMNS, cell_pages(lines_of(storage, span, kinds)), count)


class ExportProgressHandler(ProgressPage):
    section = "money"
    open_to_accountants = READERS


routes = [
    (r"/admin/exports/", ExportsHandler),
    (r"/admin/exports/file/", ExportFileHandler),
    (r"/admin/exports/file/progress/", ExportProgressHandler),
]
