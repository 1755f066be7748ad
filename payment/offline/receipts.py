"""Money that was received outside of WeChat: recorded, reversed, corrected. All of it in the caller's transaction.

A receipt is an attempt that is paid at once, a row of ``offline_entries`` and one of the ledger; a reversal is a row of
both with the opposite amount. Nothing is changed or deleted.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace

from clock import DAY, HOUR, MINUTE, day_bounds
from config import Settings
from orders.booking.bookable_days import DayRules, is_overbooked
from orders.ending import settle
from orders.messages import queue_paid
from orders.transitions import Action, transition
from orders.visits import reminders
from payment import payables, problems
from payment.attempt_terms import CURRENCY, description_of
from payment.books import ledger
from payment.books.closing import check_open
from payment.offline.marks import check_unchanged
from payment.offline.problems import (
    NotOffline,
    NotReversible,
    PaidAtWeChat,
    WrongAmount,
    WrongMoment,
)
from payment.payables import Payable, PayableKey
from payment.wechatpay.numbers import new_out_trade_no
from refusals import OrderNotFound
from storage import Duplicate, Reader, Transaction
from storage.models import (
    RESERVING_REFUNDS,
    Attempt,
    AttemptState,
    Cause,
    Channel,
    OfflineKind,
    OfflineMethod,
    Order,
    OrderState,
    RefundState,
)
from storage.writes import AttemptMove, NewOfflineAttempt, NewOfflineEntry, OrderMove

logger = logging.getLogger("hospital.payment.offline")

MAX_AGE = 366 * DAY
REVERSED_REASON = "收款已撤销"


@dataclass(frozen=True)
class Handling:
    """How money changed hands: ``handled_by`` took or gave it at ``occurred_at``."""

    method: OfflineMethod
    reference: str
    handled_by: str
    occurred_at: int
    note: str = ""


@dataclass(frozen=True)
class Receipt:
    amount_fen: int
    handling: Handling


@dataclass(frozen=True)
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
    payable = await _lock(tx, key)
    if not payable.wanted:
        raise await _why_not_payable(tx, payable)
    await check_unchanged(tx, payable, seen)
    await check_receipt(tx, payable.amount_fen, receipt, cause.at)
    open_attempt = await payables.open_attempt(tx, payable)
    if open_attempt is not None and open_attempt.state == AttemptState.MISMATCH:
        raise problems.PaymentPending
    if open_attempt is not None:
        return open_attempt
    attempt = await _book_receipt(tx, payable, receipt, cause, rules.settings)
    occurred_at = receipt.handling.occurred_at
    await payables.fulfil(tx, payable, attempt, occurred_at, cause)
    if payable.supplement is None and await is_overbooked(tx, rules.days, payable.order, cause.at):
        await tx.visit_days.mark_overbooked(payable.order.id)
        logger.warning("%s is paid outside of WeChat, and its day is full or blocked", payable)
    await queue_paid(tx, payable.order, attempt, occurred_at, cause.at)
    logger.info("%s is paid outside of WeChat by attempt %d", payable, attempt.id)
    return attempt.id


async def reverse(
    tx: Transaction, key: PayableKey, cause: Cause, rules: Rules, seen: str | None = None
) -> int:
    """The receipt that paid an order or a supplement was a mistake, and the cause says why: it waits for its money
    again, an order with a fresh time to pay; the id of the reversed attempt.

    An order only while nobody serves it; neither when money went or is going back. Raises OrderNotFound,
    SupplementNotFound, ChangedSinceSeen, NotOffline, NotReversible, MonthClosed.
    """
    payable = await _lock(tx, key)
    await check_unchanged(tx, payable, seen)
    attempt = await _paying_offline(tx, payable)
    await _refuse_with_refunds(tx, payable)
    if payable.supplement is not None:
        await _book_reversal(tx, attempt, cause)
        await tx.supplements.mark_unpaid(payable.supplement.id, cause.at)
    else:
        await _reverse_order(tx, payable.order, attempt, cause, rules)
    logger.warning("attempt %d of %s is reversed", attempt.id, payable)
    return attempt.id


async def _reverse_order(tx: Transaction, order: Order, attempt: Attempt, cause: Cause, rules: Rules) -> None:
    if order.state == OrderState.SERVING:
        raise NotReversible("已经安排了陪诊员，先取消安排，才能撤销收款。收款方式写错了，请用「更正」")
    if order.state != OrderState.PAID:
        raise NotReversible("订单已经完成或结束，不能撤销收款；要把钱退给客户，请用「退款」")
    await _book_reversal(tx, attempt, cause)
    await settle(tx, order, REVERSED_REASON, cause.at)
    await reminders.void(tx, order.id, cause.at)
    unpaid_hours = rules.settings.orders.unpaid_hours
    unpaid = OrderMove(
        paid_fen=0,
        paid_at=None,
        paid_attempt_id=None,
        unpaid_user_id=order.user_id,
        expires_at=min(cause.at + unpaid_hours * HOUR, day_bounds(order.visit_date)[1]),
    )
    why = replace(cause, reason=f"{REVERSED_REASON}：{cause.reason}")
    try:
        await transition(tx, order, Action.REVERSE_PAYMENT, why, unpaid)
    except Duplicate:
        raise NotReversible("这位就诊人已有另一个待付款订单，请先处理那一个，再撤销这笔收款") from None
    await tx.visit_days.hold(order.id, cause.at + rules.days.visits.place_hold_minutes * MINUTE)


async def correct(
    tx: Transaction, key: PayableKey, receipt: Receipt, cause: Cause, rules: Rules, seen: str | None = None
) -> int:
    """The right receipt takes the place of one that was recorded wrongly, in one act, and the cause says why: what was
    paid stays paid, by another attempt; its id.

    Not when money went or is going back. Raises OrderNotFound, SupplementNotFound, ChangedSinceSeen, NotOffline,
    NotReversible, WrongAmount, WrongMoment, MonthClosed.
    """
    payable = await _lock(tx, key)
    await check_unchanged(tx, payable, seen)
    wrong = await _paying_offline(tx, payable)
    await _refuse_with_refunds(tx, payable)
    await check_receipt(tx, payable.paid_fen, receipt, cause.at)
    await _book_reversal(tx, wrong, cause)
    right = await _book_receipt(tx, payable, receipt, cause, rules.settings)
    paid_at = receipt.handling.occurred_at
    if payable.supplement is not None:
        await tx.supplements.set_paid_by(payable.supplement.id, right.id, paid_at, cause.at)
    else:
        await tx.offline.set_order_paid_by(payable.order.id, right.id, paid_at, cause.at)
    logger.warning("attempt %d of %s is corrected by attempt %d", wrong.id, payable, right.id)
    return right.id


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


async def _lock(tx: Transaction, key: PayableKey) -> Payable:
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


async def _paying_offline(tx: Transaction, payable: Payable) -> Attempt:
    """The receipt that pays the locked payable now. Raises NotOffline."""
    known = payable.paid_attempt_id
    attempt = await tx.attempts.get(known) if known is not None else None
    if attempt is None or attempt.channel != Channel.OFFLINE or attempt.state != AttemptState.PAID:
        raise NotOffline
    return attempt


async def _refuse_with_refunds(tx: Transaction, payable: Payable) -> None:
    """Raises NotReversible when money of the payable went back, is going back, or is asked for."""
    for refund in await tx.refunds.of_order(payable.order.id):
        if payable.is_paid_by(refund.attempt_id) and refund.state in (
            RefundState.REQUESTED,
            *RESERVING_REFUNDS,
        ):
            raise NotReversible("这笔收款已有退款或退款申请，不能再撤销或更正")


async def _book_receipt(
    tx: Transaction, payable: Payable, receipt: Receipt, cause: Cause, settings: Settings
) -> Attempt:
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


async def _book_reversal(tx: Transaction, attempt: Attempt, cause: Cause) -> None:
    """The counter-entry of a receipt: now, by the same way, by who recorded that. Raises MonthClosed."""
    await check_moment(tx, cause.at, cause.at)
    receipt = await tx.offline.by_key(f"{OfflineKind.RECEIPT}:{attempt.id}")
    assert receipt is not None  # each was written with its attempt
    unpaid = AttemptMove(paid_at=None)
    reversed_ = await tx.attempts.move(
        attempt.id, (AttemptState.PAID,), AttemptState.REVERSED, cause.at, unpaid
    )
    assert reversed_  # read under the order's lock
    handling = Handling(
        OfflineMethod(receipt.method), receipt.reference, receipt.handled_by, cause.at, cause.reason
    )
    entry = entry_of(OfflineKind.REVERSAL, attempt, -attempt.amount_fen, handling, cause)
    await tx.offline.add(entry)
    await ledger.book_offline(tx, ledger.OFFLINE_PAYMENT, f"{attempt.out_trade_no}-reversal", entry)


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
