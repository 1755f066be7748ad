"""Supplements (补款) on the wire: what a family pays in addition to the price, and what an escort proposes."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from marshmallow import fields

from frozen_dataclasses import frozen
from money import amount_text
from orders.sharing.access import Access, Act
from schemas.admin import Yuan
from schemas.base import Choice, Input, Output, Text, Whole
from schemas.timeline import office_reason
from schemas.visits import ActionId
from schemas.wire import REFUND_STATE, time_text
from storage.models import (
    ACTIVE_REFUNDS,
    Refund,
    RefundState,
    Supplement,
    SupplementKind,
    SupplementState,
)

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
    """As who may pay it reads it; family reads that it exists, without amount and reason."""

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
    note = fields.String(
        required=True, metadata={"description": "of the office: why withdrawn, or another amount"}
    )
    closedTime = fields.String(required=True)
    paidTime = fields.String(required=True)
    refunded = fields.String(required=True, metadata={"description": "amount, empty while none"})
    refund = fields.String(
        required=True,
        metadata={"description": "a refund that is asked for or on its way, in words, or empty"},
    )
    actions = fields.List(Choice(("pay", "dispute", "refund", "withdraw_refund")), required=True)


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
    note = fields.String(
        required=True, metadata={"description": "of the office: why withdrawn, or another amount"}
    )
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
        "note": supplement.closing_note or supplement.amount_reason,
    }


def own_supplement_row(supplement: Supplement) -> dict[str, Any]:
    return {
        **_common(supplement),
        "time": time_text(supplement.created_at),
        "actionId": supplement.action_id,
    }


@frozen()
class SupplementReader:
    """Who reads, and which supplements their own money has paid, by id."""

    access: Access
    paid: Collection[int] = ()


def supplement_rows(
    supplements: list[Supplement], refunds: list[Refund], by: SupplementReader
) -> list[dict[str, Any]]:
    """Those that the office has opened, oldest first. ``refunds``: all of the order."""
    return [_row(supplement, refunds, by) for supplement in supplements if supplement.opened_at is not None]


def _row(supplement: Supplement, refunds: list[Refund], by: SupplementReader) -> dict[str, Any]:
    open_refund = next(
        (
            refund
            for refund in refunds
            if refund.attempt_id == supplement.paid_attempt_id and refund.state in ACTIVE_REFUNDS
        ),
        None,
    )
    row = {
        **_common(supplement),
        "time": time_text(supplement.opened_at),
        "dispute": supplement.dispute,
        "disputedTime": time_text(supplement.disputed_at),
        "closedTime": time_text(supplement.closed_at),
        "paidTime": time_text(supplement.paid_at),
        "refunded": amount_text(supplement.refunded_fen) if supplement.refunded_fen else "",
        "refund": _refund_title(open_refund),
        "actions": _actions(supplement, open_refund, by),
    }
    if supplement.refunded_fen and supplement.refunded_fen >= supplement.paid_fen:
        row["stateTitle"] = REFUNDED_STATE
    if not by.access.may(Act.PAY):
        row |= dict.fromkeys(("amount", "reason", "receipt", "dispute", "note", "refunded", "refund"), "")
    return row


def _refund_title(refund: Refund | None) -> str:
    if refund is None:
        return ""
    return f"退款 {amount_text(refund.amount_fen)}：{REFUND_STATE[RefundState(refund.state)]}"


def _actions(supplement: Supplement, refund: Refund | None, by: SupplementReader) -> list[str]:
    if supplement.state == SupplementState.OPEN and by.access.may(Act.PAY):
        return ["pay", "dispute"]
    if not (by.access.may(Act.MANAGE) or supplement.id in by.paid):
        return []
    if refund is not None:
        return ["withdraw_refund"] if refund.state == RefundState.REQUESTED else []
    left = supplement.paid_fen - supplement.refunded_fen
    return ["refund"] if supplement.state == SupplementState.PAID and left > 0 else []


def supplement_steps(
    supplements: list[Supplement], access: Access, refunds: list[Refund]
) -> list[tuple[int, str, str]]:
    """Moment, title and detail of what has happened to supplements, and to their money (``refunds``), for an order's
    timeline: amounts for who may pay alone."""
    rows = _refund_steps(refunds, access)
    pays = access.may(Act.PAY)
    for each in supplements:
        if each.opened_at is None:
            continue
        amount = amount_text(each.amount_fen) if pays else ""
        what = "，".join(filter(None, (KIND[SupplementKind(each.kind)] if pays else "", amount)))
        first = each.disputed_at is None or each.disputed_at > each.opened_at
        rows.append((each.opened_at, "有一笔补款" if first else "客服核对了补款", what))
        if each.reopened_at is not None:
            rows.append((each.reopened_at, "客服核对了补款", what))
        if each.disputed_at is not None and pays:
            rows.append((each.disputed_at, "对补款提出了疑问", "客服会尽快联系"))
        if each.paid_at is not None:
            rows.append((each.paid_at, "补款已支付", amount))
        if each.state == SupplementState.WITHDRAWN and each.closed_at is not None:
            rows.append((each.closed_at, "补款已撤回", "不用支付"))
    return rows


def split_refunds(refunds: list[Refund], supplements: list[Supplement]) -> tuple[list[Refund], list[Refund]]:
    """Those of the order itself, surplus money too, and those of what paid a supplement."""
    paying = {supplement.paid_attempt_id for supplement in supplements}
    return (
        [refund for refund in refunds if refund.attempt_id not in paying],
        [refund for refund in refunds if refund.attempt_id in paying],
    )


def _refund_steps(refunds: list[Refund], access: Access) -> list[tuple[int, str, str]]:
    """Amounts for who may pay, what the office said for the order's user."""
    rows = []
    for each in refunds:
        amount = amount_text(each.amount_fen) if access.may(Act.PAY) else ""
        said = office_reason(each) if access.may(Act.MANAGE) else ""
        said = f"客服说明：{said}" if said else ""
        if each.source == "user":
            rows.append((each.requested_at, "申请退补款", amount))
        else:
            rows.append((each.requested_at, "商家退补款", "，".join(filter(None, (amount, said)))))
        if each.source == "user" and each.decided_at is not None:
            refused = each.state == RefundState.REJECTED
            rows.append((each.decided_at, f"退补款申请{'未通过' if refused else '已通过'}", said))
        if each.state == RefundState.WITHDRAWN and each.finished_at is not None:
            rows.append((each.finished_at, "退补款申请已撤回", ""))
        if each.state == RefundState.SUCCEEDED and each.finished_at is not None:
            rows.append((each.finished_at, "补款已退款", amount))
        if each.state in (RefundState.ABNORMAL, RefundState.CLOSED):
            rows.append((each.updated_at, "退补款遇到问题", "客服正在处理"))
    return rows
