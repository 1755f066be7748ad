"""How far the files are that administrators download, whichever process sends them."""

from __future__ import annotations

from dataclasses import asdict

from storage.models import Download
from storage.repositories.base import Mapped, Repository

_DOWNLOADS = Mapped("downloads", Download)


class Downloads(Repository):
    async def put(self, download: Download) -> None:
        """Say how far it is; the first time too."""
        values = asdict(download)
        changed = await self.connection.execute(
            "UPDATE downloads SET total = :total, sent = :sent, state = :state, updated_at = :updated_at "
            "WHERE session_id = :session_id AND ticket = :ticket",
            values,
        )
        if not changed:
            await self._insert("downloads", values)

    async def get(self, session_id: int, ticket: str) -> Download | None:
        row = await self.connection.fetch_one(
            f"{_DOWNLOADS.select} WHERE session_id = :session_id AND ticket = :ticket",
            {"session_id": session_id, "ticket": ticket},
        )
        return _DOWNLOADS.one(row)

    async def sweep(self, before: int) -> int:
        """Delete those of which nothing was heard since ``before``."""
        return await self.connection.execute(
            "DELETE FROM downloads WHERE updated_at < :before", {"before": before}
        )
