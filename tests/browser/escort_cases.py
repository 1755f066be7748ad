"""The pages of the escorts' sub-package in every state: the regular person of the scenario is an escort, too."""

from __future__ import annotations

from typing import Any

from tests.browser.page_case import PageCase, answered, failing, held, press, see, tap, write
from tests.browser.scenario import LONG_DEPARTMENT, LONG_HOSPITAL, LONG_WISH

DESK = "packages/escort/workbench/workbench"
JOB = "packages/escort/job/job?id={serving}"
REPORT = "packages/escort/report/report?id={serving}"
CALENDAR = "packages/escort/calendar/calendar"
RATINGS = "packages/escort/ratings/ratings"
INTRODUCTION = "packages/escort/introduction/introduction"
DOCUMENTS = "packages/escort/documents/documents"

LONG_JOB = {
    "id": 1,
    "stage": "今天就诊",
    "state": "在服务",
    "day": "2026-12-01",
    "time": "08:30",
    "half": "am",
    "hospital": LONG_HOSPITAL,
    "campus": "东院区国际医疗中心",
    "meetingPoint": "门诊楼一层大厅咨询台旁边的自动扶梯下面，靠近便利店的那一侧",
    "department": LONG_DEPARTMENT,
    "patient": "阿卜杜热合曼·阿卜杜克热木江·吐尔孙",
    "service": "特需门诊VIP陪诊服务",
}
INVITATION = {
    "id": 1,
    "area": "西安市新城区",
    "hospital": LONG_HOSPITAL,
    "day": "2026-12-01",
    "time": "08:30",
    "half": "am",
    "service": "特需门诊VIP陪诊服务",
    "pay": "￥150",
    "expiresTime": "2026-12-01 08:00:00",
    "secondsLeft": 754,
}
BUSY_DESK = {
    "code": 0,
    "name": "欧阳秀英",
    "today": [LONG_JOB, {**LONG_JOB, "id": 2, "time": ""}],
    "next": LONG_JOB,
    "invitations": [INVITATION, {**INVITATION, "id": 2, "secondsLeft": -1, "pay": ""}],
    "unanswered": 2,
    "questions": [LONG_JOB],
    "reports": [LONG_JOB],
    "ratings": {"stars": "4.8", "count": 12},
    "statementsToCheck": 1,
    "documentsWarning": "健康证、培训证书已过期，不能接新订单，请上传新的",
}
_PAPER = {
    "state": "approved",
    "expiresOn": "2027-03-01",
    "daysLeft": 92,
    "reason": "",
    "picture": "",
    "time": "",
}
PAPERS = {
    "code": 0,
    "data": [
        {
            "kind": "portrait",
            "title": "工作照",
            "current": {**_PAPER, "expiresOn": "", "daysLeft": None},
            "latest": None,
        },
        {
            "kind": "id_card",
            "title": "身份证",
            "current": None,
            "latest": {
                **_PAPER,
                "state": "rejected",
                "reason": "反面没有拍到，边角也被手指挡住了，请两面拍在一张照片里",
            },
        },
        {
            "kind": "health",
            "title": "健康证",
            "current": {**_PAPER, "daysLeft": -3},
            "latest": {**_PAPER, "state": "pending"},
        },
        {"kind": "training", "title": "培训证书", "current": {**_PAPER, "daysLeft": 12}, "latest": None},
    ],
}
RATED = {
    "code": 0,
    "data": [
        {"day": "2026-11-02", "stars": 5, "comment": LONG_WISH, "tags": ["准时", "耐心"], "answer": "谢谢您"},
        {"day": "2026-10-02", "stars": 2, "comment": "", "tags": [], "answer": ""},
    ],
    "next": 0,
}
PAY = "packages/escort/pay/pay"
STATEMENT = "packages/escort/statement/statement?id=1"
LINE = {
    "id": 1, "kind": "order", "orderId": 7, "day": "2026-11-02", "service": "全心全程陪诊服务",
    "hospital": "第四军医大学西京医院（长乐西路院区）", "amount": "￥1,288.50", "reason": "", "earnedDay": "2026-11-02",
    "held": "",
}  # fmt: skip
LESS = {
    **LINE, "id": 2, "kind": "correction", "amount": "￥-15.50", "reason": "迟到半小时，客户少付了一部分服务费",
}  # fmt: skip
HELD = {**LINE, "id": 3, "held": "订单有退款在处理；投诉还没有处理完"}
ROW = {
    "id": 1, "month": "2026-11", "number": 2, "state": "issued", "total": "￥12,730.50", "lineCount": 11,
    "issuedTime": "2026-12-01 10:00:00", "paidDay": "",
}  # fmt: skip
EARNED = {
    "code": 0,
    "open": {"amount": "￥1,273", "count": 2, "lines": [LESS, LINE]},
    "held": {"amount": "￥1,288.50", "count": 1, "lines": [HELD]},
    "data": [
        ROW,
        {**ROW, "id": 2, "month": "2026-10", "number": 1, "state": "paid", "paidDay": "2026-11-05"},
    ],
    "next": 0,
}
NOTHING = {"amount": "￥0", "count": 0, "lines": []}
EARNED_NOTHING = {"code": 0, "open": NOTHING, "held": NOTHING, "data": [], "next": 0}
SHOWN_STATEMENT: dict[str, Any] = {
    **ROW, "orders": "￥12,746", "corrections": "￥-15.50", "reference": "",
    "questions": [{"time": "2026-12-02 09:00", "text": "少了 11 月 3 日的一单"}],
    "answers": [{"time": "2026-12-02 11:30", "text": "那一单的退款还没有处理完，下个月一起结"}],
}  # fmt: skip
TO_CONFIRM = {"code": 0, "statement": SHOWN_STATEMENT, "lines": [LINE, LESS], "next": 0}
TO_RECEIVE = {
    **TO_CONFIRM,
    "statement": {
        **SHOWN_STATEMENT, "state": "paying", "toReceive": True,
        "transfer": {
            "state": "waiting", "stateText": "等您收款", "until": "2036-12-03 10:00:00", "canReceive": True, "note": "",
        },
    },
}  # fmt: skip
NOBODY_RATED = {"code": 0, "data": [], "next": 0}

