"""An order's history and refunds as the rows of ``OrderReply``, in the words of its user."""

from __future__ import annotations

from typing import Any

from money import amount_text
from orders.sharing.claims import CLAIMED
from schemas.wire import REFUND_KIND, REFUND_STATE, time_text
from storage.models import OrderState, OrderStep, Refund, RefundKind, RefundState

_STEPS: dict[tuple[str, str], tuple[str, str]] = {
    ("", OrderState.UNPAID): ("已下单", "请在有效期内完成支付"),
    (OrderState.UNPAID, OrderState.PAID): ("已付款", "客服会尽快与您联系，安排陪诊员"),
    (OrderState.PAID, OrderState.UNPAID): ("收款已撤销", "订单回到待付款，如有疑问请联系客服"),
    (OrderState.UNPAID, OrderState.CANCELLED): ("已取消", ""),
    (OrderState.REFUNDING, OrderState.CANCELLED): ("订单已取消", ""),
    (OrderState.PAID, OrderState.SERVING): ("已安排陪诊员", "陪诊员会提前与您联系"),
    (OrderState.SERVING, OrderState.PAID): ("正在重新安排陪诊员", "客服会尽快与您联系"),
    (OrderState.PAID, OrderState.FINISHED): ("已完成", "感谢您的信任"),
    (OrderState.SERVING, OrderState.FINISHED): ("已完成", "感谢您的信任"),
    (OrderState.FINISHED, OrderState.PAID): ("订单已重新打开", ""),
    (OrderState.FINISHED, OrderState.SERVING): ("订单已重新打开", ""),
}
"""Steps into and out of 退款中 are told by the refunds themselves, with their amounts."""


Row = tuple[int, str, str]
"""Moment, title and detail."""


def timeline(
    history: list[OrderStep],
    refunds: list[Refund],
    supplements: list[Row],
    by_hand: frozenset[int] = frozenset(),
) -> list[dict[str, Any]]:
    """Rows of time, title, detail, newest first. ``supplements``: what has happened to them; ``by_hand``: the ids of
    the refunds that a person pays back."""
    rows = step_rows(history) + supplements
    for refund in refunds:
        rows += _refund_rows(refund, by_hand=refund.id in by_hand)
    rows.sort(key=lambda row: row[0], reverse=True)
    return [{"time": time_text(at), "title": title, "detail": detail} for at, title, detail in rows]


def step_rows(history: list[OrderStep]) -> list[tuple[int, str, str]]:
    """Moment, title and detail of each step that is told by the order's history, oldest first."""
    rows = []
    for number, step in enumerate(history, start=1):
        words = _STEPS.get((step.from_state, step.to_state))
        if not step.from_state and number < len(history):
            words = ("已下单", "")  # nobody is asked to pay who has paid
        if step.reason == CLAIMED and step.actor_kind == "user":
            rows.append((step.at, CLAIMED, ""))
        elif step.from_state == step.to_state:
            rows.append((step.at, _changed_by(step), step.reason))
        elif words:
            reason = step.reason if step.actor_kind == "system" and not words[1] else ""
            rows.append((step.at, words[0], "，".join(filter(None, (step.escort_name, words[1] or reason)))))
    return rows


def _changed_by(step: OrderStep) -> str:
    """The title of a change that left the order in its state: another time or place, or a request about it."""
    return "您提交了改期" if step.actor_kind == "user" else "客服更新了预约"


def _refund_rows(refund: Refund, *, by_hand: bool) -> list[tuple[int, str, str]]:
    """What became of one refund. Its reasons are told as whose they are."""
    amount = amount_text(refund.amount_fen)
    asked_for, office = _asked(refund), office_reason(refund)
    rows = [
        (
            refund.requested_at,
            asked_for,
            _joined(_shown_amount(refund), _said("您的原因", patient_reason(refund))),
        )
    ]
    if refund.source != "user":
        rows = [(refund.requested_at, asked_for, _joined(amount, _said("客服说明", office)))]
    elif refund.decided_at is not None:
        rows.append((refund.decided_at, *_decided(refund, amount, office, by_hand=by_hand)))
    if refund.state == RefundState.WITHDRAWN and refund.finished_at is not None:
        rows.append((refund.finished_at, "您撤回了申请", "订单回到原来的状态"))
    if refund.state == RefundState.SUCCEEDED and refund.finished_at is not None:
        rows.append((refund.finished_at, "已退款", f"{amount} {paid_back(by_hand=by_hand)}"))
    if refund.state in (RefundState.ABNORMAL, RefundState.CLOSED):
        rows.append((refund.updated_at, "退款遇到问题", "客服正在处理，请留意来电"))
    return rows


def paid_back(*, by_hand: bool) -> str:
    """How money has gone back."""
    return "已由客服线下退还" if by_hand else "已退回原支付账户"


def _asked(refund: Refund) -> str:
    if refund.source != "user":
        return "商家发起退款"
    return "您申请取消订单" if refund.kind == RefundKind.CANCEL else "您申请仅退款"


def _shown_amount(refund: Refund) -> str:
    """What the user was shown, whatever was granted afterwards."""
    shown = refund.policy_fen if refund.kind == RefundKind.CANCEL else refund.amount_fen
    return f"可退 {amount_text(shown)}" if refund.kind == RefundKind.CANCEL else amount_text(shown)


def _decided(refund: Refund, amount: str, office: str, *, by_hand: bool) -> tuple[str, str]:
    what = "取消申请" if refund.kind == RefundKind.CANCEL else "退款申请"
    said = _said("客服说明", office)
    if refund.state == RefundState.REJECTED:
        return f"{what}未通过", said or "如有疑问请联系客服"
    if refund.state == RefundState.NOTHING_DUE:
        return f"{what}已通过", _joined("按规则不退款", said)
    return f"{what}已通过", _joined(f"{amount} {'由客服线下退还' if by_hand else '原路退回'}", said)


def _said(whose: str, text: str) -> str:
    return f"{whose}：{text}" if text else ""


def _joined(*parts: str) -> str:
    return "，".join(filter(None, parts))


def patient_reason(refund: Refund) -> str:
    """Why the user asked; empty when the office or the system began it."""
    return refund.reason if refund.source == "user" else ""


def office_reason(refund: Refund) -> str:
    """What the office said about it: with its decision, or when it began the refund itself."""
    return refund.decision_note or ("" if refund.source == "user" else refund.reason)


def refund_rows(refunds: list[Refund], by_hand: frozenset[int] = frozenset()) -> list[dict[str, Any]]:
    """The refunds of an order, newest first. ``by_hand``: the ids of those that the office pays back outside of
    WeChat."""
    return [
        {
            "amount": amount_text(refund.amount_fen),
            "state": REFUND_STATE[RefundState(refund.state)],
            "time": time_text(refund.finished_at or refund.requested_at),
            "reason": refund.reason,
            "kind": REFUND_KIND[RefundKind(refund.kind)],
            "patientReason": patient_reason(refund),
            "officeReason": office_reason(refund),
            "byHand": refund.id in by_hand,
        }
        for refund in reversed(refunds)
    ]
