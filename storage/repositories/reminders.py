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


class MessagePermissions(Repository):
    async def of_user(self, user_id: int) -> list[MessagePermission]:
        rows = await self.connection.fetch_all(
            f"{_PERMISSIONS.select} WHERE user_id = :id ORDER BY kind", {"id": user_id}
        )
        return _PERMISSIONS.all(rows)
