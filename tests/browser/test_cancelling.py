"""Cancelling and money back on the phone: the rule before paying, what is asked for, taken back, and how it ends."""

from __future__ import annotations

from tests.browser.clients import Administrator, ApiUser, day
from tests.browser.flows import choose_day, to_step
from tests.browser.phone import Phone
from tests.browser.test_order_life import until_titles


def banner(phone: Phone) -> str:
    return phone.screen.locator(".banner-title").inner_text()


def cancel(phone: Phone, amount: str) -> None:
    """From the order's page; the amount is shown before anything is sent."""
    phone.see(f"现在取消可退 {amount}")
    phone.tap("取消订单")
    phone.see("现在取消可退", "取消原因", "客服同意后订单取消，不能恢复")
    assert amount.lstrip("￥") in phone.page.locator(".amount").inner_text()
    phone.tap("申请取消订单")
    phone.see("请选择原因")
    phone.tap("行程有变")
    phone.tap("申请取消订单")
    phone.see("待审核")


def test_the_refund_rule_is_read_on_the_form_before_paying(phone: Phone, person: ApiUser) -> None:
    person.add_patient()
    phone.open("pages/order/order?serviceId=1&hospitalId=1")
    phone.not_see("退款规则")
    choose_day(phone, "后天")
    to_step(phone, 3)
    phone.see("退款规则", "付款后 30 分钟内，还没有安排陪诊员时可全退", "8:00 前可全退", "此后取消不退款")
    choose_day(phone, "今天")
    to_step(phone, 3)
    phone.not_see("8:00 前可全退")


def test_a_cancellation_that_is_refused_leaves_the_order_as_it_was(
    phone: Phone, person: ApiUser, office: Administrator
) -> None:
    order = person.paid_order(wantTime=day(20))
    phone.open(f"pages/order/order?id={order}")
    cancel(phone, "￥198")
    phone.see("退款中", "取消订单的申请已提交")
    until_titles(phone, "您申请取消订单", "已付款", "已下单")
    office.reject_refund(order, "陪诊员已经出发")
    phone.open(f"pages/order/order?id={order}").see(
        "已拒绝", "您的原因：行程有变", "客服说明：陪诊员已经出发"
    )
    until_titles(phone, "取消申请未通过", "您申请取消订单", "已付款", "已下单")
    assert banner(phone) == "待安排"


def test_a_request_is_withdrawn(phone: Phone, person: ApiUser) -> None:
    order = person.paid_order(wantTime=day(20))
    phone.open(f"pages/order/order?id={order}")
    cancel(phone, "￥198")
    phone.tap("撤回申请")
    phone.see("服务照常")
    phone.tap("撤回", exact=True)
    phone.see("申请已撤回")
    phone.see("已撤回", "取消订单")
    assert banner(phone) == "待安排"
    assert person.detail(order)["order"]["progress"] == "已付款"


def test_a_cancellation_that_is_approved_in_part_ends_the_order(
    phone: Phone, person: ApiUser, office: Administrator
) -> None:
    order = person.paid_order(wantTime=day(20))
    phone.open(f"pages/order/order?id={order}")
    cancel(phone, "￥198")
    office.approve_refund(order, 9_900)
    phone.open(f"pages/order/order?id={order}").see("订单已取消，￥99")
    assert banner(phone) == "已取消"
    person.until_refunded(order)
    phone.open(f"pages/order/order?id={order}").see("￥99 已退回原支付账户", "用户取消")
    assert banner(phone) == "已取消"
    phone.open("pages/orders/orders").see("已取消")


def test_a_cancellation_that_gives_everything_back_ends_as_refunded(
    phone: Phone, person: ApiUser, office: Administrator
) -> None:
    order = person.paid_order(wantTime=day(20))
    phone.open(f"pages/order/order?id={order}")
    cancel(phone, "￥198")
    office.approve_refund(order, 19_800)
    person.until(order, "已退款")
    phone.open(f"pages/order/order?id={order}").see("￥198 已退回原支付账户")
    until_titles(phone, "已退款", "取消申请已通过", "您申请取消订单", "已付款", "已下单")
    assert banner(phone) == "已退款"


def test_money_back_leaves_the_order_as_it_was(phone: Phone, person: ApiUser, office: Administrator) -> None:
    order = person.paid_order(wantTime=day(20))
    phone.open(f"pages/order/order?id={order}")
    phone.tap("仅退款")
    phone.see("最多 ￥198")
    phone.write("希望退多少元", "200")
    phone.tap("对服务不满意")
    phone.tap("申请退款")
    phone.see("最多可以申请 ￥198")
    phone.write("希望退多少元", "50")
    phone.tap("申请退款")
    phone.see("仅退款的申请已提交（￥50）")
    office.approve_refund(order, 5_000)
    person.until_refunded(order)
    phone.open(f"pages/order/order?id={order}").see("￥50 已退回原支付账户")
    until_titles(phone, "已退款", "退款申请已通过", "您申请仅退款", "已付款", "已下单")
    assert banner(phone) == "待安排"


def test_the_amount_changes_between_showing_and_sending(phone: Phone, person: ApiUser) -> None:
    """The person sees the new amount before anything is asked for."""
    order = person.paid_order(wantTime=day(20))
    told = person.detail(order)
    told["refund"]["amount"] = "￥200"
    with phone.gate("user/getOrder/") as gate:
        gate.answer(told)
        phone.open(f"pages/order/order?id={order}").see("现在取消可退 ￥200")
        phone.tap("取消订单")
        phone.tap("行程有变")
        gate.open()
        phone.tap("申请取消订单")
        phone.see("可退金额有变化，请看清新的金额后再提交。")
        phone.tap("知道了")
        phone.see("现在取消可退 ￥198")
    assert person.detail(order)["refunds"] == []
