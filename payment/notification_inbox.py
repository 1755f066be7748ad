"""Notifications: one short transaction holds the event and all that follows from it; then WeChat gets its 204.

Nothing external happens inside, and it is bounded in time: WeChat waits five seconds. A failure of the database
leaves nothing behind and is answered 5xx, so WeChat sends it again. The same event twice changes nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

import orjson

from payment.context import Context
from payment.evidence import Source
from payment.refunds.outcome import apply_refund
from payment.settlement import apply_transaction
from payment.transfers.outcome import apply_transfer
from payment.wechatpay.notification import (
    COMPLAINT,
    Event,
    read_complaint,
    read_refund,
    read_transaction,
    read_transfer,
)
from storage import Duplicate, StorageUnavailable, Transaction

logger = logging.getLogger("hospital.payment.notification_inbox")

ANSWER_SECONDS = 4.0
"""WeChat gives up after five; the rest is for the network."""


class Verifier(Protocol):
    """The part of ``payment.wechatpay.notification.NotificationVerifier`` that is used here."""

    def open(self, headers: Mapping[str, str], body: bytes) -> Event: ...


class _AlreadyApplied(Exception):
    """This event is applied already: roll back, and tell WeChat that all is well."""


Apply = Callable[[Transaction], Awaitable[str]]


async def _store_only(tx: Transaction) -> str:
    """What an event of a type that does not act comes to: evidence, and nothing else."""
    return "ignored"


class NotificationInbox:
    def __init__(self, context: Context, verifier: Verifier) -> None:
        self._context = context
        self._verifier = verifier

    async def accept(self, headers: Mapping[str, str], body: bytes) -> str:
        """Verify a notification of any kind and apply it; what came of it, for the log.

        Raises NotificationRefused (answer its ``http_status``) and StorageError (answer 5xx: WeChat sends it again).
        """
        event = self._verifier.open(headers, body)
        reference, apply = self._read(event)
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                outcome = await self._context.storage.run(
                    lambda tx: self._record(tx, event, reference, apply)
                )
        except _AlreadyApplied:
            outcome = "seen"
        except TimeoutError as error:
            raise StorageUnavailable("a notification could not be saved in time") from error
        if outcome == "surplus":
            self._context.wake.set()
        logger.info("notification %s of %s: %s", event.event_type, reference, outcome)
        return outcome

    def _read(self, event: Event) -> tuple[str, Apply]:
        at = self._context.clock()
        if event.original_type == COMPLAINT and self._context.settings.pay.complaints:
            number = read_complaint(event)

            async def hear(tx: Transaction) -> str:
                await tx.wechat_complaints.hear(number, at)
                return "heard"

            return number, hear
        if not event.acts:
            return event.reference, _store_only
        if event.original_type == "transaction":
            payment = read_transaction(event)

            async def settle(tx: Transaction) -> str:
                rules = self._context.day_rules
                return str(await apply_transaction(tx, payment, Source.NOTIFICATION, at, rules))

            return payment.out_trade_no, settle
        if event.original_type == "mch_payment":
            transfer = read_transfer(event)

            async def end(tx: Transaction) -> str:
                return str(await apply_transfer(tx, transfer, Source.NOTIFICATION, at) or "unknown_number")

            return transfer.out_bill_no, end
        result = read_refund(event)

        async def refund(tx: Transaction) -> str:
            return str(await apply_refund(tx, result, Source.NOTIFICATION, at) or "unknown_number")

        return result.out_refund_no, refund

    async def _record(self, tx: Transaction, event: Event, reference: str, apply: Apply) -> str:
        if await tx.payment_events.seen(event.id):
            raise _AlreadyApplied
        outcome = await apply(tx)
        text = orjson.dumps(dict(event.resource)).decode()
        try:
            await tx.payment_events.add(
                event.id, event.event_type, reference, text, outcome, self._context.clock()
            )
        except Duplicate as error:  # the same event, at the same moment, was quicker
            raise _AlreadyApplied from error
        return outcome
