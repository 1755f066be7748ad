"""An order as its members read it: the row of its owner with only the fields that their role may see."""

from __future__ import annotations

from typing import Any

from money import amount_text
from orders.sharing.access import Access, Act
from schemas.timeline import Row, paid_back, step_rows
from schemas.wire import REFUND_KIND, REFUND_STATE, time_text
from storage.models import OrderStep, Refund, RefundKind, RefundState

MEMBERS_SEE = frozenset(
    {
        "id",
        "hospital",
        "hospitalid",
        "department",
        "wantTime",
        "service",
        "serviceId",
        "date",
        "paidTime",
        "progress",
        "stage",
        "reason",
        "madeTime",
        "unit",
        "patient",
        "expiresTime",
        "escort",
        "ending",
        "visitTime",
        "campus",
        "meetingPoint",
        "role",
        "paidBy",
        "userConfirmed",
        "reminderAsks",
    }
)
PAYERS_SEE = MEMBERS_SEE | {"price", "paid", "refunded"}
OWNERS_ALONE_SEE = frozenset(
    {
        "friendid",
        "more",
        "rating",
        "contactPhone",
        "appointment",
        "mobility",
        "hearing",
        "answers",
        "changes",
        "preferredEscortId",
    }
)
"""A test wants every field in one of the sets: a new one is not shown because it was forgotten."""


def order_for_member(row: dict[str, Any], access: Access) -> dict[str, Any]:
    """The row of ``OrderDetail`` with every field that the member may not see empty."""
    seen = PAYERS_SEE if access.may(Act.PAY) else MEMBERS_SEE
    return {name: value if name in seen else _empty(value) for name, value in row.items()}


def _empty(value: Any) -> Any:
    """Nothing of the same kind; of an object None."""
    return None if isinstance(value, dict) else type(value)() if value is not None else None


def timeline_for_member(
    history: list[OrderStep],
    refunds: list[Refund],
    supplements: list[Row],
    access: Access,
    by_hand: frozenset[int] = frozenset(),
) -> list[dict[str, Any]]:
    """Rows of time, title, detail, newest first: without anybody's reasons, and amounts for payers alone.
    ``supplements`` and ``by_hand``: as for ``timeline``."""
    rows = step_rows(history) + supplements
    for refund in refunds:
        amount = amount_text(refund.amount_fen) if access.may(Act.PAY) else ""
        rows += _refund_rows(refund, amount, by_hand=refund.id in by_hand)
    rows.sort(key=lambda row: row[0], reverse=True)
    return [{"time": time_text(at), "title": title, "detail": detail} for at, title, detail in rows]


def _refund_rows(refund: Refund, amount: str, *, by_hand: bool) -> list[tuple[int, str, str]]:
    cancels = refund.kind == RefundKind.CANCEL
    if refund.source != "user":
        rows = [(refund.requested_at, "商家发起退款", amount)]
    else:
        rows = [(refund.requested_at, "申请取消订单" if cancels else "申请仅退款", "")]
        if refund.decided_at is not None:
            passed = "未通过" if refund.state == RefundState.REJECTED else "已通过"
            rows.append((refund.decided_at, f"{'取消' if cancels else '退款'}申请{passed}", ""))
    if refund.state == RefundState.WITHDRAWN and refund.finished_at is not None:
        rows.append((refund.finished_at, "申请已撤回", "订单回到原来的状态"))
    if refund.state == RefundState.SUCCEEDED and refund.finished_at is not None:
        rows.append((refund.finished_at, "已退款", f"{amount} {paid_back(by_hand=by_hand)}".strip()))
    if refund.state in (RefundState.ABNORMAL, RefundState.CLOSED):
        rows.append((refund.updated_at, "退款遇到问题", "客服正在处理"))
    return rows


def refunds_for_member(
    refunds: list[Refund], access: Access, by_hand: frozenset[int] = frozenset()
) -> list[dict[str, Any]]:
    """The refunds of an order, newest first, for who may see amounts: without anybody's reasons. ``by_hand``: as for
    ``refund_rows``."""
    if not access.may(Act.PAY):
        return []
    return [
        {
            "amount": amount_text(refund.amount_fen),
            "state": REFUND_STATE[RefundState(refund.state)],
            "time": time_text(refund.finished_at or refund.requested_at),
            "reason": "",
            "kind": REFUND_KIND[RefundKind(refund.kind)],
            "patientReason": "",
            "officeReason": "",
            "byHand": refund.id in by_hand,
        }
        for refund in reversed(refunds)
    ]
