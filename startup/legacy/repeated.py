"""Payments that the older system has written down twice: a repeated notification left a second row there.

Found among all rows before any of them is written, so that a dry run tells the same.
"""

from __future__ import annotations

from collections.abc import Iterable

from startup.legacy.source import LegacyPayment

SAME_PAYMENT = "同一笔收款的重复记录：只入账一次"
NUMBER_TAKEN = "单号属于另一笔收款"
TRANSACTION_TAKEN = "微信支付单号属于另一笔收款"


def find_repeated(payments: Iterable[LegacyPayment]) -> dict[int, str]:
    """Which rows repeat another one, by their ids, and in what: SAME_PAYMENT tells nothing new, the others name money
    that only a human can judge. Of several rows the confirmed one counts, then the first."""
    by_number: dict[str, LegacyPayment] = {}
    by_transaction: dict[str, LegacyPayment] = {}
    found: dict[int, str] = {}
    for payment in sorted(payments, key=lambda each: (not each.transaction_id, each.id)):
        first = by_number.get(payment.out_trade_no)
        holder = by_transaction.get(payment.transaction_id) if payment.transaction_id else None
        if first is not None and _says_nothing_new(payment, first):
            found[payment.id] = SAME_PAYMENT
        elif first is not None:
            found[payment.id] = NUMBER_TAKEN
        elif holder is not None:
            found[payment.id] = TRANSACTION_TAKEN
        else:
            by_number[payment.out_trade_no] = payment
            by_transaction[payment.transaction_id] = payment
    return found


def _says_nothing_new(payment: LegacyPayment, first: LegacyPayment) -> bool:
    if payment.order_id != first.order_id:
        return False
    same_money = (payment.transaction_id, payment.amount_fen) == (first.transaction_id, first.amount_fen)
    return same_money or not payment.transaction_id
