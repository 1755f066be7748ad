"""What WeChat reports about a payment: from where, whether it agrees with what was asked for, and how it is kept."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Any

from payment.wechatpay.results import Transaction as WeChatPayment
from storage.models import SYSTEM, WECHAT, Actor, Attempt

TRADE_TYPE = "JSAPI"


class Source(StrEnum):
    """Where a report came from."""

    NOTIFICATION = "notification"
    QUERY = "query"
    BILL = "bill"


SOURCE_TEXT = {
    Source.NOTIFICATION: "微信支付通知",
    Source.QUERY: "查询微信支付",
    Source.BILL: "微信支付对账单",
}


def actor_of(source: Source) -> Actor:
    return WECHAT if source == Source.NOTIFICATION else SYSTEM


def differences(attempt: Attempt, payment: WeChatPayment) -> dict[str, tuple[Any, Any]]:
    """The facts in which WeChat's payment is not the one that was asked for: name to (stored, reported)."""
    pairs = {
        "out_trade_no": (attempt.out_trade_no, payment.out_trade_no),
        "amount": (attempt.amount_fen, payment.total_fen),
        "currency": (attempt.currency, payment.currency),
        "appid": (attempt.appid, payment.appid),
        "mchid": (attempt.mchid, payment.mchid),
        "openid": (attempt.openid, payment.openid),
        "trade_type": (TRADE_TYPE, payment.trade_type),
    }
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def evidence(differs: dict[str, tuple[Any, Any]], payment: WeChatPayment, source: Source, **more: Any) -> str:
    """The detail of a case, as JSON: what differs, what else is to be said, and WeChat's whole object."""
    compared = {name: {"expected": expected, "found": found} for name, (expected, found) in differs.items()}
    content = {"source": source, "differs": compared, **more, "wechat": dict(payment.raw)}
    return json.dumps(content, ensure_ascii=False, default=str)
