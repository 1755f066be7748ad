"""Days to reconcile, and the row of the job."""

from __future__ import annotations

import datetime

from clock import DAY, HOUR, shanghai_date
from payment.reconciliation.reconcile_job import JOB
from storage.models import Job
from tests.payment.bills import flow_bill, rows_of, trade_bill
from tests.payment.conftest import Shop


async def past_days(shop: Shop, count: int) -> list[str]:
    """A payment on each of these days, and WeChat's bills of them; it is noon of the day after the last."""
    days = []
    for number in range(count):
        before = {row.trade_no for row in rows_of(shop.wechat)}
        await shop.paid(await shop.user(f"oUser{number}"))
        days.append(shanghai_date(shop.at))
        rows = [row for row in rows_of(shop.wechat) if row.trade_no not in before]
        date = datetime.date.fromisoformat(days[-1])
        shop.wechat.bills["trade", date] = trade_bill(rows)
        shop.wechat.bills["fund_flow", date] = flow_bill(rows)
        shop.pass_time(DAY)
    shop.pass_time(2 * HOUR)
    return days


async def job_row(shop: Shop) -> Job:
    async with shop.storage.reading() as reader:
        job = await reader.jobs.get(JOB)
    assert job is not None
    return job
