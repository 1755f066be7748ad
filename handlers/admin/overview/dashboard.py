"""The entry page: what waits for a hand, today's and this month's numbers, the last thirty days."""

from __future__ import annotations

from typing import Any

from clock import DAY, day_bounds, shanghai_date
from frozen_dataclasses import frozen
from handlers.admin.labels import ACCOUNTANTS_MENU
from handlers.admin.overview import job_words, queues
from handlers.admin.page import AdminPage
from handlers.admin.shipping.words import about_account
from payment.books.ledger import OFFLINE_PAYMENT, OFFLINE_REFUND, PAYMENT, REFUND
from storage import Reader

DAYS = 30
RECEIVED, REFUNDED = (PAYMENT, OFFLINE_PAYMENT), (REFUND, OFFLINE_REFUND)


@frozen()
class Day:
    """A day of the chart: how many payments, and what came in and went back, in fen; at WeChat and outside of it, as in
    the books of the month."""

    date: str
    count: int
    income_fen: int
    refunds_fen: int


def last_days(first_at: int, daily: dict[tuple[int, str], tuple[int, int]]) -> list[Day]:
    """Thirty days from ``first_at``, those without any movement too."""
    days = []
    for start in range(first_at, first_at + DAYS * DAY, DAY):
        received = [daily.get((start, kind), (0, 0)) for kind in RECEIVED]
        refunds = sum(daily.get((start, kind), (0, 0))[1] for kind in REFUNDED)
        count, income = (sum(each) for each in zip(*received, strict=True))
        days.append(Day(shanghai_date(start), count, income, -refunds))
    return days


def moved_since(start: int, daily: dict[tuple[int, str], tuple[int, int]]) -> dict[str, int]:
    """Fen per kind of movement, from a day on."""
    sums: dict[str, int] = {}
    for (day, kind), (_, total) in daily.items():
        if day >= start:
            sums[kind] = sums.get(kind, 0) + total
    return sums


class EntryHandler(AdminPage):
    """The entry page: escorts, orders, payments, and the numbers of the day. An accountant is led to the money."""

    section = "overview"
    open_to_accountants = ("GET",)

    async def get(self) -> None:
        if self.accountant:
            self.redirect_done(ACCOUNTANTS_MENU[0][0])
            return
        async with self.services.storage.reading() as reader:
            facts = await self._facts(reader)
        self.render("admin/overview/dashboard.html", **facts)

    async def _facts(self, reader: Reader) -> dict[str, Any]:
        at = self.now()
        today = shanghai_date(at)
        begin, end = day_bounds(today)
        month = day_bounds(f"{today[:7]}-01")[0]
        first = begin - (DAYS - 1) * DAY
        desk, receiver = reader.desk, self.services.push_receiver
        daily = await desk.daily(min(first, month), end)
        return {
            "today": today,
            "trade_management": about_account(
                await reader.trade_management.get(), self.services.settings.shipping.enabled, at
            ),
            "plain_push": receiver is not None and not receiver.proves_messages,
            "queue": await queues.tiles(reader, at, self.services.settings),
            "periods": [
                (label, await desk.orders_between(start, end), moved_since(start, daily))
                for label, start in (("今天", begin), ("本月", month))
            ],
            "days": last_days(first, daily),
            "health": job_words.health(await reader.jobs.all(), at),
        }


routes = [(r"/admin/", EntryHandler)]
