"""JSAPI orders: create, query, close, and the act of paying.

Source: "JSAPI/小程序下单", "查询订单", "关闭订单" of the API v3 documents.
"""

from __future__ import annotations

import datetime
import re
import secrets
from dataclasses import replace
from typing import Any

from .context import SandboxContext
from .errors import PayError
from .fields import fen_field, object_field, text_field, url_field
from .formats import digits, rfc3339, stamp
from .notifications import Event, Notifier
from .state import Notification, Order

_OUT_TRADE_NO = re.compile(r"[0-9A-Za-z_\-|*]{6,32}")
_DESCRIPTIONS = {
    "NOTPAY": "订单未支付",
    "SUCCESS": "支付成功",
    "CLOSED": "订单已关闭",
    "REFUND": "订单发生过退款，退款详情请查询退款单",
}
MIN_EXPIRY_MS = 60_000


class Payments:
    """WeChat Pay's book of orders."""

    def __init__(self, context: SandboxContext, notifier: Notifier) -> None:
        self._context = context
        self._notifier = notifier

    def create(self, body: dict[str, Any], key_mode: str) -> Order:
        """Accept an order; the newest of its ``prepay_ids`` is the one just given. Raises PayError."""
        order = self._find_checked(body, key_mode)
        known = self.find(order.out_trade_no)
        if known is not None:
            self._repeatable(known, body)
            order = known
        now = self._context.clock()
        order.prepay_ids["wx" + stamp(now) + secrets.token_hex(10)] = now
        self._context.state.keep(order)
        return order

    def _find_checked(self, body: dict[str, Any], key_mode: str) -> Order:
        identity, now = self._context.identity, self._context.clock()
        appid = text_field(body, "appid", 32)
        if text_field(body, "mchid", 32) != identity.mchid:
            raise PayError(400, "MCH_NOT_EXISTS", "商户号不存在")
        if appid != identity.appid:
            raise PayError(400, "APPID_MCHID_NOT_MATCH", "appid和mch_id不匹配")
        number = text_field(body, "out_trade_no", 32)
        if not _OUT_TRADE_NO.fullmatch(number):
            message = "商户订单号应为 6 到 32 位数字、字母或 _-|*"
            raise PayError(400, "PARAM_ERROR", message, "/out_trade_no")
        amount = object_field(body, "amount")
        if amount.get("currency", "CNY") != "CNY":
            raise PayError(400, "PARAM_ERROR", "境内商户号仅支持人民币", "/amount/currency")
        return Order(
            out_trade_no=number,
            openid=text_field(object_field(body, "payer"), "openid", 128, at="/payer"),
            amount_fen=fen_field(amount, "total", at="/amount"),
            currency="CNY",
            description=text_field(body, "description", 127),
            attach=text_field(body, "attach", 128, required=False),
            notify_url=url_field(body, 255, required=True),
            parameters=body,
            created_at=now,
            time_expire_at=_expiry(body, now),
            key_mode=key_mode,
        )

    def _repeatable(self, known: Order, body: dict[str, Any]) -> None:
        if known.parameters != body:
            code = self._context.settings.changed_parameters_code
            status = 403 if code == "OUT_TRADE_NO_USED" else 400
            raise PayError(status, code, "请求重入时，参数与首次请求时不一致")
        if known.paid:
            raise PayError(400, self._context.settings.paid_code, "该订单已支付")
        if known.state == "CLOSED":
            raise PayError(400, "ORDER_CLOSED", "该订单已关闭，请重新下单")

    def find(self, out_trade_no: str) -> Order | None:
        """The merchant's order at this stand-in, which is a payment attempt of the product; None: there is none."""
        return self._context.state.order(out_trade_no, self._context.clock())

    def get(self, out_trade_no: str) -> Order:
        """The same; PayError 404, as WeChat answers it, when there is none."""
        order = self.find(out_trade_no)
        if order is None:
            raise PayError(404, self._context.settings.unknown_order_code, "订单不存在")
        return order

    def get_by_transaction(self, transaction_id: str) -> Order:
        order = self._context.state.by_transaction_id.get(transaction_id)
        return self.get(order.out_trade_no if order else "")

    def close(self, out_trade_no: str, body: dict[str, Any]) -> None:
        """Close an unpaid order. Raises PayError, in the spelling that the settings ask for."""
        if text_field(body, "mchid", 32) != self._context.identity.mchid:
            raise PayError(400, "MCH_NOT_EXISTS", "商户号不存在")
        order = self.get(out_trade_no)
        if order.state == "NOTPAY":
            fault = self._context.faults.take("pay_while_closing", scopes_of(order))
            if fault is not None:
                self.pay(order, notify=bool(fault["notify"]))
        if order.paid:
            raise PayError(400, self._context.settings.paid_code, "该订单已支付，不能关闭")
        if order.state == "CLOSED":
            if self._context.settings.repeated_close != "204":
                raise PayError(400, self._context.settings.repeated_close, "该订单已关闭")
            return
        order.state, order.closed_at = "CLOSED", self._context.clock()
        self._context.state.keep(order)

    def pay(self, order: Order, *, notify: bool = True, copies: int = 1) -> Notification:
        """The person pays. The notification is recorded in any case; without ``notify`` it counts as lost."""
        now = self._context.clock()
        order.state, order.paid_at = "SUCCESS", now
        order.transaction_id = "4200" + digits(6) + stamp(now)[:8] + digits(10)
        order.bank_type = "OTHERS"
        self._context.state.keep(order)
        content = self._spoil(transaction(self._context, order), order, "notification")
        event = Event("TRANSACTION.SUCCESS", order.out_trade_no, content, order.notify_url, order.key_mode)
        return self._notifier.announce(event, order, lost=not notify, copies=copies)

    def describe(self, order: Order) -> dict[str, Any]:
        """The reply to a query."""
        if order.paid and self._context.faults.take("stale_query", scopes_of(order)):
            unpaid = replace(order, state="NOTPAY", paid_at=None, transaction_id="")
            return transaction(self._context, unpaid)
        content = transaction(self._context, order)
        return self._spoil(content, order, "query") if order.paid else content

    def _spoil(self, content: dict[str, Any], order: Order, target: str) -> dict[str, Any]:
        """Apply the faults that put wrong facts under a right signature."""
        take, scopes = self._context.faults.take, scopes_of(order)
        if fault := take("wrong_amount", scopes, target=target):
            content["amount"] = {**content["amount"], "total": fault["total"], "payer_total": fault["total"]}
        if fault := take("wrong_currency", scopes, target=target):
            content["amount"] = {**content["amount"], "currency": fault["value"]}
        if fault := take("wrong_openid", scopes, target=target):
            content["payer"] = {"openid": fault["value"]}
        for name in ("appid", "mchid", "trade_type"):
            if fault := take(f"wrong_{name}", scopes, target=target):
                content[name] = fault["value"]
        return content


