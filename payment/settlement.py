"""The one function that applies every report of a payment: notification, query by the sweeper, query on opening, bill.

``apply_transaction`` works inside the caller's transaction, and repeating it changes nothing. Rows are locked
in the order that the whole module keeps (see ``service``): the order, then the attempt, then a refund.
"""

from __future__ import annotations

import json
import logging
from enum import StrEnum
from typing import Any

from clock import MINUTE
from orders.booking.bookable_days import DayRules, is_overbooked
from orders.messages import queue_paid
from payment import payables
from payment.books import ledger
from payment.evidence import Report, Source, differences
from payment.payables import Payable
from payment.refunds.decisions import RefundTerms, add_refund
from payment.refunds.external_refunds import book_external_refund, detect_external_refund
from payment.reopened_cases import update_case
from payment.wechatpay.results import Transaction as WeChatPayment
from storage import Transaction
from storage.locked_rows import must_have_changed
from storage.models import (
    BOOKABLE_ATTEMPTS,
    PAYMENT_MISMATCH,
    UNFINISHED_ATTEMPTS,
    Attempt,
    AttemptState,
)
from storage.writes import AttemptMove

logger = logging.getLogger("hospital.payment.settlement")

_CLOSED_TRADE_STATES = {"CLOSED", "REVOKED", "PAYERROR"}


class Settled(StrEnum):
    """What came of it."""

    PAID = "paid"
    """The order is paid by this money, as of now."""
    SURPLUS = "surplus"
    """The money is booked, and a refund of all of it is on its way."""
    REFUNDED = "refunded"
    """The money is booked, and that it went back at WeChat's merchant platform, too."""
    ALREADY = "already"
    """It was booked before; nothing changed."""
    MISMATCH = "mismatch"
    """It does not agree with what was asked for: a human must look at it."""
    CLOSED = "closed"
    """WeChat confirms that this attempt cannot be paid any more."""
    PENDING = "pending"
    """Nothing final yet."""
    UNKNOWN = "unknown_number"
    """We never gave out this number: a human must look at it."""


async def apply_transaction(
    tx: Transaction, payment: WeChatPayment, source: Source, at: int, day_rules: DayRules
) -> Settled:
    """Settle what WeChat says about a payment; the caller commits.

    Fulfils only when number, amount, currency, appid, mchid, openid, trade type and state agree with what was
    stored. What did not agree becomes a payment by any later report that does; its case stays open and says so.
    An order that is paid although its day is full or blocked by now (``day_rules``) is paid, and shown to the office.
    """
    report = Report(payment, source, at)
    known = await tx.attempts.by_number(payment.out_trade_no)
    if known is None:
        return await _unknown_number(tx, report)
    order = await tx.orders.lock(known.order_id)
    attempt = await tx.attempts.lock_by_number(payment.out_trade_no)
    assert order is not None  # neither is ever deleted
    assert attempt is not None
    payable = await payables.load(tx, order, attempt.supplement_id)
    if payment.is_paid:
        settled = await _apply_payment(tx, payable, attempt, report)
        if (
            settled == Settled.PAID
            and payable.supplement is None
            and await is_overbooked(tx, day_rules, order, at)
        ):
            await tx.visit_days.mark_overbooked(order.id)
            logger.warning("order %d is paid, and its day is full or blocked", order.id)
        return settled
    if payment.trade_state in _CLOSED_TRADE_STATES:
        return await _confirm_closed(tx, attempt, at)
    return Settled.PENDING if attempt.state in UNFINISHED_ATTEMPTS else Settled.ALREADY


async def _confirm_closed(tx: Transaction, attempt: Attempt, at: int) -> Settled:
    if attempt.state == AttemptState.CLOSED or await tx.attempts.move(
        attempt.id, UNFINISHED_ATTEMPTS, AttemptState.CLOSED, at
    ):
        return Settled.CLOSED
    return Settled.ALREADY  # a late CLOSED never takes money back


async def _unknown_number(tx: Transaction, report: Report) -> Settled:
    """Attempts are committed before WeChat hears of them, so a number that is not here is not ours."""
    if report.payment.is_paid:
        opened = await tx.finance.open_case(
            "payment_unknown", report.payment.out_trade_no, report.evidence({}), report.at
        )
        if opened:
            logger.error("money for an unknown payment number was reported by %s: case opened", report.source)
    return Settled.UNKNOWN


async def _apply_payment(tx: Transaction, payable: Payable, attempt: Attempt, report: Report) -> Settled:
    """Money has come: book it, unless something about it differs from what was asked for."""
    payment = report.payment
    differs = differences(attempt, payment)
    if attempt.state == AttemptState.PAID:
        await _check_repeated_report(tx, attempt, report, differs)
        return Settled.ALREADY
    holder = await tx.attempts.by_transaction(payment.transaction_id or "")
    if holder is not None and holder.id != attempt.id:
        differs["transaction_id"] = (None, payment.transaction_id)
    if differs:
        return await _mark_mismatch(tx, payable, attempt, report, differs)
    return await _book_payment(tx, payable, attempt, report)


