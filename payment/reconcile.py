"""Reconciliation: the bills of a day fetched, kept, compared both ways; each difference a case for a human.

Running a day again changes nothing that has not changed: a case is opened once per kind and number (also after it
was closed), a fee is booked once per number.
"""

from __future__ import annotations

import asyncio
import datetime
import hashlib
import json
import logging
import os
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from clock import DAY, HOUR, MINUTE, day_bounds, shanghai_date
from payment import ledger
from payment.bill import BillError, BillRow, FlowRow, parse_flow_bill, parse_trade_bill
from payment.bill_comparison import KINDS, Comparison, Difference, Fee, counted, heal, redate_refunds
from payment.bill_file import BadBill
from payment.errors import GatewayError, NoBill
from storage import StorageError, Transaction

if TYPE_CHECKING:
    from payment.service import Payments

logger = logging.getLogger("hospital.payment.reconcile")

JOB = "reconcile"
READY_HOUR, READY_MINUTE = 10, 5
"""WeChat has the bills of yesterday after 10:00 Asia/Shanghai."""
DAYS_BACK = 7
CLAIM = 30 * MINUTE
RETRY = 30 * MINUTE
_BATCH = 200
TRADE, FLOW = "trade", "fund_flow"


@dataclass(frozen=True)
class Reconciliation:
    """What came of a day. ``summary`` is what an accountant reads; ``new_cases`` counts those opened by this run."""

    day: str
    payments: int
    payments_fen: int
    refunds: int
    refunds_fen: int
    fees_fen: int
    differences: list[Difference] = field(default_factory=list)
    new_cases: int = 0
    summary: str = ""


def yesterday(at: int) -> str:
    """The Shanghai day before ``at``."""
    return shanghai_date(at - DAY)


def ready_at(day: str) -> int:
    """When (ms) WeChat has the bills of a Shanghai day."""
    return day_bounds(day)[1] + READY_HOUR * HOUR + READY_MINUTE * MINUTE


async def reconcile_day(payments: Payments, day: str) -> Reconciliation:
    """Compare the Shanghai day ``YYYY-MM-DD`` with WeChat's bills.

    Raises GatewayError (BillNotReady: too early), BadBill, BillError and StorageError: the day is not done then.
    """
    date = datetime.date.fromisoformat(day)
    gateway = payments.context.gateway
    trade = await _fetch(gateway.trade_bill, date)
    flow = await _fetch(gateway.fund_flow_bill, date)
    rows: list[BillRow] = parse_trade_bill(trade)[0] if trade is not None else []
    flows: list[FlowRow] = parse_flow_bill(flow)[0] if flow is not None else []

    await heal(payments, rows)
    await redate_refunds(payments, day, rows)
    comparison = Comparison(day, rows, flows)
    async with payments.context.storage.reading() as reader:
        await comparison.run(reader)
    await _book_fees(payments, comparison.fees)
    new_cases = await _open_cases(payments, day, comparison.differences)
    result = _result(day, rows, comparison, new_cases)
    for kind, content in ((TRADE, trade), (FLOW, flow)):
        await _keep(payments, day, kind, content, result.summary if kind == TRADE else "")
    logger.info("reconciled %s: %d rows, %d differences", day, len(rows), len(comparison.differences))
    return result


async def _fetch(ask: Callable[[datetime.date], Awaitable[bytes]], date: datetime.date) -> bytes | None:
    """The bill, or None when WeChat has none because nothing moved."""
    try:
        return await ask(date)
    except NoBill:
        return None


async def _book_fees(payments: Payments, fees: list[Fee]) -> None:
    at = payments.context.clock()

    async def book(tx: Transaction, batch: list[Fee]) -> None:
        for fee in batch:
            await ledger.book_fee(tx, fee.reference, fee.fee_fen, fee.occurred_at, at, fee.order_id)

    for start in range(0, len(fees), _BATCH):
        batch = fees[start : start + _BATCH]
        await payments.context.storage.run(partial(book, batch=batch))


async def _open_cases(payments: Payments, day: str, differences: list[Difference]) -> int:
    at = payments.context.clock()

    async def open_all(tx: Transaction, batch: list[Difference]) -> int:
        opened = 0
        for difference in batch:
            detail = json.dumps({"day": day, **difference.detail}, ensure_ascii=False, default=str)
            opened += await tx.finance.open_case(
                difference.kind, difference.reference, detail, at, difference.order_id
            )
        return opened

    opened = 0
    for start in range(0, len(differences), _BATCH):
        batch = differences[start : start + _BATCH]
        opened += await payments.context.storage.run(partial(open_all, batch=batch))
    if opened:
        logger.error("the bill of %s shows %d new differences: cases opened", day, opened)
    return opened


async def _keep(payments: Payments, day: str, kind: str, content: bytes | None, summary: str) -> None:
    """Keep the file (readable by us alone: it names payers) and the row that says so; unchanged ones stay."""
    storage = payments.context.storage
    name, sha1 = "", ""
    if content is not None:
        name = f"{day}-{kind}.csv"
        sha1 = hashlib.sha1(content, usedforsecurity=False).hexdigest()
        await asyncio.to_thread(_write, payments.context.settings.data / "bills" / name, content)
    async with storage.reading() as reader:
        known = await reader.finance.bill(day, kind)
    if known is not None and (known.sha1, known.summary) == (sha1, summary):
        return
    values = {
        "bill_date": day,
        "kind": kind,
        "sha1": sha1,
        "file": name,
        "summary": summary,
        "fetched_at": payments.context.clock(),
    }
    await storage.run(lambda tx: tx.finance.keep_bill(values))


