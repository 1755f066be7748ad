"""What owners decide about a user of the mini-program: to disable them, let them in again, delete their data."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from accounts import personal_data
from accounts.personal_data import ErasedFiles
from refusals import Refused
from storage import Transaction
from storage.models import User

Changed = Callable[[Mapping[str, object]], set[str]]
"""Which of these facts are no longer what the one who decides has seen."""


class UserChanged(Refused):
    """Another owner has decided about the user meanwhile."""

    slug = "user_changed"
    message = "没有保存：您打开页面以后，这位用户的状态变了。请回到用户核对后再操作"


class UserDeleted(Refused):
    """There is nothing left to delete."""

    slug = "user_deleted"
    message = "这位用户的资料已经删除"


def basis_of_decision(user: User) -> dict[str, object]:
    """What a decision about a user is based on."""
    return {"disabled": user.disabled_at is not None, "deleted": user.deleted_at is not None}


async def set_disabled(tx: Transaction, user_id: int, disabled_at: int | None, changed: Changed) -> None:
    """Disable a user, which ends their sessions, or let them in again (None). Raises UserChanged."""
    user = await tx.users.lock(user_id)
    if user is None or changed(basis_of_decision(user)):
        raise UserChanged
    await tx.users.set_disabled(user.id, disabled_at)
    if disabled_at is not None:
        await tx.sessions.end_all(user.id)


def check_not_deleted(user: User | None) -> None:
    """Raises UserDeleted."""
    if user is None or user.deleted_at is not None:
        raise UserDeleted


async def delete_data(tx: Transaction, user: User, at: int) -> ErasedFiles:
    """Delete a user's data, once; what ``personal_data.erase`` gives. Raises UserDeleted, and what that raises."""
    check_not_deleted(await tx.users.lock(user.id))
    return await personal_data.erase(tx, user, at)
