"""Alarms, counted by day and reason, and the heartbeat. Requests of strangers add no rows."""

from __future__ import annotations

from typing import Any

from storage.errors import Duplicate
from storage.models import Alarm
from storage.repositories.base import Mapped, Repository

_ALARMS = Mapped("alarms", Alarm)


class Alarms(Repository):
    async def count(self, day: str, event: str, reason: str, times: int, address: str, at: int) -> None:
        """So many more of an event, for this reason, on a Shanghai day; the last one from ``address``."""
        values: dict[str, Any] = {
            "day": day,
            "event": event,
            "reason": reason[:32],
            "times": times,
            "address": address[:64],
            "at": at,
        }
        sql = (
            "UPDATE alarms SET count = count + :times, last_address = :address, last_at = :at "
            "WHERE day = :day AND event = :event AND reason = :reason"
        )
        if await self.connection.execute(sql, values):
            return
        row = {"day": day, "event": event, "reason": reason[:32], "count": times, "seen_count": 0}
        try:
            await self._insert("alarms", {**row, "last_address": address[:64], "last_at": at})
        except Duplicate:  # another process has just had the first one
            await self.connection.execute(sql, values)

    async def since(self, day: str) -> list[Alarm]:
        """Newest day first."""
        rows = await self.connection.fetch_all(
            f"{_ALARMS.select} WHERE day >= :day ORDER BY day DESC, event, reason", {"day": day}
        )
        return _ALARMS.all(rows)

    async def count_unseen(self, day: str) -> int:
        """How many of them, from a day on, no administrator has marked as seen."""
        return await self._count("SELECT SUM(count - seen_count) FROM alarms WHERE day >= :day", {"day": day})

    async def mark_seen(self, day: str, event: str, reason: str, count: int) -> int:
        """An administrator has seen ``count`` of them; rows changed. What came since stays unseen."""
        return await self.connection.execute(
            "UPDATE alarms SET seen_count = :count "
            "WHERE day = :day AND event = :event AND reason = :reason AND seen_count < :count AND count >= :count",
            {"day": day, "event": event, "reason": reason, "count": count},
        )

    async def forget(self, before: str) -> int:
        """Delete those of days before this one."""
        return await self.connection.execute("DELETE FROM alarms WHERE day < :day", {"day": before})

    async def last_beat(self) -> int:
        """When the last write of that kind was committed; 0 before the first."""
        row = await self.connection.fetch_one("SELECT at FROM heartbeat WHERE id = 1")
        return int(row[0]) if row else 0

    async def beat(self, at: int) -> None:
        """Write, so that a database which cannot is found out. Raises StorageUnavailable, StorageNotWritable."""
        await self.connection.execute("UPDATE heartbeat SET at = :at WHERE id = 1", {"at": at})
