"""Administrators' sessions: a random token, its hash in the database, two ways to end by itself (without use, and after
some hours); and the password that dangerous acts ask for again.
"""

from __future__ import annotations

import re

from accounts.lockouts import ALL_NEW_NETWORKS
from accounts.tokens import new_token, token_hash
from clock import HOUR, MINUTE
from config import Settings
from frozen_dataclasses import frozen
from refusals import AccountClosed, Unknown
from storage import Storage, Transaction
from storage.models import Administrator, AdminSession, FailureKind
from storage.writes import AdministratorChange, AdminSessionChange, NewAdminSession

CONFIRMED_FOR = 10 * MINUTE
"""Dangerous acts ask for the password again when it was given longer ago."""
_TOKEN = re.compile(r"[0-9A-Za-z_-]{43}")
_TOUCH_EVERY = MINUTE


@frozen()
class Browser:
    """Where a login comes from. ``session``: the one that it holds already."""

    address: str
    network: str
    agent: str
    session: AdminSession | None = None


async def log_in(
    tx: Transaction, settings: Settings, admin: Administrator, hashed: str, browser: Browser, at: int
) -> str:
    """Begin a session of an administrator whose password, now hashed like this, was right: its token. It is always
    one of its own: the old one of the browser ends. Raises AccountClosed when an owner has set another password or
    disabled the account since ``admin`` was read."""
    if not await tx.administrators.change_as_seen(admin, AdministratorChange(password_hash=hashed)):
        raise AccountClosed
    for network in (browser.network, ALL_NEW_NETWORKS):
        await tx.failures.forgive(admin.id, FailureKind.LOGIN, network)
    if browser.session is not None:
        await end(tx, browser.session, at)
    return await start(tx, settings, admin, browser, at)


async def start(tx: Transaction, settings: Settings, admin: Administrator, browser: Browser, at: int) -> str:
    """A new session; its token, which is stored nowhere."""
    token = new_token()
    await tx.administrators.add_session(
        NewAdminSession(
            admin_id=admin.id,
            token_hash=token_hash(token),
            address=browser.address[:64],
            agent=browser.agent[:255],
            created_at=at,
            last_seen_at=at,
            confirmed_at=at,
            expires_at=at + settings.admin.session_hours * HOUR,
        )
    )
    return token


def idle_since(settings: Settings, at: int) -> int:
    """A session that was last used at this moment, or before, has ended by itself."""
    return at - settings.admin.session_idle_minutes * MINUTE


async def find(
    storage: Storage, settings: Settings, token: str, at: int, *, used: bool = True
) -> tuple[AdminSession, Administrator] | None:
    """The living session of this token and its administrator; being ``used`` by a person keeps it alive."""
    if not _TOKEN.fullmatch(token):
        return None
    async with storage.reading() as reader:
        found = await reader.administrators.find_session(token_hash(token), at, idle_since(settings, at))
    if found is not None and used and at - found[0].last_seen_at > _TOUCH_EVERY:
        change = AdminSessionChange(last_seen_at=at)
        await storage.run(lambda tx: tx.administrators.change_session(found[0].id, change))
    return found


def is_confirmed(session: AdminSession, at: int) -> bool:
    """Was the password given in the last ten minutes?"""
    return at - session.confirmed_at <= CONFIRMED_FOR


async def confirm(tx: Transaction, session: AdminSession, at: int) -> str:
    """The password was given again: another token for the session. Nobody can use the old one any more."""
    await tx.failures.forgive(session.admin_id, FailureKind.CONFIRMATION)
    token = new_token()
    change = AdminSessionChange(confirmed_at=at, token_hash=token_hash(token))
    await tx.administrators.change_session(session.id, change)
    return token


async def end(tx: Transaction, session: AdminSession, at: int) -> None:
    await tx.administrators.change_session(session.id, AdminSessionChange(ended_at=at))


async def end_own(
    tx: Transaction, settings: Settings, current: AdminSession, session_id: int, at: int
) -> None:
    """End a living session of the same administrator; with the id 0 every one but ``current``. Raises Unknown."""
    if not session_id:
        await tx.administrators.end_sessions(current.admin_id, at, but=current.id)
        return
    own = await tx.administrators.sessions_of(current.admin_id, at, idle_since(settings, at))
    session = next((each for each in own if each.id == session_id), None)
    if session is None:
        raise Unknown
    await end(tx, session, at)
