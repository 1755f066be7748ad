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
from dataclasses import field
from functools import partial
from pathlib import Path

from frozen_dataclasses import frozen
from money import accounting_yuan
from payment import problems
from payment.books import ledger
from payment.context import Context, InTransaction, no_hook
from payment.reconciliation.bill_comparison import (
    KINDS,
    Comparison,
    Difference,
    Fee,
    correct_refund_dates,
    count_by_kind,
    settle_missing,
)
from payment.reconciliation.bill_days import FLOW, TRADE, check_day
from payment.wechatpay.bills.parsing import BillRow, FlowRow, parse_flow_bill, parse_trade_bill
from payment.wechatpay.errors import NoBill
from storage import Transaction
from storage.writes import NewBill

logger = logging.getLogger("hospital.payment.reconcile")

_BATCH = 200


@frozen()
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


async def reconcile_day(context: Context, day: str, hook: InTransaction = no_hook) -> Reconciliation:
    """Compare the Shanghai day ``YYYY-MM-DD`` with WeChat's bills. ``hook`` is called when the day may be compared,
    before anything is fetched.

    Raises BillDayRefused for a day that cannot be compared (``bill_days``); GatewayError (BillNotReady: too early),
    BadBill, BillError, BillNotKept and StorageError: the day is not done then.
    """
    async with context.storage.reading() as reader:
        await check_day(reader, day, context.clock(), context.settings.pay.books_begin)
    await context.storage.run(lambda tx: hook(tx, None))
    date = datetime.date.fromisoformat(day)
    gateway = context.gateway
    trade = await _fetch(gateway.trade_bill, date)
    flow = await _fetch(gateway.fund_flow_bill, date)
    rows: list[BillRow] = parse_trade_bill(trade)[0] if trade is not None else []
    flows: list[FlowRow] = parse_flow_bill(flow)[0] if flow is not None else []

    await settle_missing(context, rows)
    await correct_refund_dates(context, day, rows)
    comparison = Comparison(day, rows, flows)
    async with context.storage.reading() as reader:
        await comparison.run(reader)
    await _book_fees(context, comparison.fees)
    new_cases = await _open_cases(context, day, comparison.differences)
    result = _result(day, rows, comparison, new_cases)
    for kind, content in (
        (FLOW, flow),
        (TRADE, trade),
    ):  # the row of the trade bill says that the day is done
        await _store_bill(context, day, kind, content, result.summary if kind == TRADE else "")
    logger.info("reconciled %s: %d rows, %d differences", day, len(rows), len(comparison.differences))
    return result


async def _fetch(ask: Callable[[datetime.date], Awaitable[bytes]], date: datetime.date) -> bytes | None:
    """The bill, or None when WeChat has none because nothing moved."""
    try:
        return await ask(date)
    except NoBill:
        return None


async def _book_fees(context: Context, fees: list[Fee]) -> None:
    at = context.clock()

    async def book(tx: Transaction, batch: list[Fee]) -> None:
        for fee in batch:
            await ledger.book_fee(tx, fee.reference, fee.fee_fen, fee.occurred_at, at, fee.order_id)

    for start in range(0, len(fees), _BATCH):
        batch = fees[start : start + _BATCH]
        await context.storage.run(partial(book, batch=batch))


async def _open_cases(context: Context, day: str, differences: list[Difference]) -> int:
    at = context.clock()

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
        opened += await context.storage.run(partial(open_all, batch=batch))
    if opened:
        logger.error("the bill of %s shows %d new differences: cases opened", day, opened)
    return opened


async def _store_bill(context: Context, day: str, kind: str, content: bytes | None, summary: str) -> None:
    """Keep the file (readable by us alone: it names payers) and the row that says so; unchanged ones stay."""
    storage = context.storage
    name, sha1 = "", ""
    if content is not None:
        name = f"{day}-{kind}.csv"
        sha1 = hashlib.sha1(content, usedforsecurity=False).hexdigest()
        try:
            await asyncio.to_thread(_write, context.settings.data / "bills" / name, content)
        except OSError as error:
            logger.error("the bill of %s cannot be kept in bills/: %s", day, error.strerror)
            raise problems.BillNotKept from error
    async with storage.reading() as reader:
        known = await reader.finance.bill(day, kind)
    if known is not None and (known.sha1, known.summary) == (sha1, summary):
        return
    bill = NewBill(
        bill_date=day,
        kind=kind,
        sha1=sha1,
        file=name,
        summary=summary,
        fetched_at=context.clock(),
    )
    await storage.run(lambda tx: tx.finance.save_bill(bill))


def _write(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = file.with_suffix(
        f".{secrets.token_hex(4)}.part"
    )  # the command and the daily job may both be at it
    try:
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as output:
            output.write(content)
            output.flush()
            os.fsync(output.fileno())
        part.replace(file)
    except OSError:
        part.unlink(missing_ok=True)  # on a full disk, half a bill at each try would make it fuller
        raise


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
        f"  收款 {result.payments} 笔，合计 {accounting_yuan(result.payments_fen)}",
        f"  退款 {result.refunds} 笔，合计 {accounting_yuan(result.refunds_fen)}",
        f"  手续费合计 {accounting_yuan(result.fees_fen)}",
        f"  净额 {accounting_yuan(result.payments_fen - result.refunds_fen - result.fees_fen)}",
    ]
    if not result.differences:
        return "\n".join([*lines, "  双方一致，没有差异"])
    lines.append(f"  差异 {len(result.differences)} 项，已列入待处理异常：")
    lines += [f"    {KINDS[kind]}（{kind}）：{count} 项" for kind, count in count_by_kind(result.differences)]
    return "\n".join(lines)
