"""The cookie that holds an administrator's session token (``accounts/admin_sessions.py``)."""

from __future__ import annotations

from config import Settings

COOKIE = "ha_admin"
"""In production with the prefix of ``cookie_name``."""


def cookie_name(name: str, settings: Settings) -> str:
    """In production, a name that browsers accept only over https, from this host alone and for all of it: no other
    page, and nobody on the line, can plant such a cookie. It needs ``Path=/``, whatever the prefix of the server is."""
    return name if settings.development else f"__Host-{name}"
