"""The pages of the sub-package about complaints and invoices in every state."""

from __future__ import annotations

from tests.browser.page_case import PageCase, answered, failing, held, see, tap
from tests.browser.scenario import LONG_REASON, LONG_WISH

COMPLAINTS = "packages/after-sales/complaints/complaints"
INVOICES = "packages/after-sales/invoices/invoices"
COMPLAINT = {
    "id": 1,
    "orderId": 7,
    "kind": "escort",
    "title": "陪诊员",
    "state": "open",
    "stateText": "等待答复",
    "text": LONG_WISH,
    "forgotten": False,
    "photos": ["complaints/photos/" + "0" * 32 + ".jpg"],
    "time": "2026-11-29 10:00:00",
    "due": "2026-11-30 10:00:00",
    "entries": [
        {"id": 1, "kind": "answer", "text": LONG_WISH, "time": "2026-11-29 11:00:00"},
        {"id": 2, "kind": "addition", "text": LONG_REASON, "time": "2026-11-29 12:00:00"},
    ],
}
SOME_COMPLAINTS = {
    "code": 0,
    "data": [
        COMPLAINT,
        {**COMPLAINT, "id": 2, "state": "answered", "stateText": "已答复", "title": "服务质量"},
        {**COMPLAINT, "id": 3, "state": "closed", "stateText": "已解决", "due": "", "photos": []},
        {**COMPLAINT, "id": 4, "state": "closed", "stateText": "已解决", "text": "", "forgotten": True},
    ],
    "next": 4,
}
NO_COMPLAINTS = {"code": 0, "data": [], "next": 0}
OFFER = {
    "open": True,
    "reason": "",
    "amount": "￥1238.50",
    "kind": "company",
    "title": "西安某某国际医疗健康管理咨询服务股份有限公司东院区分公司",
    "taxNumber": "91610131MA6U1ABC0T",
    "email": "finance.department@international-medical.example.com",
}
INVOICE = {
    "id": 1,
    "orderId": 7,
    "kind": "company",
    "title": OFFER["title"],
    "taxNumber": OFFER["taxNumber"],
    "email": OFFER["email"],
    "amount": "￥1238.50",
    "state": "issued",
    "stateText": "已开具",
    "note": "",
    "number": "24617000000012345678",
    "reversalNumber": "",
    "file": "invoices/" + "0" * 32 + ".pdf",
    "time": "2026-11-29 10:00:00",
    "decidedTime": "2026-11-29 12:00:00",
    "canWithdraw": False,
}
SOME_INVOICES = {
    "code": 0,
    "data": [
        INVOICE,
        {**INVOICE, "id": 2, "state": "to_reverse", "stateText": "要作废", "note": LONG_REASON},
        {
            **INVOICE,
            "id": 3,
            "state": "requested",
            "stateText": "等待开票",
            "number": "",
            "file": "",
            "canWithdraw": True,
        },
        {
            **INVOICE,
            "id": 4,
            "state": "reversed",
            "stateText": "已作废",
            "reversalNumber": "24617000000087654321",
        },
    ],
    "offer": None,
    "next": 4,
}
TO_ASK = {"code": 0, "data": [], "offer": OFFER, "next": 0}
CLOSED = {
    "code": 0,
    "data": [],
    "offer": {**OFFER, "open": False, "reason": "陪诊完成后就可以申请发票"},
    "next": 0,
}
NO_INVOICES = {"code": 0, "data": [], "offer": None, "next": 0}
_COMPLAINTS, _INVOICES = "user/getComplaints/", "user/getInvoices/"

AFTER_SALES_PAGES = (
    PageCase(
        "complaints",
        "投诉与建议",
        COMPLAINTS,
        "regular",
        gate=_COMPLAINTS,
        behind=answered(SOME_COMPLAINTS),
    ),
    PageCase(
        "complaints-empty",
        "投诉与建议 · 还没有",
        f"{COMPLAINTS}?id={{finished}}",
        "regular",
        gate=_COMPLAINTS,
        behind=answered(NO_COMPLAINTS),
        state="empty",
    ),
    PageCase(
        "complaints-form",
        "投诉与建议 · 没有填",
        f"{COMPLAINTS}?id={{finished}}",
        "regular",
        gate=_COMPLAINTS,
        behind=answered(NO_COMPLAINTS),
        state="empty",
        acts=(tap("写投诉或建议"), tap("提交"), see("请选一类")),
    ),
    PageCase(
        "complaints-loading",
        "投诉与建议 · 加载中",
        COMPLAINTS,
        "regular",
        gate=_COMPLAINTS,
        behind=held,
        state="loading",
    ),
    PageCase(
        "complaints-failed",
        "投诉与建议 · 没有加载出来",
        COMPLAINTS,
        "regular",
        gate=_COMPLAINTS,
        behind=failing,
        state="failed",
    ),
    PageCase("invoices", "发票", INVOICES, "regular", gate=_INVOICES, behind=answered(SOME_INVOICES)),
    PageCase(
        "invoices-form",
        "发票 · 申请",
        f"{INVOICES}?id={{finished}}",
        "regular",
        gate=_INVOICES,
        behind=answered(TO_ASK),
    ),
    PageCase(
        "invoices-closed",
        "发票 · 还不能申请",
        f"{INVOICES}?id={{finished}}",
        "regular",
        gate=_INVOICES,
        behind=answered(CLOSED),
    ),
    PageCase(
        "invoices-empty",
        "发票 · 还没有",
        INVOICES,
        "regular",
        gate=_INVOICES,
        behind=answered(NO_INVOICES),
        state="empty",
    ),
    PageCase(
        "invoices-loading",
        "发票 · 加载中",
        INVOICES,
        "regular",
        gate=_INVOICES,
        behind=held,
        state="loading",
    ),
    PageCase(
        "invoices-failed",
        "发票 · 没有加载出来",
        INVOICES,
        "regular",
        gate=_INVOICES,
        behind=failing,
        state="failed",
    ),
)
