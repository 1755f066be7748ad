"""What the page of a complaint shows of WeChat's side, for one that was made there."""

from __future__ import annotations

from typing import Any

from handlers.services import Services
from payment.complaints.acts import REFUNDS_TO_TELL, may_decide_refund
from payment.wechatpay.complaint_replies import PENDING, PROCESSED
from payment.wechatpay.complaints import MAX_ANSWER, MAX_PICTURES
from privacy import COMPLAINT_ENTRY
from storage import Reader
from storage.models import Complaint
from storage.models.wechat_complaints import ComplaintActState

ACT = {"answer": "回复用户", "reject": "拒绝退款", "approve": "同意退款", "complete": "处理完成"}
ACT_STATE = {
    ComplaintActState.PLANNED: ("等待发出", "amber"),
    ComplaintActState.SENDING: ("正在发出", "amber"),
    ComplaintActState.UNKNOWN: ("没收到微信的回音，正在核对", "amber"),
    ComplaintActState.DONE: ("微信已收到", "green"),
    ComplaintActState.REFUSED: ("微信没有接受", "red"),
    ComplaintActState.DROPPED: ("没有发出", "grey"),
}

HISTORY = {
    "USER_CREATE_COMPLAINT": "提交投诉",
    "USER_CONTINUE_COMPLAINT": "继续投诉",
    "USER_RESPONSE": "留言",
    "USER_APPLY_PLATFORM_SERVICE": "申请微信介入",
    "USER_CANCEL_PLATFORM_SERVICE": "撤回微信介入",
    "USER_CANCEL_COMPLAINT": "撤诉",
    "MERCHANT_RESPONSE": "回复",
    "MERCHANT_CONFIRM_COMPLETE": "反馈处理完成",
    "MERCHANT_APPROVE_REFUND": "同意退款",
    "MERCHANT_REJECT_REFUND": "拒绝退款",
    "MERCHANT_REFUSE_RERUND": "拒绝退款",
    "PLATFORM_SERVICE_FINISHED": "微信介入结束",
    "REFUND_SUCCESS": "退款到账",
}
"""What WeChat's kinds of entries mean; another one is shown as WeChat spells it."""


async def wechat_facts(reader: Reader, services: Services, complaint: Complaint) -> dict[str, Any]:
    row = await reader.wechat_complaints.of_complaint(complaint.id)
    if row is None:
        return {"at_wechat": None}
    acts = await reader.wechat_complaints.acts(complaint.id)
    refunds = await reader.refunds.of_order(complaint.order_id) if complaint.order_id else []
    open_vault = services.vault.open
    return {
        "at_wechat": row,
        "wechat_on": services.complaints.enabled,
        "acts": acts,
        "act_words": ACT,
        "history_words": HISTORY,
        "act_states": ACT_STATE,
        "refused_text": lambda act: open_vault(act.text_sealed, COMPLAINT_ENTRY) if act.text_sealed else "",
        "act_open": any(act.open_complaint_id is not None for act in acts),
        "act_unended": any(act.ended_at is None for act in acts),
        "may_decide_refund": may_decide_refund(row),
        "unanswered": row.state == PENDING,
        "ended_at_wechat": row.state == PROCESSED,
        "refunds_to_tell": [refund for refund in refunds if refund.state in REFUNDS_TO_TELL],
        "max_answer": MAX_ANSWER,
        "max_pictures": MAX_PICTURES,
    }
