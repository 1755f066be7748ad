"""Secrets for a new installation: ``main.py secrets > environment``."""

from __future__ import annotations

import secrets

from config import ENVIRONMENT_PREFIX
from privacy import new_key


def new_secrets() -> str:
    """An environment file with everything that can be generated; what comes from WeChat cannot."""
    values = {
        "SERVER_COOKIE_SECRET": secrets.token_urlsafe(32),
        "SERVER_METRICS_TOKEN": secrets.token_urlsafe(32),
        "PRIVACY_KEY": new_key(),
        "DATABASE_PASSWORD": secrets.token_urlsafe(24),
    }
    lines = [f"{ENVIRONMENT_PREFIX}{name}={value}" for name, value in values.items()]
    return "\n".join(
        [
            "# New secrets. Keep this file private, and a copy of HA_PRIVACY_KEY in another safe place: without it",
            "# no ID or phone number that is stored can be read again.",
            *lines,
            "",
        ]
    )
