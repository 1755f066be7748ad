"""Administrators' sessions: a random token in a cookie, its hash in the database, two ways to end by itself."""

from __future__ import annotations

import re
import secrets

from accounts.tokens import token_hash
from clock import HOUR, MINUTE
from config import Settings
from handlers.services import Services
from storage import Transaction
from storage.models import Administrator, AdminSession
from storage.writes import AdminSessionChange, NewAdminSession

COOKIE = "ha_admin"
"""In production with the prefix of ``cookie_name``."""
CONFIRMED_FOR = 10 * MINUTE
"""Dangerous acts ask for the password again when it was given longer ago."""
_TOKEN_BYTES = 32
_TOKEN = re.compile(r"[0-9A-Za-z_-]{43}")
_TOUCH_EVERY = MINUTE


def cookie_name(name: str, settings: Settings) -> str:
    """In production, a name that browsers accept only over https, from this host alone and for all of it: no other
    page, and nobody on the line, can plant such a cookie. It needs ``Path=/``, whatever the prefix of the server is."""
    return name if settings.development else f"__Host-{name}"


async def renew_token(tx: Transaction, session: AdminSession) -> str:
    """Another token for a session: whoever holds the old one holds nothing any more."""
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    await tx.administrators.change_session(session.id, AdminSessionChange(token_hash=token_hash(token)))
    return token


async def start_session(
    tx: Transaction, services: Services, admin: Administrator, address: str, agent: str, at: int
) -> str:
    """A new session; its token, which is stored nowhere."""
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    await tx.administrators.add_session(
        NewAdminSession(
            admin_id=admin.id,
            token_hash=token_hash(token),
            address=address[:64],
            agent=agent[:255],
            created_at=at,
            last_seen_at=at,
            confirmed_at=at,
            expires_at=at + services.settings.admin.session_hours * HOUR,
        )
    )
    return token


def idle_since(services: Services, at: int) -> int:
    """A session that was last used at this moment, or before, has ended by itself."""
    return at - services.settings.admin.session_idle_minutes * MINUTE


async def find_session(services: Services, token: str, at: int) -> tuple[AdminSession, Administrator] | None:
    """The living session of this token and its administrator; being used keeps it alive."""
    if not _TOKEN.fullmatch(token):
        return None
    async with services.storage.reading() as reader:
        found = await reader.administrators.find_session(token_hash(token), at, idle_since(services, at))
    if found is not None and at - found[0].last_seen_at > _TOUCH_EVERY:
        async with services.storage.transaction() as tx:
            await tx.administrators.change_session(found[0].id, AdminSessionChange(last_seen_at=at))
            await tx.commit()
    return found
