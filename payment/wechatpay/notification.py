"""WeChat's notifications: verified, decrypted and read. Source: pay.weixin.qq.com, 支付成功回调通知,
退款结果回调通知 and 商家转账回调通知.

``NotificationVerifier.open`` does everything that needs no database. Whatever is sent, it returns an ``Event``
that WeChat made within the last five minutes, or raises a ``NotificationRefused`` whose class names the cause.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from typing import Any

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from clock import Clock, now_ms
from frozen_dataclasses import frozen
from payment.wechatpay.keys import PlatformKeys
from payment.wechatpay.results import (
    Malformed,
    RefundResult,
    Transaction,
    parse_refund_notification,
    parse_time,
    parse_transaction,
)
from payment.wechatpay.signing import strict_base64
from payment.wechatpay.transfers import TransferResult, parse_transfer
from payment.wechatpay.verification import (
    BadHeader,
    BadSignature,
    MissingHeader,
    NotificationRefused,
    SignTest,
    StaleTimestamp,
    UnknownSerial,
    WrongAlgorithm,
    verify,
)

__all__ = [
    "BadCiphertext",
    "BadEnvelope",
    "BadHeader",
    "BadSignature",
    "BodyTooLarge",
    "Event",
    "MissingHeader",
    "NotificationRefused",
    "NotificationVerifier",
    "SignTest",
    "StaleTimestamp",
    "UnknownSerial",
    "WrongAlgorithm",
    "read_complaint",
    "read_refund",
    "read_transaction",
    "read_transfer",
]

MAX_BODY_BYTES = 64 * 1024
"""A notification is two or three kilobytes."""

COMPLAINT = "complaint"
"""The ``original_type`` of news about complaints, which hold no more than a number: they are read where they are."""
ACTING_TYPES = {
    "TRANSACTION.SUCCESS": "transaction",
    "REFUND.SUCCESS": "refund",
    "REFUND.ABNORMAL": "refund",
    "REFUND.CLOSED": "refund",
    "MCHTRANSFER.BILL.FINISHED": "mch_payment",
}
"""The events that change something here, and what is in each. Others are kept as evidence and acknowledged."""

_NONCE_BYTES = 12
_TAG_BYTES = 16
_COMPLAINT = re.compile(r"[0-9A-Za-z_.-]{1,64}", re.ASCII)
_TOKEN = re.compile(r"[\x21-\x7e]+", re.ASCII)


class BodyTooLarge(NotificationRefused):
    """Longer than any notification: refused before anything is computed over it."""

    slug = "body_too_large"
    http_status = 413


class BadEnvelope(NotificationRefused):
    """Signed by WeChat, but not a notification of the documented form."""

    slug = "bad_envelope"


class BadCiphertext(NotificationRefused):
    """The resource cannot be decrypted: altered, or encrypted with another APIv3 key than ours."""

    slug = "bad_ciphertext"


@frozen()
class Event:
    """A verified notification. ``id`` is WeChat's and the same in every repetition; ``resource`` is the decrypted
    object and holds personal data, so it is kept out of ``repr``."""

    id: str
    created_at: int
    event_type: str
    original_type: str
    resource: Mapping[str, Any] = field(repr=False)

    @property
    def acts(self) -> bool:
        """May it change anything? Decided by its type alone, whatever the resource says."""
        return self.event_type in ACTING_TYPES

    @property
    def reference(self) -> str:
        """The number that an event of a type which does not act is about, as far as it names one."""
        for name in ("out_refund_no", "out_trade_no", "out_bill_no"):
            value = self.resource.get(name)
            if isinstance(value, str) and _TOKEN.fullmatch(value) and len(value) <= 64:
                return value
        return ""


class NotificationVerifier:
    """Opens notifications with WeChat's keys and our APIv3 key (32 bytes; ``ValueError`` for anything else)."""

    def __init__(self, keys: PlatformKeys, apiv3_key: str | bytes, clock: Clock = now_ms) -> None:
        key = apiv3_key.encode("utf-8") if isinstance(apiv3_key, str) else apiv3_key
        if len(key) != 32:
            raise ValueError(f"the APIv3 key must be 32 bytes long, this one has {len(key)}")
        self._keys = keys
        self._aead = AESGCM(key)
        self._clock = clock

    def open(self, headers: Mapping[str, str], body: bytes) -> Event:
        """The event in a notification, from the request's headers and its raw body."""
        if len(body) > MAX_BODY_BYTES:
            raise BodyTooLarge
        verify(headers, body, self._keys, self._clock())
        envelope = _load_object(body, "body")
        try:
            return self._read(envelope)
        except Malformed as problem:
            raise BadEnvelope(str(problem)) from None

    def _read(self, envelope: Mapping[str, Any]) -> Event:
        if envelope.get("resource_type") != "encrypt-resource":
            raise BadEnvelope("resource_type")
        sealed = envelope.get("resource")
        if not isinstance(sealed, dict):
            raise BadEnvelope("resource")
        original_type = _token(sealed, "original_type", 32)
        event_type = _token(envelope, "event_type", 64)
        if original_type != ACTING_TYPES.get(event_type, original_type):
            raise BadEnvelope("event_type and original_type differ")
        return Event(
            id=_token(envelope, "id", 36),
            created_at=parse_time(_text(envelope, "create_time", 64), "create_time"),
            event_type=event_type,
            original_type=original_type,
            resource=self._decrypt(sealed),
        )

    def _decrypt(self, sealed: Mapping[str, Any]) -> Mapping[str, Any]:
        if sealed.get("algorithm") != "AEAD_AES_256_GCM":
            raise WrongAlgorithm("resource")
        nonce = _text(sealed, "nonce", 64).encode("utf-8")
        associated = sealed.get("associated_data") or ""
        ciphertext = strict_base64(_text(sealed, "ciphertext", MAX_BODY_BYTES))
        if len(nonce) != _NONCE_BYTES or not isinstance(associated, str):
            raise BadEnvelope("nonce or associated_data")
        if ciphertext is None or len(ciphertext) <= _TAG_BYTES:
            raise BadEnvelope("ciphertext")
        try:
            plaintext = self._aead.decrypt(nonce, ciphertext, associated.encode("utf-8"))
        except InvalidTag:
            raise BadCiphertext from None
        return _load_object(plaintext, "resource")


