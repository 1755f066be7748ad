"""How far the files that are being sent are, for the pages they were asked from.

Another process may answer those pages, so it stands in the database, written once a second at most. The file does not
depend on it: what cannot be written is left out.
"""

from __future__ import annotations

from dataclasses import replace

from clock import MINUTE, SECOND, Clock
from storage import Storage, StorageError
from storage.models import Download, DownloadState

EVERY = SECOND
LOST_AFTER = 5 * MINUTE
"""Nothing was sent for so long: the process that sent it has been killed, or nobody reads any more."""


class Sending:
    """A file that is being sent."""

    def __init__(self, storage: Storage, clock: Clock, download: Download) -> None:
        self._storage, self._clock = storage, clock
        self._now = download
        self._written_at = 0

    async def add(self, rows: int) -> None:
        """So many rows more have been sent."""
        self._now = replace(self._now, sent=self._now.sent + rows)
        if self._clock() - self._written_at >= EVERY:
            await self._write()

    async def end(self, *, complete: bool) -> None:
        """Say how it ended; what was said first counts."""
        if self._now.state != DownloadState.SENDING:
            return
        self._now = replace(self._now, state=DownloadState.DONE if complete else DownloadState.BROKEN)
        await self._write()

    async def _write(self) -> None:
        if not self._now.ticket:
            return  # nobody will ask after it
        self._written_at = self._clock()
        download = replace(self._now, updated_at=self._written_at)
        try:
            await self._storage.run(lambda tx: tx.downloads.put(download))
        except StorageError:
            """The page shows the state of before."""


class Downloads:
    """The progress of downloads, by the session that asked and the ticket that its page chose."""

    def __init__(self, storage: Storage, clock: Clock) -> None:
        self._storage, self._clock = storage, clock

    async def begin(self, session_id: int, ticket: str, total: int) -> Sending:
        """A download of ``total`` rows begins; without a ticket nobody will ask after it."""
        download = Download(session_id, ticket, total, 0, DownloadState.SENDING, 0)
        sending = Sending(self._storage, self._clock, download)
        await sending.add(0)
        return sending

    async def find(self, session_id: int, ticket: str) -> Download | None:
        """Of one that nothing was heard of for long, that it is broken."""
        async with self._storage.reading() as reader:
            found = await reader.downloads.get(session_id, ticket) if ticket else None
        if found and found.state == DownloadState.SENDING and found.updated_at < self._clock() - LOST_AFTER:
            return replace(found, state=DownloadState.BROKEN)
        return found
