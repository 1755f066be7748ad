"""What can be paid beside the order itself, and money outside of WeChat."""

from __future__ import annotations

from collections.abc import Iterable

from storage.models import UNSETTLED_SUPPLEMENTS, OfflineEntry, Supplement, SupplementState
from storage.repositories.base import Mapped, Repository, in_list
from storage.writes import NewOfflineEntry, NewSupplement, SupplementMove, columns

_SUPPLEMENTS = Mapped("supplements", Supplement)
_OFFLINE = Mapped("offline_entries", OfflineEntry)


class Supplements(Repository):
    async def get(self, supplement_id: int) -> Supplement | None:
        row = await self.connection.fetch_one(f"{_SUPPLEMENTS.select} WHERE id = :id", {"id": supplement_id})
        return _SUPPLEMENTS.one(row)

    async def of_order(self, order_id: int) -> list[Supplement]:
        """Oldest first."""
        rows = await self.connection.fetch_all(
            f"{_SUPPLEMENTS.select} WHERE order_id = :id ORDER BY id", {"id": order_id}
        )
        return _SUPPLEMENTS.all(rows)

    async def of_numbers(self, numbers: set[str]) -> dict[str, int]:
        """Which of these numbers of payments or refunds, ours or WeChat's, are of supplements: their ids."""
        if not numbers:
            return {}
        in_sql, marks = in_list("number", sorted(numbers))
        found: dict[str, int] = {}
        for column in ("a.out_trade_no", "a.transaction_id", "r.out_refund_no"):
            join = "JOIN refunds r ON r.attempt_id = a.id " if column.startswith("r.") else ""
            rows = await self.connection.fetch_all(
                f"SELECT {column}, a.supplement_id FROM payment_attempts a {join}"
                f"WHERE {column} IN {in_sql} AND a.supplement_id IS NOT NULL",
                marks,
            )
            found |= {str(row[0]): int(row[1]) for row in rows}
        return found

    async def of_action(self, by_kind: str, by: int, action_id: str) -> Supplement | None:
        """What this action of an escort or an administrator has made."""
        row = await self.connection.fetch_one(
            f"{_SUPPLEMENTS.select} "
            "WHERE proposed_by_kind = :kind AND proposed_by = :by AND action_id = :action",
            {"kind": by_kind, "by": by, "action": action_id},
        )
        return _SUPPLEMENTS.one(row)

    async def add(self, supplement: NewSupplement) -> int:
        """Its id. Raises Duplicate when the action has made one already."""
        return await self._insert(_SUPPLEMENTS.table, columns(supplement))

    async def move(
        self, supplement: Supplement, to: SupplementState, at: int, changes: SupplementMove
    ) -> bool:
        """Take it from the state in which it was read to another one; False when it has left that meanwhile."""
        done = await self._update(
            _SUPPLEMENTS.table,
            {**columns(changes), "state": to, "updated_at": at},
            "id = :id AND state = :from_state AND paid_fen = 0",
            {"id": supplement.id, "from_state": supplement.state},
        )
        return done == 1

    async def set_receipt(self, supplement_id: int, file: str, at: int) -> bool:
        """Add the photo of the receipt, once, while it is not settled."""
        in_sql, marks = in_list("state", UNSETTLED_SUPPLEMENTS)
        done = await self._update(
            _SUPPLEMENTS.table,
            {"receipt_file": file, "updated_at": at},
            f"id = :id AND receipt_file = '' AND state IN {in_sql}",
            {"id": supplement_id, **marks},
        )
        return done == 1

    async def open_of_orders(self, order_ids: Iterable[int]) -> list[Supplement]:
        """Those of these orders that are to be paid now, oldest first."""
        if not (ids := list(order_ids)):
            return []
        in_sql, marks = in_list("order", ids)
        rows = await self.connection.fetch_all(
            f"{_SUPPLEMENTS.select} WHERE order_id IN {in_sql} AND state = :state ORDER BY id",
            {"state": SupplementState.OPEN, **marks},
        )
        return _SUPPLEMENTS.all(rows)

    async def page_of_user(self, user_id: int, after: int, limit: int) -> list[Supplement]:
        """A page of those of a user's orders, oldest first; for an export."""
        mine = "order_id IN (SELECT o.id FROM orders o WHERE o.user_id = :user)"
        return await self._oldest(_SUPPLEMENTS, [mine], {"user": user_id}, after, limit)

    async def of_proposer(self, escort_id: int, after: int, limit: int) -> list[Supplement]:
        """A page of what an escort has proposed, oldest first; for an export."""
        theirs = ["proposed_by_kind = 'escort'", "proposed_by = :escort"]
        return await self._oldest(_SUPPLEMENTS, theirs, {"escort": escort_id}, after, limit)

    async def unsettled_of_user(self, user_id: int) -> list[Supplement]:
        """Of the orders of a user, what is neither paid nor withdrawn."""
        in_sql, marks = in_list("state", UNSETTLED_SUPPLEMENTS)
        rows = await self.connection.fetch_all(
            f"{_SUPPLEMENTS.select} WHERE order_id IN (SELECT id FROM orders WHERE user_id = :user) "
            f"AND state IN {in_sql} ORDER BY id",
            {"user": user_id, **marks},
        )
        return _SUPPLEMENTS.all(rows)

    async def erase_of_user(self, user_id: int) -> list[str]:
        """Take out what was written about the user's orders, and what the user wrote about those of others; the files
        of the receipts, which nothing refers to then."""
        mine = "order_id IN (SELECT id FROM orders WHERE user_id = :user)"
        rows = await self.connection.fetch_all(
            f"SELECT receipt_file FROM supplements WHERE {mine} AND receipt_file <> ''", {"user": user_id}
        )
        nothing = {"reason": "", "dispute": "", "closing_note": "", "amount_reason": "", "receipt_file": ""}
        await self._update(_SUPPLEMENTS.table, nothing, mine, {"user": user_id})
        await self._update(_SUPPLEMENTS.table, {"dispute": ""}, "disputed_by = :user", {"user": user_id})
        return [str(row[0]) for row in rows]

    # The money: all of it under the order's lock

    async def mark_paid(
        self, supplement_id: int, attempt_id: int, amount_fen: int, paid_at: int, at: int
    ) -> bool:
        """An open supplement is paid by an attempt; False when it is not open any more."""
        changed = await self._update(
            "supplements",
            {
                "state": SupplementState.PAID,
                "paid_fen": amount_fen,
                "paid_at": paid_at,
                "paid_attempt_id": attempt_id,
                "updated_at": at,
            },
            "id = :id AND state = :open",
            {"id": supplement_id, "open": SupplementState.OPEN},
        )
        return bool(changed)

    async def mark_unpaid(self, supplement_id: int, at: int) -> None:
        """A paid supplement waits for its money again: the receipt was a mistake."""
        await self.connection.execute(
            "UPDATE supplements SET state = :open, paid_fen = 0, paid_at = NULL, paid_attempt_id = NULL, "
            "updated_at = :at WHERE id = :id AND state = :paid",
            {"id": supplement_id, "at": at, "open": SupplementState.OPEN, "paid": SupplementState.PAID},
        )

    async def set_paid_by(self, supplement_id: int, attempt_id: int, paid_at: int, at: int) -> None:
        """Another receipt is what has paid it: the one of before was wrong."""
        await self.connection.execute(
            "UPDATE supplements SET paid_attempt_id = :attempt, paid_at = :paid_at, updated_at = :at WHERE id = :id",
            {"id": supplement_id, "attempt": attempt_id, "paid_at": paid_at, "at": at},
        )

    async def add_refunded(self, supplement_id: int, amount_fen: int, at: int) -> None:
        await self.connection.execute(
            "UPDATE supplements SET refunded_fen = refunded_fen + :amount, updated_at = :at WHERE id = :id",
            {"id": supplement_id, "amount": amount_fen, "at": at},
        )


