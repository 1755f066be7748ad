"""The owner's reports: twelve months of income, refunds, fees and orders, by hospital, service or escort."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal

from handlers.admin.base import nothing
from handlers.admin.books import names
from handlers.admin.books.month import READERS
from handlers.admin.file_export import FileHandler
from handlers.admin.page import AdminPage
from handlers.admin.spreadsheets import Cell, Column
from money import decimal_yuan
from payment.books.months import Month, month_at, read_month
from payment.books.reports import Cell as ReportCell
from payment.books.reports import Report, read_report
from storage.views import BookSum

WAYS = {"hospital": "医院", "service": "服务", "escort": "陪诊员"}
SHOWN = 50
"""Rows that the page shows; the file has all."""
COLUMNS = (
    Column("收款（元）", 13),
    Column("退款（元）", 13),
    Column("手续费（元）", 12),
    Column("净额（元）", 13),
    Column("付款订单", 10),
)


def _name(by: str, entry: BookSum) -> str:
    if by == "hospital":
        return names.hospital_name(entry.hospital)
    if by == "escort":
        return names.escort_name(entry.escort_id, entry.escort)
    return names.service_name(entry.service, entry.unit)


class ReportPage(AdminPage):
    section = "money"
    back = "reports/"

    @property
    def by(self) -> str:
        given = self.query_fields.get("by", "hospital")
        return given if given in WAYS else "hospital"

    @property
    def last(self) -> Month:
        return read_month(self.query_fields.get("to", "")) or month_at(self.now())

    async def report(self) -> Report:
        by = self.by
        return await read_report(self.services.storage, self.last, by, lambda entry: _name(by, entry))


class ReportHandler(ReportPage):
    """The last twelve months, with bars."""

    open_to_accountants = READERS

    async def get(self) -> None:
        report = await self.report()
        sums = report.sums
        self.render(
            "admin/books/reports.html",
            report=report,
            sums=sums,
            highest=max([cell.totals.net_fen for cell in sums], default=0),
            rows=report.rows[:SHOWN],
            hidden=len(report.rows) - SHOWN,
            largest=max([row.total.totals.net_fen for row in report.rows], default=0),
            by=self.by,
            ways=WAYS,
            last=self.last,
            latest=month_at(self.now()),
        )


class ReportFileHandler(FileHandler, ReportPage):
    """The report as a file: a row for each month of each hospital, service or escort."""

    open_to_accountants = READERS

    async def get(self) -> None:
        self.must_be_a_kind()
        report, label = await self.report(), WAYS[self.by]
        rows = [
            [month.name, row.name, *_cells(cell)]
            for row in report.rows
            for month, cell in zip(report.months, row.cells, strict=True)
            if cell.totals.entries
        ]
        rows.append(["合计", "", *_cells(report.total)])
        first, last = report.months[0].name, report.months[-1].name
        after = {"what": f"按{label}", "first_date": first, "last_date": last, "rows": len(rows)}
        await self.audited("books.export", ("ledger", ""), nothing, after=after)
        columns = (Column("月份", 10), Column(label, 30), *COLUMNS)
        file_names = (f"按{label}", f"经营报表-按{label}-{first}至{last}", f"report-{self.by}")
        await self.send_file(file_names, columns, _page(rows), len(rows))


def _cells(cell: ReportCell) -> list[Cell]:
    totals = cell.totals
    amounts = (totals.all_received_fen, totals.all_refunded_fen, totals.fees_fen, totals.net_fen)
    return [*map(decimal_yuan, amounts), Decimal(cell.orders)]


async def _page(rows: list[list[Cell]]) -> AsyncIterator[list[list[Cell]]]:
    yield rows


routes = [
    (r"/admin/reports/", ReportHandler),
    (r"/admin/reports/file/", ReportFileHandler),
]
