"""What orders wait for beside their states: found in the tables that know it, along an index, and put together here.

There are few at a time of each: the office has to see to them one by one.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any, ClassVar

from clock import DAY, shanghai_date
from storage.filters import OrderFilter
from storage.models import UNSHIPPED
from storage.repositories.base import Repository, in_list

LOOKED_BACK = 31 * DAY
"""A report that is missing for longer is written by nobody."""
MAX_WAITING = 5_000
CHUNK = 500
Waits = dict[int, int]
"""Since when (ms) each order waits, by its id."""


class OrderWaits(Repository):
    async def of(self, wanted: OrderFilter) -> Waits:
        """The orders that wait for ``wanted.waits_for`` at ``wanted.waits_at``."""
        return await self._KINDS[wanted.waits_for](self, wanted)

    async def offered(self, wanted: OrderFilter) -> set[int]:
        """The orders without an escort about whose invitations the office has something to do."""
        return set(await self._nobody_accepted(wanted)) | set(await self._expiring(wanted))

    async def _first(self, sql: str, parameters: dict[str, Any]) -> Waits:
        """Of rows of an order and a moment, the earliest of each order."""
        waits: Waits = {}
        for order_id, at in await self.connection.fetch_all(f"{sql} LIMIT {MAX_WAITING}", parameters):
            waits[int(order_id)] = min(int(at or 0), waits.get(int(order_id), int(at or 0)))
        return waits

    async def _rows(self, sql: str, ids: Iterable[int], parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
        """What ``sql``, which ends before a list of ids, finds for these."""
        known, rows = sorted(ids), list[tuple[Any, ...]]()
        for start in range(0, len(known), CHUNK):
            in_sql, marks = in_list("id", known[start : start + CHUNK])
            rows += await self.connection.fetch_all(f"{sql} IN {in_sql}", {**parameters, **marks})
        return rows

    async def _hour(self, wanted: OrderFilter) -> Waits:
        waits: Waits = {}
        for state in ("paid", "serving"):
            waits |= await self._first(
                f"SELECT id, paid_at FROM orders{self.connection.index_hint('ix_orders_state_visit_date_id')} "
                "WHERE state = :state AND visit_date >= :day AND visit_time = ''",
                {"state": state, "day": shanghai_date(wanted.waits_at)},
            )
        return waits

    async def _overbooked(self, wanted: OrderFilter) -> Waits:
        index = self.connection.index_hint("ix_orders_overbooked_open_visit_date_id")
        return await self._first(
            f"SELECT id, paid_at FROM orders{index} WHERE overbooked_open = 1 AND state IN ('paid', 'serving')",
            {},
        )

    async def _troubles(self, *kinds: str) -> Waits:
        in_sql, marks = in_list("kind", kinds)
        return await self._first(
            f"SELECT order_id, at FROM visit_troubles WHERE open = 1 AND kind IN {in_sql}", marks
        )

    async def _cannot_come(self, wanted: OrderFilter) -> Waits:
        return await self._troubles("cannot_come", "leave")

    async def _absent(self, wanted: OrderFilter) -> Waits:
        return await self._troubles("absent", "cannot_reach", "late")

    async def _unwell(self, wanted: OrderFilter) -> Waits:
        return await self._troubles("unwell")

    async def _questions(self, wanted: OrderFilter) -> Waits:
        return await self._first("SELECT order_id, at FROM report_entries WHERE open = 1", {})

    async def _moves(self, wanted: OrderFilter) -> Waits:
        asked = await self._first("SELECT order_id, asked_at FROM order_changes WHERE state = 'asked'", {})
        rows = await self._rows("SELECT id FROM orders WHERE state IN ('paid', 'serving') AND id", asked, {})
        return {int(row[0]): asked[int(row[0])] for row in rows}

    async def _supplements(self, wanted: OrderFilter) -> Waits:
        index = self.connection.index_hint("ix_supplements_state_id")
        return await self._first(
            f"SELECT order_id, COALESCE(disputed_at, created_at) FROM supplements{index} "
            "WHERE state IN ('proposed', 'disputed')",
            {},
        )

    async def _unshipped(self, wanted: OrderFilter) -> Waits:
        """Paid at WeChat, and neither reported nor declared for the day of the visit."""
        index = self.connection.index_hint("ix_shipments_state_paid_at")
        waits: Waits = {}
        for state in UNSHIPPED:
            rows = await self.connection.fetch_all(
                f"SELECT s.order_id, s.paid_at FROM shipments s{index} JOIN orders o ON o.id = s.order_id "
                "WHERE s.state = :state AND s.paid_at <= :until "
                "AND NOT (s.state = 'waiting' AND s.declaration_code = 0 AND s.declared_date = o.visit_date) "
                f"LIMIT {MAX_WAITING}",
                {"state": state, "until": wanted.waits_until},
            )
            for order_id, paid_at in rows:
                waits[int(order_id)] = min(int(paid_at), waits.get(int(order_id), int(paid_at)))
        return waits

    async def _without_escort(self, wanted: OrderFilter) -> list[int]:
        index = self.connection.index_hint("ix_orders_escort_id_state_visit_date_id")
        rows = await self.connection.fetch_all(
            f"SELECT id FROM orders{index} WHERE escort_id IS NULL AND state = 'paid' AND visit_date >= :day "
            f"LIMIT {MAX_WAITING}",
            {"day": shanghai_date(wanted.waits_at)},
        )
        return [int(row[0]) for row in rows]

    async def _nobody_accepted(self, wanted: OrderFilter) -> Waits:
        """Offered, and declined or let expire by everybody."""
        rows = await self._rows(
            "SELECT order_id, state, expires_at, offered_at FROM invitations WHERE order_id",
            await self._without_escort(wanted),
            {},
        )
        waits, open_ = Waits(), set[int]()
        for order_id, state, expires_at, offered_at in rows:
            if state == "offered" and expires_at > wanted.waits_at:
                open_.add(order_id)
            elif state in ("offered", "declined", "expired"):
                waits[order_id] = min(offered_at, waits.get(order_id, offered_at))
        return {order_id: since for order_id, since in waits.items() if order_id not in open_}

    async def _expiring(self, wanted: OrderFilter) -> Waits:
        offered = await self._first(
            "SELECT order_id, offered_at FROM invitations "
            "WHERE state = 'offered' AND expires_at > :at AND expires_at <= :until",
            {"at": wanted.waits_at, "until": wanted.waits_until},
        )
        rows = await self._rows("SELECT id FROM orders WHERE state = 'paid' AND id", offered, {})
        return {int(row[0]): offered[int(row[0])] for row in rows}

    async def _report_missing(self, wanted: OrderFilter) -> Waits:
        """Begun and over for long enough, with the consent of its user, and without a report."""
        rows = await self.connection.fetch_all(
            f"SELECT id, user_id FROM orders{self.connection.index_hint('ix_orders_state_visit_date_id')} "
            "WHERE state = 'finished' AND visit_date >= :first AND visit_date <= :last "
            f"AND started_at IS NOT NULL LIMIT {MAX_WAITING}",
            {
                "first": shanghai_date(wanted.waits_at - LOOKED_BACK),
                "last": shanghai_date(wanted.waits_at),
            },
        )
        users = {int(order_id): int(user_id) for order_id, user_id in rows}
        sent = await self._rows(
            "SELECT order_id FROM visit_reports WHERE sent_at IS NOT NULL AND order_id", users, {}
        )
        agreed = await self._rows(
            "SELECT user_id FROM consents WHERE kind = 'visit_record' AND withdrawn_at IS NULL AND user_id",
            set(users.values()),
            {},
        )
        consenting = {row[0] for row in agreed}
        ids = {order_id for order_id, user in users.items() if user in consenting} - {row[0] for row in sent}
        ends = await self._rows(
            "SELECT order_id, at FROM order_history WHERE to_state = 'finished' AND order_id", ids, {}
        )
        over = {int(order_id): int(at) for order_id, at in sorted(ends, key=lambda row: row[1])}
        return {order_id: at for order_id, at in over.items() if at <= wanted.waits_until}

    _KINDS: ClassVar[dict[str, Callable[[OrderWaits, OrderFilter], Awaitable[Waits]]]] = {
        "hour_to_settle": _hour,
        "nobody_accepted": _nobody_accepted,
        "invitations_expiring": _expiring,
        "cannot_come": _cannot_come,
        "absent": _absent,
        "unwell": _unwell,
        "overbooked": _overbooked,
        "report_missing": _report_missing,
        "questions": _questions,
        "moves": _moves,
        "supplements": _supplements,
        "unshipped": _unshipped,
    }
    """By the names of ``orders.office_queues``."""
