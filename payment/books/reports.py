"""What the owner reads of the books: months beside each other, by hospital, service or escort.

The same sums as the accountant's months: each report adds up to the ledger.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from payment.books.months import RECEIPTS, Month, Totals, span_of
from storage import Storage
from storage.views import BookSum

MONTHS = 12
BY = ("service", "hospital", "escort")


@dataclass
class Cell:
    """A row in a month."""

    totals: Totals = field(default_factory=Totals)
    orders: int = 0
    """How many orders were paid."""


@dataclass
class ReportRow:
    """A hospital, service or escort in every month of the report."""

    name: str
    cells: list[Cell]

    @property
    def total(self) -> Cell:
        return _added(self.cells)


@dataclass
class Report:
    months: list[Month]
    rows: list[ReportRow]

    @property
    def sums(self) -> list[Cell]:
        """Of all rows, month by month."""
        return [_added([row.cells[place] for row in self.rows]) for place in range(len(self.months))]

    @property
    def total(self) -> Cell:
        return _added(self.sums)


def _added(cells: list[Cell]) -> Cell:
    added = Cell(orders=sum(cell.orders for cell in cells))
    for name in vars(added.totals):
        setattr(added.totals, name, sum(getattr(cell.totals, name) for cell in cells))
    return added


async def read_report(storage: Storage, last: Month, by: str, name: Callable[[BookSum], str]) -> Report:
    """The twelve months up to ``last``, by one of ``BY``; ``name``: what a row is called. Each month is read in a
    transaction of its own, so that other requests are served in between."""
    months = [last.shifted(-back) for back in reversed(range(MONTHS))]
    rows: dict[str, ReportRow] = {}
    for place, month in enumerate(months):
        async with storage.reading() as reader:
            sums = await reader.books.sums(await span_of(reader, month), (by,))
        for entry in sums:
            called = name(entry)
            row = rows.setdefault(called, ReportRow(called, [Cell() for _ in months]))
            row.cells[place].totals.add(entry)
            if entry.kind in RECEIPTS and not entry.supplement:
                row.cells[place].orders += entry.orders
    found = sorted(rows.values(), key=lambda row: (-row.total.totals.net_fen, row.name))
    return Report(months, found)
