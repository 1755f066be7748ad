"""Refunds: accepted first (PROCESSING), decided a moment later, then notified.

Source: "申请退款", "查询单笔退款" and "退款结果通知" of the API v3 documents.
"""

from __future__ import annotations

import heapq
import re
from typing import Any

from .context import SandboxContext
from .errors import ControlError, PayError
from .fields import fen_field, object_field, text_field, url_field
from .formats import digits, rfc3339, stamp
from .notifications import Event, Notifier
from .pay import scopes_of
from .state import Notification, Order, Refund

_OUT_REFUND_NO = re.compile(r"[0-9A-Za-z_\-|*@]{1,64}")
MAX_PARTIAL_REFUNDS = 50
REFUND_WINDOW_MS = 365 * 24 * 3600 * 1000
ACCOUNT = "支付用户零钱"


class Refunds:
    """WeChat Pay's book of refunds."""

    def __init__(self, context: SandboxContext, notifier: Notifier) -> None:
        self._context = context
        self._notifier = notifier
        self._agenda: list[tuple[int, str]] = []
        for refund in context.state.refunds.values():
            self._plan(refund)

    def _plan(self, refund: Refund) -> None:
        if refund.status == "PROCESSING" and refund.due_at is not None:
            heapq.heappush(self._agenda, (refund.due_at, refund.out_refund_no))
            self._notifier.wake.set()

    def next_due_at(self) -> int | None:
        return self._agenda[0][0] if self._agenda else None

    def create(self, body: dict[str, Any], key_mode: str) -> Refund:
        """Accept a refund, or recognise one that was accepted before. Raises PayError."""
        order = self._order_of(body)
        number = text_field(body, "out_refund_no", 64)
        if not _OUT_REFUND_NO.fullmatch(number):
            raise PayError(400, "PARAM_ERROR", "商户退款单号含有不支持的字符", "/out_refund_no")
        reason = text_field(body, "reason", 80, required=False)
        notify_url = url_field(body, 256, required=False)
        amount = object_field(body, "amount")
        if amount.get("currency") != "CNY":
            raise PayError(400, "PARAM_ERROR", "退款币种只支持人民币 CNY", "/amount/currency")
        amount_fen = fen_field(amount, "refund", at="/amount")
        total_fen = fen_field(amount, "total", at="/amount")
        if known := self._context.state.refunds.get(number):
            if (known.out_trade_no, known.amount_fen, known.total_fen) != (
                order.out_trade_no,
                amount_fen,
                total_fen,
            ):
                raise PayError(400, "INVALID_REQUEST", "订单金额或退款金额与之前请求不一致，请核实后再试")
            return known
        self._check_room(order, amount_fen, total_fen)
        return self._accept(order, number, amount_fen, reason, notify_url, key_mode)

    def _order_of(self, body: dict[str, Any]) -> Order:
        state, now = self._context.state, self._context.clock()
        if "transaction_id" in body:
            order = state.by_transaction_id.get(text_field(body, "transaction_id", 32))
        else:
            order = state.order(text_field(body, "out_trade_no", 32), now)
        if order is None:
            raise PayError(404, "RESOURCE_NOT_EXISTS", "订单不存在")
        return order

    def _check_room(self, order: Order, amount_fen: int, total_fen: int) -> None:
        now = self._context.clock()
        earlier = self._context.state.refunds_of[order.out_trade_no]
        if order.paid_at is None:
            raise PayError(400, "INVALID_REQUEST", "订单未支付，不能退款")
        if now - order.paid_at > REFUND_WINDOW_MS:
            raise PayError(400, "INVALID_REQUEST", "订单已超过可退款的最大期限")
        if total_fen != order.amount_fen:
            raise PayError(400, "INVALID_REQUEST", "订单金额与支付时不一致", "/amount/total")
        reserved = sum(item.amount_fen for item in earlier if item.status != "CLOSED")
        if reserved + amount_fen > order.amount_fen:
            raise PayError(400, "INVALID_REQUEST", "申请退款金额大于订单剩余可退金额", "/amount/refund")
        if len(earlier) >= MAX_PARTIAL_REFUNDS:
            raise PayError(400, "INVALID_REQUEST", "订单部分退款次数超过 50 次")
        pause_ms = self._context.settings.refund_interval_seconds * 1000
        if earlier and now - earlier[-1].created_at < pause_ms:
            raise PayError(429, "FREQUENCY_LIMITED", "同一订单的两次退款间隔过短")
        if self._context.faults.take("not_enough", scopes_of(order)):
            raise PayError(403, "NOT_ENOUGH", "基本账户余额不足，请充值后重新发起")

    def _accept(
        self, order: Order, number: str, amount_fen: int, reason: str, notify_url: str, key_mode: str
    ) -> Refund:
        now = self._context.clock()
        outcome, due_at = self._fate([*scopes_of(order), number], now)
        refund = Refund(
            out_refund_no=number,
            refund_id="50" + digits(8) + stamp(now)[:8] + digits(11),
            out_trade_no=order.out_trade_no,
            transaction_id=order.transaction_id,
            amount_fen=amount_fen,
            total_fen=order.amount_fen,
            reason=reason,
            notify_url=notify_url,
            created_at=now,
            due_at=due_at,
            outcome=outcome,
            key_mode=key_mode,
        )
        self._context.state.keep(refund)
        self._show_on_order(order)
        self._plan(refund)
        return refund

    def take_from_balance(self, order: Order) -> None:
        """WeChat itself refunds what is left of an order, which the merchant finds in the bill alone."""
        earlier = self._context.state.refunds_of[order.out_trade_no]
        left = order.amount_fen - sum(item.amount_fen for item in earlier if item.status != "CLOSED")
        if left > 0:
            refund = self._accept(order, f"WX{digits(20)}", left, "", "", order.key_mode)
            if refund.status == "PROCESSING":
                self.settle(refund, "SUCCESS")

    def _fate(self, scopes: list[str], now: int) -> tuple[str | None, int | None]:
        take = self._context.faults.take
        if take("refund_processing", scopes):
            return None, None
        for outcome in ("ABNORMAL", "CLOSED", "SUCCESS"):
            if fault := take(f"refund_{outcome.lower()}", scopes):
                return outcome, now + int(fault["seconds"] * 1000)
        settings = self._context.settings
        return "SUCCESS", now + int(settings.refund_seconds * 1000 / settings.notify_speed)

    def _show_on_order(self, order: Order) -> None:
        refunds = self._context.state.refunds_of[order.out_trade_no]
        order.state = "REFUND" if any(item.status != "CLOSED" for item in refunds) else "SUCCESS"
        self._context.state.keep(order)

    def settle_due(self) -> None:
        """Decide every refund whose time has come; its notification is announced with it."""
        now = self._context.clock()
        while self._agenda and self._agenda[0][0] <= now:
            _, number = heapq.heappop(self._agenda)
            refund = self._context.state.refunds[number]
            if refund.status == "PROCESSING" and refund.outcome:
                self.settle(refund, refund.outcome)

    def settle(self, refund: Refund, outcome: str) -> Notification | None:
        """Bring a refund to SUCCESS, ABNORMAL or CLOSED. Raises ControlError when it is already there."""
        if refund.status in ("SUCCESS", "CLOSED") or refund.status == outcome:
            raise ControlError(409, "already_final", "这笔退款已经有结果")
        refund.status, refund.outcome, refund.due_at = outcome, outcome, None
        if outcome == "SUCCESS":
            refund.success_at = self._context.clock()
        self._context.state.keep(refund)
        order = self._context.state.orders[refund.out_trade_no]
        self._show_on_order(order)
        if not refund.notify_url:
            return None
        event = Event(
            f"REFUND.{outcome}",
            refund.out_refund_no,
            self._notice(refund),
            refund.notify_url,
            refund.key_mode,
        )
        return self._notifier.announce(event, order)

    def get(self, out_refund_no: str) -> Refund:
        self.settle_due()
        refund = self._context.state.refunds.get(out_refund_no)
        if refund is None:
            raise PayError(404, "RESOURCE_NOT_EXISTS", "退款单不存在")
        return refund

    def describe(self, refund: Refund, *, query: bool = False) -> dict[str, Any]:
        """The refund object of both the create and the query reply."""
        status = refund.status
        order = self._context.state.orders[refund.out_trade_no]
        if query and self._context.faults.take("stale_query", [refund.out_refund_no, *scopes_of(order)]):
            status = "PROCESSING"
        content: dict[str, Any] = {
            "refund_id": refund.refund_id,
            "out_refund_no": refund.out_refund_no,
            "transaction_id": refund.transaction_id,
            "out_trade_no": refund.out_trade_no,
            "channel": "ORIGINAL",
            "user_received_account": ACCOUNT,
            "create_time": rfc3339(refund.created_at),
            "status": status,
            "funds_account": "AVAILABLE",
            "amount": {
                "total": refund.total_fen,
                "refund": refund.amount_fen,
                "payer_total": refund.total_fen,
                "payer_refund": refund.amount_fen,
                "settlement_refund": refund.amount_fen,
                "settlement_total": refund.total_fen,
                "discount_refund": 0,
                "currency": "CNY",
            },
            "promotion_detail": [],
        }
        if status == "SUCCESS" and refund.success_at is not None:
            content["success_time"] = rfc3339(refund.success_at)
        return content

    def _notice(self, refund: Refund) -> dict[str, Any]:
        """The plaintext of a refund notification: ``refund_status``, and neither appid nor currency."""
        content: dict[str, Any] = {
            "mchid": self._context.identity.mchid,
            "transaction_id": refund.transaction_id,
            "out_trade_no": refund.out_trade_no,
            "refund_id": refund.refund_id,
            "out_refund_no": refund.out_refund_no,
            "refund_status": refund.status,
            "user_received_account": ACCOUNT,
            "amount": {
                "total": refund.total_fen,
                "refund": refund.amount_fen,
                "payer_total": refund.total_fen,
                "payer_refund": refund.amount_fen,
            },
        }
        if refund.success_at is not None:
            content["success_time"] = rfc3339(refund.success_at)
        return content
