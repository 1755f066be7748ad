"""Session tokens: random, handed out once, stored only as a hash."""

from __future__ import annotations

import hashlib
import secrets

_BYTES = 32


def new_token() -> str:
    """256 random bits as 43 characters that fit into a header, a cookie and an address."""
    return secrets.token_urlsafe(_BYTES)


def token_hash(token: str) -> str:
    """How a token is stored: a fast hash is enough for 256 random bits."""
    return hashlib.sha256(token.encode()).hexdigest()
