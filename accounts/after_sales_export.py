"""What a user has complained about and which invoices they asked for, for that user's export."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from typing import Any

import orjson

from orders.complaints import reading
from orders.complaints.reading import WholeComplaint
from privacy import Vault
from schemas.complaints import complaint_row
from schemas.invoices import invoice_row
from sealed_files import DocumentFiles
from storage import Storage

AT_ONCE = 20


async def after_sales_chunks(
    storage: Storage, vault: Vault, documents: DocumentFiles, user_id: int
) -> AsyncIterator[bytes]:
    """Parts of a JSON object, each beginning with a comma."""
    yield b',"complaints":['
    separator = b""
    async with storage.reading() as reader:
        complaints = await reader.complaints.of_user(user_id)
    for start in range(0, len(complaints), AT_ONCE):
        async with storage.reading() as reader:
            some = await reading.read(reader, complaints[start : start + AT_ONCE])
        for whole in some:
            yield separator + await asyncio.to_thread(_complaint, whole, vault)
            async for piece in _photos(whole, documents):
                yield piece
            yield b"]}"
            separator = b",\n"
    yield b'],"invoices":['
    separator = b""
    async with storage.reading() as reader:
        invoices = await reader.invoices.of_user(user_id)
    for invoice in invoices:
        pdf = await asyncio.to_thread(documents.read, invoice.file) if invoice.file else None
        row = invoice_row(invoice, vault) | {"pdf": base64.b64encode(pdf or b"").decode()}
        yield separator + orjson.dumps({name: value for name, value in row.items() if name not in _HIDDEN})
        separator = b",\n"
    yield b"]"


_HIDDEN = ("id", "state", "kind", "file", "canWithdraw")
"""What a page needs, and is not read."""


def _complaint(whole: WholeComplaint, vault: Vault) -> bytes:
    """Everything but the photos, up to the bracket behind which they follow."""
    row: dict[str, Any] = complaint_row(whole, vault)
    kept = ("orderId", "title", "stateText", "text", "time")
    said = [{"entry": each["kind"], "text": each["text"], "time": each["time"]} for each in row["entries"]]
    exported = {name: row[name] for name in kept} | {"entries": said}
    return orjson.dumps(exported)[:-1] + b',"photos":['


async def _photos(whole: WholeComplaint, documents: DocumentFiles) -> AsyncIterator[bytes]:
    separator = b""
    for photo in whole.photos:
        picture = await asyncio.to_thread(documents.read, photo.file)
        jpeg = base64.b64encode(picture or b"").decode()
        yield separator + orjson.dumps({"file": photo.file, "jpeg": jpeg})
        separator = b",\n"
