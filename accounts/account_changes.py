"""What owners decide about administrators' accounts, and what administrators change about their own.

All of it in the caller's transaction. An owner who may log in always remains.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from accounts import admin_sessions
from refusals import AccountClosed, Refused
from storage import Transaction
from storage.models import Administrator, AdminSession, Role
from storage.writes import AdministratorChange


class LastOwner(Refused):
    """Without an owner accounts could not be changed any more."""

    slug = "last_owner"
    message = "至少要有一个可以登录的店主账号"


class OwnAccount(Refused):
    """The own account: disabling it would end the session at once."""

    slug = "own_account"
    message = "不能停用自己正在使用的账号"


class AccountChanged(Refused):
    """Another owner has decided about the account meanwhile; ``changed``: which parts of its ``basis_of_decision``."""

    slug = "account_changed"

    def __init__(self, account: Administrator, changed: set[str]) -> None:
        super().__init__()
        self.account = account
        self.changed = changed


def basis_of_decision(account: Administrator) -> dict[str, object]:
    """What a decision about an account is based on."""
    return {
        "role": account.role,
        "disabled": account.disabled_at is not None,
        "password": account.password_changed_at,
    }


async def change_account(
    tx: Transaction,
    admin_id: int,
    work: Callable[[Transaction], Awaitable[object]],
    based_on: tuple[str, ...],
    changed: Callable[[Mapping[str, object]], set[str]],
) -> None:
    """Do ``work(tx)`` to an account, with all accounts locked; an owner who may log in must remain.

    ``based_on``: the parts of ``basis_of_decision`` that must be as the caller has seen them; ``changed`` tells which
    of them are not. Raises AccountChanged, LastOwner.
    """
    await tx.administrators.lock_all()  # two owners who demote each other at once take turns
    account = await tx.administrators.get(admin_id)
    assert account is not None
    basis = {name: value for name, value in basis_of_decision(account).items() if name in based_on}
    if basis and (different := changed(basis)):
        raise AccountChanged(account, different)
    await work(tx)
    await check_owner_remains(tx)


async def check_owner_remains(tx: Transaction) -> None:
    """Raises LastOwner when no owner could log in after this transaction, which has locked all accounts."""
    accounts = await tx.administrators.all()
    if not any(each.role == Role.OWNER and each.disabled_at is None for each in accounts):
        raise LastOwner


def check_may_disable(admin_id: int, by: int) -> None:
    """Raises OwnAccount."""
    if admin_id == by:
        raise OwnAccount


async def set_disabled(tx: Transaction, admin_id: int, disabled_at: int | None, at: int) -> None:
    """Disable an account, or enable it again (None). Its sessions end, and wrong passwords are forgotten."""
    await tx.administrators.change(admin_id, AdministratorChange(disabled_at=disabled_at))
    await _start_afresh(tx, admin_id, at)


async def set_password(tx: Transaction, admin_id: int, hashed: str, at: int) -> None:
    """Give an account a password that was forgotten: it has to be changed at the next login, and the second factor is
    off. Its sessions end, and wrong passwords are forgotten."""
    change = AdministratorChange(
        password_hash=hashed, password_changed_at=at, totp_sealed="", must_change_password=True
    )
    await tx.administrators.change(admin_id, change)
    await _start_afresh(tx, admin_id, at)


async def _start_afresh(tx: Transaction, admin_id: int, at: int) -> None:
    await tx.failures.forgive(admin_id)
    await tx.administrators.end_sessions(admin_id, at)


async def change_own_password(
    tx: Transaction, seen: Administrator, hashed: str, session: AdminSession, at: int
) -> str:
    """Change the own password: every other session ends, and this one has another token. Raises AccountClosed when an
    owner has set another one, or disabled the account, since it was ``seen``."""
    change = AdministratorChange(password_hash=hashed, password_changed_at=at, must_change_password=False)
    if not await tx.administrators.change_as_seen(seen, change):
        raise AccountClosed
    await tx.administrators.end_sessions(seen.id, at, but=session.id)
    return await admin_sessions.confirm(tx, session, at)
