"""The ledger, and what it has to agree with."""

from __future__ import annotations

from storage.models import LedgerEntry
from storage.repositories.base import Mapped, Repository

_LEDGER = Mapped("ledger", LedgerEntry)
_AT_WECHAT = "t.attempt_id IN (SELECT id FROM payment_attempts WHERE channel = 'wechat')"
"""Of a refund ``t``."""


class Ledger(Repository):
    async def book(
        self,
        kind: str,
        reference: str,
        amount_fen: int,
        occurred_at: int,
        booked_at: int,
        *,
        order_id: int | None = None,
        attempt_id: int | None = None,
        refund_id: int | None = None,
    ) -> None:
        """Append a movement of money. Raises Duplicate when this movement is booked already."""
        await self._insert(
            "ledger",
            {
                "kind": kind,
                "reference": reference,
                "amount_fen": amount_fen,
                "order_id": order_id,
                "attempt_id": attempt_id,
                "refund_id": refund_id,
                "occurred_at": occurred_at,
                "booked_at": booked_at,
            },
        )

    async def totals(self) -> dict[str, int]:
        """Sum per kind, in fen."""
        rows = await self.connection.fetch_all("SELECT kind, SUM(amount_fen) FROM ledger GROUP BY kind")
        return {str(kind): int(total) for kind, total in rows}

    async def first_booked_at(self) -> int | None:
        """When the first movement at WeChat was booked here, however old it is itself; None while there is none."""
        row = await self.connection.fetch_one(
            f"SELECT booked_at FROM ledger{self.connection.index_hint()} "
            "WHERE kind IN ('payment', 'refund', 'fee') ORDER BY id LIMIT 1"
        )
        return int(row[0]) if row else None

    async def of_order(self, order_id: int) -> list[LedgerEntry]:
        rows = await self.connection.fetch_all(
            f"{_LEDGER.select} WHERE order_id = :id ORDER BY id", {"id": order_id}
        )
        return _LEDGER.all(rows)

    async def after(self, last_id: int, limit: int) -> list[LedgerEntry]:
        """A page of the whole ledger by id."""
        return await self._oldest(_LEDGER, [], {}, last_id, limit)

    async def unbalanced(self) -> list[str]:
        """Payments and refunds at WeChat that the ledger does not mirror, in words; empty when everything agrees."""
        problems = []
        for table, kind, sign, paid in (
            ("payment_attempts", "payment", 1, "t.paid_at IS NOT NULL AND t.channel = 'wechat'"),
            ("refunds", "refund", -1, f"t.state = 'succeeded' AND {_AT_WECHAT}"),
        ):
            column = "attempt_id" if kind == "payment" else "refund_id"
            rows = await self.connection.fetch_all(
                f"SELECT t.id FROM {table} t LEFT JOIN ledger l ON l.{column} = t.id AND l.kind = :kind "
                f"WHERE {paid} AND (l.id IS NULL OR l.amount_fen <> :sign * t.amount_fen)",
                {"kind": kind, "sign": sign},
            )
            problems += [f"{kind} {row[0]} is not in the ledger with its amount" for row in rows]
            rows = await self.connection.fetch_all(
                f"SELECT l.id FROM ledger l LEFT JOIN {table} t ON t.id = l.{column} AND {paid} "
                "WHERE l.kind = :kind AND t.id IS NULL",
                {"kind": kind},
            )
            problems += [f"ledger entry {row[0]} has no {kind} behind it" for row in rows]
        return problems

    async def payables_out_of_balance(self) -> list[str]:
        """Orders and supplements whose paid or refunded sum is not what the ledger holds for the attempt that paid
        them, or that another's attempt paid."""
        problems = []
        for table, name in (("orders", "order"), ("supplements", "supplement")):
            for kind, column, sign in (("payment", "paid_fen", 1), ("refund", "refunded_fen", -1)):
                rows = await self.connection.fetch_all(
                    f"SELECT p.id FROM {table} p LEFT JOIN ledger l ON l.attempt_id = p.paid_attempt_id "
                    "AND l.kind IN (:kind, :offline) WHERE p.paid_attempt_id IS NOT NULL "
                    f"GROUP BY p.id, p.{column} HAVING p.{column} <> :sign * COALESCE(SUM(l.amount_fen), 0)",
                    {"kind": kind, "offline": f"offline_{kind}", "sign": sign},
                )
                problems += [f"{name} {row[0]} has another {column} than the ledger" for row in rows]
        for name, sql in (
            (
                "order",
                "SELECT id FROM orders WHERE (paid_attempt_id IS NULL) <> (paid_at IS NULL) "
                "OR (paid_at IS NULL AND state NOT IN ('unpaid', 'cancelled'))",
            ),
            (
                "supplement",
                "SELECT s.id FROM supplements s LEFT JOIN payment_attempts a ON a.id = s.paid_attempt_id "
                "WHERE (s.state = 'paid') <> (s.paid_at IS NOT NULL) OR (s.state = 'paid') <> (a.id IS NOT NULL) "
                "OR (a.id IS NOT NULL AND (a.supplement_id IS NULL OR a.supplement_id <> s.id))",
            ),
        ):
            rows = await self.connection.fetch_all(sql)
            problems += [f"{name} {row[0]} is not unpaid but has no payment" for row in rows]
        return problems
