"""A month of the books as files: its sums by day, service, hospital and escort, and every entry."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal

from clock import shanghai_date
from handlers.admin.base import nothing
from handlers.admin.books import names
from handlers.admin.books.month import BY, READERS, MonthPage, escort_of, hospital_of, service_of
from handlers.admin.file_export import FileHandler, ProgressPage, one_page
from handlers.admin.spreadsheets import Cell, Column
from money import decimal_yuan
from payment.books import entry_lines
from payment.books.closing import read_books, unearned_of
from payment.books.months import MonthBooks, Totals
from storage.views import BookLine

SUMMARY_COLUMNS = (
    Column("日期", 12),
    Column("服务", 18),
    Column("医院", 30),
    Column("陪诊员", 11),
    Column("微信收款（元）", 13),
    Column("微信退款（元）", 13),
    Column("手续费（元）", 12),
    Column("线下收款（元）", 13),
    Column("线下退款（元）", 13),
    Column("净额（元）", 12),
    Column("其中补款（元）", 13),
    Column("笔数", 7),
    Column("补记", 6),
)


class SummaryHandler(FileHandler, MonthPage):
    """The month by day, service, hospital and escort as a file; its sum is the last line."""

    open_to_accountants = READERS

    async def get(self) -> None:
        self.must_be_a_kind()
        month = self.asked_month()
        async with self.services.storage.reading() as reader:
            books = await read_books(reader, month, self.now(), self.books_begin, BY)
        rows = _summary_rows(books)
        await self.audited(
            "books.export", ("month", month.name), nothing, after={"rows": len(rows), "what": "汇总"}
        )
        await self.send_file(
            (month.name, f"月度汇总-{month.name}", f"books-{month.name}"),
            SUMMARY_COLUMNS,
            one_page(rows),
            len(rows),
        )


def _summary_rows(books: MonthBooks) -> list[list[Cell]]:
    found: dict[tuple[int, str, str, str, bool], Totals] = {}
    for entry in books.sums:
        key = (entry.day_at, service_of(entry), hospital_of(entry), escort_of(entry), entry.late)
        found.setdefault(key, Totals()).add(entry)
    rows: list[list[Cell]] = [
        [
            date.fromisoformat(shanghai_date(day_at)),
            service,
            hospital,
            escort,
            *_amounts(totals),
            "补记" if late else "",
        ]
        for (day_at, service, hospital, escort, late), totals in sorted(found.items())
    ]
    rows.append(["合计", "", "", "", *_amounts(books.totals), ""])
    rows.append(
        [
            "期末未消费（已付款，还没有就诊）",
            "",
            "",
            "",
            "",
            "",
            "",
            "",
            "",
            decimal_yuan(books.unearned_fen),
            "",
            "",
            "",
        ]
    )
    return rows


def _amounts(totals: Totals) -> list[Cell]:
    amounts = (
        totals.received_fen,
        totals.refunded_fen,
        totals.fees_fen,
        totals.offline_received_fen,
        totals.offline_refunded_fen,
        totals.net_fen,
        totals.supplements_fen,
    )
    return [*map(decimal_yuan, amounts), Decimal(totals.entries)]


UNEARNED_COLUMNS = (
    Column("服务", 18),
    Column("医院", 30),
    Column("陪诊员", 11),
    Column("未消费（元）", 13),
    Column("订单", 8),
)


class UnearnedHandler(FileHandler, MonthPage):
    """What was paid until the end of the month for visits that were still to come, by service, hospital and escort."""

    open_to_accountants = READERS

    async def get(self) -> None:
        self.must_be_a_kind()
        month = self.asked_month()
        async with self.services.storage.reading() as reader:
            found = await unearned_of(reader, month, self.now())
        rows: list[list[Cell]] = [
            [
                names.service_name(each.service, each.unit),
                names.hospital_name(each.hospital),
                names.escort_name(each.escort_id, each.escort),
                decimal_yuan(each.amount_fen),
                Decimal(each.orders),
            ]
            for each in sorted(found, key=lambda each: (-each.amount_fen, each.service, each.hospital))
        ]
        total, orders = sum(each.amount_fen for each in found), sum(each.orders for each in found)
        rows.append(["合计", "", "", decimal_yuan(total), Decimal(orders)])
        after = {"rows": len(rows), "what": "未消费"}
        await self.audited("books.export", ("month", month.name), nothing, after=after)
        file_names = (month.name, f"未消费-{month.name}", f"unearned-{month.name}")
        await self.send_file(file_names, UNEARNED_COLUMNS, one_page(rows), len(rows))


class LinesHandler(FileHandler, MonthPage):
    """Every entry of the month as a file, with our number and WeChat's."""

    open_to_accountants = READERS

    async def get(self) -> None:
        self.must_be_a_kind()
        month, storage = self.asked_month(), self.services.storage
        span = await entry_lines.month_span(storage, month)
        async with storage.reading() as reader:
            count = await reader.books.count(span)
        await self.audited(
            "books.export", ("month", month.name), nothing, after={"rows": count, "what": "明细"}
        )
        names_ = (month.name, f"月度明细-{month.name}", f"entries-{month.name}")
        await self.send_file(
            names_, names.LINE_COLUMNS, cell_pages(entry_lines.lines_of(storage, span)), count
        )


async def cell_pages(pages: AsyncIterator[list[BookLine]]) -> AsyncIterator[list[list[Cell]]]:
    async for page in pages:
        yield [names.line_cells(line) for line in page]


class LinesProgressHandler(ProgressPage):
    section = "money"
    open_to_accountants = READERS


routes = [
    (r"/admin/books/summary/", SummaryHandler),
    (r"/admin/books/unearned/", UnearnedHandler),
    (r"/admin/books/lines/", LinesHandler),
    (r"/admin/books/lines/progress/", LinesProgressHandler),
]
