"""The cash sheet of a day: money outside of WeChat that was received, reversed and paid back, by method and by who
handled it. Its sums are those of the ledger, to the fen.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from clock import day_bounds
from payment.books.ledger import OFFLINE_PAYMENT, OFFLINE_REFUND
from storage import Reader
from storage.models import OfflineEntry, OfflineKind


@dataclass
class Sums:
    """In fen: received is positive, reversed and refunded negative."""

    received_fen: int = 0
    reversed_fen: int = 0
    refunded_fen: int = 0
    count: int = 0

    @property
    def total_fen(self) -> int:
        return self.received_fen + self.reversed_fen + self.refunded_fen

    def add(self, entry: OfflineEntry) -> None:
        self.count += 1
        if entry.kind == OfflineKind.RECEIPT:
            self.received_fen += entry.amount_fen
        elif entry.kind == OfflineKind.REVERSAL:
            self.reversed_fen += entry.amount_fen
        else:
            self.refunded_fen += entry.amount_fen


@dataclass
class CashSheet:
    """``by_method`` and ``by_person`` have the same sum as ``all``."""

    day: str
    entries: list[OfflineEntry]
    by_method: dict[str, Sums] = field(default_factory=dict)
    by_person: dict[tuple[str, str], Sums] = field(default_factory=dict)
    """By who handled it, and the method."""
    all: Sums = field(default_factory=Sums)
    ledger_fen: int = 0
    """What the ledger holds of the day."""

    @property
    def agrees(self) -> bool:
        return self.all.total_fen == self.ledger_fen


async def cash_sheet(reader: Reader, day: str) -> CashSheet:
    """Of a Shanghai day, by when the money changed hands; a reversal counts on the day on which it was made."""
    first_at, last_at = day_bounds(day)
    sheet = CashSheet(day, await reader.offline.between(first_at, last_at))
    for entry in sheet.entries:
        sheet.by_method.setdefault(entry.method, Sums()).add(entry)
        sheet.by_person.setdefault((entry.handled_by, entry.method), Sums()).add(entry)
        sheet.all.add(entry)
    daily = await reader.desk.daily(first_at, last_at)
    sheet.ledger_fen = sum(
        total for (_, kind), (_, total) in daily.items() if kind in (OFFLINE_PAYMENT, OFFLINE_REFUND)
    )
    return sheet
