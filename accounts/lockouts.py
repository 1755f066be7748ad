"""Wrong passwords: counted before they are looked at, so that eight guesses at once are eight; and who must wait then.

At the login they count per account and network: who guesses locks out their own network, not the owner. Guesses from
many networks meet a slower wait for the whole account, which holds only for networks that the account has not logged in
from before. Where a session is asked for the password again, a counter of its own is kept: no stranger at the login can
stop the work of an administrator who is logged in.
"""

from __future__ import annotations

from accounts.administrators import find_account
from accounts.limits import rate_limit_network
from clock import DAY, MINUTE, SECOND
from frozen_dataclasses import frozen
from storage import Storage, Transaction
from storage.models import Administrator, FailureKind, PasswordFailures

LOCK_AFTER = 8
LOCK_FOR = 15 * MINUTE
SLOW_AFTER = 24
"""So many failures in a row from networks that are new to the account are free."""
FIRST_WAIT = 15 * SECOND
"""Each one more doubles the wait, up to ``LOCK_FOR``."""
FORGET_AFTER = DAY
ALL_NEW_NETWORKS = ""


@frozen()
class PasswordTry:
    """A password that was given. ``admin``: whose it must be; None when it must not even be looked at."""

    admin: Administrator | None
    account: str = ""
    """The name of the account, if there is one."""
    locked: bool = False
    locks: bool = False
    """From this failure on, if it is one, there is a lock."""


async def begin_login(storage: Storage, name: str, network: str, at: int) -> PasswordTry:
    """Count a try to log in. Without ``admin``: no such account, disabled, or locked for this network."""

    async def work(tx: Transaction) -> PasswordTry:
        admin = await find_account(tx, name)
        if admin is None or admin.disabled_at is not None:
            return PasswordTry(None, admin.name if admin else "")
        counted = [await _current(tx, admin.id, FailureKind.LOGIN, network, at)]
        if not await _is_familiar(tx, admin.id, network):
            counted.append(await _current(tx, admin.id, FailureKind.LOGIN, ALL_NEW_NETWORKS, at))
        return await _count(tx, admin, counted, at)

    return await storage.run(work)


async def begin_confirmation(storage: Storage, admin_id: int, at: int) -> PasswordTry:
    """Count a password that a session was asked for. Without ``admin``: disabled meanwhile, or locked."""

    async def work(tx: Transaction) -> PasswordTry:
        admin = await tx.administrators.lock(admin_id)
        if admin is None or admin.disabled_at is not None:
            return PasswordTry(None)
        current = await _current(tx, admin.id, FailureKind.CONFIRMATION, "", at)
        return await _count(tx, admin, [current], at)

    return await storage.run(work)


async def _current(
    tx: Transaction, admin_id: int, kind: FailureKind, network: str, at: int
) -> PasswordFailures:
    """The failures in a row that still count. After a network's lock the count starts at zero again; a whole
    account's does not."""
    found = await tx.failures.get(admin_id, kind, network)
    over = found is not None and 0 < found.locked_until <= at and not _whole_account(found)
    if found is None or over or found.last_at <= at - FORGET_AFTER:
        return PasswordFailures(admin_id, kind, network, 0, 0, at)
    return found


async def _count(
    tx: Transaction, admin: Administrator, counted: list[PasswordFailures], at: int
) -> PasswordTry:
    if any(each.locked_until > at for each in counted):
        return PasswordTry(None, admin.name, locked=True)
    locks = False
    for each in counted:
        failures = each.failures + 1
        wait = _wait_for_account(failures) if _whole_account(each) else _wait(failures)
        locks = locks or wait > 0
        until = at + wait if wait else 0
        await tx.failures.put(PasswordFailures(each.admin_id, each.kind, each.network, failures, until, at))
    return PasswordTry(admin, admin.name, locks=locks)


def _whole_account(failures: PasswordFailures) -> bool:
    return failures.kind == FailureKind.LOGIN and failures.network == ALL_NEW_NETWORKS


def _wait(failures: int) -> int:
    return LOCK_FOR if failures >= LOCK_AFTER else 0


def _wait_for_account(failures: int) -> int:
    beyond = failures - SLOW_AFTER
    return min(FIRST_WAIT << min(beyond, 20), LOCK_FOR) if beyond >= 0 else 0


async def _is_familiar(tx: Transaction, admin_id: int, network: str) -> bool:
    """Did the account log in from this network before?"""
    return network in {rate_limit_network(address) for address in await tx.administrators.addresses(admin_id)}
