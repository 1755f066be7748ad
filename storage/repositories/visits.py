"""What escorts record about a visit: steps, photos, the report, and what went wrong."""

from __future__ import annotations

from storage.models import ReportEntry, VisitPhoto, VisitReport, VisitStep, VisitTrouble
from storage.repositories.base import Mapped, Repository

_STEPS = Mapped("visit_steps", VisitStep)
_PHOTOS = Mapped("visit_photos", VisitPhoto)
_REPORTS = Mapped("visit_reports", VisitReport)
_ENTRIES = Mapped("report_entries", ReportEntry)
_TROUBLES = Mapped("visit_troubles", VisitTrouble)


class Visits(Repository):
    async def steps(self, order_id: int) -> list[VisitStep]:
        """In the order in which they arrived."""
        rows = await self.connection.fetch_all(
            f"{_STEPS.select} WHERE order_id = :id ORDER BY id", {"id": order_id}
        )
        return _STEPS.all(rows)

    async def photos(self, order_id: int) -> list[VisitPhoto]:
        rows = await self.connection.fetch_all(
            f"{_PHOTOS.select} WHERE order_id = :id ORDER BY id", {"id": order_id}
        )
        return _PHOTOS.all(rows)

    async def report(self, order_id: int) -> VisitReport | None:
        return _REPORTS.one(
            await self.connection.fetch_one(f"{_REPORTS.select} WHERE order_id = :id", {"id": order_id})
        )

    async def entries(self, order_id: int) -> list[ReportEntry]:
        """What was written below the report, oldest first."""
        rows = await self.connection.fetch_all(
            f"{_ENTRIES.select} WHERE order_id = :id ORDER BY id", {"id": order_id}
        )
        return _ENTRIES.all(rows)

    async def troubles(self, order_id: int) -> list[VisitTrouble]:
        """Oldest first."""
        rows = await self.connection.fetch_all(
            f"{_TROUBLES.select} WHERE order_id = :id ORDER BY id", {"id": order_id}
        )
        return _TROUBLES.all(rows)
