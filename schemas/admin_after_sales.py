"""The forms of the administration about complaints and invoices."""

from __future__ import annotations

from payment.wechatpay.complaints import MAX_ANSWER
from schemas.base import Input, Text, Whole
from schemas.complaints import MAX_TEXT

_ACTION = r"^[0-9A-Za-z_-]+$"
_NUMBER = r"^[0-9A-Za-z-]+$"


def _action() -> Text:
    """Made with the form, so that what is sent twice is written once."""
    return Text(16, 40, pattern=_ACTION, metadata={"label": "表单"})


class ComplaintAssignment(Input):
    admin_id = Whole(metadata={"label": "负责人"})


class ComplaintAnswer(Input):
    action_id = _action()
    text = Text(1, MAX_TEXT, metadata={"label": "答复"})


class ComplaintNote(Input):
    action_id = _action()
    text = Text(1, MAX_TEXT, metadata={"label": "内部记录"})


class ComplaintClosing(Input):
    action_id = _action()
    text = Text(1, MAX_TEXT, metadata={"label": "处理结果"})


class WeChatAnswer(Input):
    action_id = _action()
    text = Text(1, MAX_ANSWER, metadata={"label": "回复"})


class WeChatApproval(Input):
    action_id = _action()
    refund_id = Whole(metadata={"label": "退款"})


class WeChatCompletion(ComplaintClosing):
    """As of one of our own."""


class InvoiceIssue(Input):
    number = Text(8, 32, pattern=_NUMBER, metadata={"label": "发票号码"})


class InvoiceReversal(Input):
    number = Text(8, 32, pattern=_NUMBER, metadata={"label": "红字发票号码"})


class InvoiceReason(Input):
    note = Text(1, 200, metadata={"label": "原因"})
