"""What escorts read of their pay, and say about a monthly statement."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from money import amount_text
from orders.escort_pay.statements import MAX_QUESTION_LENGTH, said
from payment.transfers.service import can_be_received
from schemas.base import Choice, Input, Output, Text, Whole
from schemas.wire import time_text
from storage.models import PayStatement, PayTransfer, StatementState, TransferState
from storage.pay_views import EarningLine, PayHold

LINE_KINDS = ("order", "reversal", "correction")
STATES = tuple(str(state) for state in StatementState)
TRANSFER_STATES = tuple(str(state) for state in TransferState)
_TELLS_OF_TRANSFER = (StatementState.CONFIRMED, StatementState.PAYING)
_TRANSFER_TEXT: dict[str, str] = {
    TransferState.CREATED: "正在准备，请稍后再看",
    TransferState.ACCEPTED: "微信正在准备，请稍后再看",
    TransferState.PROCESSING: "微信正在准备，请稍后再看",
    TransferState.WAITING: "等您收款",
    TransferState.TRANSFERRING: "正在到账",
    TransferState.SUCCEEDED: "已到账",
    TransferState.CANCELLING: "办公室正在撤销",
    TransferState.FAILED: "没有收成",
    TransferState.CANCELLED: "办公室撤销了",
}
_ENDED_TEXT = {
    "OVERDUE_CLOSE": "24 小时内没有确认，钱退回了办公室",
    "NAME_NOT_CORRECT": "微信里的实名和登记的姓名不一样，请联系办公室",
    "REAL_NAME_CHECK_FAIL": "您的微信还没有实名认证，请先在微信里认证",
    "ACCOUNT_FROZEN": "您的微信支付账户被冻结了，请先在微信里处理",
    "PAYEE_ACCOUNT_ABNORMAL": "您的微信支付账户有异常，请先在微信里处理",
    "DAY_RECEIVED_QUOTA_EXCEED": "您今天在微信收款到了上限，明天再收",
    "PAYEE_REJECT": "您在微信里拒绝了这笔款",
}
_NEXT = {"description": "`after` of the next page, 0 on the last one"}


class PayPage(Input):
    before = Whole(required=False, load_default=None, metadata={"description": "`next` of the page before"})


class StatementPage(Input):
    id = Whole(metadata={"description": "of the statement"})
    after = Whole(0, required=False, load_default=0, metadata={"description": "`next` of the page before"})


class OneStatement(Input):
    id = Whole(metadata={"description": "of the statement"})


class StatementQuestion(OneStatement):
    text = Text(1, MAX_QUESTION_LENGTH)


class PayLine(Input):
    id = fields.Integer(required=True)
    kind = Choice(LINE_KINDS)
    orderId = fields.Integer(required=True, allow_none=True)
    day = fields.String(required=True, metadata={"description": "of the visit; empty: it is about no order"})
    service = fields.String(required=True)
    hospital = fields.String(required=True)
    amount = fields.String(required=True)
    reason = fields.String(required=True)
    earnedDay = fields.String(required=True)
    held = fields.String(
        required=True, metadata={"description": "why it is on no statement yet; empty: it is not held"}
    )


class StatementRow(Input):
    id = fields.Integer(required=True)
    month = fields.String(required=True, metadata={"description": "YYYY-MM"})
    number = fields.Integer(required=True)
    state = Choice(STATES)
    total = fields.String(required=True)
    lineCount = fields.Integer(required=True)
    issuedTime = fields.String(required=True)
    paidDay = fields.String(required=True, metadata={"description": "empty: not paid yet"})
    toReceive = fields.Boolean(
        required=True,
        metadata={"description": "a transfer through WeChat waits for the escort to confirm it"},
    )


class Said(Input):
    time = fields.String(required=True)
    text = fields.String(required=True)


class ShownTransfer(Input):
    state = Choice(TRANSFER_STATES)
    stateText = fields.String(required=True)
    until = fields.String(
        required=True, metadata={"description": "last moment to confirm; empty: not waited for"}
    )
    canReceive = fields.Boolean(required=True)
    note = fields.String(
        required=True, metadata={"description": "why it has ended without money; else empty"}
    )


class StatementDetail(StatementRow):
    orders = fields.String(required=True, metadata={"description": "what the orders earned"})
    corrections = fields.String(required=True)
    questions = fields.List(fields.Nested(Said), required=True)
    answers = fields.List(fields.Nested(Said), required=True)
    reference = fields.String(
        required=True, metadata={"description": "of the bank or of WeChat; empty: not paid yet"}
    )
    transfer = fields.Nested(
        ShownTransfer,
        required=True,
        allow_none=True,
        metadata={"description": "the payment through WeChat that is under way, or has ended without money"},
    )


class OpenPay(Input):
    amount = fields.String(required=True)
    count = fields.Integer(required=True)
    lines = fields.List(
        fields.Nested(PayLine), required=True, metadata={"description": "the newest, not always all"}
    )


class PayReply(Output):
    open = fields.Nested(OpenPay, required=True, metadata={"description": "earned, and on no statement yet"})
    held = fields.Nested(OpenPay, required=True, metadata={"description": "earned, and held for now"})
    data = fields.List(fields.Nested(StatementRow), required=True)
    next = fields.Integer(
        required=True, metadata={"description": "`before` of the next page, 0 on the last one"}
    )


class StatementReply(Output):
    statement = fields.Nested(StatementDetail, required=True)
    lines = fields.List(fields.Nested(PayLine), required=True)
    next = fields.Integer(required=True, metadata=_NEXT)


class ReceiveReply(Output):
    mchId = fields.String(required=True)
    appId = fields.String(required=True)
    package = fields.String(required=True, metadata={"description": "for `wx.requestMerchantTransfer`"})


class CheckReply(Output):
    state = Choice(STATES)


def hold_text(hold: PayHold) -> str:
    """Why an earning is held, for escort and office; empty when it is not."""
    reasons = (
        (hold.refund, "订单有退款在处理"),
        (hold.supplement, "补款有争议"),
        (hold.complaint, "投诉还没有处理完"),
    )
    return "；".join(words for holds, words in reasons if holds)


def pay_line(line: EarningLine, *, on_statement: bool = False) -> dict[str, Any]:
    earning = line.earning
    return {
        "id": earning.id,
        "kind": earning.kind,
        "orderId": earning.order_id,
        "day": line.visit_date,
        "service": line.service_name,
        "hospital": line.hospital_name,
        "amount": amount_text(earning.amount_fen),
        "reason": earning.reason,
        "earnedDay": earning.earned_date,
        "held": "" if on_statement else hold_text(line.hold),
    }


def _shown_transfer(transfer: PayTransfer | None, at: int) -> dict[str, Any] | None:
    if transfer is None:
        return None
    waiting = transfer.state == TransferState.WAITING
    expired = waiting and transfer.expires_at is not None and at >= transfer.expires_at
    ended = transfer.state in (TransferState.FAILED, TransferState.CANCELLED)
    return {
        "state": transfer.state,
        "stateText": "过期了，正在等微信的结果" if expired else _TRANSFER_TEXT[transfer.state],
        "until": time_text(transfer.expires_at) if waiting else "",
        "canReceive": can_be_received(transfer, at),
        "note": _ENDED_TEXT.get(transfer.fail_reason, "") if ended else "",
    }


def statement_row(statement: PayStatement, transfer: PayTransfer | None, at: int) -> dict[str, Any]:
    """``transfer``: the statement's newest."""
    return {
        "id": statement.id,
        "month": statement.month,
        "number": statement.number,
        "state": statement.state,
        "total": amount_text(statement.total_fen),
        "lineCount": statement.line_count,
        "issuedTime": time_text(statement.issued_at),
        "paidDay": time_text(statement.paid_at)[:10],
        "toReceive": transfer is not None and can_be_received(transfer, at),
    }


def statement_detail(statement: PayStatement, transfer: PayTransfer | None, at: int) -> dict[str, Any]:
    return {
        **statement_row(statement, transfer, at),
        "transfer": None if statement.state not in _TELLS_OF_TRANSFER else _shown_transfer(transfer, at),
        "orders": amount_text(statement.orders_fen),
        "corrections": amount_text(statement.corrections_fen),
        "questions": [{"time": time, "text": text} for time, text in said(statement.question)],
        "answers": [{"time": time, "text": text} for time, text in said(statement.answer)],
        "reference": statement.paid_reference,
    }
