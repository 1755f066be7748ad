"""An order's history and refunds, in the words of its user."""

from __future__ import annotations

from typing import Any

from schemas.wire import REFUND_STATE, amount_text, time_text
from storage.models import OrderState, OrderStep, Refund, RefundState

_STEPS: dict[tuple[str, str], tuple[str, str]] = {
    ("", OrderState.UNPAID): ("已下单", "请在有效期内完成支付"),
    (OrderState.UNPAID, OrderState.PAID): ("已付款", "客服会尽快与您联系，安排陪诊员"),
    (OrderState.UNPAID, OrderState.CANCELLED): ("已取消", ""),
    (OrderState.PAID, OrderState.SERVING): ("已安排陪诊员", "陪诊员会提前与您联系"),
    (OrderState.SERVING, OrderState.PAID): ("正在重新安排陪诊员", "客服会尽快与您联系"),
    (OrderState.PAID, OrderState.FINISHED): ("已完成", "感谢您的信任"),
    (OrderState.SERVING, OrderState.FINISHED): ("已完成", "感谢您的信任"),
    (OrderState.FINISHED, OrderState.PAID): ("订单已重新打开", ""),
    (OrderState.FINISHED, OrderState.SERVING): ("订单已重新打开", ""),
}
"""Steps into and out of 退款中 are told by the refunds themselves, with their amounts."""


def timeline(history: list[OrderStep], refunds: list[Refund]) -> list[dict[str, Any]]:
    """Rows of time, title, detail, newest first."""
    rows = []
    for step in history:
        words = _STEPS.get((step.from_state, step.to_state))
        if words:
            rows.append((step.at, words[0], "，".join(filter(None, (step.escort_name, words[1])))))
    for refund in refunds:
        rows += _refund_rows(refund)
    rows.sort(key=lambda row: row[0], reverse=True)
    return [{"time": time_text(at), "title": title, "detail": detail} for at, title, detail in rows]


def _refund_rows(refund: Refund) -> list[tuple[int, str, str]]:
    amount = amount_text(refund.amount_fen)
    asked = "已申请退款" if refund.source == "user" else "商家发起退款"
    rows = [(refund.requested_at, asked, f"{amount}，原因：{refund.reason}" if refund.reason else amount)]
    if refund.decided_at is not None and refund.source == "user":
        if refund.state == RefundState.REJECTED:
            rows.append((refund.decided_at, "退款申请未通过", refund.decision_note or "如有疑问请联系客服"))
        else:
            rows.append((refund.decided_at, "退款申请已通过", f"{amount} 正在退回"))
    if refund.state == RefundState.SUCCEEDED and refund.finished_at is not None:
        rows.append((refund.finished_at, "已退款", f"{amount} 已退回原支付账户"))
    if refund.state in (RefundState.ABNORMAL, RefundState.CLOSED):
        rows.append((refund.updated_at, "退款遇到问题", "客服正在处理，请留意来电"))
    return rows


def refund_rows(refunds: list[Refund]) -> list[dict[str, Any]]:
    """The refunds of an order, newest first."""
    return [
        {
            "amount": amount_text(refund.amount_fen),
            "state": REFUND_STATE[RefundState(refund.state)],
            "time": time_text(refund.finished_at or refund.requested_at),
            "reason": refund.reason,
        }
        for refund in reversed(refunds)
    ]