def _write(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = file.with_suffix(
        f".{secrets.token_hex(4)}.part"
    )  # the command and the daily job may both be at it
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as output:
        output.write(content)
        output.flush()
        os.fsync(output.fileno())
    part.replace(file)


def _result(day: str, rows: list[BillRow], comparison: Comparison, new_cases: int) -> Reconciliation:
    paid = [row for row in rows if row.trade_state == "SUCCESS"]
    back = [row for row in rows if row.is_refund]
    result = Reconciliation(
        day=day,
        payments=len(paid),
        payments_fen=sum(row.total_fen for row in paid),
        refunds=len(back),
        refunds_fen=sum(row.refund_fen for row in back),
        fees_fen=sum(row.fee_fen for row in rows),
        differences=comparison.differences,
        new_cases=new_cases,
    )
    return Reconciliation(**{**vars(result), "summary": _summary(result)})


def _summary(result: Reconciliation) -> str:
    lines = [
        f"{result.day} 对账结果（微信支付账单，单位：元）",
        f"  收款 {result.payments} 笔，合计 {ledger.yuan(result.payments_fen)}",
        f"  退款 {result.refunds} 笔，合计 {ledger.yuan(result.refunds_fen)}",
        f"  手续费合计 {ledger.yuan(result.fees_fen)}",
        f"  净额 {ledger.yuan(result.payments_fen - result.refunds_fen - result.fees_fen)}",
    ]
    if not result.differences:
        return "\n".join([*lines, "  双方一致，没有差异"])
    lines.append(f"  差异 {len(result.differences)} 项，已列入待处理异常：")
    lines += [f"    {KINDS[kind]}（{kind}）：{count} 项" for kind, count in counted(result.differences)]
    return "\n".join(lines)


# The daily job, and the command


async def catch_up(payments: Payments, owner: str) -> list[str]:
    """After 10:00 the days of the last week that have no bill yet, oldest first; the days that were done.

    One process at a time (the job row). A day that fails is tried again in half an hour; WeChat keeps bills for
    three months, so nothing is lost by that.
    """
    storage, at = payments.context.storage, payments.context.clock()
    missing = await _missing_days(payments, at)
    if not missing:
        return []
    if not await storage.run(lambda tx: tx.jobs.claim(JOB, f"{at}:{owner}"[:64], at, at + CLAIM)):
        return []
    done: list[str] = []
    problem = ""
    for day in missing:
        try:
            await reconcile_day(payments, day)
            done.append(day)
        except (GatewayError, BadBill, BillError, StorageError) as error:
            problem = f"{day}: {type(error).__name__}"
            logger.warning("the bill of %s could not be reconciled: %s", day, error)
            if isinstance(error, BadBill | BillError) or day < shanghai_date(at - 2 * DAY):
                await _tell_a_human(payments, day, error)
            if isinstance(error, GatewayError | StorageError):
                break  # the days after it would fail in the same way
    now = payments.context.clock()
    free_at = now + RETRY if problem else now
    text = json.dumps({"days": done})
    await storage.run(lambda tx: tx.jobs.finish(JOB, f"{at}:{owner}"[:64], now, text, problem, free_at))
    return done


async def _tell_a_human(payments: Payments, day: str, error: Exception) -> None:
    """A day that fails again and again must not leave the window of the daily job unseen."""
    detail = json.dumps({"day": day, "problem": f"{type(error).__name__}: {error}"[:500]}, ensure_ascii=False)
    at = payments.context.clock()
    try:
        opened = await payments.context.storage.run(
            lambda tx: tx.finance.open_case("bill_unusable", f"bill:{day}", detail, at)
        )
    except StorageError:  # the next round tries again
        return
    if opened:
        logger.error("the bill of %s cannot be reconciled: case opened", day)


async def _missing_days(payments: Payments, at: int, *, claimed: bool = False) -> list[str]:
    """The days of the last week without a bill; none while another process is at it, unless ``claimed``."""
    week = [shanghai_date(at - back * DAY) for back in range(DAYS_BACK, 0, -1)]
    days = [day for day in week if ready_at(day) <= at]
    async with payments.context.storage.reading() as reader:
        bills = {bill.bill_date for bill in await reader.finance.bills(4 * DAYS_BACK) if bill.kind == TRADE}
        job = await reader.jobs.get(JOB)
    if not claimed and job is not None and job.claimed_until > at:
        return []
    return [day for day in days if day not in bills]


async def run_reconciliation(payments: Payments, day: str | None = None) -> int:
    """What ``main.py reconcile [DATE]`` does: that day, or every missing one of the last week, printed.

    The exit code: 0 agreed, 1 differences, 2 a day could not be done.
    """
    days = [day] if day else await _missing_days(payments, payments.context.clock(), claimed=True)
    if not days:
        days = [yesterday(payments.context.clock())]
    code = 0
    for wanted in days:
        text, outcome = await _reported(payments, wanted)
        print(text)
        code = max(code, outcome)
    return code


async def _reported(payments: Payments, day: str) -> tuple[str, int]:
    try:
        result = await reconcile_day(payments, day)
    except (
        GatewayError,
        BadBill,
        ValueError,
        StorageError,
    ) as error:  # ValueError: not a date, or a BillError
        return f"{day} 未能对账 / not reconciled: {error}", 2
    lines = [result.summary]
    lines += [f"  - {KINDS[item.kind]} {item.reference} {item.detail_json}" for item in result.differences]
    if result.differences:
        lines.append(f"  本次新开异常 {result.new_cases} 项")
    return "\n".join(lines), 1 if result.differences else 0


__all__ = ["DAYS_BACK", "Reconciliation", "catch_up", "reconcile_day", "run_reconciliation", "yesterday"]