class OfflineEntries(Repository):
    async def add(self, entry: NewOfflineEntry) -> int:
        """Raises Duplicate when this receipt, reversal or refund is recorded already."""
        return await self._insert("offline_entries", columns(entry))

    async def by_key(self, entry_key: str) -> OfflineEntry | None:
        row = await self.connection.fetch_one(f"{_OFFLINE.select} WHERE entry_key = :key", {"key": entry_key})
        return _OFFLINE.one(row)

    async def between(self, first_at: int, last_at: int) -> list[OfflineEntry]:
        """What happened in [first_at, last_at), in its order."""
        rows = await self.connection.fetch_all(
            f"{_OFFLINE.select} WHERE occurred_at >= :first AND occurred_at < :last ORDER BY occurred_at, id",
            {"first": first_at, "last": last_at},
        )
        return _OFFLINE.all(rows)

    async def refunds_by_hand(self, order_id: int) -> frozenset[int]:
        """The ids of the order's refunds that a person pays back."""
        rows = await self.connection.fetch_all(
            "SELECT r.id FROM refunds r JOIN payment_attempts a ON a.id = r.attempt_id "
            "WHERE r.order_id = :id AND a.channel = 'offline'",
            {"id": order_id},
        )
        return frozenset(int(row[0]) for row in rows)

    async def set_order_paid_by(self, order_id: int, attempt_id: int, paid_at: int, at: int) -> None:
        """Another receipt is what has paid the locked order: the one of before was wrong."""
        await self.connection.execute(
            "UPDATE orders SET paid_attempt_id = :attempt, paid_at = :paid_at, updated_at = :at WHERE id = :id",
            {"id": order_id, "attempt": attempt_id, "paid_at": paid_at, "at": at},
        )

    async def unbalanced(self) -> list[str]:
        """Receipts, reversals and refunds that ledger and entries do not both hold, in words."""
        booked = "SELECT COALESCE(SUM(l.amount_fen), 0) FROM ledger l WHERE l.attempt_id = a.id AND l.kind"
        entered = "SELECT COALESCE(SUM(e.amount_fen), 0) FROM offline_entries e WHERE e.attempt_id = a.id"
        both = "IN ('offline_payment', 'offline_refund')"
        problems = []
        for sentence, condition in (
            (
                "offline payment {} is not in the ledger with its amount",
                f"a.channel = 'offline' AND ({booked} = 'offline_payment') <> "
                "CASE WHEN a.state = 'paid' THEN a.amount_fen ELSE 0 END",
            ),
            (
                "offline payment {} has other entries than the ledger",
                f"a.channel = 'offline' AND ({booked} {both}) <> ({entered})",
            ),
            (
                "payment {} at WeChat is in the ledger as money outside of it",
                "a.channel <> 'offline' AND EXISTS "
                f"(SELECT 1 FROM ledger l WHERE l.attempt_id = a.id AND l.kind {both})",
            ),
        ):
            rows = await self.connection.fetch_all(f"SELECT a.id FROM payment_attempts a WHERE {condition}")
            problems += [sentence.format(row[0]) for row in rows]
        rows = await self.connection.fetch_all(
            "SELECT r.id FROM refunds r JOIN payment_attempts a ON a.id = r.attempt_id WHERE a.channel = 'offline' AND "
            "(SELECT COALESCE(SUM(l.amount_fen), 0) FROM ledger l WHERE l.attempt_id = a.id AND l.refund_id = r.id "
            "AND l.kind = 'offline_refund') <> CASE WHEN r.state = 'succeeded' THEN -r.amount_fen ELSE 0 END"
        )
        return problems + [f"offline refund {row[0]} is not in the ledger with its amount" for row in rows]

    async def of_order(self, order_id: int) -> list[OfflineEntry]:
        """Oldest first."""
        rows = await self.connection.fetch_all(
            f"{_OFFLINE.select} WHERE order_id = :id ORDER BY id", {"id": order_id}
        )
        return _OFFLINE.all(rows)
