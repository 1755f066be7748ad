"""Money that was received outside of WeChat is recorded. All of it in the caller's transaction.

A receipt is an attempt that is paid at once, a row of ``offline_entries`` and one of the ledger; a reversal is a row of
both with the opposite amount. Nothing is changed or deleted.
"""

from __future__ import annotations

import logging

from clock import DAY
from config import Settings
from frozen_dataclasses import frozen
from orders.booking.bookable_days import DayRules, is_overbooked
from orders.messages import queue_paid
from payment import payables, problems
from payment.attempt_terms import CURRENCY, description_of
from payment.books import ledger
from payment.books.closing import check_open
from payment.offline.marks import check_unchanged
from payment.offline.problems import PaidAtWeChat, WrongAmount, WrongMoment
from payment.payables import Payable, PayableKey
from payment.wechatpay.numbers import new_out_trade_no
from refusals import OrderNotFound
from storage import Reader, Transaction
from storage.models import Attempt, AttemptState, Cause, Channel, OfflineKind, OfflineMethod
from storage.writes import NewOfflineAttempt, NewOfflineEntry

logger = logging.getLogger("hospital.payment.offline")

MAX_AGE = 366 * DAY


@frozen()
class Handling:
    """How money changed hands: ``handled_by`` took or gave it at ``occurred_at``."""

    method: OfflineMethod
    reference: str
    handled_by: str
    occurred_at: int
    note: str = ""


@frozen()
class Receipt:
    amount_fen: int
    handling: Handling


@frozen()
class Rules:
    """What decides beside the order: the places of its day, and the settings."""

    days: DayRules
    settings: Settings


async def record(
    tx: Transaction, key: PayableKey, receipt: Receipt, cause: Cause, rules: Rules, seen: str | None = None
) -> int | Attempt:
    """What can be paid is paid by money outside of WeChat: the id of the attempt; or the open attempt at WeChat that
    must be closed there first.

    Raises OrderNotFound, SupplementNotFound, ChangedSinceSeen, OrderAlreadyPaid, PaidAtWeChat, OrderNotPayable,
    PaymentPending, WrongAmount, WrongMoment, MonthClosed.
    """
    payable = await lock(tx, key)
    if not payable.wanted:
        raise await _why_not_payable(tx, payable)
    await check_unchanged(tx, payable, seen)
    await check_receipt(tx, payable.amount_fen, receipt, cause.at)
    open_attempt = await payables.open_attempt(tx, payable)
    if open_attempt is not None and open_attempt.state == AttemptState.MISMATCH:
        raise problems.PaymentPending
    if open_attempt is not None:
        return open_attempt
    attempt = await book_receipt(tx, payable, receipt, cause, rules.settings)
    occurred_at = receipt.handling.occurred_at
    await payables.fulfil(tx, payable, attempt, occurred_at, cause)
    if payable.supplement is None and await is_overbooked(tx, rules.days, payable.order, cause.at):
        await tx.visit_days.mark_overbooked(payable.order.id)
        logger.warning("%s is paid outside of WeChat, and its day is full or blocked", payable)
    await queue_paid(tx, payable.order, attempt, occurred_at, cause.at)
    logger.info("%s is paid outside of WeChat by attempt %d", payable, attempt.id)
    return attempt.id


async def check_receipt(reader: Reader, price_fen: int, receipt: Receipt, at: int) -> None:
    """Is it what there is to pay, at a moment that can be booked? Raises WrongAmount, WrongMoment, MonthClosed."""
    if receipt.amount_fen != price_fen:
        raise WrongAmount(receipt.amount_fen, price_fen)
    await check_moment(reader, receipt.handling.occurred_at, at)


async def check_moment(reader: Reader, occurred_at: int, at: int) -> None:
    """May money of this moment be booked now? Raises WrongMoment, MonthClosed."""
    if occurred_at > at:
        raise WrongMoment("这个时间还没有到，请填实际收付款的时间")
    if occurred_at < at - MAX_AGE:
        raise WrongMoment("这个时间太早了，请核对年份")
    await check_open(reader, occurred_at)


async def lock(tx: Transaction, key: PayableKey) -> Payable:
    """Raises OrderNotFound, SupplementNotFound."""
    order = await tx.orders.lock(key.order_id)
    if order is None:
        raise OrderNotFound
    return await payables.load(tx, order, key.supplement_id)


async def _why_not_payable(tx: Transaction, payable: Payable) -> problems.PaymentError:
    attempt = await tx.attempts.get(payable.paid_attempt_id or 0)
    if attempt is None:
        return payables.why_not_payable(payable)
    return (
        PaidAtWeChat() if attempt.channel == Channel.WECHAT else payables.already_paid(attempt.supplement_id)
    )


async def book_receipt(
    tx: Transaction, payable: Payable, receipt: Receipt, cause: Cause, settings: Settings
) -> Attempt:
    """A receipt for the locked payable, and its entries."""
    handling, at = receipt.handling, cause.at
    new = NewOfflineAttempt(
        order_id=payable.order.id,
        supplement_id=payable.key.supplement_id,
        out_trade_no=new_out_trade_no(at),
        amount_fen=receipt.amount_fen,
        currency=CURRENCY,
        description=description_of(payable, settings.orders.brand),
        paid_at=handling.occurred_at,
    )
    attempt_id = await tx.attempts.add_offline(new, at)
    attempt = await tx.attempts.get(attempt_id)
    assert attempt is not None
    entry = entry_of(OfflineKind.RECEIPT, attempt, receipt.amount_fen, handling, cause)
    await tx.offline.add(entry)
    await ledger.book_offline(tx, ledger.OFFLINE_PAYMENT, attempt.out_trade_no, entry)
    return attempt


def entry_of(
    kind: OfflineKind, attempt: Attempt, amount_fen: int, handling: Handling, cause: Cause
) -> NewOfflineEntry:
    """A receipt or its reversal, as it is written down."""
    assert cause.actor.id is not None
    return NewOfflineEntry(
        entry_key=f"{kind}:{attempt.id}",
        kind=kind,
        order_id=attempt.order_id,
        attempt_id=attempt.id,
        amount_fen=amount_fen,
        method=handling.method,
        reference=handling.reference,
        handled_by=handling.handled_by,
        occurred_at=handling.occurred_at,
        recorded_by=cause.actor.id,
        recorded_at=cause.at,
        note=handling.note[:255],
    )
