"""The files of avatars that nobody but their user sees yet, and the addresses at which WeChat and the user read them.

An address is signed and holds for a time: WeChat fetches a picture within half an hour after it was asked. Only
avatars have such addresses, never a paper of a patient.
"""

from __future__ import annotations

import hashlib
import hmac
import shutil
from collections.abc import Iterable
from pathlib import Path

from clock import HOUR
from storage import Storage
from storage.models import ContentCheck, ContentState

READABLE = 2 * HOUR
"""At the least. Within an hour an address stays the same: a phone that has the picture need not load it again."""


def publish(unchecked: Path, avatars: Path, file: str) -> bool:
    """Put a picture where avatars are, before a transaction names it there; one that is not named is found unused.
    False: it is gone, as somebody has decided about it. Raises OSError."""
    avatars.mkdir(parents=True, exist_ok=True)
    try:
        shutil.copyfile(unchecked / file, avatars / file)
    except FileNotFoundError:
        return False
    return True


async def withdraw(storage: Storage, avatars: Path, check: ContentCheck) -> None:
    """What was put there was not published: the copy goes, unless somebody else has published it first."""
    async with storage.reading() as reader:
        user = await reader.users.get(check.user_id)
    if user is None or user.avatar_file != check.file:
        (avatars / check.file).unlink(missing_ok=True)


def discard(unchecked: Path, files: Iterable[str]) -> None:
    """Remove pictures that wait for nothing any more, after that was committed."""
    for file in files:
        (unchecked / file).unlink(missing_ok=True)


def address(secret: str, file: str, at: int) -> str:
    """Relative to the server's root; may be read for two to three hours from ``at`` (ms)."""
    until = (at // HOUR + 1) * HOUR + READABLE
    return f"content/avatars/{Path(file).stem}.jpg?until={until}&sign={_sign(secret, file, until)}"


def may_read(secret: str, file: str, until: str, sign: str, at: int) -> bool:
    """Is it an address that was made here, and does it still hold?"""
    if not (until.isascii() and until.isdigit() and len(until) <= 16 and at <= int(until)):
        return False
    return hmac.compare_digest(_sign(secret, file, int(until)).encode(), sign.encode())


def for_author(secret: str, check: ContentCheck | None, at: int) -> str:
    """Where its user sees a picture that waits; empty when none does."""
    if check is None or check.state == ContentState.REJECTED or not check.file:
        return ""
    return address(secret, check.file, at)


def _sign(secret: str, file: str, until: int) -> str:
    text = f"content picture {file} {until}"
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()[:40]
