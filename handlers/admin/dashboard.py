"""The entry page: what waits for a hand, today's and this month's numbers, the last thirty days."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from clock import DAY, MINUTE, day_bounds, shanghai_date
from handlers.admin.base import AdminPage
from handlers.admin.case_words import OTHER
from handlers.admin.trouble_words import trouble
from payment.bill_days import count_missing
from storage import Reader
from storage.models import PAYMENT_MISMATCH, Job
from storage.repositories.desk import Waiting

DAYS = 30
SWEEP_LATE = 5 * MINUTE


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


def sweeper_health(job: Job | None, at: int) -> tuple[str, str]:
    """A colour and a sentence about the work beside the requests."""
    if job is None or job.finished_at is None:
        return "amber", "后台任务还没有运行过"
    if at - job.finished_at > SWEEP_LATE:
        return "red", f"后台任务已停 {(at - job.finished_at) // MINUTE} 分钟，请检查服务器"
    try:
        backlog = int(json.loads(job.last_result or "{}").get("backlog", 0))
    except (ValueError, TypeError, AttributeError):
        backlog = 0
    if job.last_error:
        return "amber", f"后台任务最近一次有事没做完：{trouble(job.last_error)}"
    return "green", f"后台任务正常{f'，{backlog} 笔待查询' if backlog else ''}"


def queue(waiting: Waiting, tomorrow: str, days_missing: int) -> list[tuple[int, str, str]]:
    """What waits for a hand: how many, what, and where it is done; most urgent first."""
    everything = [
        (waiting.refund_requests, "退款申请待审核", "refunds/"),
        (
            waiting.tomorrow_without_escort,
            "明天的订单还没有陪诊员",
            f"orders/?state=paid&from={tomorrow}&to={tomorrow}",
        ),
        (waiting.applications, "陪诊员申请待联系", "runners/?state=pending"),
        (waiting.abnormal_refunds, "退款异常", "refunds/?tab=abnormal"),
        (waiting.mismatches, "收款与订单不符", f"cases/?kind={PAYMENT_MISMATCH}"),
        (
            waiting.other_cases,
            "其他收支异常" if waiting.mismatches else "待处理的收支异常",
            f"cases/?kind={OTHER}",
        ),
        (days_missing, "天没有对账", "reconcile/"),
    ]
    return [row for row in everything if row[0]]


class EntryHandler(AdminPage):
    """The entry page: escorts, orders, payments, and the numbers of the day."""

    section = "overview"

    async def get(self) -> None:
        async with self.services.storage.reading() as reader:
            facts = await self._facts(reader)
        self.render("admin/entry.html", **facts)

    async def _facts(self, reader: Reader) -> dict[str, Any]:
        at = self.now()
        today, tomorrow = shanghai_date(at), shanghai_date(at + DAY)
        begin, end = day_bounds(today)
        month = day_bounds(f"{today[:7]}-01")[0]
        first = begin - (DAYS - 1) * DAY
        desk = reader.desk
        daily = await desk.daily(min(first, month), end)
        begin_books = self.services.settings.pay.books_begin
        return {
            "today": today,
            "queue": queue(
                await desk.waiting(tomorrow), tomorrow, await count_missing(reader, at, begin_books)
            ),
            "periods": [
                (label, await desk.orders_between(start, end), moved_since(start, daily))
                for label, start in (("今天", begin), ("本月", month))
            ],
            "days": last_days(first, daily),
            "health": sweeper_health(await reader.jobs.get("sweep"), at),
        }


routes = [(r"/admin/", EntryHandler)]
