"""What WeChat says about a payment or a refund, read strictly: the same facts from a query and from a
notification.

Source: pay.weixin.qq.com, queries and notifications of payments and refunds. A field that is absent is None;
a field of the wrong type, a negative or fractional amount, or a text longer than WeChat documents is
``Malformed``, never guessed at.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import Any

from frozen_dataclasses import frozen

PAID_STATES = frozenset({"SUCCESS", "REFUND"})
"""trade_state values that mean the money arrived; REFUND is 'paid, and refunded later'."""

REFUND_STATES = frozenset({"SUCCESS", "CLOSED", "PROCESSING", "ABNORMAL"})

_TOKEN = re.compile(r"[\x21-\x7e]+", re.ASCII)
_LARGEST_AMOUNT_FEN = 10**12


class Malformed(ValueError):
    """WeChat's object is not of the documented form. The text names the field, never its value."""


@frozen()
class Transaction:
    """A payment as WeChat sees it. ``total_fen`` is what was asked for, ``payer_total_fen`` what the payer spent
    after coupons; only the first is compared with the order. ``raw`` is WeChat's whole object and holds
    personal data."""

    out_trade_no: str
    trade_state: str
    transaction_id: str | None
    appid: str | None
    mchid: str | None
    openid: str | None = field(repr=False)
    trade_type: str | None
    total_fen: int | None
    payer_total_fen: int | None
    currency: str | None
    success_at: int | None
    raw: Mapping[str, Any] = field(repr=False)

    @property
    def is_paid(self) -> bool:
        """True when the money arrived, even if it went back since."""
        return self.trade_state in PAID_STATES


@frozen()
class RefundResult:
    """A refund as WeChat sees it. ``status`` is one of SUCCESS, CLOSED, PROCESSING, ABNORMAL; only SUCCESS
    means that money went back. ``currency`` is None in notifications, which do not carry it."""

    out_refund_no: str
    refund_id: str
    status: str
    out_trade_no: str
    transaction_id: str
    refund_fen: int
    total_fen: int
    payer_refund_fen: int | None
    currency: str | None
    mchid: str | None
    success_at: int | None
    created_at: int | None
    raw: Mapping[str, Any] = field(repr=False)


def parse_transaction(data: Mapping[str, Any]) -> Transaction:
    """Reads the object of a payment query or of a TRANSACTION notification; raises ``Malformed``.

    A paid one must say which transaction it is and how much it was: without that nothing could be booked.
    """
    amount = _object(data, "amount")
    payer = _object(data, "payer")
    transaction = Transaction(
        out_trade_no=token(data, "out_trade_no", 64),
        trade_state=token(data, "trade_state", 32),
        transaction_id=_optional_token(data, "transaction_id", 64),
        appid=optional_text(data, "appid", 64),
        mchid=optional_text(data, "mchid", 64),
        openid=optional_text(payer, "openid", 128),
        trade_type=optional_text(data, "trade_type", 32),
        total_fen=optional_fen(amount, "total"),
        payer_total_fen=optional_fen(amount, "payer_total"),
        currency=optional_text(amount, "currency", 16),
        success_at=_optional_time(data, "success_time"),
        raw=data,
    )
    if transaction.is_paid and (transaction.transaction_id is None or transaction.total_fen is None):
        raise Malformed("a paid transaction without transaction_id or amount.total")
    return transaction


def parse_refund(data: Mapping[str, Any]) -> RefundResult:
    """Reads the object of a refund request or query, where the state is called ``status``; raises
    ``Malformed``."""
    return _read_refund(data, "status")


def parse_refund_notification(data: Mapping[str, Any]) -> RefundResult:
    """Reads the object of a REFUND notification, where the state is called ``refund_status``; raises
    ``Malformed``."""
    return _read_refund(data, "refund_status")


def _read_refund(data: Mapping[str, Any], status_name: str) -> RefundResult:
    amount = _object(data, "amount")
    status = token(data, status_name, 32)
    if status not in REFUND_STATES:
        raise Malformed(f"{status_name} is none of the documented states")
    return RefundResult(
        out_refund_no=token(data, "out_refund_no", 64),
        refund_id=token(data, "refund_id", 64),
        status=status,
        out_trade_no=token(data, "out_trade_no", 64),
        transaction_id=token(data, "transaction_id", 64),
        refund_fen=_fen(amount, "refund"),
        total_fen=_fen(amount, "total"),
        payer_refund_fen=optional_fen(amount, "payer_refund"),
        currency=optional_text(amount, "currency", 16),
        mchid=optional_text(data, "mchid", 64),
        success_at=_optional_time(data, "success_time"),
        created_at=_optional_time(data, "create_time"),
        raw=data,
    )


def _object(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = data.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Malformed(f"{name} is not an object")
    return value


def optional_text(data: Mapping[str, Any], name: str, longest: int) -> str | None:
    value = data.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str) or len(value) > longest:
        raise Malformed(f"{name} is not a text of at most {longest} characters")
    return value


def _optional_token(data: Mapping[str, Any], name: str, longest: int) -> str | None:
    """A number or identifier: printable ASCII, which is all that its column holds."""
    value = optional_text(data, name, longest)
    if value is not None and not _TOKEN.fullmatch(value):
        raise Malformed(f"{name} is not printable ASCII without blanks")
    return value


def token(data: Mapping[str, Any], name: str, longest: int) -> str:
    value = _optional_token(data, name, longest)
    if value is None:
        raise Malformed(f"{name} is missing")
    return value


def optional_fen(data: Mapping[str, Any], name: str) -> int | None:
    value = data.get(name)
    if value is None:
        return None
    if type(value) is not int or not 0 <= value <= _LARGEST_AMOUNT_FEN:  # bool is an int, and no amount
        raise Malformed(f"amount.{name} is not a whole number of fen")
    return value


def _fen(data: Mapping[str, Any], name: str) -> int:
    value = optional_fen(data, name)
    if value is None:
        raise Malformed(f"amount.{name} is missing")
    return value


def _optional_time(data: Mapping[str, Any], name: str) -> int | None:
    text = optional_text(data, name, 64)
    return None if text is None else parse_time(text, name)


def parse_time(text: str, name: str = "time") -> int:
    """Milliseconds since the epoch of an RFC 3339 time such as ``2018-06-08T10:34:56+08:00``; raises
    ``Malformed``."""
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise ValueError
        return round(moment.timestamp() * 1000)
    except (ValueError, OverflowError):
        raise Malformed(f"{name} is not an RFC 3339 time") from None
