"""How a notification is refused."""

from __future__ import annotations

from typing import Any

import pytest

from payment.wechatpay.notification import (
    NotificationRefused,
    NotificationVerifier,
)

FIVE = (
    "Wechatpay-Signature-Type",
    "Wechatpay-Timestamp",
    "Wechatpay-Nonce",
    "Wechatpay-Serial",
    "Wechatpay-Signature",
)


def refused(verifier: NotificationVerifier, headers: Any, body: bytes) -> NotificationRefused:
    with pytest.raises(NotificationRefused) as caught:
        verifier.open(headers, body)
    assert 400 <= caught.value.http_status < 500
    return caught.value