async def _mark_mismatch(
    tx: Transaction,
    payable: Payable,
    attempt: Attempt,
    report: Report,
    differs: dict[str, tuple[Any, Any]],
) -> Settled:
    """Keep the evidence, alarm, and fulfil nothing. The attempt stays the payable's open one, and WeChat is asked about
    it, until a report agrees or a human releases the payable."""
    names, at = ", ".join(sorted(differs)), report.at
    moved = await tx.attempts.move(
        attempt.id,
        BOOKABLE_ATTEMPTS,
        AttemptState.MISMATCH,
        at,
        AttemptMove(next_query_at=at + MINUTE, last_error=f"mismatch: {names}"[:127]),
    )
    if not moved:
        return Settled.MISMATCH  # known to disagree; the case holds the first evidence
    await tx.finance.open_case(
        PAYMENT_MISMATCH, attempt.out_trade_no, report.evidence(differs), at, attempt.order_id
    )
    logger.error("payment mismatch: attempt %d of %s differs in %s", attempt.id, payable, names)
    return Settled.MISMATCH


async def _check_repeated_report(
    tx: Transaction, attempt: Attempt, report: Report, differs: dict[str, tuple[Any, Any]]
) -> None:
    """The money is booked already; say so to a human if WeChat now tells another story about it."""
    if attempt.transaction_id != report.payment.transaction_id:
        differs["transaction_id"] = (attempt.transaction_id, report.payment.transaction_id)
    if differs:
        detail = report.evidence(differs)
        if await tx.finance.open_case(
            "payment_contradicted", attempt.out_trade_no, detail, report.at, attempt.order_id
        ):
            logger.error("attempt %d is paid, and %s now differs", attempt.id, ", ".join(sorted(differs)))
    await detect_external_refund(tx, attempt, report)


async def _book_payment(tx: Transaction, payable: Payable, attempt: Attempt, report: Report) -> Settled:
    """The money is ours: book it, then let it pay the payable or go back."""
    moved = await tx.attempts.move(
        attempt.id,
        (*BOOKABLE_ATTEMPTS, AttemptState.MISMATCH),
        AttemptState.PAID,
        report.at,
        AttemptMove(transaction_id=report.payment.transaction_id, paid_at=report.paid_at, last_error=""),
    )
    must_have_changed(moved)  # the row is locked, and its state was read under the lock
    await ledger.book_payment(tx, attempt, report.paid_at, report.at)
    settled = await _allocate_payment(tx, payable, attempt, report)
    if attempt.state == AttemptState.MISMATCH:
        await _record_agreement(tx, attempt, settled, report)
    return settled


async def _allocate_payment(tx: Transaction, payable: Payable, attempt: Attempt, report: Report) -> Settled:
    """What booked money is for: its order or supplement, or to go back."""
    if report.payment.trade_state == "REFUND":
        await book_external_refund(tx, payable, attempt, report)
        return Settled.REFUNDED
    if payable.wanted and attempt.amount_fen == payable.amount_fen:
        await _fulfil(tx, payable, attempt, report)
        return Settled.PAID
    await _refund_surplus(tx, payable, attempt, report.at)
    return Settled.SURPLUS


async def _record_agreement(tx: Transaction, attempt: Attempt, settled: Settled, report: Report) -> None:
    """The case of a payment that did not agree says that a later report did, and stays open; one that was closed
    because the order had been released is opened again: now there is money to look after."""
    case = await tx.finance.case_about(PAYMENT_MISMATCH, attempt.out_trade_no)
    if case is None:
        return
    detail = json.loads(case.detail)
    wechat = detail.pop("wechat", None)
    if case.state != "open":
        detail["note_before"] = case.note
    detail |= {"settled_source": report.source, "settled_at": report.at, "settled_as": settled}
    if wechat is not None:
        detail["wechat"] = wechat
    await update_case(tx, case, detail, report.at)
    logger.warning(
        "attempt %d, which did not agree, agrees now by %s: %s", attempt.id, report.source, settled
    )


async def _fulfil(tx: Transaction, payable: Payable, attempt: Attempt, report: Report) -> None:
    await payables.fulfil(tx, payable, attempt, report.paid_at, report.cause)
    other = await payables.open_attempt(tx, payable)
    if other is not None:  # a second way to pay is still open: the sweeper closes it at once
        await tx.attempts.make_due(other.id, report.at)
    await queue_paid(tx, payable.order, attempt, report.paid_at, report.at)
    logger.info("%s is paid by attempt %d (%s)", payable, attempt.id, report.source)


async def _refund_surplus(tx: Transaction, payable: Payable, attempt: Attempt, at: int) -> None:
    """Money that there is no use for goes back: number and amount are committed here, the sweeper sends it. An
    order that its user took off the list is on it again: there is money to read about."""
    await tx.own_orders.set_hidden(payable.order.id, None)
    reason = payables.why_surplus(payable)
    terms = RefundTerms(attempt, attempt.amount_fen, attempt.amount_fen, reason, "system", None)
    await add_refund(tx, payable.order, terms, at, send_at=at)
    logger.warning("attempt %d brought surplus money for %s: refund created", attempt.id, payable)
