"""What the administrators' desk asks of many tables: today's numbers, what waits for a hand, lists about money."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from storage.filters import MoneyFilter
from storage.models import (
    PAYMENT_MISMATCH,
    Attempt,
    Channel,
    EscortState,
    OrderState,
    Refund,
    RefundState,
)
from storage.repositories.base import Mapped, Repository, in_list
from storage.repositories.finance import OTHER_CASES
from storage.views import WaitingCounts

_ATTEMPTS = Mapped("payment_attempts", Attempt)
_REFUNDS = Mapped("refunds", Refund)
DAY_MS = 86_400_000


class Desk(Repository):
    async def waiting(self) -> WaitingCounts:
        count = self._count
        by_state = "SELECT COUNT(*) FROM {} WHERE state = :state"
        open_cases = "SELECT COUNT(*) FROM finance_cases WHERE state = :state AND "
        return WaitingCounts(
            await count(by_state.format("refunds"), {"state": RefundState.REQUESTED}),
            await count(by_state.format("refunds"), {"state": RefundState.ABNORMAL}),
            await count(open_cases + "kind = :kind", {"state": "open", "kind": PAYMENT_MISMATCH}),
            await count(open_cases + OTHER_CASES, {"state": "open"}),
            await count(
                "SELECT COUNT(*) FROM (SELECT id FROM escorts WHERE state = :state "
                "UNION SELECT escort_id FROM escort_applications "
                "UNION SELECT escort_id FROM escort_profiles WHERE proposed_at IS NOT NULL) waiting",
                {"state": EscortState.PENDING},
            ),
            await count(
                "SELECT COUNT(*) FROM refunds r JOIN payment_attempts a ON a.id = r.attempt_id "
                "WHERE r.state = :state AND a.channel = :channel",
                {"state": RefundState.APPROVED, "channel": Channel.OFFLINE},
            ),
        )

    async def orders_between(self, first_at: int, last_at: int) -> int:
        """Orders made in [first_at, last_at)."""
        return await self._count(
            "SELECT COUNT(*) FROM orders WHERE created_at >= :first AND created_at < :last",
            {"first": first_at, "last": last_at},
        )

    async def daily(self, first_at: int, last_at: int) -> dict[tuple[int, str], tuple[int, int]]:
        """Per day, of which ``first_at`` is the first ms, and kind of movement: how many, and their sum in fen."""
        starts = range(first_at, last_at, DAY_MS)
        # One short walk along the index per day: a single GROUP BY over the days would sort all of their rows.
        rows = await self.connection.fetch_all(
            " UNION ALL ".join(
                f"SELECT {number} AS number, kind, COUNT(*), SUM(amount_fen) FROM ledger "
                f"WHERE occurred_at >= :at_{number} AND occurred_at < :at_{number + 1} GROUP BY kind"
                for number in range(len(starts))
            ),
            {f"at_{number}": first_at + number * DAY_MS for number in range(len(starts) + 1)},
        )
        return {(starts[int(row[0])], str(row[1])): (int(row[2]), int(row[3])) for row in rows}

    # Payments

    async def money_page(
        self, wanted: MoneyFilter, before: tuple[int, int] | None, limit: int
    ) -> list[tuple[Attempt, str, int | None]]:
        """Attempts, newest first, each with the patient's name and the id of the case that says why it does not
        agree, if it does not; ``before``: (moment, id) of the last row seen."""
        if before is not None:  # one bound above: with two, SQLite starts at the first one that it finds
            end = before[0] + 1
            wanted = replace(wanted, last_at=end if wanted.last_at is None else min(wanted.last_at, end))
        where, values = await self._money(wanted)
        moment = f"a.{wanted.moment}"
        values |= {"limit": limit, "kind": PAYMENT_MISMATCH}
        if before is not None:
            where.append(f"({moment} < :moment OR a.id < :id)")
            values |= {"moment": before[0], "id": before[1]}
        rows = await self.connection.fetch_all(
            f"SELECT {_ATTEMPTS.aliased('a')}, o.patient_name, c.id FROM payment_attempts a{self._index_hint(wanted)} "
            "JOIN orders o ON o.id = a.order_id "
            "LEFT JOIN finance_cases c ON c.kind = :kind AND c.reference = a.out_trade_no "
            f"WHERE {' AND '.join(where)} "
            f"ORDER BY {moment} DESC, a.id DESC LIMIT :limit",
            values,
        )
        return [(_ATTEMPTS.all([row[:-2]])[0], str(row[-2]), row[-1]) for row in rows]

    async def money_sum(self, wanted: MoneyFilter) -> tuple[int, int] | None:
        """How many the filter shows, and their sum in fen; None when they are more than ``max_summed``."""
        where, values = await self._money(wanted)
        row = await self.connection.fetch_one(
            "SELECT COUNT(*), SUM(amount_fen) FROM "
            f"(SELECT a.amount_fen FROM payment_attempts a{self._index_hint(wanted)} WHERE {' AND '.join(where)} "
            "LIMIT :most) summed",
            {**values, "most": wanted.max_summed + 1},
        )
        count, total = (int(row[0]), int(row[1] or 0)) if row else (0, 0)
        return (count, total) if count <= wanted.max_summed else None

    def _index_hint(self, wanted: MoneyFilter) -> str:
        if wanted.number:
            return self.connection.index_hint()
        if wanted.moment == "paid_at":
            return self.connection.index_hint("ix_payment_attempts_paid_at_id_state_amount_fen")
        return self.connection.index_hint("ix_payment_attempts_state_created_at_id_amount_fen")

    async def _money(self, wanted: MoneyFilter) -> tuple[list[str], dict[str, Any]]:
        if wanted.number:
            return await self._by_number(wanted.number)
        where, values = [f"a.{wanted.moment} IS NOT NULL"], dict[str, Any]()
        for sql, name, value in (
            ("a.state = :state", "state", wanted.state),
            (f"a.{wanted.moment} >= :first_at", "first_at", wanted.first_at),
            (f"a.{wanted.moment} < :last_at", "last_at", wanted.last_at),
        ):
            if value:
                where.append(sql)
                values[name] = value
        return where, values

    async def _by_number(self, number: str) -> tuple[list[str], dict[str, Any]]:
        values: dict[str, Any] = {}
        for name, column in (("ours", "out_trade_no"), ("wechats", "transaction_id")):
            values[name] = await self._count(
                f"SELECT id FROM payment_attempts WHERE {column} = :number", {"number": number}
            )
        return ["a.id IN (:ours, :wechats)"], values

    # Refunds

    async def refunds_page(
        self, states: tuple[str, ...], before: int | None, limit: int, channel: str = ""
    ) -> list[tuple[Refund, str, str, int]]:
        """Refunds, newest first, of some states or (empty) all, and of money of one ``Channel`` or (empty) both: with
        patient, visit date, and the amount (fen) of the payment that is refunded."""
        found = []
        # Each state along its index: of several at once, all rows would be read and sorted.
        for state in states or ("",):
            found += await self._refunds_of_state(state, before, limit, channel)
        return sorted(found, key=lambda row: row[0].id, reverse=True)[:limit]

    async def _refunds_of_state(
        self, state: str, before: int | None, limit: int, channel: str
    ) -> list[tuple[Refund, str, str, int]]:
        where, values = ["1 = 1"], dict[str, Any](limit=limit)
        if state:
            where.append("r.state = :state")
            values["state"] = state
        if channel:
            where.append("a.channel = :channel")
            values["channel"] = channel
        if before is not None:
            where.append("r.id < :before")
            values["before"] = before
        hint = self.connection.index_hint("ix_refunds_state_id" if state else "")
        rows = await self.connection.fetch_all(
            f"SELECT {_REFUNDS.aliased('r')}, o.patient_name, o.visit_date, a.amount_fen FROM refunds r{hint} "
            "JOIN orders o ON o.id = r.order_id JOIN payment_attempts a ON a.id = r.attempt_id "
            f"WHERE {' AND '.join(where)} ORDER BY r.id DESC LIMIT :limit",
            values,
        )
        return [(_REFUNDS.all([row[:-3]])[0], str(row[-3]), str(row[-2]), int(row[-1])) for row in rows]

    async def finished_by_escort(self, escort_ids: list[int], first_date: str) -> dict[int, int]:
        """How many orders each of these escorts has finished, of visits from this day on."""
        if not escort_ids:
            return {}
        in_sql, marks = in_list("id", escort_ids)
        rows = await self.connection.fetch_all(
            "SELECT escort_id, COUNT(*) "
            f"FROM orders{self.connection.index_hint('ix_orders_escort_id_state_visit_date_id')} "
            f"WHERE state = :finished AND escort_id IN {in_sql} AND visit_date >= :first GROUP BY escort_id",
            {**marks, "finished": OrderState.FINISHED, "first": first_date},
        )
        return {int(row[0]): int(row[1]) for row in rows}
