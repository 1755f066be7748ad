"""What WeChat reports about a payment: from where, whether it agrees with what was asked for, and how it is kept."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Any

from frozen_dataclasses import frozen
from payment.wechatpay.results import Transaction as WeChatPayment
from storage.models import SYSTEM, WECHAT, Actor, Attempt, Cause

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


@frozen()
class Report:
    """What WeChat says about a payment, where that was said, and when it is applied here (ms, UTC)."""

    payment: WeChatPayment
    source: Source
    at: int

    @property
    def paid_at(self) -> int:
        """When it was paid, as WeChat says; now, where WeChat does not."""
        return self.at if self.payment.success_at is None else self.payment.success_at

    @property
    def cause(self) -> Cause:
        """As the history of an order that is paid by it says."""
        return Cause(actor_of(self.source), self.at, SOURCE_TEXT[self.source])

    def evidence(self, differs: dict[str, tuple[Any, Any]], **more: Any) -> str:
        """The detail of a case, as JSON: what differs, what else is to be said, and WeChat's whole object."""
        compared = {
            name: {"expected": expected, "found": found} for name, (expected, found) in differs.items()
        }
        content = {"source": self.source, "differs": compared, **more, "wechat": dict(self.payment.raw)}
        return json.dumps(content, ensure_ascii=False, default=str)


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
