"""Personal numbers: encrypted at rest, masked when shown, never in a log.

A sealed value is ``<key id>.<base64 of nonce and AES-256-GCM ciphertext>``. The key id is derived from the key, so
that a value says by itself which key opens it and keys can be rotated (``main.py rotate-privacy-key``). The
context (which column of which table) is authenticated: a value copied into another column does not open.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES = 12
_KEY = re.compile(r"[0-9a-fA-F]{64}")


class PrivacyError(Exception):
    """A key is malformed, or a sealed value cannot be opened with the configured keys. Holds no plaintext."""


def new_key() -> str:
    """A fresh key: 64 hexadecimal digits."""
    return secrets.token_hex(32)


def _key_id(key: bytes) -> str:
    return hashlib.sha256(b"privacy key id" + key).hexdigest()[:8]


class Vault:
    """Seals with the first key, opens with any. Keys are 64 hexadecimal digits."""

    def __init__(self, key: str, previous: list[str] | None = None) -> None:
        self._ciphers: dict[str, AESGCM] = {}
        for text in [key, *(previous or [])]:
            if not _KEY.fullmatch(text):
                raise PrivacyError("a privacy key must be 64 hexadecimal digits")
            raw = bytes.fromhex(text)
            self._ciphers[_key_id(raw)] = AESGCM(raw)
        self.key_id = next(iter(self._ciphers))
        self.key_ids = tuple(self._ciphers)
        """Of every key that opens values; the first is the one that seals."""

    def seal(self, text: str, context: str) -> str:
        """Encrypt ``text``; ``context`` such as ``patients.phone`` must be given again to open it."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = self._ciphers[self.key_id].encrypt(nonce, text.encode(), context.encode())
        return f"{self.key_id}.{base64.b64encode(nonce + sealed).decode()}"

    def open(self, sealed: str, context: str) -> str:
        """Decrypt; an empty value (erased) stays empty. Raises PrivacyError."""
        if not sealed:
            return ""
        key_id, _, body = sealed.partition(".")
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise PrivacyError(f"no key {key_id!r} is configured")
        try:
            raw = base64.b64decode(body, validate=True)
            return cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], context.encode()).decode()
        except (ValueError, InvalidTag):
            raise PrivacyError("a sealed value does not open with its key") from None

    def current(self, sealed: str) -> bool:
        """Is the value empty or sealed with the newest key?"""
        return not sealed or sealed.startswith(f"{self.key_id}.")


def masked_phone(phone: str) -> str:
    """``138****5678``; of a shorter number only the last two digits."""
    if len(phone) >= 11:
        return f"{phone[:3]}{'*' * (len(phone) - 7)}{phone[-4:]}"
    return f"{'*' * max(len(phone) - 2, 0)}{phone[-2:]}"


def masked_id_number(number: str) -> str:
    """``610***********1234``: the first three and the last four characters."""
    if len(number) < 10:
        return "*" * len(number)
    return f"{number[:3]}{'*' * (len(number) - 7)}{number[-4:]}"


def phone_tail(phone: str) -> str:
    """The last four digits, which administrators may search for."""
    return re.sub(r"\D", "", phone)[-4:]
