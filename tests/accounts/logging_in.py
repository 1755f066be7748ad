"""Administrators and users who log in, for the acts of their sessions."""

from __future__ import annotations

from accounts import admin_sessions, user_sessions
from accounts.admin_sessions import Browser
from storage.models import Administrator, AdminSession, SentIn, Session
from tests.orders.scene import NOON, Scene

NETWORK, ELSEWHERE = "203.0.113.9", "198.51.100.7"


def browser(session: AdminSession | None = None) -> Browser:
    return Browser(NETWORK, NETWORK, f"Firefox {'x' * 300}", session)


async def administrator(scene: Scene, admin_id: int = 1) -> Administrator:
    async with scene.storage.reading() as reader:
        found = await reader.administrators.get(admin_id)
    assert found is not None
    return found


async def log_in_administrator(
    scene: Scene, admin_id: int = 1, at: int = NOON, session: AdminSession | None = None
) -> str:
    """The token of the new session. ``session``: the one that the browser has already."""
    admin = await administrator(scene, admin_id)
    return await scene.run(
        lambda tx: admin_sessions.log_in(tx, scene.settings, admin, admin.password_hash, browser(session), at)
    )


async def log_in(scene: Scene, user: int = 1, at: int = NOON, agent: str = "iPhone") -> str:
    """The token of a user's new session."""
    token, _ = await scene.run(
        lambda tx: user_sessions.log_in(tx, scene.settings, f"oUser{user:02d}", agent, at)
    )
    return token


async def session_of(
    scene: Scene, token: str, at: int = NOON, sent_in: SentIn = SentIn.HEADER
) -> Session | None:
    """The session of a token, while it may be used."""
    async with scene.storage.reading() as reader:
        found = await user_sessions.find(reader, scene.settings, token, sent_in, at)
    return found[0] if found else None
