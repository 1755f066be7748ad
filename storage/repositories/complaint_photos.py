"""Photos of complaints, before and after the complaint is sent."""

from __future__ import annotations

from storage.models import ComplaintPhoto
from storage.repositories.base import Mapped, Repository, in_list
from storage.writes import NewComplaintPhoto, columns

_PHOTOS = Mapped("complaint_photos", ComplaintPhoto)


class ComplaintPhotos(Repository):
    async def photo(self, file: str) -> ComplaintPhoto | None:
        return _PHOTOS.one(
            await self.connection.fetch_one(f"{_PHOTOS.select} WHERE file = :file", {"file": file})
        )

    async def photo_of_action(self, user_id: int, action_id: str) -> ComplaintPhoto | None:
        row = await self.connection.fetch_one(
            f"{_PHOTOS.select} WHERE user_id = :user AND action_id = :action",
            {"user": user_id, "action": action_id},
        )
        return _PHOTOS.one(row)

    async def photos(self, complaint_ids: list[int]) -> list[ComplaintPhoto]:
        """Oldest first."""
        if not complaint_ids:
            return []
        ids, marks = in_list("id", complaint_ids)
        rows = await self.connection.fetch_all(
            f"{_PHOTOS.select} WHERE complaint_id IN {ids} ORDER BY id", marks
        )
        return _PHOTOS.all(rows)

    async def count_unsent_photos(self, user_id: int) -> int:
        return await self._count(
            "SELECT COUNT(*) FROM complaint_photos WHERE user_id = :user AND complaint_id IS NULL",
            {"user": user_id},
        )

    async def add_photo(self, photo: NewComplaintPhoto) -> int:
        """Raises Duplicate when the user's action is there already."""
        return await self._insert(_PHOTOS.table, columns(photo))

    async def send_photo(self, photo_id: int, complaint_id: int) -> int:
        """Rows changed: 0 when it belongs to a complaint already."""
        return await self._update(
            _PHOTOS.table,
            {"complaint_id": complaint_id},
            "id = :id AND complaint_id IS NULL",
            {"id": photo_id},
        )

    async def unsent_photos(self, before: int, after_id: int, limit: int) -> list[ComplaintPhoto]:
        """Photos that were uploaded before a moment (ms) and never sent."""
        return await self._oldest(
            _PHOTOS, ["complaint_id IS NULL", "at < :before"], {"before": before}, after_id, limit
        )

    async def delete_unsent_photos(self, user_id: int) -> list[str]:
        """The files, which are to be removed once this is committed."""
        where, marks = "user_id = :user AND complaint_id IS NULL", {"user": user_id}
        rows = await self.connection.fetch_all(f"SELECT file FROM complaint_photos WHERE {where}", marks)
        await self.connection.execute(f"DELETE FROM complaint_photos WHERE {where}", marks)
        return [str(row[0]) for row in rows]

    async def delete_unsent_photo(self, photo_id: int) -> int:
        return await self.connection.execute(
            "DELETE FROM complaint_photos WHERE id = :id AND complaint_id IS NULL", {"id": photo_id}
        )
