"""Supplements (补款) on the wire: what a family pays besides, and what an escort proposes."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from money import amount_text
from orders.sharing.access import Access, Act
from schemas.admin import Yuan
from schemas.base import Choice, Input, Output, Text, Whole
from schemas.visits import ActionId
from schemas.wire import time_text
from storage.models import ACTIVE_REFUNDS, Refund, Supplement, SupplementKind, SupplementState

MAX_REASON = 255
KIND = {SupplementKind.OVERTIME: "加时", SupplementKind.OUTLAY: "代付", SupplementKind.OTHER: "其他"}
STATE = {
    SupplementState.PROPOSED: "等客服确认",
    SupplementState.OPEN: "待支付",
    SupplementState.PAID: "已支付",
    SupplementState.DISPUTED: "有疑问",
    SupplementState.WITHDRAWN: "已撤回",
}
REFUNDED_STATE = "已退款"
TO_REFUND = "refund"


class NewSupplement(Input):
    id = Whole(metadata={"description": "of the order"})
    action_id = ActionId()
    kind = Choice(tuple(str(kind) for kind in SupplementKind))
    amount_fen = Yuan(1, "金额", data_key="amount")
    reason = Text(1, MAX_REASON)


class NewSupplementReply(Output):
    id = fields.Integer(required=True)
    repeated = fields.Boolean(required=True)


class ReceiptQuery(Input):
    id = Whole(metadata={"description": "of the order"})
    action_id = ActionId()


class ReceiptReply(Output):
    receipt = fields.String(required=True, metadata={"description": "its address, relative"})
    repeated = fields.Boolean(required=True)


class Dispute(Input):
    id = Whole(metadata={"description": "of the supplement"})
    reason = Text(1, MAX_REASON)


class SupplementRow(Input):
    """As who may pay it reads it; family is told that it is there, and nothing of amount and reason."""

    id = fields.Integer(required=True)
    kind = Choice(tuple(str(kind) for kind in SupplementKind))
    kindTitle = fields.String(required=True)
    amount = fields.String(required=True, metadata={"description": "empty for family"})
    reason = fields.String(required=True)
    state = Choice(tuple(str(state) for state in SupplementState))
    stateTitle = fields.String(required=True)
    time = fields.String(required=True, metadata={"description": "when it could be paid first, or again"})
    receipt = fields.String(required=True, metadata={"description": "address of the photo, or empty"})
    dispute = fields.String(required=True, metadata={"description": "what was said against it, or empty"})
    disputedTime = fields.String(required=True)
    note = fields.String(required=True, metadata={"description": "of the office, when it was withdrawn"})
    closedTime = fields.String(required=True)
    paidTime = fields.String(required=True)
    refunded = fields.String(required=True, metadata={"description": "amount, empty while none"})
    actions = fields.List(Choice(("pay", "dispute", TO_REFUND)), required=True)


class OwnSupplementRow(Input):
    """As the escort who has proposed it reads it."""

    id = fields.Integer(required=True)
    kind = Choice(tuple(str(kind) for kind in SupplementKind))
    kindTitle = fields.String(required=True)
    amount = fields.String(required=True)
    reason = fields.String(required=True)
    state = Choice(tuple(str(state) for state in SupplementState))
    stateTitle = fields.String(required=True)
    time = fields.String(required=True, metadata={"description": "when it was proposed"})
    receipt = fields.String(required=True)
    note = fields.String(required=True, metadata={"description": "of the office, when it was withdrawn"})
    actionId = fields.String(required=True)


def receipt_url(supplement: Supplement) -> str:
    """Relative to the server's root; empty without a receipt."""
    return f"supplements/{supplement.id}/receipt/" if supplement.receipt_file else ""


def _common(supplement: Supplement) -> dict[str, Any]:
    state = SupplementState(supplement.state)
    return {
        "id": supplement.id,
        "kind": supplement.kind,
        "kindTitle": KIND[SupplementKind(supplement.kind)],
        "amount": amount_text(supplement.amount_fen),
        "reason": supplement.reason,
        "state": state,
        "stateTitle": STATE[state],
        "receipt": receipt_url(supplement),
        "note": supplement.closing_note,
    }


def own_supplement_row(supplement: Supplement) -> dict[str, Any]:
    return {
        **_common(supplement),
        "time": time_text(supplement.created_at),
        "actionId": supplement.action_id,
    }


def supplement_rows(
    supplements: list[Supplement], refunds: list[Refund], access: Access
) -> list[dict[str, Any]]:
    """Those that the office has opened, oldest first."""
    return [
        _row(supplement, refunds, access) for supplement in supplements if supplement.opened_at is not None
    ]


def _row(supplement: Supplement, refunds: list[Refund], access: Access) -> dict[str, Any]:
    row = {
        **_common(supplement),
        "time": time_text(supplement.opened_at),
        "dispute": supplement.dispute,
        "disputedTime": time_text(supplement.disputed_at),
        "closedTime": time_text(supplement.closed_at),
        "paidTime": time_text(supplement.paid_at),
        "refunded": amount_text(supplement.refunded_fen) if supplement.refunded_fen else "",
        "actions": _actions(supplement, refunds, access),
    }
    if supplement.refunded_fen and supplement.refunded_fen >= supplement.paid_fen:
        row["stateTitle"] = REFUNDED_STATE
    if not access.may(Act.PAY):
        row |= dict.fromkeys(("amount", "reason", "receipt", "dispute", "note", "refunded"), "")
    return row


def _actions(supplement: Supplement, refunds: list[Refund], access: Access) -> list[str]:
    if supplement.state == SupplementState.OPEN and access.may(Act.PAY):
        return ["pay", "dispute"]
    asked = any(
        refund.attempt_id == supplement.paid_attempt_id and refund.state in ACTIVE_REFUNDS
        for refund in refunds
    )
    left = supplement.paid_fen - supplement.refunded_fen
    if supplement.state == SupplementState.PAID and left > 0 and not asked and access.may(Act.MANAGE):
        return [TO_REFUND]
    return []


def supplement_steps(supplements: list[Supplement], access: Access) -> list[tuple[int, str, str]]:
    """Moment, title and detail of what has happened to supplements, for an order's timeline: amounts for who may pay
    alone."""
    rows = []
    pays = access.may(Act.PAY)
    for each in supplements:
        if each.opened_at is None:
            continue
        amount = amount_text(each.amount_fen) if pays else ""
        what = "，".join(filter(None, (KIND[SupplementKind(each.kind)] if pays else "", amount)))
        first = each.disputed_at is None or each.disputed_at > each.opened_at
        rows.append((each.opened_at, "有一笔补款" if first else "客服核对了补款", what))
        if each.disputed_at is not None and pays:
            rows.append((each.disputed_at, "对补款提出了疑问", "客服会尽快联系"))
        if each.paid_at is not None:
            rows.append((each.paid_at, "补款已支付", amount))
        if each.state == SupplementState.WITHDRAWN and each.closed_at is not None:
            rows.append((each.closed_at, "补款已撤回", "不用支付"))
    return rows
