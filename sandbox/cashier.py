"""The person in front of the phone: pays, cancels or fails, and what the phone then says."""

from __future__ import annotations

from typing import Any

from .context import SandboxContext
from .errors import ControlError
from .notifications import Notifier
from .pay import Payments, scopes_of
from .state import PREPAY_MS, Order, Refund

OUTCOMES = ("success", "fail", "cancel", "success_without_notify", "success_notified_twice")


class Cashier:
    """``wx.requestPayment`` and what it leads to."""

    def __init__(self, context: SandboxContext, payments: Payments, notifier: Notifier) -> None:
        self._context = context
        self._payments = payments
        self._notifier = notifier

    async def act(self, wish: dict[str, Any]) -> dict[str, Any]:
        """Carry out the JSON of ``POST cashier/``. Raises ControlError."""
        outcome = wish.get("outcome")
        if outcome not in OUTCOMES:
            raise ControlError(400, "invalid", "outcome 有误", {"outcome": list(OUTCOMES)})
        order = self._order(wish)
        self._check_signature(order, wish.get("payment"))
        self._check_payable(order, str(wish.get("prepay_id", "")), wish.get("openid"))
        if outcome == "cancel":
            message = "requestPayment:fail cancel"
        elif outcome == "fail":
            # A wrong password or too little money: the order stays as it was.
            message = "requestPayment:fail 支付失败"
        else:
            await self._pay(order, outcome)
            message = "requestPayment:ok"
        await self._context.state.flush()
        return {
            "code": 0,
            "out_trade_no": order.out_trade_no,
            "trade_state": order.state,
            "transaction_id": order.transaction_id,
            "errMsg": message,
        }

    async def _pay(self, order: Order, outcome: str) -> None:
        notification = self._payments.pay(
            order,
            notify=outcome != "success_without_notify",
            copies=2 if outcome == "success_notified_twice" else 1,
        )
        if self._context.faults.take("notify_before_reply", scopes_of(order), endpoint="cashier"):
            await self._notifier.deliver_now(notification)

    def _order(self, wish: dict[str, Any]) -> Order:
        prepay_id = wish.get("prepay_id")
        if not isinstance(prepay_id, str) or not prepay_id:
            raise ControlError(400, "invalid", "缺少 prepay_id", {"prepay_id": ["必填"]})
        order = self._context.state.by_prepay_id.get(prepay_id.removeprefix("prepay_id="))
        if order is None:
            raise ControlError(404, "unknown_prepay_id", "没有这个预支付交易")
        return self._payments.get(order.out_trade_no)

    def _check_signature(self, order: Order, payment: object) -> None:
        """Check the parameters of ``wx.requestPayment``, when the caller passes them along, as a phone does."""
        if payment is None:
            return
        fields = {str(key): str(value) for key, value in payment.items()} if isinstance(payment, dict) else {}
        package = fields.get("package", "").removeprefix("prepay_id=")
        signed = self._context.keyring.verify_payment(self._context.identity.appid, fields)
        if not signed or package not in order.prepay_ids:
            raise ControlError(400, "pay_sign_invalid", "支付验证签名失败")

    def _check_payable(self, order: Order, prepay_id: str, openid: object) -> None:
        now = self._context.clock()
        if openid is not None and openid != order.openid:
            raise ControlError(409, "wrong_payer", "下单账号与支付账号不一致")
        if order.paid:
            raise ControlError(409, "already_paid", "该订单已支付")
        if order.state == "CLOSED":
            raise ControlError(409, "order_closed", "该订单已关闭")
        if order.time_expire_at is not None and now >= order.time_expire_at:
            raise ControlError(409, "order_expired", "该订单已过支付截止时间")
        if now >= order.prepay_ids[prepay_id.removeprefix("prepay_id=")] + PREPAY_MS:
            raise ControlError(409, "prepay_expired", "预支付交易已过期（两小时）")


def order_view(order: Order, refunds: list[Refund]) -> dict[str, Any]:
    """An order as ``GET orders/`` shows it: money in fen, times in ms."""
    return {
        "out_trade_no": order.out_trade_no,
        "openid": order.openid,
        "amount": order.amount_fen,
        "currency": order.currency,
        "state": order.state,
        "description": order.description,
        "attach": order.attach,
        "transaction_id": order.transaction_id,
        "prepay_ids": list(order.prepay_ids),
        "notify_url": order.notify_url,
        "created_at": order.created_at,
        "time_expire_at": order.time_expire_at,
        "paid_at": order.paid_at,
        "closed_at": order.closed_at,
        "refunded": sum(item.amount_fen for item in refunds if item.status == "SUCCESS"),
        "refunds": [refund_view(item) for item in refunds],
    }


def refund_view(refund: Refund) -> dict[str, Any]:
    """A refund as ``GET refunds/`` shows it."""
    return {
        "out_refund_no": refund.out_refund_no,
        "refund_id": refund.refund_id,
        "out_trade_no": refund.out_trade_no,
        "transaction_id": refund.transaction_id,
        "amount": refund.amount_fen,
        "total": refund.total_fen,
        "reason": refund.reason,
        "status": refund.status,
        "created_at": refund.created_at,
        "success_at": refund.success_at,
    }


def money(orders: list[Order], refunds: dict[str, list[Refund]]) -> dict[str, Any]:
    """All the money that has moved, in fen, in total and per order."""
    by_order: dict[str, dict[str, int]] = {}
    for order in orders:
        if not order.paid:
            continue
        amounts = {"paid_fen": order.amount_fen, "refunded_fen": 0, "processing_fen": 0, "abnormal_fen": 0}
        names = {"SUCCESS": "refunded_fen", "PROCESSING": "processing_fen", "ABNORMAL": "abnormal_fen"}
        for refund in refunds.get(order.out_trade_no, []):
            if refund.status in names:
                amounts[names[refund.status]] += refund.amount_fen
        by_order[order.out_trade_no] = amounts
    totals = {
        name: sum(amounts[name] for amounts in by_order.values())
        for name in ("paid_fen", "refunded_fen", "processing_fen", "abnormal_fen")
    }
    return {**totals, "by_order": by_order}