def scopes_of(order: Order) -> list[str]:
    """The names by which a fault can mean this order."""
    return [order.out_trade_no, order.openid, order.transaction_id, *order.prepay_ids]


def transaction(context: SandboxContext, order: Order) -> dict[str, Any]:
    """The transaction object of queries and notifications; an unpaid order lacks what only payment brings."""
    content: dict[str, Any] = {
        "appid": context.identity.appid,
        "mchid": context.identity.mchid,
        "out_trade_no": order.out_trade_no,
        "trade_state": order.state,
        "trade_state_desc": _DESCRIPTIONS[order.state],
        "attach": order.attach,
        "amount": {"total": order.amount_fen, "currency": order.currency},
        "promotion_detail": [],
    }
    if order.paid_at is not None:
        content |= {
            "transaction_id": order.transaction_id,
            "trade_type": "JSAPI",
            "bank_type": order.bank_type,
            "success_time": rfc3339(order.paid_at),
            "payer": {"openid": order.openid},
        }
        content["amount"] |= {"payer_total": order.amount_fen, "payer_currency": order.currency}
    return content


def _expiry(body: dict[str, Any], now: int) -> int | None:
    if body.get("time_expire") is None:
        return None
    text = text_field(body, "time_expire", 64)
    try:
        expiry = datetime.datetime.fromisoformat(text)
        if expiry.tzinfo is None:
            raise ValueError("no time zone")
    except ValueError:
        raise PayError(400, "PARAM_ERROR", "time_expire 应为 RFC 3339 格式", "/time_expire") from None
    expire_at = int(expiry.timestamp() * 1000)
    # Whole seconds on the wire: a merchant that sends now + 60 s must not lose to its own rounding.
    if expire_at + 1000 < now + MIN_EXPIRY_MS:
        raise PayError(400, "PARAM_ERROR", "time_expire 距当前时间应不少于 1 分钟", "/time_expire")
    return expire_at
