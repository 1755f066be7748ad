"""Every page in every state that a person may see: one list for the tests and for the pictures."""

from __future__ import annotations

from collections.abc import Callable

from tests.browser.escort_cases import ESCORT_PAGES
from tests.browser.page_case import (
    PageCase,
    answered,
    choose,
    failing,
    held,
    lengthened_catalog,
    lengthened_hospital,
    long_unconfirmed,
    press,
    see,
    some_full_days,
    step,
    tap,
    write,
)
from tests.browser.phone import Gate
from tests.browser.scenario import Scenario
from tests.browser.states import (
    EMPTY,
    ESCORTS,
    INVITATION,
    LOADING,
    ONE_ESCORT,
    REPORTED,
    Empty,
    Loading,
)

FORM = "order/order?serviceId=4&hospitalId=1"

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
ORDER_FORM = (
    PageCase("form", "下单 · 做什么", FORM, "regular", (write("科室", "心内科"),)),
    PageCase("form-who", "下单 · 谁去、什么时候", FORM, "regular", (step(2), choose("明天"))),
    PageCase("form-nobody", "下单 · 还没有就诊人", FORM, acts=(step(2), see("还没有就诊人"))),
    PageCase("form-pay", "下单 · 核对和付款", FORM, "regular", (choose("明天"), step(3), see("退款规则"))),
    PageCase(
        "form-wrong",
        "下单 · 没有填完",
        "order/order?serviceId=4",
        acts=(tap("下一步"), see("请选择医院")),
    ),
    PageCase(
        "form-errand", "下单 · 代办", "order/order?serviceId=11&hospitalId=1", "regular", (see("代开药品"),)
    ),
    PageCase(
        "form-full",
        "下单 · 有的日子约满",
        FORM,
        "regular",
        (step(2), see("已约满")),
        gate="catalog/days/",
        behind=answered(some_full_days()),
    ),
    PageCase(
        "form-service",
        "下单 · 选服务",
        FORM,
        "regular",
        (press("#field-serviceId .field-value"), see("选择服务")),
    ),
    PageCase(
        "form-hospital",
        "下单 · 选医院",
        FORM,
        "regular",
        (press("#field-hospitalId .field-value"), see("选择医院")),
    ),
    PageCase(
        "form-patient",
        "下单 · 选就诊人",
        FORM,
        "regular",
        (step(2), press("#field-friendid .field-value"), see("选择就诊人")),
    ),
    PageCase("form-day", "下单 · 选日期", FORM, "regular", (step(2), tap("更晚的日期"), see("选择日期"))),
    PageCase(
        "form-terms",
        "下单 · 服务协议",
        FORM,
        "regular",
        (choose("明天"), step(3), press(".consent"), see("请先阅读")),
    ),
    PageCase("form-previous", "下单 · 有未付款的订单", FORM, "waiting", (see("继续支付"),)),
    PageCase(
        "form-continued",
        "下单 · 继续之前的订单",
        FORM,
        "waiting",
        (tap("继续支付"), see("这笔订单已保存")),
    ),
    PageCase(
        "form-closed", "下单 · 不管未付款的订单", FORM, "waiting", (tap("关闭"), step(2), see("现在提交"))
    ),
    PageCase("form-again", "下单 · 重新下单", "order/order?again={cancelled}", "regular"),
    PageCase(
        "cashier",
        "付款（模拟收银台）",
        "order/order?id={unpaid}",
        "waiting",
        (tap("付款"), lambda phone: phone.tap_sheet(".mp-subscribe button.ok"), see("模拟收银台")),
    ),
)
ORDERS = (
    PageCase("orders", "我的订单", "orders/orders", "regular"),
    PageCase("order-unpaid", "订单 · 待付款", "order/order?id={unpaid}", "waiting"),
    PageCase("order-paid", "订单 · 已付款", "order/order?id={paid}", "regular"),
    PageCase(
        "order-thanks", "订单 · 付款成功", "order/order?id={paid}&paid=1", "regular", (see("付款成功"),)
    ),
    PageCase(
        "order-confirming",
        "订单 · 正在确认付款",
        "order/order?id={unpaid}&paid=1",
        "waiting",
        (see("正在确认付款"),),
    ),
    PageCase(
        "order-unconfirmed",
        "订单 · 付款还在确认",
        "order/order?id={unpaid}",
        "waiting",
        (long_unconfirmed, see("付款结果还在确认")),
    ),
    PageCase("order-serving", "订单 · 在服务", "order/order?id={serving}", "regular"),
    PageCase(
        "order-told",
        "订单 · 进展和报告",
        "order/order?id={serving}",
        "regular",
        (see("陪诊员转述，不是医疗意见"),),
        gate="user/getVisit/",
        behind=answered(REPORTED),
    ),
    PageCase("order-move", "订单 · 改期", "order/order?id={paid}", "regular", (tap("改期"), see("新的日期"))),
    PageCase(
        "order-invite",
        "订单 · 邀请家人",
        "order/order?id={paid}",
        "regular",
        (tap("邀请家人"), see("准备邀请")),
    ),
    PageCase(
        "order-consent",
        "订单 · 同意记录",
        "order/order?id={paid}",
        "regular",
        (tap("更改"), see("以后不再记录")),
    ),
    PageCase("orders-shared", "我的订单 · 家人的", "orders/orders?tab=家人的", "regular", state="content"),
    PageCase("order-finished", "订单 · 已完成", "order/order?id={finished}", "regular"),
    PageCase(
        "order-rate",
        "订单 · 评价",
        "order/order?id={finished}",
        "regular",
        (tap("评价服务"), see("提交评价")),
    ),
    PageCase("order-rated", "订单 · 已评价", "order/order?id={rated}", "regular"),
    PageCase(
        "order-refund",
        "订单 · 取消订单",
        "order/order?id={paid}",
        "regular",
        (tap("取消订单"), see("取消原因")),
    ),
    PageCase(
        "order-money-back",
        "订单 · 仅退款",
        "order/order?id={paid}",
        "regular",
        (tap("仅退款"), see("退款原因")),
    ),
    PageCase("order-refunding", "订单 · 退款中", "order/order?id={refunding}", "regular"),
    PageCase("order-rejected", "订单 · 退款未通过", "order/order?id={rejected}", "regular"),
    PageCase("order-partly", "订单 · 部分退款", "order/order?id={partly}", "regular"),
    PageCase(
        "order-cancelled", "订单 · 已取消", "order/order?id={cancelled}", "regular", (see("订单已取消"),)
    ),
    PageCase("order-refunded", "订单 · 已退款", "order/order?id={refunded}", "regular"),
    PageCase("order-gone", "订单 · 没有找到", "order/order?id={paid}", state="empty"),
    PageCase("order-removed", "订单 · 已移除", "order/order?id={removed}", "regular", state="empty"),
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
    PageCase("terms", "陪诊服务协议", "terms/terms"),
    PageCase("privacy", "隐私政策", "privacy/privacy"),
    PageCase("contact", "联系我们", "contact/contact"),
)


def page_case_of(
    page: Loading | Empty, kind: str, words: str, behind: Callable[[Gate, Scenario], None], state: str = ""
) -> PageCase:
    name, title = f"{page.name}-{kind}", f"{page.title} · {words}"
    return PageCase(name, title, page.path, "regular", gate=page.asks, behind=behind, state=state)


CONTENT = (*FIRST_PAGES, *ORDER_FORM, *ORDERS, *OWN_PAGES, *ESCORT_PAGES)
WAITING = tuple(page_case_of(page, "loading", "加载中", held, "loading") for page in LOADING)
BROKEN = tuple(page_case_of(page, "failed", "没有加载出来", failing, "failed") for page in LOADING)
BARE = tuple(page_case_of(page, "empty", page.text, answered(page.answer)) for page in EMPTY)
PAGE_CASES = (*CONTENT, *WAITING, *BROKEN, *BARE)
