"""Who else may see an order, by which cards they came, and what users have agreed to."""

from __future__ import annotations

from storage.models import Consent, Member, MemberLink
from storage.repositories.base import Mapped, Repository

_MEMBERS = Mapped("members", Member)
_LINKS = Mapped("member_links", MemberLink)
_CONSENTS = Mapped("consents", Consent)


class Members(Repository):
    async def get(self, member_id: int) -> Member | None:
        return _MEMBERS.one(
            await self.connection.fetch_one(f"{_MEMBERS.select} WHERE id = :id", {"id": member_id})
        )

    async def link(self, token_hash: str) -> MemberLink | None:
        return _LINKS.one(
            await self.connection.fetch_one(
                f"{_LINKS.select} WHERE token_hash = :token_hash", {"token_hash": token_hash}
            )
        )


class Consents(Repository):
    async def of_user(self, user_id: int) -> list[Consent]:
        """Oldest first."""
        rows = await self.connection.fetch_all(
            f"{_CONSENTS.select} WHERE user_id = :id ORDER BY id", {"id": user_id}
        )
        return _CONSENTS.all(rows)
