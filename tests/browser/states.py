"""Which pages load, and which may have nothing to show: one list for the tests of their states and for the pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Loading:
    """A page that loads: what it asks the server, and what stands on it then.

    ``answer``: the content, where the shipped catalog has none.
    """

    name: str
    title: str
    path: str
    asks: str
    content: str
    answer: dict[str, Any] | None = None


@dataclass(frozen=True)
class Empty:
    """A page with nothing to show: the server's answer, what the page says, and what it offers to do."""

    name: str
    title: str
    path: str
    asks: str
    answer: dict[str, Any]
    text: str
    offer: str
    leads_to: str = ""
    """'' for a call."""


HOSPITAL = {"id": 1, "name": "西京医院", "picture": "", "logo": "", "introduction": ""}
CASE = {
    "id": 1,
    "title": "陪李女士看心内科",
    "text": "取药后送上车。",
    "service": "全程陪诊",
    "date": "2026-05-06",
}
ONE_CASE: dict[str, Any] = {"code": 0, "hospital": HOSPITAL, "experts": [], "cases": [CASE]}
BARE_HOSPITAL: dict[str, Any] = {"code": 0, "hospital": HOSPITAL, "experts": [], "cases": []}
INVITATION: dict[str, Any] = {
    "code": 0,
    "ownerName": "小李",
    "role": "family",
    "scope": "order",
    "patient": "李**",
    "day": "2026-12-01",
    "hospital": "西京医院",
    "expiresTime": "2026-12-01 09:00:00",
    "mine": False,
    "joined": False,
    "orderId": None,
}
ESCORT = {
    "id": 1,
    "name": "欧阳秀英",
    "portrait": "",
    "introduction": "在三甲医院做过十年护士，熟悉各科流程，说话慢，有耐心。",
    "years": 10,
    "finished": 326,
    "stars": "4.9",
    "ratings": 210,
    "verifiedOn": "2026-03-05",
}
ONE_ESCORT: dict[str, Any] = {"code": 0, "escort": ESCORT}
ESCORTS: dict[str, Any] = {"code": 0, "data": [ESCORT, {**ESCORT, "id": 2, "stars": "", "years": 0}]}
STEP: dict[str, Any] = {"phoneTime": "", "skipped": [], "photos": [], "place": None, "author": "", "node": ""}
REPORTED: dict[str, Any] = {
    "code": 0,
    "stage": "服务中",
    "version": "1",
    "steps": [
        {**STEP, "id": 1, "kind": "departed", "title": "已出发", "time": "2026-11-30 07:20:00", "note": ""},
        {
            **STEP,
            "id": 2,
            "kind": "met",
            "title": "已接到",
            "time": "2026-11-30 08:31:00",
            "phoneTime": "2026-11-30 08:10:00",
            "skipped": ["已到达"],
            "note": "老人精神不错，已经在门诊楼大厅，准备去取号。",
        },
        {
            **STEP,
            "id": 3,
            "kind": "node",
            "node": "取号",
            "title": "取号",
            "time": "2026-11-30 08:45:00",
            "note": "",
        },
    ],
    "report": {
        "doctor": "血压控制得不错，药照旧，三个月后复查。",
        "examinations": [
            {"name": "心电图", "resultOn": ""},
            {"name": "血脂四项", "resultOn": "2026-12-02"},
        ],
        "medicines": [{"name": "苯磺酸氨氯地平片 5 mg", "use": "每天早上一片，饭前饭后都可以"}],
        "nextVisit": {"day": "2027-03-01", "note": "心内科复查，带上这次的化验单"},
        "papers": ["医保卡", "身份证", "发票两张"],
        "outlays": [{"what": "复印病历", "amountFen": 600, "amount": "￥6"}],
        "summary": "一切顺利，11 点半送上出租车。",
        "author": "欧阳秀英",
        "sentTime": "2026-11-30 12:20:00",
        "confirmedTime": "",
        "confirmedBy": "",
        "forgotten": False,
        "photos": [],
    },
    "entries": [
        {
            "id": 1,
            "kind": "question",
            "author": "您",
            "text": "血脂的结果怎么取？",
            "time": "2026-11-30 13:02:00",
            "questionId": None,
            "open": True,
        }
    ],
    "consent": {"given": True, "version": "1", "askNow": False},
    "troubles": [{"kind": "late", "title": "客户迟到", "time": "2026-11-30 08:20:00", "open": False}],
}
CLAIMABLE: dict[str, Any] = {
    "code": 0,
    "orderId": 0,
    "patient": "阿************木",
    "service": "特需门诊VIP陪诊服务（含取药、检查和报告解读，全天）",
    "hospital": "西安交通大学第一附属医院（国际陆港医院）",
    "wantTime": "2026-12-01",
    "visitTime": "",
    "amount": "￥1288.50",
    "paid": "n",
    "progress": "待付款",
    "expiresTime": "2026-12-03 09:00:00",
}
NO_CATALOG: dict[str, Any] = {
    "code": 0,
    "version": 1,
    "brand": {"name": "全心陪诊", "phone": ""},
    "messages": {"templates": []},
    "banners": [],
    "hospitals": [],
    "services": [],
}
NOTHING: dict[str, Any] = {"code": 0, "msg": "", "data": []}

