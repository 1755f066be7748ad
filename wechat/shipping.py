"""The calls of 发货信息管理 (``/wxa/sec/order/…``) and what WeChat answers. Source: developers.weixin.qq.com,
小程序发货信息管理服务; which code means what: docs/platform.md.

Nothing here decides when to call, or calls again. Errors are those of ``wechat.api``.
"""

from __future__ import annotations

from typing import Any

from clock import DAY, HOUR, day_bounds, shanghai
from frozen_dataclasses import frozen
from storage.models import TradeState
from wechat.api import Unanswered, WeChatApi

PATH = "/wxa/sec/order/"
BUSY = frozenset({10060012, 10060019})
"""Besides -1: nothing was done, it may be repeated as it was."""
NOT_KNOWN_YET = 10060001
"""WeChat takes payments in some time after they were made; some never."""
SHIPPED_ALREADY = frozenset({10060002, 10060003, 10060004, 10060023})
"""Shipped, shipped twice, not to be shipped, nothing new: ``get_order`` says which state that is."""
NOT_THE_PAYER = 10060031
WHOLE_DELIVERY = 1
BY_TRANSACTION_ID, BY_OUR_NUMBER = 2, 1
PRESALE = 1
PRESALE_FROM_DAYS = 15
PRESALE_MAX_DAYS = 330
CONFIRMATION_APPID = "wx1183b055aeec94d1"


@frozen()
class PaymentKey:
    """Which payment: by WeChat's number, or by ours while that is not known."""

    mchid: str
    out_trade_no: str
    transaction_id: str | None


@frozen()
class Report:
    """What ``upload_shipping_info`` says. ``upload_time``: ms, later than that of an earlier report of the payment."""

    key: PaymentKey
    openid: str
    logistics_type: int
    description: str
    upload_time: int


@frozen()
class ShippingState:
    """What ``get_order`` says of a payment."""

    state: TradeState
    in_complaint: bool


class ShippingCalls:
    """One mini-program's calls."""

    def __init__(self, api: WeChatApi, appid: str) -> None:
        self._api = api
        self._appid = appid

    async def is_managed(self) -> bool:
        """Does WeChat hold the money of this account until its orders are shipped?"""
        reply = await self._post("is_trade_managed", {"appid": self._appid})
        return _flag(reply, "is_trade_managed")

    async def is_confirmation_completed(self) -> bool:
        """Has every linked merchant number been authorised or unbound?"""
        reply = await self._post("is_trade_management_confirmation_completed", {"appid": self._appid})
        return _flag(reply, "completed")

    async def upload(self, report: Report) -> None:
        """Say that the service of a payment was given. No answer: it may have been taken."""
        await self._post("upload_shipping_info", upload_body(report))

    async def state_of(self, key: PaymentKey) -> ShippingState:
        """Raises ``Rejected`` with ``NOT_KNOWN_YET`` for a payment that WeChat does not know there."""
        body = (
            {"transaction_id": key.transaction_id}
            if key.transaction_id
            else {"merchant_id": key.mchid, "merchant_trade_no": key.out_trade_no}
        )
        reply = await self._post("get_order", body)
        told = reply.get("order")
        order = told if isinstance(told, dict) else {}
        try:
            return ShippingState(TradeState(order["order_state"]), bool(order.get("in_complaint")))
        except (KeyError, ValueError):
            raise Unanswered("an order without a known order_state") from None

    async def declare_presale(self, key: PaymentKey, delay_to: int) -> None:
        """Say that the service is given later than 15 days after paying: until ``delay_to`` (ms)."""
        number = key.transaction_id or key.out_trade_no
        body = {"order_id": number, "type": PRESALE, "delay_to": delay_to // 1000}
        await self._post("opspecialorder", body)

    async def _post(self, name: str, body: dict[str, Any]) -> dict[str, Any]:
        return await self._api.post(PATH + name, body)


def upload_body(report: Report) -> dict[str, Any]:
    """The request. Nothing in it tells of a patient, a hospital or an illness: WeChat shows it."""
    key = report.key
    order_key: dict[str, Any] = (
        {"order_number_type": BY_TRANSACTION_ID, "transaction_id": key.transaction_id}
        if key.transaction_id
        else {"order_number_type": BY_OUR_NUMBER, "mchid": key.mchid, "out_trade_no": key.out_trade_no}
    )
    return {
        "order_key": order_key,
        "logistics_type": report.logistics_type,
        "delivery_mode": WHOLE_DELIVERY,
        "shipping_list": [{"item_desc": report.description}],
        "upload_time": shanghai(report.upload_time).isoformat(timespec="milliseconds"),
        "payer": {"openid": report.openid},
    }


def presale_end(visit_date: str, paid_at: int) -> int:
    """Until when (ms) a visit of this Shanghai day is declared: the end of the day after it, within what WeChat
    accepts."""
    _, visit_end = day_bounds(visit_date)
    first, last = paid_at + PRESALE_FROM_DAYS * DAY + HOUR, paid_at + PRESALE_MAX_DAYS * DAY - HOUR
    return min(max(visit_end + DAY, first), last)


def _flag(reply: dict[str, Any], name: str) -> bool:
    """A truth value, which WeChat's samples also show as a number."""
    value = reply.get(name)
    if value not in (True, False, 0, 1):
        raise Unanswered(f"an answer without {name}")
    return bool(value)
