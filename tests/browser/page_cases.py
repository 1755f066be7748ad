"""Every page in every state that a person may see: one list for the tests and for the pictures."""

from __future__ import annotations

from collections.abc import Callable

from tests.browser.after_sales_cases import AFTER_SALES_PAGES
from tests.browser.escort_cases import ESCORT_PAGES
from tests.browser.gate import Gate
from tests.browser.order_cases import ORDER_FORM, ORDERS
from tests.browser.page_case import (
    PageCase,
    answered,
    failing,
    held,
    lengthened_catalog,
    lengthened_hospital,
    press,
    see,
    tap,
    write,
)
from tests.browser.scenario import Scenario
from tests.browser.states import (
    CLAIMABLE,
    EMPTY,
    ESCORTS,
    INVITATION,
    LOADING,
    ONE_ESCORT,
    Empty,
    Loading,
)
from tests.browser.supplement_cases import SUPPLEMENT_PAGES

FIRST_PAGES = (
    PageCase("home", "首页", "home/home"),
    PageCase("home-long", "首页 · 长名字", "home/home", gate="catalog/", behind=lengthened_catalog),
    PageCase(
        "home-search",
        "首页 · 搜索",
        "home/home",
        acts=(write("搜医院、科室、服务", "交通大学"), see("附属医院")),
    ),
    PageCase(
        "home-search-none",
        "首页 · 没有找到",
        "home/home",
        acts=(write("搜医院、科室、服务", "牙科"), see("没有找到")),
    ),
    PageCase("services", "陪诊下单", "services/services"),
    PageCase(
        "services-long", "陪诊下单 · 长名字", "services/services", gate="catalog/", behind=lengthened_catalog
    ),
    PageCase("service", "服务介绍 · 两种价格", "service/service?id=4"),
    PageCase("service-one", "服务介绍 · 一种价格", "service/service?id=1"),
    PageCase("hospital", "医院", "hospital/hospital?id=1"),
    PageCase(
        "hospital-long",
        "医院 · 长名字",
        "hospital/hospital?id=1",
        gate="catalog/hospitals/1/",
        behind=lengthened_hospital,
    ),
    PageCase("hospital-intro", "医院介绍", "hospital-intro/hospital-intro?id=1"),
    PageCase("experts", "专家", "experts/experts?hospitalId=1"),
    PageCase("expert", "专家介绍", "expert/expert?id=1"),
    PageCase("cases-choose", "陪诊案例 · 选医院", "cases/cases"),
    PageCase(
        "cases",
        "陪诊案例",
        "cases/cases?hospitalId=1",
        gate="catalog/hospitals/1/",
        behind=lengthened_hospital,
    ),
)
OWN_PAGES = (
    PageCase("me", "我的", "me/me", "regular"),
    PageCase("me-new", "我的 · 第一次来", "me/me"),
    PageCase("profile", "头像和昵称", "profile/profile", "regular"),
    PageCase("patients", "就诊人", "patients/patients", "regular"),
    PageCase(
        "patient-edit", "添加就诊人", "patient-edit/patient-edit", acts=(write("姓名", "李建国"), tap("父母"))
    ),
    PageCase(
        "patient-edit-minor",
        "添加就诊人 · 护照、未成年",
        "patient-edit/patient-edit",
        acts=(tap("护照"), tap("未满 18 岁"), tap("保存"), see("请填写姓名")),
    ),
    PageCase(
        "patient-edit-wrong",
        "添加就诊人 · 号码不对",
        "patient-edit/patient-edit",
        acts=(
            write("姓名", "阿卜杜热合曼·阿卜杜克热木江·吐尔孙"),
            write("证件号码", "11010519491231002"),
            write("联系电话", "1389123456"),
            tap("保存"),
            see("少一位"),
            see("手机号应为 11 位"),
        ),
    ),
    PageCase("escort-apply", "申请成为陪诊员", "escort-apply/escort-apply"),
    PageCase("escort-applied", "申请成为陪诊员 · 已通过", "escort-apply/escort-apply", "regular"),
    PageCase("my-data", "隐私与我的数据", "my-data/my-data"),
    PageCase(
        "my-data-export", "我的数据", "my-data/my-data", "regular", (press(".t-button--base"), see("复制"))
    ),
    PageCase(
        "my-data-devices", "登录中的设备", "my-data/my-data", "regular", (tap("查看设备"), see("最近使用"))
    ),
    PageCase(
        "my-data-delete",
        "删除我的数据",
        "my-data/my-data",
        acts=(press(".delete"), see("删除后不能恢复。"), tap("确定删除"), see("请输入“删除”两个字")),
    ),
    PageCase("more", "其他服务", "more/more"),
    PageCase("escorts", "陪诊员介绍", "escorts/escorts"),
    PageCase(
        "escorts-shown",
        "陪诊员介绍 · 有人公开",
        "escorts/escorts",
        acts=(see("我们的陪诊员"),),
        gate="escorts/",
        behind=answered(ESCORTS),
    ),
    PageCase("escort", "陪诊员", "escort/escort?id=1", gate="escorts/1/", behind=answered(ONE_ESCORT)),
    PageCase("escort-gone", "陪诊员 · 不再公开", "escort/escort?id=999", state="empty"),
    PageCase(
        "invitation",
        "家人的邀请",
        "invitation/invitation?token=t",
        gate="user/getInvitation/",
        behind=answered(INVITATION),
    ),
    PageCase("invitation-used", "家人的邀请 · 已失效", "invitation/invitation?token=t", state="empty"),
    PageCase("claim", "认领订单", "claim/claim?token=t", gate="user/getClaim/", behind=answered(CLAIMABLE)),
    PageCase(
        "claim-mine",
        "认领订单 · 已经认领",
        "claim/claim?token=t",
        gate="user/getClaim/",
        behind=answered({**CLAIMABLE, "orderId": 7, "paid": "y", "visitTime": "08:30"}),
    ),
    PageCase("claim-code", "认领订单 · 输入认领码", "claim/claim"),
    PageCase(
        "claim-wrong",
        "认领订单 · 认领码不对",
        "claim/claim",
        acts=(write("认领码", "7K2MP-Q8X4D"), tap("下一步"), see("这个认领码无效")),
    ),
    PageCase("claim-void", "认领订单 · 已失效", "claim/claim?token=t", state="empty"),
    PageCase("terms", "陪诊服务协议", "terms/terms"),
    PageCase("privacy", "隐私政策", "privacy/privacy"),
    PageCase("contact", "联系我们", "contact/contact"),
)


def page_case_of(
    page: Loading | Empty, kind: str, words: str, behind: Callable[[Gate, Scenario], None], state: str = ""
) -> PageCase:
    name, title = f"{page.name}-{kind}", f"{page.title} · {words}"
    return PageCase(name, title, page.path, "regular", gate=page.asks, behind=behind, state=state)


CONTENT = (
    *FIRST_PAGES,
    *ORDER_FORM,
    *ORDERS,
    *OWN_PAGES,
    *ESCORT_PAGES,
    *SUPPLEMENT_PAGES,
    *AFTER_SALES_PAGES,
)
WAITING = tuple(page_case_of(page, "loading", "加载中", held, "loading") for page in LOADING)
BROKEN = tuple(page_case_of(page, "failed", "没有加载出来", failing, "failed") for page in LOADING)
BARE = tuple(page_case_of(page, "empty", page.text, answered(page.answer)) for page in EMPTY)
PAGE_CASES = (*CONTENT, *WAITING, *BROKEN, *BARE)
