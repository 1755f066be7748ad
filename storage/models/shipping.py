"""Shipping (发货信息管理): what WeChat was told about each payment, and whether it asks for that."""

from __future__ import annotations

from enum import IntEnum, StrEnum

from frozen_dataclasses import frozen


class ShipmentState(StrEnum):
    WAITING = "waiting"
    """The service is still to come, or under way."""
    PENDING = "pending"
    """The service is over: to be reported."""
    SHIPPED = "shipped"
    """WeChat has the report; the payer, or the time, confirms it, and the money is settled."""
    SETTLED = "settled"
    REFUNDED = "refunded"
    """Everything was paid back: there is nothing to report, or WeChat says so."""
    WITHHELD = "withheld"
    """Ended without a service, and a part of the money is kept: a person decides whether it is reported."""
    UNKNOWN = "unknown"
    """WeChat does not know the payment; it was made before the account came under trade management."""
    FAILED = "failed"
    """WeChat says no, or the answer makes no sense: for a person."""


UNSHIPPED = (ShipmentState.WAITING, ShipmentState.PENDING, ShipmentState.WITHHELD, ShipmentState.FAILED)
"""WeChat waits for the report of these payments."""


class TradeState(IntEnum):
    """``order_state`` of WeChat's ``get_order``; ``UNKNOWN``: WeChat does not know the payment, or was never asked."""

    UNKNOWN = 0
    TO_SHIP = 1
    SHIPPED = 2
    CONFIRMED = 3
    FINISHED = 4
    REFUNDED = 5
    TO_SETTLE = 6


@frozen(slots=True)
class Shipment:
    """One payment at WeChat, of an order or of a supplement."""

    id: int
    attempt_id: int
    order_id: int
    state: str
    paid_at: int
    declare_after_date: str
    """A visit after this day is declared to WeChat as presale."""
    declared_date: str
    """The visit that WeChat was last told of; empty: none."""
    declaration_code: int | None
    """What WeChat answered then; 0: accepted."""
    by_hand: bool
    """An administrator wants it reported although no service ended."""
    uploads: int
    """Uploads that WeChat has carried out, or may have."""
    upload_time: int | None
    """What the last upload says, the same at each repetition of one that was not carried out."""
    tries: int
    """Tries in a row that brought nothing."""
    next_at: int | None
    claimed_until: int
    last_code: int | None
    last_error: str
    wechat_state: int
    """A ``TradeState``: WeChat's last word."""
    in_complaint: bool
    reminded_at: int | None
    """When WeChat last reminded us of it."""
    shipped_at: int | None
    estimated_settlement_at: int | None
    confirm_method: int | None
    """1 or 2, as WeChat says it. Their meaning is not sure: nothing is decided by it."""
    confirmed_at: int | None
    settled_at: int | None
    created_at: int
    updated_at: int


@frozen(slots=True)
class TradeManagement:
    """What WeChat says about the account, in one row."""

    id: int
    managed: bool
    """Does WeChat hold the money until an order is shipped?"""
    completed: bool
    """Has the merchant number been authorised, so that payments enter?"""
    managed_since: int | None
    """When that was first seen."""
    answered_at: int | None
    """The last answer; None: nothing is known yet."""
    due_at: int
    """When it is to be asked again."""
    failed_at: int | None
    """The last question that brought no answer; None when one came since."""
    last_error: str
    access_reminded_at: int | None
    """When WeChat last asked for shipping to be reported at all."""
    controlled_at: int | None
    """When WeChat last said that it restricts the account's trade."""
