"""What WeChat's platform rules want erased, until it is."""

from __future__ import annotations

from storage.errors import Duplicate
from storage.models import ORDERS_UNDER_WAY, ErasureRequest, ErasureSubject
from storage.repositories.base import Mapped, Repository, in_list

_REQUESTS = Mapped("erasure_requests", ErasureRequest)


class ErasureRequests(Repository):
    """Who writes has locked the user."""

    async def ask(self, user_id: int, what: ErasureSubject, at: int) -> None:
        """Once per user and subject. Asked again later it is open again; what is older than the known one changes
        nothing."""
        try:
            await self._insert("erasure_requests", {"user_id": user_id, "what": what, "asked_at": at})
        except Duplicate:
            await self.connection.execute(
                "UPDATE erasure_requests SET asked_at = :at, done_at = NULL "
                "WHERE user_id = :user_id AND what = :what AND asked_at < :at",
                {"user_id": user_id, "what": what, "at": at},
            )

    async def get(self, user_id: int, what: ErasureSubject) -> ErasureRequest | None:
        row = await self.connection.fetch_one(
            f"{_REQUESTS.select} WHERE user_id = :user_id AND what = :what",
            {"user_id": user_id, "what": what},
        )
        return _REQUESTS.one(row)

    async def waiting(self, after: int, limit: int) -> list[ErasureRequest]:
        """What is still to be erased, oldest first, behind an id."""
        return await self._oldest(_REQUESTS, ["done_at IS NULL"], {}, after, limit)

    async def count_waiting(self, what: ErasureSubject) -> int:
        return await self._count(
            "SELECT COUNT(*) FROM erasure_requests WHERE done_at IS NULL AND what = :what", {"what": what}
        )

    async def closing(self, limit: int) -> list[int]:
        """Users who have closed their WeChat account and are still needed, the longest wait first."""
        rows = await self.connection.fetch_all(
            "SELECT user_id FROM erasure_requests WHERE done_at IS NULL AND what = :what ORDER BY id LIMIT :limit",
            {"what": ErasureSubject.ACCOUNT, "limit": limit},
        )
        return [int(row[0]) for row in rows]

    async def done(self, request_id: int, at: int) -> None:
        """It is erased, or not to be erased any more."""
        await self._update("erasure_requests", {"done_at": at}, "id = :id", {"id": request_id})

    async def erase_phones_not_needed(self, user_id: int) -> None:
        """Phones of the user's patients and on the user's orders, but for those of orders under way. Phones of escorts
        are what the company calls them at, and stay."""
        states, marks = in_list("state", ORDERS_UNDER_WAY)
        await self.connection.execute(
            "UPDATE patients SET phone_sealed = '', phone_tail = '', phone_hash = '' "
            "WHERE user_id = :user_id AND phone_sealed <> '' AND NOT EXISTS (SELECT 1 FROM orders o "
            f"WHERE o.user_id = :user_id AND o.patient_id = patients.id AND o.state IN {states})",
            {"user_id": user_id, **marks},
        )
        await self.connection.execute(
            "UPDATE orders SET contact_phone_sealed = '', contact_phone_tail = '' "
            f"WHERE user_id = :user_id AND contact_phone_sealed <> '' AND state NOT IN {states}",
            {"user_id": user_id, **marks},
        )

    async def count_phones(self, user_id: int) -> int:
        """How many phones are left of patients and orders of the user."""
        return await self._count(
            "SELECT (SELECT COUNT(*) FROM patients WHERE user_id = :id AND phone_sealed <> '') + "
            "(SELECT COUNT(*) FROM orders WHERE user_id = :id AND contact_phone_sealed <> '')",
            {"id": user_id},
        )

    async def withdraw(self, user_id: int, what: ErasureSubject, at: int) -> None:
        """The user has given it again: what is there now stays."""
        await self._update(
            "erasure_requests",
            {"done_at": at},
            "user_id = :user_id AND what = :what AND done_at IS NULL",
            {"user_id": user_id, "what": what},
        )
