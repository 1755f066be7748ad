"""From what WeChat sends for a bill to the checked bytes of the file. Source: pay.weixin.qq.com, 下载账单.

The reply that names the file is signed; the file itself is not, so the SHA1 in the signed reply is what
proves it. The hash is over the **uncompressed** file.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Any
from urllib.parse import urlsplit

import httpx

from frozen_dataclasses import frozen
from transport import gunzip

MAX_DOWNLOAD_BYTES = 32 << 20
MAX_BILL_BYTES = 128 << 20
"""About half a million rows: far beyond this business, far below the machine's memory."""


class BadBill(Exception):
    """The file is not the one that WeChat announced: broken, too large or with another hash. Fetch it
    again."""


@frozen()
class BillPointer:
    """Where a bill is and what it must hash to. ``path`` is what follows the API's base URL, with the query."""

    path: str
    sha1: str


def read_pointer(data: dict[str, Any]) -> BillPointer:
    """Reads the reply of /v3/bill/…; ``BadBill`` when it has another form.

    Only the path and the query of ``download_url`` are kept, from ``/v3/`` on: the request for the file is signed
    with the merchant's key and goes to the configured base URL, never to a host that a reply names.
    """
    url, kind, digest = (data.get(name) for name in ("download_url", "hash_type", "hash_value"))
    if not (isinstance(url, str) and isinstance(digest, str) and kind == "SHA1" and len(digest) == 40):
        raise BadBill("the reply does not name a file with a SHA1")
    try:
        parts = urlsplit(url)
    except ValueError:
        raise BadBill("the download address cannot be read") from None
    start = parts.path.find("/v3/")
    if start < 0 or not url.isascii() or not url.isprintable():
        raise BadBill("the download address is not one of the API")
    query = f"?{parts.query}" if parts.query else ""
    return BillPointer(parts.path[start:] + query, digest.lower())


def unpack(download: bytes, sha1: str) -> bytes:
    """The uncompressed file, if it has that SHA1; ``BadBill`` otherwise."""
    try:
        content = gunzip(download, MAX_BILL_BYTES) if download.startswith(b"\x1f\x8b") else download
    except httpx.TransportError as problem:
        raise BadBill(str(problem)) from None
    except httpx.DecodingError as problem:
        raise BadBill(str(problem)) from None
    found = hashlib.sha1(content, usedforsecurity=False).hexdigest()
    if not hmac.compare_digest(found, sha1):
        raise BadBill("the file's SHA1 is not the announced one")
    return content
