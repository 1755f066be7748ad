"""What is written about shipments."""

from __future__ import annotations

from frozen_dataclasses import frozen
from storage.writes.base import KEPT, Kept


@frozen(slots=True)
class NewShipment:
    """A payment that WeChat will be told of. A visit after ``declare_after_date`` is declared as presale."""

    attempt_id: int
    order_id: int
    paid_at: int
    declare_after_date: str


@frozen(slots=True)
class ShipmentMove:
    """A change of a shipment; ``next_at`` None: nothing is left to do by itself."""

    state: str | Kept = KEPT
    declared_date: str | Kept = KEPT
    declaration_code: int | Kept | None = KEPT
    by_hand: bool | Kept = KEPT
    uploads: int | Kept = KEPT
    upload_time: int | Kept = KEPT
    tries: int | Kept = KEPT
    next_at: int | Kept | None = KEPT
    claimed_until: int | Kept = KEPT
    last_code: int | Kept | None = KEPT
    last_error: str | Kept = KEPT
    wechat_state: int | Kept = KEPT
    in_complaint: bool | Kept = KEPT
    reminded_at: int | Kept = KEPT
    shipped_at: int | Kept = KEPT
    estimated_settlement_at: int | Kept = KEPT
    confirm_method: int | Kept = KEPT
    confirmed_at: int | Kept = KEPT
    settled_at: int | Kept = KEPT


@frozen(slots=True)
class TradeManagementChange:
    managed: bool | Kept = KEPT
    completed: bool | Kept = KEPT
    managed_since: int | Kept | None = KEPT
    answered_at: int | Kept = KEPT
    due_at: int | Kept = KEPT
    failed_at: int | Kept | None = KEPT
    last_error: str | Kept = KEPT
    access_reminded_at: int | Kept = KEPT
    controlled_at: int | Kept = KEPT