def read_transaction(event: Event) -> Transaction:
    """The payment that a TRANSACTION event tells of; ``BadEnvelope`` for another event or an unusable
    object."""
    if event.original_type != "transaction":
        raise BadEnvelope("not a payment's notification")
    try:
        return parse_transaction(event.resource)
    except Malformed as problem:
        raise BadEnvelope(str(problem)) from None


def read_refund(event: Event) -> RefundResult:
    """The refund that a REFUND event tells of; ``BadEnvelope`` for another event or an unusable object."""
    if event.original_type != "refund":
        raise BadEnvelope("not a refund's notification")
    try:
        result = parse_refund_notification(event.resource)
    except Malformed as problem:
        raise BadEnvelope(str(problem)) from None
    if event.event_type != f"REFUND.{result.status}":
        raise BadEnvelope("event_type and refund_status differ")
    return result


def read_complaint(event: Event) -> str:
    """The number of the complaint that a COMPLAINT event is about; ``BadEnvelope`` where there is none. What has
    happened (``action_type``) may be anything."""
    number = event.resource.get("complaint_id")
    if event.original_type != COMPLAINT or not event.event_type.startswith("COMPLAINT."):
        raise BadEnvelope("not a complaint's notification")
    if not isinstance(number, str) or not _COMPLAINT.fullmatch(number):
        raise BadEnvelope("complaint_id")
    return number


def read_transfer(event: Event) -> TransferResult:
    """The transfer that an MCHTRANSFER event tells of; ``BadEnvelope`` for another event or an unusable object."""
    if event.original_type != "mch_payment":
        raise BadEnvelope("not a transfer's notification")
    try:
        return parse_transfer(event.resource)
    except Malformed as problem:
        raise BadEnvelope(str(problem)) from None


def _load_object(data: bytes, what: str) -> Mapping[str, Any]:
    try:
        loaded = orjson.loads(data)
    except orjson.JSONDecodeError:
        raise BadEnvelope(f"{what} is not JSON") from None
    if not isinstance(loaded, dict):
        raise BadEnvelope(f"{what} is not a JSON object")
    return loaded


def _text(data: Mapping[str, Any], name: str, longest: int) -> str:
    value = data.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= longest:
        raise BadEnvelope(name)
    return value


def _token(data: Mapping[str, Any], name: str, longest: int) -> str:
    """A name or number of WeChat's: printable ASCII, which is all that its column holds."""
    value = _text(data, name, longest)
    if not _TOKEN.fullmatch(value):
        raise BadEnvelope(name)
    return value
