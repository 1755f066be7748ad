"""Complaints, what was said about them, their photos."""

from __future__ import annotations

from storage.models import UNSETTLED_COMPLAINTS, Complaint, ComplaintEntry, ComplaintPhoto
from storage.repositories.base import Mapped, Repository, in_list

_COMPLAINTS = Mapped("complaints", Complaint)
_ENTRIES = Mapped("complaint_entries", ComplaintEntry)
_PHOTOS = Mapped("complaint_photos", ComplaintPhoto)


class Complaints(Repository):
    async def get(self, complaint_id: int) -> Complaint | None:
        row = await self.connection.fetch_one(f"{_COMPLAINTS.select} WHERE id = :id", {"id": complaint_id})
        return _COMPLAINTS.one(row)

    async def unsettled_of_order(self, order_id: int) -> list[Complaint]:
        """Oldest first."""
        states, marks = in_list("state", UNSETTLED_COMPLAINTS)
        rows = await self.connection.fetch_all(
            f"{_COMPLAINTS.select} WHERE order_id = :id AND state IN {states} ORDER BY id",
            {"id": order_id, **marks},
        )
        return _COMPLAINTS.all(rows)