CONSENTED_JOB = {
    "code": 0,
    "job": {**LONG_JOB, "notesAllowed": True, "nodes": [], "answers": []},
    "steps": [],
    "troubles": [],
    "report": None,
    "entries": [],
}

ESCORT_PAGES = (
    PageCase("desk", "工作台", DESK, "regular"),
    PageCase(
        "desk-busy", "工作台 · 很忙", DESK, "regular", gate="escort/workbench/", behind=answered(BUSY_DESK)
    ),
    PageCase(
        "desk-decline",
        "工作台 · 不方便",
        DESK,
        "regular",
        (tap("不方便"), see("不接这一单")),
        gate="escort/workbench/",
        behind=answered(BUSY_DESK),
    ),
    PageCase("job", "陪诊任务", JOB, "regular"),
    PageCase("job-troubles", "陪诊任务 · 遇到问题", JOB, "regular", (tap("遇到问题"), see("我来不了"))),
    PageCase(
        "job-unwell",
        "陪诊任务 · 身体不适",
        JOB,
        "regular",
        (tap("遇到问题"), tap("客户身体不适"), see("拨打 120")),
    ),
    PageCase("report", "陪诊报告 · 还没有同意", REPORT, "regular"),
    PageCase(
        "report-rows",
        "陪诊报告 · 填写",
        REPORT,
        "regular",
        (tap("加一项检查"), tap("加一种药"), tap("加一笔")),
        gate="escort/job/",
        behind=answered(CONSENTED_JOB),
    ),
    PageCase("calendar", "日历与请假", CALENDAR, "regular"),
    PageCase(
        "calendar-day",
        "日历 · 一天",
        CALENDAR,
        "regular",
        (press(".cell.day:not(.past) >> nth=-1"), see("全天休息")),
    ),
    PageCase("ratings", "我的评价", RATINGS, "regular", gate="escort/ratings/", behind=answered(RATED)),
    PageCase("pay", "我的报酬", PAY, "regular", gate="escort/pay/", behind=answered(EARNED)),
    PageCase(
        "pay-none",
        "我的报酬 · 还没有",
        PAY,
        gate="escort/pay/",
        behind=answered(EARNED_NOTHING),
        state="empty",
    ),
    PageCase(
        "statement", "结算单", STATEMENT, "regular", gate="escort/statement/", behind=answered(TO_CONFIRM)
    ),
    PageCase(
        "statement-receive",
        "结算单 · 待收款",
        STATEMENT,
        "regular",
        (see("前确认"),),
        gate="escort/statement/",
        behind=answered(TO_RECEIVE),
    ),
    PageCase(
        "statement-question",
        "结算单 · 有疑问",
        STATEMENT,
        "regular",
        (tap("有疑问"), tap("告诉办公室"), see("请写明哪里不对")),
        gate="escort/statement/",
        behind=answered(TO_CONFIRM),
    ),
    PageCase("introduction", "我的介绍", INTRODUCTION, "regular"),
    PageCase(
        "introduction-wrong",
        "我的介绍 · 填错",
        INTRODUCTION,
        "regular",
        (write("从业年数", "99"), tap("提交"), see("请填 0 到 60 的整数")),
    ),
    PageCase("documents", "我的证件 · 还没有", DOCUMENTS, "regular"),
    PageCase(
        "documents-many",
        "我的证件 · 各种情况",
        DOCUMENTS,
        "regular",
        gate="escort/qualifications/",
        behind=answered(PAPERS),
    ),
    PageCase(
        "documents-upload",
        "我的证件 · 上传",
        DOCUMENTS,
        "regular",
        (tap("上传"), tap("拍照或选照片"), see("请选有效期")),
    ),
    PageCase(
        "desk-suspended",
        "工作台 · 不是陪诊员",
        DESK,
        state="empty",
    ),
    *(
        PageCase(
            f"{name}-{kind}", f"{title} · {words}", path, "regular", gate=asks, behind=behind, state=state
        )
        for name, title, path, asks in (
            ("desk", "工作台", DESK, "escort/workbench/"),
            ("job", "陪诊任务", JOB, "escort/job/"),
            ("report", "陪诊报告", REPORT, "escort/report/"),
            ("calendar", "日历与请假", CALENDAR, "escort/calendar/"),
            ("ratings", "我的评价", RATINGS, "escort/ratings/"),
            ("pay", "我的报酬", PAY, "escort/pay/"),
            ("statement", "结算单", STATEMENT, "escort/statement/"),
            ("introduction", "我的介绍", INTRODUCTION, "escort/profile/"),
            ("documents", "我的证件", DOCUMENTS, "escort/qualifications/"),
        )
        for kind, words, behind, state in (
            ("loading", "加载中", held, "loading"),
            ("failed", "没有加载出来", failing, "failed"),
        )
    ),
    PageCase(
        "ratings-none",
        "我的评价 · 还没有",
        RATINGS,
        "regular",
        gate="escort/ratings/",
        behind=answered(NOBODY_RATED),
    ),
)
