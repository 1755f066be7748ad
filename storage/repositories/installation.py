"""Which mode of the server a database belongs to: a row, once one has served it."""

from __future__ import annotations

from storage.repositories.base import Repository

ROW = 1


class Installation(Repository):
    async def mode(self) -> str:
        """``production`` or ``staging``; empty before this database belongs to either."""
        row = await self.connection.fetch_one("SELECT mode FROM installation WHERE id = :id", {"id": ROW})
        return str(row[0]) if row else ""

    async def mark(self, mode: str, at: int) -> None:
        """Raises Duplicate when it is marked already."""
        await self._insert("installation", {"id": ROW, "mode": mode, "since": at})

    async def is_used(self) -> bool:
        """Has anybody worked with it?"""
        tables = ("users", "orders", "administrators")
        counts = " + ".join(f"EXISTS (SELECT 1 FROM {table})" for table in tables)
        return await self._count(f"SELECT {counts}") > 0