HOSPITALS_PAGE = "pages/hospital/hospital"
ORDER_PAGE = "pages/order/order"
SERVICES_PAGE = "pages/services/services"
PATIENT_PAGE = "pages/patient-edit/patient-edit"

LOADING = (
    Loading("home", "首页", "home/home", "catalog/", "可陪诊的医院"),
    Loading("services", "陪诊下单", "services/services", "catalog/", "全心全程陪诊服务"),
    Loading("service", "服务介绍", "service/service?id=4", "catalog/services/4/", "包含内容"),
    Loading("hospital", "医院", "hospital/hospital?id=1", "catalog/hospitals/1/", "预约这家医院的陪诊"),
    Loading(
        "hospital-intro",
        "医院介绍",
        "hospital-intro/hospital-intro?id=1",
        "catalog/hospitals/1/",
        "西京医院位于西安市",
    ),
    Loading("experts", "专家", "experts/experts?hospitalId=1", "catalog/experts/", "示例专家·张医生"),
    Loading("expert", "专家介绍", "expert/expert?id=1", "catalog/experts/1/", "擅长"),
    Loading(
        "cases", "陪诊案例", "cases/cases?hospitalId=1", "catalog/hospitals/1/", "陪李女士看心内科", ONE_CASE
    ),
    Loading("cases-choose", "陪诊案例 · 选医院", "cases/cases", "catalog/", "选一家医院"),
    Loading("me", "我的", "me/me", "user/me/", "修改头像和昵称"),
    Loading("profile", "头像和昵称", "profile/profile", "user/me/", "更换头像"),
    Loading("escort-apply", "申请成为陪诊员", "escort-apply/escort-apply", "user/getCaregiver/", "我的申请"),
    Loading("orders", "我的订单", "orders/orders", "user/getOrders/", "全心全程陪诊服务"),
    Loading(
        "invitation",
        "家人的邀请",
        "invitation/invitation?token=t",
        "user/getInvitation/",
        "接受以后",
        INVITATION,
    ),
    Loading("claim", "认领订单", "claim/claim?token=t", "user/getClaim/", "认领以后", CLAIMABLE),
    Loading("escort", "陪诊员", "escort/escort?id=1", "escorts/1/", "请这位陪诊员陪诊", ONE_ESCORT),
    Loading("patients", "就诊人", "patients/patients", "user/getFriends/", "李建国"),
    Loading("form", "下单", "order/order?serviceId=4", "user/getFriends/", "下一步"),
    Loading("order", "订单", "order/order?id={paid}", "user/getOrder/", "订单进展"),
)
EMPTY = (
    Empty("home", "首页", "home/home", "catalog/", NO_CATALOG, "还没有开通的医院和服务", "打电话"),
    Empty("services", "陪诊下单", "services/services", "catalog/", NO_CATALOG, "服务正在准备中", "打电话"),
    Empty(
        "hospital-intro",
        "医院介绍",
        "hospital-intro/hospital-intro?id=1",
        "catalog/hospitals/1/",
        BARE_HOSPITAL,
        "还没有这家医院的介绍",
        "回到医院",
        HOSPITALS_PAGE,
    ),
    Empty(
        "experts",
        "专家",
        "experts/experts?hospitalId=1",
        "catalog/experts/",
        {"code": 0, "experts": []},
        "还没有专家介绍",
        "打电话问问",
    ),
    Empty(
        "cases",
        "陪诊案例",
        "cases/cases?hospitalId=1",
        "catalog/hospitals/1/",
        BARE_HOSPITAL,
        "还没有陪诊案例",
        "去预约陪诊",
        ORDER_PAGE,
    ),
    Empty(
        "cases-choose",
        "陪诊案例 · 选医院",
        "cases/cases",
        "catalog/",
        NO_CATALOG,
        "还没有陪诊案例",
        "去预约陪诊",
        SERVICES_PAGE,
    ),
    Empty(
        "orders",
        "我的订单",
        "orders/orders",
        "user/getOrders/",
        NOTHING,
        "还没有订单",
        "去看看服务",
        SERVICES_PAGE,
    ),
    Empty(
        "patients",
        "就诊人",
        "patients/patients",
        "user/getFriends/",
        NOTHING,
        "还没有就诊人",
        "添加就诊人",
        PATIENT_PAGE,
    ),
)
STILL = {
    "more/more": "陪诊员介绍",
    "escorts/escorts": "陪诊员是做什么的",
    "terms/terms": "一、我们是谁",
    "privacy/privacy": "敏感个人信息",
    "contact/contact": "复制号码",
    "patient-edit/patient-edit": "我单独同意处理",
    "my-data/my-data": "导出我的数据",
}
"""Pages that need nothing of the server, and something that stands on them."""
