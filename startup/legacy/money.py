"""Payments of the older system: attempts that were paid, their ledger entries, and cases for what fits nowhere."""

from __future__ import annotations

import dataclasses
import json

from frozen_dataclasses import frozen
from payment.books import ledger
from startup.legacy.conversion import OUT_TRADE_NO
from startup.legacy.report import ImportReport, Outcome
from startup.legacy.source import LegacyPayment
from storage import Transaction
from storage.locked_rows import must_have_changed
from storage.models import BOOKABLE_ATTEMPTS, NEW_ID, Attempt, AttemptState
from storage.writes import AttemptMove

CURRENCY = "CNY"
CASE = "legacy_payment"
"""The kind of case about money of the older system that a human must look at."""


@frozen()
class Merchant:
    """Whom the money of the older system was paid to: the same merchant as today."""

    appid: str
    mchid: str


def number_without_payment(order_id: int) -> str:
    """Stands for the payment number of an order that the older system calls paid and knows no payment of."""
    return f"legacy-order-{order_id}"


async def keep_as_case(
    tx: Transaction,
    report: ImportReport,
    payment: LegacyPayment,
    why: str,
    at: int,
    *,
    of_another: bool = False,
) -> None:
    """A payment that no order here can hold. Its money is not in the ledger until a human has decided.

    ``of_another``: its number stands for another payment, whose case it must not share.
    """
    own_number = OUT_TRADE_NO.fullmatch(payment.out_trade_no) and not of_another
    reference = payment.out_trade_no if own_number else f"legacy-{payment.id}"
    if payment.transaction_id:
        report.received_fen += payment.amount_fen
        report.case_fen += payment.amount_fen
    await open_case(tx, reference, None, payment, why, at)
    report.count("app_money", Outcome.CASE)
    report.remark("app_money", payment.id, f"{why}：转为异常，请到商户平台核对")


async def open_case(
    tx: Transaction, reference: str, order_id: int | None, payment: LegacyPayment | None, why: str, at: int
) -> None:
    """Have a human look at money of the older system; a case that is there already stays as it is."""
    evidence: dict[str, str | int] = {"source": "legacy", "why": why}
    if payment is not None:
        evidence |= {
            "legacy_id": payment.id,
            "legacy_order": payment.order_id,
            "out_trade_no": payment.out_trade_no,
            "transaction_id": payment.transaction_id,
            "amount": payment.amount_fen,
        }
    await tx.finance.open_case(CASE, reference, json.dumps(evidence, ensure_ascii=False), at, order_id)


class PaymentImport:
    """Writes the attempts of one order and books what was paid."""

    def __init__(self, tx: Transaction, report: ImportReport, merchant: Merchant, at: int) -> None:
        self._tx = tx
        self._report = report
        self._merchant = merchant
        self._at = at

    async def paid(
        self, order_id: int, openid: str, number: str, transaction_id: str, fen: int, paid_at: int
    ) -> int:
        """A payment that WeChat confirmed, and its ledger entry; the attempt's id. Raises Duplicate."""
        attempt = dataclasses.replace(
            self._attempt(order_id, openid, number, fen, paid_at),
            state=AttemptState.PAID,
            transaction_id=transaction_id or None,
            paid_at=paid_at,
            created_at=paid_at,
        )
        attempt_id = await self._tx.imports.add(attempt)
        self.tally(attempt)
        await self._tx.ledger.book(
            ledger.PAYMENT, number, fen, paid_at, self._at, order_id=order_id, attempt_id=attempt_id
        )
        return attempt_id

    async def paid_since(self, attempt: Attempt, payment: LegacyPayment, paid_at: int) -> None:
        """An attempt that an earlier run knew no payment of is paid now."""
        moved = await self._tx.attempts.move(
            attempt.id,
            (*BOOKABLE_ATTEMPTS, AttemptState.MISMATCH),
            AttemptState.PAID,
            self._at,
            AttemptMove(transaction_id=payment.transaction_id, paid_at=paid_at, last_error=""),
        )
        must_have_changed(
            moved
        )  # every state but that of a paid one is listed, and nobody else writes here now
        await ledger.book_payment(self._tx, attempt, paid_at, self._at)
        self.tally(dataclasses.replace(attempt, paid_at=paid_at))

    def tally(self, attempt: Attempt | None) -> None:
        """Count the money of an attempt that stands in the ledger, from this run or an earlier one."""
        if attempt is not None and attempt.paid_at is not None:
            self._report.received_fen += attempt.amount_fen
            self._report.booked_fen += attempt.amount_fen

    async def unconfirmed(
        self, order_id: int, openid: str, payment: LegacyPayment, *, open_now: bool
    ) -> None:
        """A number that was given out and of which no payment is known. WeChat is asked while it could still pay the
        order (``open_now``); otherwise it is closed, and money that comes in on it all the same is booked.

        It was given out at the moment of its row: what WeChat does not know of it by now never arrived there, and
        does not keep its user from paying again."""
        expires_at = min(payment.paid_at or self._at, self._at)
        attempt = self._attempt(order_id, openid, payment.out_trade_no, payment.amount_fen, expires_at)
        if open_now:
            attempt = dataclasses.replace(
                attempt, state=AttemptState.UNKNOWN, open_order_id=order_id, next_query_at=self._at
            )
        await self._tx.imports.add(attempt)

    def _attempt(self, order_id: int, openid: str, number: str, fen: int, expires_at: int) -> Attempt:
        """An attempt that has ended without a payment."""
        return Attempt(
            id=NEW_ID,
            order_id=order_id,
            open_order_id=None,
            out_trade_no=number,
            state=AttemptState.CLOSED,
            amount_fen=fen,
            currency=CURRENCY,
            openid=openid,
            appid=self._merchant.appid,
            mchid=self._merchant.mchid,
            description="旧系统的订单",
            notify_url="",
            expires_at=expires_at,
            prepay_id="",
            prepay_at=None,
            transaction_id=None,
            paid_at=None,
            query_count=0,
            next_query_at=None,
            claimed_until=0,
            last_error="",
            created_at=self._at,
            updated_at=self._at,
        )
