"""Reports of visits, and what is written below them: additions, questions, answers."""

from __future__ import annotations

from storage.models import ReportEntry, VisitReport
from storage.repositories.base import Mapped, Repository
from storage.writes import NewReportEntry, columns

_REPORTS = Mapped("visit_reports", VisitReport)
_ENTRIES = Mapped("report_entries", ReportEntry)


class Reports(Repository):
    async def get(self, order_id: int) -> VisitReport | None:
        return _REPORTS.one(
            await self.connection.fetch_one(f"{_REPORTS.select} WHERE order_id = :id", {"id": order_id})
        )

    async def add_draft(self, order_id: int, escort_id: int, body_sealed: str, at: int) -> None:
        """The first draft of an order, version 1."""
        await self._insert(
            _REPORTS.table,
            {
                "order_id": order_id,
                "escort_id": escort_id,
                "body_sealed": body_sealed,
                "version": 1,
                "drafted_at": at,
                "confirmed_by": "",
            },
        )

    async def replace_draft(
        self, order_id: int, escort_id: int, body_sealed: str, version: int, at: int
    ) -> int:
        """Put a newer draft in the place of the one with ``version``. Rows changed: 0 when that is not the newest, or
        the report has been sent."""
        return await self._update(
            _REPORTS.table,
            {"escort_id": escort_id, "body_sealed": body_sealed, "version": version + 1, "drafted_at": at},
            "order_id = :id AND version = :version AND sent_at IS NULL",
            {"id": order_id, "version": version},
        )

    async def send(self, order_id: int, escort_id: int, at: int) -> int:
        """Rows changed: 0 when it was sent before."""
        return await self._update(
            _REPORTS.table,
            {"sent_at": at, "escort_id": escort_id},
            "order_id = :id AND sent_at IS NULL",
            {"id": order_id},
        )

    async def confirm(self, order_id: int, by: str, at: int) -> int:
        """Rows changed: 0 when it was confirmed before, or never sent."""
        return await self._update(
            _REPORTS.table,
            {"confirmed_at": at, "confirmed_by": by},
            "order_id = :id AND sent_at IS NOT NULL AND confirmed_at IS NULL",
            {"id": order_id},
        )

    async def unconfirmed(self, sent_before: int, limit: int) -> list[int]:
        """Orders with a report that was sent by then and that nobody has confirmed, longest ago first."""
        rows = await self.connection.fetch_all(
            "SELECT order_id FROM visit_reports WHERE sent_at <= :before AND confirmed_at IS NULL "
            "ORDER BY sent_at LIMIT :limit",
            {"before": sent_before, "limit": limit},
        )
        return [int(row[0]) for row in rows]

    # What stands below it

    async def entries(self, order_id: int) -> list[ReportEntry]:
        """Oldest first."""
        rows = await self.connection.fetch_all(
            f"{_ENTRIES.select} WHERE order_id = :id ORDER BY id", {"id": order_id}
        )
        return _ENTRIES.all(rows)

    async def entries_by_user(self, user_id: int) -> list[ReportEntry]:
        """What a user asked, about visits of others too."""
        rows = await self.connection.fetch_all(
            f"{_ENTRIES.select} WHERE author_kind = 'user' AND author_id = :id ORDER BY id", {"id": user_id}
        )
        return _ENTRIES.all(rows)

    async def entry(self, entry_id: int) -> ReportEntry | None:
        return _ENTRIES.one(
            await self.connection.fetch_one(f"{_ENTRIES.select} WHERE id = :id", {"id": entry_id})
        )

    async def entry_of_action(self, author_kind: str, author_id: int, action_id: str) -> ReportEntry | None:
        return _ENTRIES.one(
            await self.connection.fetch_one(
                f"{_ENTRIES.select} WHERE author_kind = :kind AND author_id = :author AND action_id = :action",
                {"kind": author_kind, "author": author_id, "action": action_id},
            )
        )

    async def add_entry(self, entry: NewReportEntry) -> int:
        """Its id. Raises Duplicate when the author's action is there already."""
        return await self._insert(_ENTRIES.table, columns(entry))

    async def erase_by_user(self, user_id: int) -> int:
        """Empty what a user asked about visits, those of others too."""
        return await self._update(
            _ENTRIES.table,
            {"text_sealed": "", "open": 0},
            "author_kind = 'user' AND author_id = :id",
            {"id": user_id},
        )

    async def close_question(self, question_id: int) -> int:
        return await self._update(_ENTRIES.table, {"open": 0}, "id = :id AND open = 1", {"id": question_id})
