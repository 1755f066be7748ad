"""Every row that tells of money, and the stand-in's records beside them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from sandbox.state import Order as Charge
from sandbox.state import Refund as Payback
from storage.models import (
    Attempt,
    EscortBooking,
    FinanceCase,
    LedgerEntry,
    OfflineEntry,
    Order,
    OrderStep,
    PaymentEvent,
    Refund,
    Supplement,
)
from storage.repositories.base import Mapped
from tests.model.system import System

TABLES: dict[str, Mapped[Any]] = {
    "orders": Mapped("orders", Order),
    "steps": Mapped("order_history", OrderStep),
    "attempts": Mapped("payment_attempts", Attempt),
    "refunds": Mapped("refunds", Refund),
    "ledger": Mapped("ledger", LedgerEntry),
    "cases": Mapped("finance_cases", FinanceCase),
    "events": Mapped("payment_events", PaymentEvent),
    "offline": Mapped("offline_entries", OfflineEntry),
    "supplements": Mapped("supplements", Supplement),
    "bookings": Mapped("escort_bookings", EscortBooking),
}


@dataclass
class Books:
    """Every row that tells of money, at one moment, and the stand-in's records beside them."""

    orders: list[Order]
    steps: list[OrderStep]
    attempts: list[Attempt]
    refunds: list[Refund]
    ledger: list[LedgerEntry]
    cases: list[FinanceCase]
    events: list[PaymentEvent]
    offline: list[OfflineEntry]
    supplements: list[Supplement]
    bookings: list[EscortBooking]
    charges: dict[str, Charge]
    paybacks: dict[str, Payback]
    attempt_of: dict[str, Attempt] = field(init=False)
    refund_of: dict[str, Refund] = field(init=False)
    booked: dict[tuple[str, str], int] = field(init=False)

    def __post_init__(self) -> None:
        self.attempt_of = {attempt.out_trade_no: attempt for attempt in self.attempts}
        self.refund_of = {refund.out_refund_no: refund for refund in self.refunds}
        self.booked = {(entry.kind, entry.reference): entry.amount_fen for entry in self.ledger}

    @property
    def holders(self) -> set[int | None]:
        """The attempts whose money pays an order or a supplement."""
        orders = {order.paid_attempt_id for order in self.orders}
        return orders | {supplement.paid_attempt_id for supplement in self.supplements}

    def case(self, *kinds: str, reference: str, state: str = "") -> bool:
        """Has a human been told? An open case, or one that a human has closed; or in ``state`` alone."""
        return any(
            case.kind in kinds and case.reference == reference and state in ("", case.state)
            for case in self.cases
        )

    def refunds_of(self, attempt: Attempt, states: tuple[str, ...]) -> int:
        return sum(r.amount_fen for r in self.refunds if r.attempt_id == attempt.id and r.state in states)


async def read_books(system: System) -> Books:
    """All tables side by side: nobody writes meanwhile, and on MariaDB each question takes a while."""
    found = await asyncio.gather(*(_rows(system, table) for table in TABLES.values()))
    state = system.sandbox.context.state
    return Books(**dict(zip(TABLES, found, strict=True)), charges=state.orders, paybacks=state.refunds)


async def _rows(system: System, table: Mapped[Any]) -> list[Any]:
    async with system.storage.reading() as reader:
        order = "order_id" if table is TABLES["bookings"] else "id"
        return table.all(await reader.connection.fetch_all(f"{table.select} ORDER BY {order}"))
