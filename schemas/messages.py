"""Requests and replies about subscribe messages."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields

from orders.expected_messages import ExpectedMessage
from schemas.base import MISSING, Input, Output
from schemas.wire import time_text
from storage.models import MessagePermission
from wechat.message_facts import MessageKind
from wechat.permissions import Answer

MAX_ANSWERS = 10
MAX_TEMPLATE_ID = 64
TITLES = {
    MessageKind.PAID: "付款成功",
    MessageKind.ESCORT: "安排好陪诊员",
    MessageKind.REFUND: "退款结果",
    MessageKind.STARTED: "陪诊开始",
    MessageKind.REPORT: "陪诊报告写好了",
    MessageKind.CANCELLED: "服务取消",
    MessageKind.INVITATION: "有新的派单",
    MessageKind.MOVED: "预约有变动",
    MessageKind.REMINDER: "就诊提醒",
    MessageKind.SUPPLEMENT: "补款",
    MessageKind.STATEMENT: "报酬结算单",
    MessageKind.QUALIFICATION: "证件快到期",
    MessageKind.COMPLAINT: "投诉有答复",
    MessageKind.INVOICE: "发票结果",
}
"""What people call each kind of message."""


class AnswersField(fields.String):
    """A JSON object in a text, as forms can send it: template to what the user answered."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        try:
            answers = json.loads(super()._deserialize(value, attr, data, **kwargs))
        except (ValueError, RecursionError):
            raise ValidationError("应为 JSON 文字") from None
        if not isinstance(answers, dict) or len(answers) > MAX_ANSWERS:
            raise ValidationError(f"应为最多 {MAX_ANSWERS} 个模板的回答")
        known = {str(answer) for answer in Answer}
        if any(len(name) > MAX_TEMPLATE_ID or str(answer) not in known for name, answer in answers.items()):
            raise ValidationError(f"每个模板的回答应为其中之一：{'、'.join(sorted(known))}")
        return {name: Answer(answer) for name, answer in answers.items()}


class MessageAnswers(Input):
    answers = AnswersField(
        required=True,
        error_messages={"required": MISSING, "null": MISSING, "invalid": "应为 JSON 文字"},
        metadata={
            "description": 'JSON text of what wx.requestSubscribeMessage answered, such as {"<templateId>": "accept"}; '
            "accept, reject, ban or filter"
        },
    )


class MessageRow(Input):
    kind = fields.String(required=True, metadata={"enum": [str(kind) for kind in MessageKind]})
    title = fields.String(required=True)
    templateId = fields.String(required=True, metadata={"description": "to ask for once more"})
    remaining = fields.Integer(
        required=True, metadata={"description": "how many may still come, as far as is known"}
    )
    refused = fields.Boolean(required=True, metadata={"description": "the user said no when last asked"})
    due = fields.String(required=True, metadata={"description": "when it comes, where that is known"})


class MessagesReply(Output):
    data = fields.List(fields.Nested(MessageRow), required=True)


def message_row(
    message: ExpectedMessage, template_id: str, permission: MessagePermission | None
) -> dict[str, Any]:
    """``permission``: of the kind under which the template is counted; None: nothing is known."""
    return {
        "kind": message.kind,
        "title": TITLES[message.kind],
        "templateId": template_id,
        "remaining": permission.remaining if permission else 0,
        "refused": permission.refused if permission else False,
        "due": time_text(message.due_at),
    }
