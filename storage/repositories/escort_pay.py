"""Rules of pay, earnings, monthly statements; months whose books are closed."""

from __future__ import annotations

from dataclasses import asdict

from storage.models import ClosedMonth, Earning, PayRule, PayStatement, PayStatementLine
from storage.repositories.base import Mapped, Repository

_RULES = Mapped("pay_rules", PayRule)
_EARNINGS = Mapped("earnings", Earning)
_STATEMENTS = Mapped("pay_statements", PayStatement)
_LINES = Mapped("pay_statement_lines", PayStatementLine)
_MONTHS = Mapped("closed_months", ClosedMonth)


class EscortPay(Repository):
    async def statement(self, statement_id: int) -> PayStatement | None:
        row = await self.connection.fetch_one(f"{_STATEMENTS.select} WHERE id = :id", {"id": statement_id})
        return _STATEMENTS.one(row)


class Months(Repository):
    async def closed(self, month: str) -> ClosedMonth | None:
        row = await self.connection.fetch_one(f"{_MONTHS.select} WHERE month = :month", {"month": month})
        return _MONTHS.one(row)

    async def all(self) -> list[ClosedMonth]:
        """Oldest first."""
        return _MONTHS.all(await self.connection.fetch_all(f"{_MONTHS.select} ORDER BY month"))

    async def close(self, month: ClosedMonth) -> None:
        """Raises Duplicate when it is closed already."""
        await self._insert("closed_months", asdict(month))
