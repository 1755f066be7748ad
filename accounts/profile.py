"""A user's own name and avatar."""

from __future__ import annotations

from pathlib import Path

from refusals import AccountClosed
from storage import Transaction
from storage.models import ContentKind


async def take_avatar(tx: Transaction, user_id: int, file: str, at: int) -> tuple[str, list[str]]:
    """Make an uploaded file the user's avatar; the name of the one before, which nobody refers to any more, and of
    those that waited for approval (the checks have been switched off since).

    The one before is read under the lock: of several uploads at once each knows which it replaces. Raises
    AccountClosed.
    """
    user = await tx.users.lock(user_id)
    if user is None or user.deleted_at or user.disabled_at:
        raise AccountClosed
    await tx.users.set_avatar_file(user.id, file, at)
    return user.avatar_file, await tx.content.replace(user.id, ContentKind.AVATAR)


def remove_avatar(avatars: Path, file: str) -> None:
    """Remove an uploaded picture from its folder, after what replaced it was committed; an empty name is none."""
    if file:
        (avatars / file).unlink(missing_ok=True)
