"""Words and colours of complaints and invoices."""

from __future__ import annotations

from storage.models import ComplaintState, InvoiceState

COMPLAINT_TONE = {
    ComplaintState.OPEN: "amber",
    ComplaintState.ANSWERED: "blue",
    ComplaintState.CLOSED: "grey",
}
INVOICE_TONE = {
    InvoiceState.REQUESTED: "amber",
    InvoiceState.TO_REVERSE: "red",
    InvoiceState.ISSUED: "green",
    InvoiceState.REVERSED: "grey",
    InvoiceState.REJECTED: "grey",
    InvoiceState.WITHDRAWN: "grey",
}
AFTER_SALES_ACTS = {
    "complaint.reveal": "查看投诉内容",
    "complaint.assign": "指定投诉负责人",
    "complaint.note": "记录投诉",
    "complaint.answer": "答复投诉",
    "complaint.close": "解决投诉",
    "complaint.wechat_answer": "回复微信投诉",
    "complaint.wechat_reject": "拒绝微信投诉的退款",
    "complaint.wechat_approve": "告诉微信已同意退款",
    "complaint.wechat_complete": "反馈微信投诉处理完成",
    "invoice.issue": "开具发票",
    "invoice.replace": "更换发票文件",
    "invoice.reject": "不通过发票申请",
    "invoice.demand_reversal": "标记发票需要红冲",
    "invoice.reverse": "登记发票红冲",
    "invoice.reveal.email": "查看收发票的邮箱",
    "invoice.reveal.file": "下载发票",
}
"""Their acts in the audit log."""
