"""Is this really from WeChat? One check for notifications and for replies, one error per cause.

Source: pay.weixin.qq.com, 签名验证. Works on raw bytes; nothing that anybody sends makes it raise anything but
``NotificationRefused``. The gateway runs replies through the same check and turns each cause into an unknown
outcome.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from frozen_dataclasses import frozen
from payment.wechatpay.keys import PlatformKeys
from payment.wechatpay.signing import strict_base64
from refusals import NotBelieved

MAX_AGE_MS = 300_000
"""WeChat and we may differ by five minutes, no more: an older message is a replay, a newer one a wrong
clock."""

SIGNATURE_TYPE = "WECHATPAY2-SHA256-RSA2048"
PROBE_PREFIX = "WECHATPAY/SIGNTEST/"


class NotificationRefused(NotBelieved):
    """A notification, or a reply, that is not WeChat Pay's."""


class MissingHeader(NotificationRefused):
    """One of the four Wechatpay headers without which nothing can be verified is absent or empty."""

    slug = "missing_header"


class BadHeader(NotificationRefused):
    """A header that cannot be what WeChat sends: too long, not a number, not ASCII, not base64."""

    slug = "bad_header"


class WrongAlgorithm(NotificationRefused):
    """A signature or encryption scheme other than the one that WeChat Pay v3 uses with RSA."""

    slug = "wrong_algorithm"


class StaleTimestamp(NotificationRefused):
    """Signed more than five minutes before or after our time."""

    slug = "stale_timestamp"


class SignTest(NotificationRefused):
    """WeChat's own probe: a signature that is wrong on purpose, to see whether we look."""

    slug = "sign_test"
    http_status = 401


class UnknownSerial(NotificationRefused):
    """Signed with a key that we do not hold, or that has run out. WeChat will send it again; we look for the
    key."""

    slug = "unknown_serial"
    http_status = 401


class BadSignature(NotificationRefused):
    """The signature does not belong to these bytes."""

    slug = "bad_signature"
    http_status = 401


@frozen()
class SignatureHeaders:
    """The headers that a signed message carries, already bounded and plain ASCII. A message that does not name its
    signature type is taken to have the only one that is known here: the signature decides."""

    signature_type: str
    timestamp: str
    nonce: str
    serial: str
    signature: str


_LIMITS = {
    "Wechatpay-Signature-Type": 64,
    "Wechatpay-Timestamp": 12,
    "Wechatpay-Nonce": 128,
    "Wechatpay-Serial": 128,
    "Wechatpay-Signature": 2048,
}
_DEFAULTS = {"Wechatpay-Signature-Type": SIGNATURE_TYPE}
_PRINTABLE = re.compile(r"[\x21-\x7e]+", re.ASCII)
_DIGITS = re.compile(r"[0-9]+", re.ASCII)


def read_headers(headers: Mapping[str, str]) -> SignatureHeaders:
    """Picks the signature's headers out of ``headers``, whatever their case; raises ``MissingHeader`` or
    ``BadHeader``."""
    given = {str(name).lower(): value for name, value in headers.items()}
    values = []
    for name, limit in _LIMITS.items():
        value = given.get(name.lower(), _DEFAULTS.get(name))
        if not value:
            raise MissingHeader(name)
        if not isinstance(value, str) or len(value) > limit or not _PRINTABLE.fullmatch(value):
            raise BadHeader(name)
        values.append(value)
    read = SignatureHeaders(*values)
    if not _DIGITS.fullmatch(read.timestamp):
        raise BadHeader("Wechatpay-Timestamp")
    return read


def verify(headers: Mapping[str, str], body: bytes, keys: PlatformKeys, now_ms: int) -> SignatureHeaders:
    """Returns the headers when WeChat signed exactly these bytes within five minutes of ``now_ms``.

    Otherwise raises the subclass of ``NotificationRefused`` that names the cause. An unknown serial also asks
    ``keys`` to look for new keys in the background.
    """
    read = read_headers(headers)
    if read.signature_type != SIGNATURE_TYPE:
        raise WrongAlgorithm("signature type")
    if abs(now_ms - int(read.timestamp) * 1000) > MAX_AGE_MS:
        raise StaleTimestamp
    if read.signature.startswith(PROBE_PREFIX):
        raise SignTest
    signature = strict_base64(read.signature)
    if signature is None:
        raise BadHeader("Wechatpay-Signature")
    key = keys.find(read.serial)
    if key is None:
        keys.request_refresh()
        raise UnknownSerial
    message = f"{read.timestamp}\n{read.nonce}\n".encode("ascii") + body + b"\n"
    try:
        key.verify(signature, message, PKCS1v15(), SHA256())
    except InvalidSignature:
        raise BadSignature from None
    return read
