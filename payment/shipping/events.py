"""What WeChat pushes about shipping. Events may come twice, late, in any order or never: they fill in times, and make
WeChat be asked sooner; what a payment's state is, its answer says."""

from __future__ import annotations

import re
from typing import Any

from clock import SECOND
from payment.shipping.following import FOLLOWED
from storage import Transaction
from storage.models import Shipment, ShipmentState
from storage.writes import ShipmentMove, TradeManagementChange
from wechat.push.events import PushedEvent

_SECONDS = re.compile(r"[0-9]{9,11}", re.ASCII)
_METHOD = re.compile(r"[0-9]{1,3}", re.ASCII)
_NUMBER = re.compile(r"[0-9A-Za-z_\-|*]{6,64}", re.ASCII)
EVERY_STATE = tuple(ShipmentState)


async def asked_to_report(tx: Transaction, event: PushedEvent) -> None:
    """``trade_manage_remind_access_api``: WeChat wants the payments of this account to be reported."""
    known = await tx.trade_management.get()
    at = max(event.created_at, known.access_reminded_at or 0)
    await tx.trade_management.change(TradeManagementChange(access_reminded_at=at, due_at=0))


async def trade_controlled(tx: Transaction, event: PushedEvent) -> None:
    """``wxa_trade_controlled``: WeChat restricts the account's trade; what it says about it is asked for."""
    known = await tx.trade_management.get()
    at = max(event.created_at, known.controlled_at or 0)
    await tx.trade_management.change(TradeManagementChange(controlled_at=at, due_at=0))


async def reminded(tx: Transaction, event: PushedEvent) -> None:
    """``trade_manage_remind_shipping``: WeChat waits for the report of a payment since 48 hours."""
    shipment = await _shipment_of(tx, event)
    if shipment is None:
        return
    at = max(event.created_at, shipment.reminded_at or 0)
    await tx.shipments.move(shipment.id, EVERY_STATE, ShipmentMove(reminded_at=at), event.created_at)
    await tx.shipments.make_due(shipment.id, FOLLOWED, event.created_at)


async def settlement(tx: Transaction, event: PushedEvent) -> None:
    """``trade_manage_order_settlement``: a payment is shipped, or its money is settled. Times may be missing."""
    shipment = await _shipment_of(tx, event)
    if shipment is None:
        return
    told: dict[str, Any] = {}
    for column, name in (
        ("estimated_settlement_at", "estimated_settlement_time"),
        ("confirmed_at", "confirm_receive_time"),
        ("settled_at", "settlement_time"),
    ):
        if (at := _moment(event, name)) is not None:
            told[column] = at
    method = event.fields.get("confirm_receive_method")
    if isinstance(method, str) and _METHOD.fullmatch(method):
        told["confirm_method"] = int(method)
    if told:
        await tx.shipments.move(shipment.id, EVERY_STATE, ShipmentMove(**told), event.created_at)
    await tx.shipments.make_due(shipment.id, FOLLOWED, event.created_at)


async def _shipment_of(tx: Transaction, event: PushedEvent) -> Shipment | None:
    """None: a payment that is not ours, or that nothing is reported about."""
    number, ours = event.fields.get("transaction_id"), event.fields.get("merchant_trade_no")
    attempt = None
    if isinstance(number, str) and _NUMBER.fullmatch(number):
        attempt = await tx.attempts.by_transaction(number)
    if attempt is None and isinstance(ours, str) and _NUMBER.fullmatch(ours):
        attempt = await tx.attempts.by_number(ours)
    return None if attempt is None else await tx.shipments.of_attempt(attempt.id)


def _moment(event: PushedEvent, name: str) -> int | None:
    """A time in ms, from unix seconds; None for 0, for nothing, and for what is no time."""
    value = event.fields.get(name)
    return int(value) * SECOND if isinstance(value, str) and _SECONDS.fullmatch(value) else None
