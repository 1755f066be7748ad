"""What the parts of shipping share: storage, WeChat, settings, time; and how a person is told that one is needed."""

from __future__ import annotations

import json
import logging

from clock import DAY, HOUR, MINUTE, SECOND, Clock
from config import Settings
from frozen_dataclasses import frozen
from payment.reopened_cases import update_case
from storage import Storage, Transaction
from storage.models import Attempt, Shipment
from wechat.shipping import PaymentKey, ShippingCalls

logger = logging.getLogger("hospital.payment.shipping")

CLAIM = 3 * MINUTE
"""Longer than the calls of one try may take together."""
BUSY_PAUSES = (10 * SECOND, MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE, *[HOUR] * 24)
UNKNOWN_PAUSES = (MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 30 * MINUTE, *[HOUR] * 12)
"""How long to wait after each try in a row that brought nothing; after the last a person is told."""
NOT_PERMITTED_PAUSE = HOUR
RECHECK = DAY
"""What waits for a person is looked at so often: it may have been dealt with at WeChat."""
FAILED = "shipment_failed"
UNSETTLED = "shipment_unsettled"
PRESALE_REFUSED = "presale_refused"
"""The kinds of cases."""


@frozen()
class ShippingContext:
    storage: Storage
    calls: ShippingCalls
    settings: Settings
    clock: Clock


def key_of(attempt: Attempt) -> PaymentKey:
    return PaymentKey(attempt.mchid, attempt.out_trade_no, attempt.transaction_id)


@frozen()
class Problem:
    """Why a person must look: the kind of the case, WeChat's code where there was one, a sentence."""

    kind: str
    code: int | None
    why: str


async def open_case(tx: Transaction, problem: Problem, shipment: Shipment, attempt: Attempt, at: int) -> None:
    """A person must look at this payment; a case that was closed is opened again, as it is news."""
    detail = {"code": problem.code, "why": problem.why}
    number = attempt.out_trade_no
    text = json.dumps(detail, ensure_ascii=False)
    if not await tx.finance.open_case(problem.kind, number, text, at, shipment.order_id):
        known = await tx.finance.case_about(problem.kind, number)
        if known is None or known.state == "open":
            return
        await update_case(tx, known, detail, at)
    logger.error(
        "%s: shipment %d of order %d, code %s: case opened",
        problem.kind,
        shipment.id,
        shipment.order_id,
        problem.code,
    )
