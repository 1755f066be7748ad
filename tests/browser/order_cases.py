"""The order form and the pages of an order in every state that a person may see."""

from __future__ import annotations

from tests.browser.page_case import (
    PageCase,
    answered,
    choose,
    long_unconfirmed,
    press,
    see,
    some_full_days,
    step,
    tap,
    write,
)
from tests.browser.states import REPORTED

FORM = "order/order?serviceId=4&hospitalId=1"
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
