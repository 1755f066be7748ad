"""A table as CSV or XLSX: read page by page and sent as it is read, never all in memory; and how far it is."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from urllib.parse import quote

from handlers.admin.page import AdminPage
from handlers.admin.spreadsheets import Cell, Column, CsvSheet, Sheet, XlsxSheet
from handlers.errors import by_status

SHEETS: dict[str, type[Sheet]] = {"csv": CsvSheet, "xlsx": XlsxSheet}
_TICKET = re.compile("[0-9a-f]{8,64}")
MAX_TRIES = 30
"""So often, once a second, a page asks for a download that has not begun; then it stops asking."""


class ExportPage(AdminPage):
    """What a file that is sent and the page that tells how far it is have in common."""

    @property
    def ticket(self) -> str:
        """The name that the page has given to its download; empty without one."""
        text = self.query_fields.get("ticket", "")
        return text if _TICKET.fullmatch(text) else ""

    @property
    def session_id(self) -> int:
        assert self.admin_session is not None
        return self.admin_session.id


class FileHandler(ExportPage):
    """A file; ``format``: xlsx or csv. ``ticket``: a name under which ``progress/`` knows it."""

    produces = "*/*"
    limits_reads = True

    @property
    def kind(self) -> str:
        return self.query_fields.get("format", "xlsx")

    def must_be_a_kind(self) -> None:
        """Raises ApiError 400 for a kind of file that there is not; asked before anything is read or written down."""
        if self.kind not in SHEETS:
            raise by_status(400)

    async def send_file(
        self,
        names: tuple[str, str, str],
        columns: Sequence[Column],
        pages: AsyncIterator[list[list[Cell]]],
        total: int,
    ) -> None:
        """``names``: of the sheet, of the file in Chinese, and in ASCII; ``total``: how many rows there will be."""
        title, chinese, ascii_name = names
        sheet = SHEETS[self.kind](title)
        self.set_header("Content-Type", sheet.content_type)
        self.set_header(
            "Content-Disposition",
            f"attachment; filename={ascii_name}.{self.kind}; filename*=UTF-8''{quote(f'{chinese}.{self.kind}')}",
        )
        sending = await self.services.downloads.begin(self.session_id, self.ticket, total)

        async def pieces() -> AsyncIterator[bytes]:
            """Each is asked for when the one before it has been sent. How it ended is said before the answer ends."""
            try:
                yield sheet.begin(columns)
                async for rows in pages:
                    yield await asyncio.to_thread(sheet.rows, rows)
                    await sending.add(len(rows))
                yield sheet.end()
                await sending.end(complete=True)
            except Exception:
                await sending.end(complete=False)
                raise

        try:
            await self.send_pieces(pieces())
        finally:
            await sending.end(complete=False)  # nobody reads any more


async def one_page(rows: list[list[Cell]]) -> AsyncIterator[list[list[Cell]]]:
    """The pages of a file that is small enough for one."""
    yield rows


class ProgressPage(ExportPage):
    """How far the download with this ``ticket`` is, as a part of the page, which asks again until it has ended."""

    async def get(self) -> None:
        tries = (self.page_number("tries") or 0) + 1
        progress = await self.services.downloads.find(self.session_id, self.ticket)
        self.render(
            "admin/orders/export_progress.html",
            progress=progress,
            ticket=self.ticket,
            tries=tries,
            given_up=progress is None and tries > MAX_TRIES,
            address=self.request.path.rpartition("/admin/")[2],
        )
