"""Sealed files that are sent to who may read them, opened."""

from __future__ import annotations

import asyncio

from handlers.base import BaseHandler
from handlers.errors import not_found
from sealed_files import SealedFiles

JPEG, PDF = "image/jpeg", "application/pdf"


async def send_sealed(handler: BaseHandler, files: SealedFiles, file: str | None, kind: str = JPEG) -> None:
    """Answer with the content of a file, which no cache keeps. The caller has been checked.

    Raises ApiError 404 when there is no such file.
    """
    content = await asyncio.to_thread(files.read, file) if file else None
    if content is None:
        raise not_found()
    handler.set_header("Content-Type", kind)
    handler.set_header("Cache-Control", "no-store")
    await handler.finish(content)
