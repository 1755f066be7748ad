"""What escorts read of their pay, and say about a monthly statement."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from money import amount_text
from orders.escort_pay.statements import MAX_QUESTION_LENGTH, said
from schemas.base import Choice, Input, Output, Text, Whole
from schemas.wire import time_text
from storage.models import PayStatement, StatementState
from storage.pay_views import EarningLine, PayHold

LINE_KINDS = ("order", "reversal", "correction")
STATES = tuple(str(state) for state in StatementState)
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


class Said(Input):
    time = fields.String(required=True)
    text = fields.String(required=True)


class StatementDetail(StatementRow):
    orders = fields.String(required=True, metadata={"description": "what the orders earned"})
    corrections = fields.String(required=True)
    questions = fields.List(fields.Nested(Said), required=True)
    answers = fields.List(fields.Nested(Said), required=True)
    reference = fields.String(required=True, metadata={"description": "of the bank; empty: not paid yet"})


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


def statement_row(statement: PayStatement) -> dict[str, Any]:
    return {
        "id": statement.id,
        "month": statement.month,
        "number": statement.number,
        "state": statement.state,
        "total": amount_text(statement.total_fen),
        "lineCount": statement.line_count,
        "issuedTime": time_text(statement.issued_at),
        "paidDay": time_text(statement.paid_at)[:10],
    }


def statement_detail(statement: PayStatement) -> dict[str, Any]:
    return {
        **statement_row(statement),
        "orders": amount_text(statement.orders_fen),
        "corrections": amount_text(statement.corrections_fen),
        "questions": [{"time": time, "text": text} for time, text in said(statement.question)],
        "answers": [{"time": time, "text": text} for time, text in said(statement.answer)],
        "reference": statement.paid_reference,
    }
