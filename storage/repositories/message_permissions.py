"""How many messages WeChat will still deliver to each user, and the answers that this was counted from."""

from __future__ import annotations

from storage.models import AnswerSource, MessageAnswer, MessagePermission
from storage.repositories.base import Mapped, Repository

_PERMISSIONS = Mapped("message_permissions", MessagePermission)
_ANSWERS = Mapped("message_answers", MessageAnswer)


class MessagePermissions(Repository):
    """Who changes a row for an answer has locked its user."""

    async def of_user(self, user_id: int) -> list[MessagePermission]:
        rows = await self.connection.fetch_all(
            f"{_PERMISSIONS.select} WHERE user_id = :id ORDER BY kind", {"id": user_id}
        )
        return _PERMISSIONS.all(rows)

    async def get(self, user_id: int, kind: str) -> MessagePermission | None:
        row = await self.connection.fetch_one(
            f"{_PERMISSIONS.select} WHERE user_id = :user_id AND kind = :kind",
            {"user_id": user_id, "kind": kind},
        )
        return _PERMISSIONS.one(row)

    async def put(self, permission: MessagePermission) -> None:
        """Write the row as it is to be."""
        key = {"user_id": permission.user_id, "kind": permission.kind}
        values = {
            "remaining": permission.remaining,
            "refused": int(permission.refused),
            "updated_at": permission.updated_at,
            "answered_at": permission.answered_at,
            "voided_at": permission.voided_at,
        }
        changed = await self._update(
            "message_permissions", values, "user_id = :user_id AND kind = :kind", key
        )
        if not changed:
            await self._insert("message_permissions", {**key, **values})

    async def take(self, user_id: int, kind: str, at: int) -> bool:
        """One less; False where none is known of."""
        return bool(
            await self.connection.execute(
                "UPDATE message_permissions SET remaining = remaining - 1, updated_at = :at "
                "WHERE user_id = :user_id AND kind = :kind AND remaining > 0",
                {"user_id": user_id, "kind": kind, "at": at},
            )
        )

    async def clear(self, user_id: int, kind: str, at: int) -> None:
        """None is left, of all that were permitted until now."""
        await self.connection.execute(
            "UPDATE message_permissions SET remaining = 0, updated_at = :at, voided_at = :at "
            "WHERE user_id = :user_id AND kind = :kind",
            {"user_id": user_id, "kind": kind, "at": at},
        )

    async def erase_of_user(self, user_id: int) -> int:
        return await self.connection.execute(
            "DELETE FROM message_permissions WHERE user_id = :id", {"id": user_id}
        )


class MessageAnswers(Repository):
    """What single sources have told within the last day."""

    async def add(self, answer: tuple[int, str, AnswerSource, int], *, counted: bool = False) -> None:
        """``answer``: user, kind, source, when."""
        user_id, kind, source, at = answer
        await self._insert(
            "message_answers",
            {
                "user_id": user_id,
                "kind": kind,
                "source": source,
                "at": at,
                "paired": 0,
                "counted": int(counted),
            },
        )

    async def pair(self, user_id: int, kind: str, source: AnswerSource, between: tuple[int, int]) -> bool:
        """Pair the earliest answer of a source between two moments that is not paired yet; False: there is none."""
        found = await self.connection.fetch_one(
            "SELECT id FROM message_answers WHERE user_id = :user_id AND kind = :kind AND source = :source "
            "AND paired = 0 AND at >= :first AND at <= :last ORDER BY at, id LIMIT 1",
            {
                "user_id": user_id,
                "kind": kind,
                "source": source,
                "first": between[0],
                "last": between[1],
            },
        )
        if found is None:
            return False
        await self._update("message_answers", {"paired": 1}, "id = :id", {"id": found[0]})
        return True

    async def counted_after(self, user_id: int, kind: str, at: int) -> int:
        """How many answers behind a moment added one to what remains."""
        return await self._count(
            "SELECT COUNT(*) FROM message_answers WHERE user_id = :user_id AND kind = :kind AND counted = 1 "
            "AND at > :at",
            {"user_id": user_id, "kind": kind, "at": at},
        )

    async def erase_of_user(self, user_id: int) -> int:
        return await self.connection.execute(
            "DELETE FROM message_answers WHERE user_id = :id", {"id": user_id}
        )
