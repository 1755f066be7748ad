"""What the repositories speak in: frozen dataclasses, one per table, their fields in the order of its columns.

``*_at`` is ms since the epoch (UTC), ``*_fen`` an amount in fen, ``*_date`` a Shanghai calendar day ``YYYY-MM-DD``.
"""

from __future__ import annotations

from storage.models.administrators import (
    Administrator,
    AdminSession,
    AuditEntry,
    FailureKind,
    PasswordFailures,
    Role,
)
from storage.models.catalog import (
    CATALOG_TABLES,
    PICTURE_COLUMNS,
    Banner,
    Expert,
    Hospital,
    Service,
    Showcase,
)
from storage.models.operations import Alarm, Job, OutboxMessage, RateLimit
from storage.models.orders import (
    DISPLAY_RANK,
    ORDERS_BY_VISIT,
    ORDERS_UNDER_WAY,
    SETTLED_ORDERS,
    SYSTEM,
    UNSERVED,
    WECHAT,
    Actor,
    Ending,
    Order,
    OrderState,
    OrderStep,
)
from storage.models.payments import (
    PAYMENT_MISMATCH,
    RESERVING,
    Attempt,
    AttemptState,
    Bill,
    FinanceCase,
    LedgerEntry,
    PaymentEvent,
    Refund,
    RefundKind,
    RefundState,
)
from storage.models.people import (
    Escort,
    EscortBooking,
    EscortState,
    Patient,
    Reapplication,
    SentIn,
    Session,
    User,
)

__all__ = [
    "CATALOG_TABLES",
    "DISPLAY_RANK",
    "NEW_ID",
    "ORDERS_BY_VISIT",
    "ORDERS_UNDER_WAY",
    "PAYMENT_MISMATCH",
    "PICTURE_COLUMNS",
    "RESERVING",
    "SETTLED_ORDERS",
    "SYSTEM",
    "UNSERVED",
    "WECHAT",
    "Actor",
    "AdminSession",
    "Administrator",
    "Alarm",
    "Attempt",
    "AttemptState",
    "AuditEntry",
    "Banner",
    "Bill",
    "Ending",
    "Escort",
    "EscortBooking",
    "EscortState",
    "Expert",
    "FailureKind",
    "FinanceCase",
    "Hospital",
    "Job",
    "LedgerEntry",
    "Order",
    "OrderState",
    "OrderStep",
    "OutboxMessage",
    "PasswordFailures",
    "Patient",
    "PaymentEvent",
    "RateLimit",
    "Reapplication",
    "Refund",
    "RefundKind",
    "RefundState",
    "Role",
    "SentIn",
    "Service",
    "Session",
    "Showcase",
    "User",
]

NEW_ID = 0
"""As the id of a row that is inserted as it is: let the database choose one."""
