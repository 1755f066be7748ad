"""Reminders of visits, and how many messages WeChat will still deliver to each user."""

from __future__ import annotations

from storage.models import MessagePermission, Reminder
from storage.repositories.base import Mapped, Repository

_REMINDERS = Mapped("reminders", Reminder)
_PERMISSIONS = Mapped("message_permissions", MessagePermission)


class Reminders(Repository):
    async def of_order(self, order_id: int) -> list[Reminder]:
        rows = await self.connection.fetch_all(
            f"{_REMINDERS.select} WHERE order_id = :id ORDER BY id", {"id": order_id}
        )
        return _REMINDERS.all(rows)

    async def erase_of_user(self, user_id: int) -> int:
        return await self.connection.execute("DELETE FROM reminders WHERE user_id = :id", {"id": user_id})


class MessagePermissions(Repository):
    async def of_user(self, user_id: int) -> list[MessagePermission]:
        rows = await self.connection.fetch_all(
            f"{_PERMISSIONS.select} WHERE user_id = :id ORDER BY kind", {"id": user_id}
        )
        return _PERMISSIONS.all(rows)

    async def erase_of_user(self, user_id: int) -> int:
        return await self.connection.execute(
            "DELETE FROM message_permissions WHERE user_id = :id", {"id": user_id}
        )
