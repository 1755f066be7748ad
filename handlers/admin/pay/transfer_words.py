"""What transfers through WeChat are called on the pages, and why one has ended without money."""

from __future__ import annotations

from payment.transfers.deciding import OFFICE_FOUND
from payment.transfers.service import NOT_SENT
from storage.models import TransferState

TRANSFER_STATE = {
    TransferState.CREATED: "等微信答复",
    TransferState.ACCEPTED: "微信已受理",
    TransferState.PROCESSING: "微信处理中",
    TransferState.WAITING: "等本人收款",
    TransferState.TRANSFERRING: "正在到账",
    TransferState.CANCELLING: "撤销中",
    TransferState.SUCCEEDED: "已到账",
    TransferState.FAILED: "没有付成",
    TransferState.CANCELLED: "已撤销",
}
TRANSFER_TONE = {
    TransferState.CREATED: "amber",
    TransferState.ACCEPTED: "blue",
    TransferState.PROCESSING: "blue",
    TransferState.WAITING: "blue",
    TransferState.TRANSFERRING: "blue",
    TransferState.CANCELLING: "amber",
    TransferState.SUCCEEDED: "green",
    TransferState.FAILED: "red",
    TransferState.CANCELLED: "grey",
}
_REASONS = {
    "ACCOUNT_FROZEN": "收款人的微信账户被冻结",
    "NAME_NOT_CORRECT": "收款人的微信实名与登记的姓名不一致",
    "REAL_NAME_CHECK_FAIL": "收款人的微信没有实名认证",
    "PAYEE_ACCOUNT_ABNORMAL": "收款人的微信账户异常",
    "DAY_RECEIVED_QUOTA_EXCEED": "收款人今天收款超过了微信的上限，明天再付",
    "TRANSFER_RISK": "微信认为这笔转账有风险",
    "OVERDUE_CLOSE": "本人 24 小时内没有确认收款",
    "MCH_CANCEL": "办公室撤销",
    "MERCHANT_REJECT": "商户平台的审批没有通过",
    "PAYEE_REJECT": "本人拒绝收款",
    NOT_SENT: "微信没有接受，办公室放弃",
    OFFICE_FOUND: "办公室核实：没有付成",
}


def fail_text(reason: str) -> str:
    """WeChat's list is open: a reason that is not known here is shown as it is."""
    return _REASONS.get(reason, f"微信给的原因：{reason}" if reason else "")
