"""What the books of a month amount to: sums and lines of the ledger with what their orders were about.

A month is read along the index on ``occurred_at``, never the whole ledger.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from clock import DAY
from storage.filters import BookSpan
from storage.repositories.base import Repository, in_list
from storage.views import BookLine, BookSum, UnearnedSum

_BY_TIME = "ix_ledger_occurred_at_kind_amount_fen"
_PARTS = {
    "day": ("{moment} - ({moment} - :day_zero) % :day_length",),
    "service": ("COALESCE(o.service_name, '')", "COALESCE(o.service_unit, '')"),
    "hospital": ("COALESCE(o.hospital_name, '')",),
    "escort": ("COALESCE(o.escort_id, 0)",),
}
"""What sums can be taken by: SQL of the columns, in the order in which ``BookSum`` has them."""
_EMPTY = {"day": ("0",), "service": ("''", "''"), "hospital": ("''",), "escort": ("0",)}
_SUPPLEMENT = "CASE WHEN a.supplement_id IS NULL THEN 0 ELSE 1 END"
_PAID_ORDERS = "COUNT(DISTINCT CASE WHEN l.amount_fen > 0 THEN l.order_id END)"
_OFFLINE_ENTRY = """e.attempt_id = l.attempt_id AND l.kind IN ('offline_payment', 'offline_refund') AND e.kind =
    CASE WHEN l.refund_id IS NOT NULL THEN 'refund' WHEN l.amount_fen < 0 THEN 'reversal' ELSE 'receipt' END
    AND (l.refund_id IS NULL OR e.refund_id = l.refund_id)"""
_ENDED = "('finished', 'cancelled', 'refunded')"
_THEN = """COALESCE(
    (SELECT CASE h.to_state WHEN 'refunding' THEN h.from_state ELSE h.to_state END FROM order_history h
     WHERE h.order_id = o.id AND h.at < :before ORDER BY h.id DESC LIMIT 1),
    CASE o.state WHEN 'refunding' THEN o.state_before_refund ELSE o.state END)"""
"""The state of an order at a moment, money that is being given back aside; imported ones have no history."""


def _own(span: BookSpan) -> tuple[str, dict[str, Any]]:
    """Entries that count to the span because they occurred in it, and were booked before its month was closed."""
    where, values = (
        "l.occurred_at >= :first AND l.occurred_at < :before",
        {
            "first": span.first_at,
            "before": span.before_at,
        },
    )
    if span.last_id is not None:
        where, values = f"{where} AND l.id <= :last_id", {**values, "last_id": span.last_id}
    return where, values


def _late(span: BookSpan) -> tuple[str, dict[str, Any]]:
    """Entries that count to the span because they were booked in it, for a month that was closed already."""
    values: dict[str, Any] = {"first": span.first_at, "before": span.before_at, "above": span.late_above}
    where = "l.id > :above AND l.booked_at >= :first AND l.booked_at < :before"
    if span.late_up_to is not None:
        where += " AND l.id <= :up_to"
        values["up_to"] = span.late_up_to
    months = []
    for number, (begin, end, last_id) in enumerate(span.closed):
        months.append(
            f"(l.occurred_at >= :begin_{number} AND l.occurred_at < :end_{number} AND l.id > :last_{number})"
        )
        values |= {f"begin_{number}": begin, f"end_{number}": end, f"last_{number}": last_id}
    return f"{where} AND ({' OR '.join(months)})", values


class Books(Repository):
    async def sums(self, span: BookSpan, by: Sequence[str] = ()) -> list[BookSum]:
        """The span's entries, summed by kind and by some of day, service, hospital and escort. A day is the moment at
        which it begins; that of a late entry is the one on which it was booked."""
        found = await self._sums(_own(span), self._by_time(), "l.occurred_at", by, span)
        if span.closed:
            by_id = self.connection.index_hint()
            found += await self._sums(_late(span), by_id, "l.booked_at", by, span, late=True)
        return found

    def _by_time(self) -> str:
        return self.connection.index_hint(_BY_TIME)

    async def _sums(
        self,
        condition: tuple[str, dict[str, Any]],
        hint: str,
        moment: str,
        by: Sequence[str],
        span: BookSpan,
        late: bool = False,
    ) -> list[BookSum]:
        where, values = condition
        columns = [
            column.format(moment=moment)
            for part in _PARTS
            for column in (_PARTS[part] if part in by else _EMPTY[part])
        ]
        grouped = [column for column in columns if column not in ("0", "''")]
        if "day" in by:
            values = {**values, "day_zero": span.first_at, "day_length": DAY}
        rows = await self.connection.fetch_all(
            f"SELECT {', '.join(columns)}, COALESCE(MAX(o.escort_name), ''), l.kind, {_SUPPLEMENT}, "
            f"SUM(l.amount_fen), COUNT(*), {_PAID_ORDERS} FROM ledger l{hint} "
            "LEFT JOIN orders o ON o.id = l.order_id LEFT JOIN payment_attempts a ON a.id = l.attempt_id "
            f"WHERE {where} GROUP BY {', '.join([*grouped, 'l.kind', _SUPPLEMENT])}",
            values,
        )
        return [
            BookSum(
                day_at=int(day),
                service=str(service),
                unit=str(unit),
                hospital=str(hospital),
                escort_id=int(escort_id),
                escort=str(escort) if "escort" in by else "",
                kind=str(kind),
                supplement=bool(supplement),
                late=late,
                amount_fen=int(amount),
                entries=int(entries),
                orders=int(orders),
            )
            for day, service, unit, hospital, escort_id, escort, kind, supplement, amount, entries, orders in rows
        ]

    async def count(self, span: BookSpan, kinds: Sequence[str] = ()) -> int:
        """How many lines ``lines`` and ``late_lines`` have."""
        total = await self._count_where(_own(span), self._by_time(), kinds)
        if span.closed:
            total += await self._count_where(_late(span), self.connection.index_hint(), kinds)
        return total

    async def _count_where(
        self, condition: tuple[str, dict[str, Any]], hint: str, kinds: Sequence[str]
    ) -> int:
        where, values = _of_kinds(condition, kinds)
        return await self._count(f"SELECT COUNT(*) FROM ledger l{hint} WHERE {where}", values)

    async def lines(
        self, span: BookSpan, kinds: Sequence[str], after: tuple[int, int] | None, limit: int
    ) -> list[BookLine]:
        """A page of the entries that occurred in the span, oldest first, behind a moment and an id."""
        where, values = _of_kinds(_own(span), kinds)
        if after is not None:
            where += " AND l.occurred_at >= :moment AND (l.occurred_at > :moment OR l.id > :after)"
            values |= {"moment": after[0], "after": after[1]}
        return await self._lines(where, values, self._by_time(), "l.occurred_at, l.id", limit)

    async def late_lines(
        self, span: BookSpan, kinds: Sequence[str], after_id: int, limit: int
    ) -> list[BookLine]:
        """A page of the span's entries for months that were closed already, behind an id."""
        if not span.closed:
            return []
        where, values = _of_kinds(_late(span), kinds)
        values["after"] = after_id
        hint = self.connection.index_hint()
        return await self._lines(f"{where} AND l.id > :after", values, hint, "l.id", limit, late=True)

    async def _lines(
        self, where: str, values: dict[str, Any], hint: str, order: str, limit: int, late: bool = False
    ) -> list[BookLine]:
        chosen = f"SELECT l.id FROM ledger l{hint} WHERE {where} ORDER BY {order} LIMIT :limit"
        rows = await self.connection.fetch_all(
            "SELECT l.id, l.kind, l.reference, l.amount_fen, l.order_id, l.occurred_at, l.booked_at, "
            "COALESCE(a.out_trade_no, fa.out_trade_no, ''), COALESCE(a.transaction_id, fa.transaction_id, ''), "
            "COALESCE(r.out_refund_no, fr.out_refund_no, ''), COALESCE(r.wechat_refund_id, fr.wechat_refund_id, ''), "
            "COALESCE(a.supplement_id, fa.supplement_id, 0), "
            "COALESCE(e.reference, ''), COALESCE(o.service_name, ''), COALESCE(o.service_unit, ''), "
            "COALESCE(o.hospital_name, ''), COALESCE(o.escort_id, 0), COALESCE(o.escort_name, '') "
            f"FROM ({chosen}) AS page JOIN ledger l ON l.id = page.id "
            "LEFT JOIN refunds r ON r.id = l.refund_id "
            "LEFT JOIN refunds fr ON l.kind = 'fee' AND fr.out_refund_no = l.reference "
            "LEFT JOIN payment_attempts a ON a.id = COALESCE(l.attempt_id, fr.attempt_id) "
            "LEFT JOIN payment_attempts fa ON l.kind = 'fee' AND fa.out_trade_no = l.reference "
            f"LEFT JOIN offline_entries e ON {_OFFLINE_ENTRY} "
            f"LEFT JOIN orders o ON o.id = l.order_id ORDER BY {order}",
            {**values, "limit": limit},
        )
        return [
            BookLine(*(*row[:11], bool(row[11]), *row[12:], late))  # the columns are its fields, in order
            for row in rows
        ]

    async def last_id_booked_before(self, at: int) -> int:
        """The newest entry that was booked before a moment; 0 when there is none."""
        row = await self.connection.fetch_one(
            f"SELECT id FROM ledger{self.connection.index_hint()} WHERE booked_at < :at ORDER BY id DESC LIMIT 1",
            {"at": at},
        )
        return int(row[0]) if row else 0

    async def has_above(self, span: BookSpan, last_id: int) -> bool:
        """Is there an entry that occurred in the span, newer than ``last_id``?"""
        where, values = _own(span)
        row = await self.connection.fetch_one(
            f"SELECT 1 FROM ledger l WHERE {where} AND l.id > :above LIMIT 1", {**values, "above": last_id}
        )
        return row is not None

    async def count_left_out(self, span: BookSpan, last_id: int, booked_before: int) -> int:
        """How many entries of a closed month are behind its last one, although they say that they were booked before it
        was closed: they count to no month."""
        where, values = _own(span)
        return await self._count(
            f"SELECT COUNT(*) FROM ledger l WHERE {where} AND l.id > :above AND l.booked_at < :booked",
            {**values, "above": last_id, "booked": booked_before},
        )

    async def first_moment(self) -> int | None:
        """When the oldest movement of money occurred."""
        row = await self.connection.fetch_one("SELECT MIN(occurred_at) FROM ledger")
        return int(row[0]) if row and row[0] is not None else None

    async def open_cases_by_day(self, first_at: int, before_at: int) -> dict[int, int]:
        """How many cases that no bill has brought were opened on each day of a span and are open; by the moment at
        which the day begins."""
        rows = await self.connection.fetch_all(
            "SELECT opened_at - (opened_at - :zero) % :day, COUNT(*) FROM finance_cases "
            "WHERE state = 'open' AND opened_at >= :first AND opened_at < :before "
            "AND SUBSTR(detail, 1, 8) <> :brought GROUP BY opened_at - (opened_at - :zero) % :day",
            {"zero": first_at, "first": first_at, "before": before_at, "day": DAY, "brought": '{"day": '},
        )
        return {int(day): int(count) for day, count in rows}

    async def unearned(self, last_date: str, before_at: int) -> list[UnearnedSum]:
        """What was paid before a moment, minus what went back, of orders that were not over then: those whose visit is
        after ``last_date``, and those that still wait for theirs; by service, hospital and escort."""
        orders = (
            f"SELECT id FROM orders{self.connection.index_hint('ix_orders_visit_date_id')} "
            "WHERE visit_date > :last AND created_at < :before UNION "
            "SELECT id FROM orders WHERE state IN ('paid', 'serving', 'refunding') AND created_at < :before"
        )
        rows = await self.connection.fetch_all(
            "SELECT o.service_name, o.service_unit, o.hospital_name, COALESCE(o.escort_id, 0), MAX(o.escort_name), "
            "SUM(l.amount_fen), COUNT(DISTINCT o.id) "
            f"FROM ({orders}) AS waiting JOIN orders o ON o.id = waiting.id "
            "JOIN ledger l ON l.order_id = o.id AND l.occurred_at < :before AND l.kind <> 'fee' "
            f"WHERE {_THEN} NOT IN {_ENDED} "
            "GROUP BY o.service_name, o.service_unit, o.hospital_name, COALESCE(o.escort_id, 0)",
            {"last": last_date, "before": before_at},
        )
        return [
            UnearnedSum(
                str(row[0]), str(row[1]), str(row[2]), int(row[3]), str(row[4]), int(row[5]), int(row[6])
            )
            for row in rows
        ]


def _of_kinds(condition: tuple[str, dict[str, Any]], kinds: Sequence[str]) -> tuple[str, dict[str, Any]]:
    where, values = condition
    if not kinds:
        return where, dict(values)
    in_sql, marks = in_list("kind", kinds)
    return f"{where} AND l.kind IN {in_sql}", {**values, **marks}
