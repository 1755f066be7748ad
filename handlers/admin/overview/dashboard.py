"""The entry page: what waits for a hand, today's and this month's numbers, the last thirty days."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from clock import DAY, day_bounds, shanghai_date
from handlers.admin.formats import waited
from handlers.admin.money.case_advice import OTHER
from handlers.admin.orders.listing import read_filter
from handlers.admin.orders.waiting_orders import RATED_LOW, WaitingOrders, before_all_else
from handlers.admin.overview.alarms import first_counted_day
from handlers.admin.page import AdminPage
from handlers.monitoring import job_health
from payment.reconciliation.bill_days import count_missing
from storage import Reader
from storage.models import PAYMENT_MISMATCH

DAYS = 30


@dataclass(frozen=True)
class Day:
    """A day of the chart: how many payments, and what came in and went back, in fen."""

    date: str
    count: int
    income_fen: int
    refunds_fen: int


def last_days(first_at: int, daily: dict[tuple[int, str], tuple[int, int]]) -> list[Day]:
    """Thirty days from ``first_at``, those without any movement too."""
    days = []
    for start in range(first_at, first_at + DAYS * DAY, DAY):
        count, income = daily.get((start, "payment"), (0, 0))
        _, refunds = daily.get((start, "refund"), (0, 0))
        days.append(Day(shanghai_date(start), count, income, -refunds))
    return days


def moved_since(start: int, daily: dict[tuple[int, str], tuple[int, int]]) -> dict[str, int]:
    """Fen per kind of movement, from a day on."""
    sums: dict[str, int] = {}
    for (day, kind), (_, total) in daily.items():
        if day >= start:
            sums[kind] = sums.get(kind, 0) + total
    return sums


Tile = tuple[int, str, str]
"""How many, what, and where it is done: a path below ``admin/`` that lists exactly these."""


async def order_tile(reader: Reader, waiting: WaitingOrders, at: int) -> Tile:
    """How many of these orders there are."""
    wanted = read_filter(waiting.query, at)
    count, label = await reader.order_lists.count(wanted), waiting.label
    if count and waiting.says_since_when:
        since = await reader.order_lists.oldest_payment(wanted)
        label += f"，最久已等 {waited(since, at)}" if since is not None else ""
    return count, label, f"orders/?{urlencode(waiting.query)}"


async def queue(reader: Reader, at: int, books_begin: str) -> list[Tile]:
    """What waits for a hand, most urgent first. Nothing is counted twice."""
    waiting, days_missing = await reader.desk.waiting(), await count_missing(reader, at, books_begin)
    alarms = await reader.alarms.count_unseen(first_counted_day(at))
    everything = [
        *[await order_tile(reader, orders, at) for orders in before_all_else(shanghai_date(at))],
        (waiting.refund_requests, "退款申请待审核", "refunds/"),
        await order_tile(reader, RATED_LOW, at),
        (waiting.applications, "陪诊员申请待联系", "runners/?state=pending"),
        (waiting.abnormal_refunds, "退款异常", "refunds/?tab=abnormal"),
        (waiting.mismatches, "收款与订单不符", f"cases/?kind={PAYMENT_MISMATCH}"),
        (
            waiting.other_cases,
            "其他收支异常" if waiting.mismatches else "待处理的收支异常",
            f"cases/?kind={OTHER}",
        ),
        (days_missing, "天没有对账", "reconcile/?missing=1"),
        (alarms, "不能验证的支付通知", "alarms/"),
    ]
    return [row for row in everything if row[0]]


class EntryHandler(AdminPage):
    """The entry page: escorts, orders, payments, and the numbers of the day."""

    section = "overview"

    async def get(self) -> None:
        async with self.services.storage.reading() as reader:
            facts = await self._facts(reader)
        self.render("admin/overview/dashboard.html", **facts)

    async def _facts(self, reader: Reader) -> dict[str, Any]:
        at = self.now()
        today = shanghai_date(at)
        begin, end = day_bounds(today)
        month = day_bounds(f"{today[:7]}-01")[0]
        first = begin - (DAYS - 1) * DAY
        desk = reader.desk
        daily = await desk.daily(min(first, month), end)
        return {
            "today": today,
            "queue": await queue(reader, at, self.services.settings.pay.books_begin),
            "periods": [
                (label, await desk.orders_between(start, end), moved_since(start, daily))
                for label, start in (("今天", begin), ("本月", month))
            ],
            "days": last_days(first, daily),
            "health": job_health.health(await reader.jobs.all(), at),
        }


routes = [(r"/admin/", EntryHandler)]
