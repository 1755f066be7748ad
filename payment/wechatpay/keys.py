"""WeChat's keys, by serial number: what its signatures are checked with.

Two kinds, and both at once while a merchant switches from one to the other (pay.weixin.qq.com, 微信支付公钥):
- the WeChat Pay public key, ``PUB_KEY_ID_<digits>``, which is configured and never fetched;
- platform certificates, whose serial is the certificate's hexadecimal number, which are fetched from
  ``/v3/certificates`` (encrypted with the APIv3 key) or configured.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping

import orjson
from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from clock import Clock, now_ms
from frozen_dataclasses import frozen
from payment.wechatpay.signing import KeyProblem, strict_base64

logger = logging.getLogger("hospital.payment.keys")

PUBLIC_KEY_PREFIX = "PUB_KEY_ID_"
REFRESH_PAUSE_MS = 60_000
"""Anybody can send a notification with an invented serial: at most one look per minute comes of it."""


@frozen()
class PlatformKey:
    """One of WeChat's keys, with the milliseconds between which it may be used (None: no bound)."""

    serial: str
    key: RSAPublicKey
    not_before_at: int | None = None
    not_after_at: int | None = None

    def usable_at(self, now_ms: int) -> bool:
        too_early = self.not_before_at is not None and now_ms < self.not_before_at
        too_late = self.not_after_at is not None and now_ms > self.not_after_at
        return not (too_early or too_late)


def load_public_key(pem: bytes, key_id: str) -> PlatformKey:
    """The WeChat Pay public key from its PEM file and its id, ``PUB_KEY_ID_…``; ``KeyProblem`` says what is
    wrong."""
    if not key_id.startswith(PUBLIC_KEY_PREFIX):
        raise KeyProblem(f"the WeChat Pay public key's id does not begin with {PUBLIC_KEY_PREFIX}")
    try:
        key = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm):
        raise KeyProblem("the WeChat Pay public key is not a readable PEM public key") from None
    if not isinstance(key, RSAPublicKey):
        raise KeyProblem("the WeChat Pay public key is not an RSA key")
    return PlatformKey(key_id.strip(), key)


def load_certificate(pem: bytes) -> PlatformKey:
    """A platform certificate from its PEM text; its serial is the certificate's own. Raises ``KeyProblem``."""
    from cryptography import x509  # 1 MB that merchants with WeChat Pay's public key never need

    try:
        certificate = x509.load_pem_x509_certificate(pem)
        key = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm):
        raise KeyProblem("the platform certificate is not a readable PEM certificate") from None
    if not isinstance(key, RSAPublicKey):
        raise KeyProblem("the platform certificate does not hold an RSA key")
    return PlatformKey(
        format(certificate.serial_number, "X"),
        key,
        int(certificate.not_valid_before_utc.timestamp() * 1000),
        int(certificate.not_valid_after_utc.timestamp() * 1000),
    )


def read_certificates(reply: bytes, apiv3_key: bytes) -> list[PlatformKey]:
    """The certificates in a reply of ``GET /v3/certificates``.

    Each is encrypted with the APIv3 key, so that only WeChat can have made it. Raises ``KeyProblem`` when the
    reply has another form or even one certificate cannot be decrypted: a list that is half believed helps
    nobody.
    """
    try:
        entries = orjson.loads(reply)["data"]
        return [_decrypt_certificate(entry, apiv3_key) for entry in entries]
    except (KeyError, TypeError, AttributeError, ValueError, InvalidTag) as problem:
        if isinstance(problem, KeyProblem):
            raise
        raise KeyProblem("the reply with the platform certificates cannot be read or decrypted") from None


def _decrypt_certificate(entry: dict[str, dict[str, str]], apiv3_key: bytes) -> PlatformKey:
    sealed = entry["encrypt_certificate"]
    ciphertext = strict_base64(sealed["ciphertext"])
    if sealed["algorithm"] != "AEAD_AES_256_GCM" or ciphertext is None:
        raise KeyProblem("a platform certificate is encrypted in an unknown way")
    associated = sealed.get("associated_data") or ""
    pem = AESGCM(apiv3_key).decrypt(sealed["nonce"].encode(), ciphertext, associated.encode())
    return load_certificate(pem)


FetchKeys = Callable[[], Awaitable[Iterable[PlatformKey]]]


class PlatformKeys:
    """The keys that are believed now. Lookups never wait; fetching happens in the background, at most once a
    minute.

    A failed fetch takes nothing away, and neither does a successful one: WeChat announces a new certificate
    while it still signs with the old one. Certificates leave the map when they expire.
    """

    def __init__(self, configured: Iterable[PlatformKey] = (), clock: Clock = now_ms) -> None:
        self._clock = clock
        self._keys: Mapping[str, PlatformKey] = {_normal(each.serial): each for each in configured}
        self._fetch: FetchKeys | None = None
        self._running: asyncio.Task[bool] | None = None
        self._last_try_at: int | None = None
        self.refreshed_at: int | None = None

    def fetch_with(self, fetch: FetchKeys) -> None:
        """Names where certificates come from; without it ``refresh`` does nothing."""
        self._fetch = fetch

    def find(self, serial: str) -> RSAPublicKey | None:
        """The key with that serial, or None if there is none that may be used now."""
        found = self._keys.get(_normal(serial))
        return found.key if found is not None and found.usable_at(self._clock()) else None

    def serials(self) -> list[str]:
        """The serials that are believed now, in order."""
        return sorted(each.serial for each in self.usable())

    def usable(self) -> list[PlatformKey]:
        """The keys that may be used now."""
        now = self._clock()
        return [each for each in self._keys.values() if each.usable_at(now)]

    def held(self) -> list[PlatformKey]:
        """All keys, also those that may not be used yet or any more."""
        return list(self._keys.values())

    def request_refresh(self) -> None:
        """Starts a fetch in the background, unless one runs, ran within the last minute or cannot run at
        all."""
        now = self._clock()
        recently = self._last_try_at is not None and abs(now - self._last_try_at) < REFRESH_PAUSE_MS
        if self._fetch is None or recently or (self._running and not self._running.done()):
            return
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # a command, not the server: nothing would ever run the fetch
            return
        self._last_try_at = now
        self._running = loop.create_task(self.refresh())

    async def refresh(self) -> bool:
        """Fetches and adds certificates now; True if that worked. Never raises because of WeChat's answer."""
        if self._fetch is None:
            return False
        self._last_try_at = self._clock()
        try:
            fetched = list(await self._fetch())
        except Exception as problem:
            # Whatever it was, the keys we hold stay; merchants with a public key are answered 403 or 500
            # here.
            logger.warning("platform certificates not refreshed: %s", type(problem).__name__)
            return False
        now = self._clock()
        kept = {
            serial: key
            for serial, key in self._keys.items()
            if key.not_after_at is None or now <= key.not_after_at
        }
        added = {_normal(key.serial): key for key in fetched if not key.serial.startswith(PUBLIC_KEY_PREFIX)}
        self._keys = kept | added
        self.refreshed_at = now
        logger.info("platform certificates refreshed: %d fetched, %d keys held", len(added), len(self._keys))
        return True

    async def close(self) -> None:
        """Ends a fetch that still runs in the background."""
        if self._running is not None:
            self._running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._running


def _normal(serial: str) -> str:
    """Public key ids stay as they are; certificate serials are numbers, so neither case nor leading zeros
    count."""
    return serial if serial.startswith(PUBLIC_KEY_PREFIX) else serial.upper().lstrip("0")
