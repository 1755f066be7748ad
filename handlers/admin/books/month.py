"""The accountant's month: received, given back, charged, by day, service, hospital and escort; and closing it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace

import orjson

from clock import day_bounds, shanghai_date
from frozen_dataclasses import frozen
from handlers.admin.books import names
from handlers.admin.page import AdminPage
from handlers.errors import ApiError
from payment.books.closing import Closing, close_month, month_words, read_books, totals_mark
from payment.books.months import Month, Totals, month_at, over_at, read_month, span_of
from refusals import Refused
from storage import Transaction
from storage.filters import BookSpan
from storage.models import Role
from storage.views import BookSum

READERS = ("GET",)
"""What accountants may do here: read."""
_DAY = re.compile("[0-9]{4}-[0-9]{2}-(0[1-9]|[12][0-9]|3[01])", re.ASCII)
BY = ("day", "service", "hospital", "escort")


@frozen()
class Group:
    """A line of a table of the month: what it is about, and what it comes to. ``key``: what is asked for to see it."""

    name: str
    totals: Totals
    key: str = ""


def grouped(sums: Iterable[BookSum], name: Callable[[BookSum], str]) -> list[tuple[str, Totals]]:
    found: dict[str, Totals] = {}
    for entry in sums:
        found.setdefault(name(entry), Totals()).add(entry)
    return list(found.items())


def service_of(entry: BookSum) -> str:
    return names.service_name(entry.service, entry.unit)


def hospital_of(entry: BookSum) -> str:
    return names.hospital_name(entry.hospital) if entry.service else "未关联订单"


def escort_of(entry: BookSum) -> str:
    return names.escort_name(entry.escort_id, entry.escort) if entry.service else "未关联订单"


def _largest(groups: list[tuple[str, Totals]]) -> list[Group]:
    ordered = sorted(groups, key=lambda each: (-each[1].net_fen, each[0]))
    return [Group(name, totals) for name, totals in ordered]


class MonthPage(AdminPage):
    section = "money"
    back = "books/"

    @property
    def books_begin(self) -> str:
        return self.services.settings.pay.books_begin

    def asked_month(self) -> Month:
        """The month of the query; without one, the last that is over."""
        return read_month(self.query_fields.get("month", "")) or month_at(self.now()).shifted(-1)


class ShownMonth(MonthPage):
    """Shows a month's sums, its days that are not reconciled, and whether it is closed."""

    def _asked_day(self, month: Month) -> str:
        """The day of the query, if it is one of the month."""
        day = self.query_fields.get("day", "")
        return day if _DAY.fullmatch(day) and month.first_day <= day <= month.last_day else ""

    async def show(self, month: Month, problem: ApiError | None = None) -> None:
        at = self.now()
        async with self.services.storage.reading() as reader:
            books = await read_books(reader, month, at, self.books_begin, ("day",))
            span = await span_of(reader, month)
            tables = [(title, await reader.books.sums(span, by)) for title, by, _ in TABLES]
            day = self._asked_day(month)
            of_day = await reader.books.sums(day_of(span, day), BY[1:]) if day else []
            first = await reader.books.first_moment()
            closer = await reader.administrators.get(books.closed.closed_by) if books.closed else None
        first_month = month_at(first) if first is not None else month_at(at)
        days = sorted(grouped(books.sums, lambda entry: shanghai_date(entry.day_at)))
        self.render(
            "admin/books/month.html",
            books=books,
            words=month_words(month.name),
            days=[Group(name, totals, name) for name, totals in days],
            tables=[
                (title, _largest(grouped(sums, name)))
                for (title, sums), (_, _, name) in zip(tables, TABLES, strict=True)
            ],
            day=day if of_day else "",
            of_day=_largest(grouped(of_day, _all_names)),
            mark=totals_mark(books),
            earlier=month.shifted(-1) if month.name > first_month.name else None,
            later=month.next() if month.name < month_at(at).name else None,
            begun=first is not None,
            latest=month_at(at),
            may_close_at=over_at(month),
            closer=closer.name if closer else "",
            problem=problem,
            label_of=LABELS.get,
        )


def day_of(span: BookSpan, day: str) -> BookSpan:
    """The part of a month's span that counts to one of its days."""
    first, before = day_bounds(day)
    return replace(span, first_at=first, before_at=before)


LABELS = {
    "received_fen": "微信收款",
    "refunded_fen": "微信退款",
    "fees_fen": "手续费",
    "offline_received_fen": "线下收款",
    "offline_refunded_fen": "线下退款",
    "supplements_fen": "其中补款",
    "late_fen": "其中补记",
    "entries": "笔数",
}


TABLES: tuple[tuple[str, tuple[str, ...], Callable[[BookSum], str]], ...] = (
    ("按服务", ("service",), service_of),
    ("按医院", ("hospital", "service"), hospital_of),
    ("按陪诊员", ("escort", "service"), escort_of),
)
"""The tables of a month: title, by what its sums are taken, and what a row is called. Only the service tells whether an
entry has an order."""


def _all_names(entry: BookSum) -> str:
    return (
        f"{service_of(entry)} · {hospital_of(entry)} · {escort_of(entry)}" if entry.service else "未关联订单"
    )


class MonthHandler(ShownMonth):
    """A month."""

    open_to_accountants = READERS

    async def get(self) -> None:
        await self.show(self.asked_month())


class CloseHandler(ShownMonth):
    """Close a month: its totals stay as they are, and what is booked for it later counts to a later month."""

    role = Role.OWNER

    async def post(self) -> None:
        month = read_month(str(self.body_fields.get("month", "")))
        if month is None:
            raise ApiError(400, "invalid_input", "月份应写成 2026-11 这样的年-月")
        closing = Closing(
            month, self.caller.id, self.shown_fingerprint(), bool(self.body_fields.get("despite_open_days"))
        )
        words = month_words(month.name)
        try:
            if not await self.confirmed(
                f"给{words}结账。结账不能撤销：以后为这个月补记的收支会算到当时的月份"
            ):
                return
            await self.services.storage.run(lambda tx: self._close(tx, closing))
        except (ApiError, Refused) as error:
            await self.show(month, self.form_error(error))
            return
        self.redirect_done(f"books/?month={month.name}", "month-closed")

    async def _close(self, tx: Transaction, closing: Closing) -> None:
        closed = await close_month(tx, closing, self.now(), self.books_begin)
        stored = orjson.loads(closed.totals_json)
        after = {
            "amount_fen": stored["net_fen"],
            "open_days": stored["open_days"],
            "last_ledger_id": closed.last_ledger_id,
        }
        await self.audit(tx, "month.close", ("month", closed.month), after=after)


routes = [
    (r"/admin/books/", MonthHandler),
    (r"/admin/books/close/", CloseHandler),
]
