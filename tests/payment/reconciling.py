"""Days to reconcile, with payments and refunds on them, and the row of the job."""

from __future__ import annotations

import datetime

from clock import DAY, HOUR, shanghai_date
from payment.reconciliation.reconcile_job import JOB
from storage.models import Job
from tests.payment.bills import Row, flow_bill, rows_of, trade_bill
from tests.payment.conftest import ADMIN, Shop

BACK = 10_000
"""What goes back of the first payment, in fen; of each further one a fen more."""


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


async def day_with_refunds(shop: Shop, payments: int, refunds: int) -> tuple[str, list[int], list[Row]]:
    """So many payments, and partial refunds of the first of them, done on both sides: the day, the orders, the rows."""
    orders = [await shop.paid(await shop.user(f"oDay{count}")) for count in range(payments)]
    for count, order_id in enumerate(orders[:refunds]):
        await shop.payments.start_refund(order_id, ADMIN, BACK + count)
        await shop.sweep()
        number = (await shop.refund(order_id)).out_refund_no
        shop.wechat.finish_refund(number)
        await shop.payments.notify({}, shop.wechat.refund_notice(number))
    return shanghai_date(shop.at), orders, rows_of(shop.wechat)
