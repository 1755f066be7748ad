"""A receipt that was a mistake: reversed by a counter-entry, or corrected in one act. All of it in the caller's
transaction; nothing is changed or deleted.
"""

from __future__ import annotations

import logging
from dataclasses import replace

from clock import HOUR, MINUTE, day_bounds
from orders.ending import settle
from orders.supplements import deciding
from orders.transitions import Action, transition
from orders.visits import reminders
from payment.books import ledger
from payment.invoicing.issuing import after_refund
from payment.offline.marks import check_unchanged
from payment.offline.problems import NotOffline, NotReversible
from payment.offline.receipts import (
    Handling,
    Receipt,
    Rules,
    book_receipt,
    check_moment,
    check_receipt,
    entry_of,
    lock,
)
from payment.payables import Payable, PayableKey
from storage import Duplicate, Transaction
from storage.locked_rows import must_have_changed
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
    Supplement,
)
from storage.writes import AttemptMove, OrderMove

logger = logging.getLogger("hospital.payment.offline")

REVERSED_REASON = "收款已撤销"


async def reverse(
    tx: Transaction, key: PayableKey, cause: Cause, rules: Rules, seen: str | None = None
) -> int:
    """The receipt that paid an order or a supplement was a mistake, and the cause says why: it waits for its money
    again, an order with a fresh time to pay; the id of the reversed attempt.

    An order only while it is not being served and no supplement of it is paid; supplements that are not paid are
    withdrawn. Nothing that was refunded, or is being refunded, can be reversed. Raises OrderNotFound,
    SupplementNotFound, ChangedSinceSeen, NotOffline, NotReversible, MonthClosed.
    """
    payable = await lock(tx, key)
    await check_unchanged(tx, payable, seen)
    attempt = await _paying_offline(tx, payable)
    await _refuse_with_refunds(tx, payable)
    if payable.supplement is not None:
        await _reverse_supplement(tx, payable.order, payable.supplement, attempt, cause)
    else:
        await _reverse_order(tx, payable.order, attempt, cause, rules)
    await after_refund(tx, payable.order.id, cause.at)  # of an order that was finished and reopened, too
    logger.warning("attempt %d of %s is reversed", attempt.id, payable)
    return attempt.id


async def _reverse_supplement(
    tx: Transaction, order: Order, supplement: Supplement, attempt: Attempt, cause: Cause
) -> None:
    """It is open again; withdrawn, where nothing more is to be paid for the order."""
    await _book_reversal(tx, attempt, cause)
    await tx.supplements.mark_unpaid(supplement.id, cause.at)
    await deciding.withdraw_if_unwanted(tx, order, supplement.id, cause.at)


async def _reverse_order(tx: Transaction, order: Order, attempt: Attempt, cause: Cause, rules: Rules) -> None:
    if order.state == OrderState.SERVING:
        raise NotReversible("已经安排了陪诊员，先取消安排，才能撤销收款。收款方式写错了，请用「更正」")
    if order.state != OrderState.PAID:
        raise NotReversible("订单已经完成或结束，不能撤销收款；要把钱退给客户，请用「退款」")
    for supplement in await tx.supplements.of_order(order.id):
        if supplement.paid_fen > supplement.refunded_fen:
            raise NotReversible("这个订单还有已付的补款，请先撤销或退还补款，再撤销订单的收款")
    await _book_reversal(tx, attempt, cause)
    await settle(tx, order, REVERSED_REASON, cause.at)
    await deciding.withdraw_all(tx, order, cause.at, deciding.ORDER_UNPAID)
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
    payable = await lock(tx, key)
    await check_unchanged(tx, payable, seen)
    wrong = await _paying_offline(tx, payable)
    await _refuse_with_refunds(tx, payable)
    await check_receipt(tx, payable.paid_fen, receipt, cause.at)
    await _book_reversal(tx, wrong, cause)
    right = await book_receipt(tx, payable, receipt, cause, rules.settings)
    paid_at = receipt.handling.occurred_at
    if payable.supplement is not None:
        await tx.supplements.set_paid_by(payable.supplement.id, right.id, paid_at, cause.at)
    else:
        await tx.offline.set_order_paid_by(payable.order.id, right.id, paid_at, cause.at)
    logger.warning("attempt %d of %s is corrected by attempt %d", wrong.id, payable, right.id)
    return right.id


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


async def _book_reversal(tx: Transaction, attempt: Attempt, cause: Cause) -> None:
    """The counter-entry of a receipt: now, by the same way, by who recorded that. Raises MonthClosed."""
    await check_moment(tx, cause.at, cause.at)
    receipt = await tx.offline.by_key(f"{OfflineKind.RECEIPT}:{attempt.id}")
    assert receipt is not None  # each was written with its attempt
    unpaid = AttemptMove(paid_at=None)
    reversed_ = await tx.attempts.move(
        attempt.id, (AttemptState.PAID,), AttemptState.REVERSED, cause.at, unpaid
    )
    must_have_changed(reversed_)  # read under the order's lock
    handling = Handling(
        OfflineMethod(receipt.method), receipt.reference, receipt.handled_by, cause.at, cause.reason
    )
    entry = entry_of(OfflineKind.REVERSAL, attempt, -attempt.amount_fen, handling, cause)
    await tx.offline.add(entry)
    await ledger.book_offline(tx, ledger.OFFLINE_PAYMENT, f"{attempt.out_trade_no}-reversal", entry)
