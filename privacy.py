"""Personal numbers: encrypted at rest, masked when shown, never in a log.

A sealed value is ``<key id>.<base64 of nonce and AES-256-GCM ciphertext>``. The key id is derived from the key, so
that a value says by itself which key opens it and keys can be rotated (``main.py rotate-privacy-key``). The
context (which column of which table) is authenticated: a value copied into another column does not open.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

PATIENT_PHONE, PATIENT_ID_NUMBER, ESCORT_PHONE = "patients.phone", "patients.id_number", "escorts.phone"
ADMINISTRATOR_TOTP = "administrators.totp"
ORDER_CONTACT_PHONE = "orders.contact_phone"
VISIT_NOTE, VISIT_PLACE, VISIT_PHOTO = "visit_steps.note", "visit_steps.place", "visit_photos.file"
VISIT_REPORT, REPORT_ENTRY, VISIT_TROUBLE = "visit_reports.body", "report_entries.text", "visit_troubles.note"
ORDER_CLAIM = "order_claims.code"
"""Of codes only hashes are stored."""
CUSTOMER_PHONE, INVOICE_EMAIL = "office_customers.phone", "invoices.email"
CONTENT_TEXT = "content_checks.text"
TRANSFER_PACKAGE = "pay_transfers.package"
COMPLAINT, COMPLAINT_ENTRY, DOCUMENT = "complaints.text", "complaint_entries.text", "documents.file"
"""The contexts: for which column of which table a value is sealed."""
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
        self._hash_keys: list[bytes] = []
        for text in [key, *(previous or [])]:
            if not _KEY.fullmatch(text):
                raise PrivacyError("a privacy key must be 64 hexadecimal digits")
            raw = bytes.fromhex(text)
            self._ciphers[_key_id(raw)] = AESGCM(raw)
            self._hash_keys.append(hmac.digest(raw, b"keyed hash", "sha256"))
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

    def seal_file(self, content: bytes, context: str) -> bytes:
        """As ``seal``, for what lies in a file: the key id, a dot, nonce and ciphertext."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = self._ciphers[self.key_id].encrypt(nonce, content, context.encode())
        return f"{self.key_id}.".encode() + nonce + sealed

    def open_file(self, sealed: bytes, context: str) -> bytes:
        """What ``seal_file`` sealed. Raises PrivacyError."""
        key_id, _, body = sealed.partition(b".")
        cipher = self._ciphers.get(key_id.decode("ascii", "replace"))
        if cipher is None:
            raise PrivacyError("no key that sealed this file is configured")
        try:
            return cipher.decrypt(body[:_NONCE_BYTES], body[_NONCE_BYTES:], context.encode())
        except (ValueError, InvalidTag):
            raise PrivacyError("a sealed file does not open with its key") from None

    def hash(self, text: str, context: str) -> str:
        """A keyed hash by which equal texts of one context are found: 32 hexadecimal digits. The key is derived from
        the newest key, so that nobody without it can try out numbers."""
        return self._hash(self._hash_keys[0], text, context)

    def hashes(self, text: str, context: str) -> tuple[str, ...]:
        """The hashes by every key: what is looked for while a rotation is not finished."""
        return tuple(self._hash(key, text, context) for key in self._hash_keys)

    @staticmethod
    def _hash(key: bytes, text: str, context: str) -> str:
        return hmac.digest(key, f"{context}\0{text}".encode(), "sha256")[:16].hex()

    def current(self, sealed: str) -> bool:
        """Is the value empty or sealed with the newest key?"""
        return not sealed or sealed.startswith(f"{self.key_id}.")

    def current_file(self, sealed: bytes) -> bool:
        """Is what a file holds sealed with the newest key?"""
        return sealed.startswith(f"{self.key_id}.".encode())


def masked_phone(phone: str) -> str:
    """``138****5678``, ``029*****1234转801``; of a shorter number only the last two digits."""
    number, separator, extension = phone.partition("转")
    if len(number) >= 11:
        masked = f"{number[:3]}{'*' * (len(number) - 7)}{number[-4:]}"
    else:
        masked = f"{'*' * max(len(number) - 2, 0)}{number[-2:]}"
    return masked + separator + extension


def masked_id_number(number: str) -> str:
    """``610***********1234``: the first three and the last four characters; of a shorter one only the last two."""
    if len(number) < 15:
        hidden = len(number) - (2 if len(number) > 5 else 0)
        return "*" * hidden + number[hidden:]
    return f"{number[:3]}{'*' * (len(number) - 7)}{number[-4:]}"
