"""The merchant's own numbers for payments, refunds and transfers, all of 32 characters that WeChat accepts everywhere.

``out_trade_no``: ``yyyymmddHHMMSS`` in Asia/Shanghai (the time zone of WeChat's bills and of those who read
them), then 18 random characters: 90 bits. ``out_refund_no``: the letter ``R``, the same date, then 17 random
characters: 85 bits; ``out_bill_no``: the same with ``T``. They sort by time, and none can be taken for another: a
payment's begins with a digit.
"""

from __future__ import annotations

import re
import secrets

from clock import shanghai

TRANSFER_NUMBER = re.compile(r"[0-9A-Za-z]{1,32}", re.ASCII)
"""Letters and digits alone."""

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's 32: nobody has to tell I, L, O and U apart

TRADE_NUMBER = re.compile(r"[0-9A-Za-z_-]{6,32}", re.ASCII)
"""Numbers that may be put into a URL path as they are; WeChat also allows ``|`` and ``*``, which we never use."""

REFUND_NUMBER = re.compile(r"[0-9A-Za-z_-]{1,64}", re.ASCII)


def new_out_trade_no(now_ms: int) -> str:
    """A fresh number for a payment attempt made at ``now_ms``."""
    return _date_prefix(now_ms) + _random_text(18)


def new_out_refund_no(now_ms: int) -> str:
    """A fresh number for a refund made at ``now_ms``."""
    return "R" + _date_prefix(now_ms) + _random_text(17)


def new_out_bill_no(now_ms: int) -> str:
    """A fresh number for a transfer made at ``now_ms``."""
    return "T" + _date_prefix(now_ms) + _random_text(17)


def _date_prefix(now_ms: int) -> str:
    return shanghai(now_ms).strftime("%Y%m%d%H%M%S")


def _random_text(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))
