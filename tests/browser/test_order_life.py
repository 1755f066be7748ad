"""An order from the first opening of the mini-program to its rating or its refund, as its person sees it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from tests.browser.clients import Administrator, ApiUser
from tests.browser.flows import (
    ACCEPT,
    PAY_BUTTON,
    add_patient,
    at_cashier,
    choose_day,
    choose_hospital,
    close_thanks,
    ticked,
    to_step,
)
from tests.browser.phone import Phone

READING_SECONDS = 5.0
SERVICE = "全心全程陪诊服务"


def titles(phone: Phone) -> list[str]:
    """The timeline's headings, newest first."""
    return [text.strip() for text in phone.screen.locator(".t-steps-item__title").all_inner_texts()]


def until_titles(phone: Phone, *wanted: str) -> None:
    phone.page.wait_for_function(
        "wanted => [...document.querySelectorAll('main:not([hidden]) .t-steps-item__title')]"
        ".map((title) => title.innerText.trim()).join() === wanted",
        arg=",".join(wanted),
    )


def test_from_the_first_opening_to_the_rating(
    phone: Phone, person: ApiUser, office: Administrator, persons: Callable[..., ApiUser]
) -> None:
    # A user comes for the first time, says who they are, and looks at a service.
    phone.open().tap("我的")
    phone.tap("修改头像和昵称")
    phone.write("昵称", "小李")
    phone.tap("保存")
    phone.until_path("pages/me/me")
    phone.see("小李")
    phone.tap("陪诊下单")
    phone.tap(SERVICE)
    phone.tap("半天 ￥198")

    # The form: a patient is added on the way and chosen.
    phone.until_path("pages/order/order")
    choose_hospital(phone, "西京医院")
    to_step(phone, 2)
    phone.tap("添加就诊人")
    add_patient(phone)
    phone.until_path("pages/order/order")
    phone.see("李建国（父母）")
    choose_day(phone, "后天")
    to_step(phone, 3)
    phone.see("李建国（父母）", "西京医院", "退款规则", "前可全退")

    # The terms cannot be accepted unread; the tick can be taken back.
    phone.tap(ticked(phone, on=False))
    phone.see("请先阅读")
    shown_at = time.monotonic()
    phone.tap(phone.text(re.compile("请先阅读")))
    assert ticked(phone, on=False).count() == 1
    phone.text(ACCEPT, exact=True).wait_for()
    assert time.monotonic() - shown_at >= READING_SECONDS - 1.5
    phone.tap(ACCEPT)
    ticked(phone).wait_for()
    phone.tap(ticked(phone))
    ticked(phone, on=False).wait_for()
    phone.tap(ticked(phone, on=False))
    phone.tap(ACCEPT)
    ticked(phone).wait_for()

    # Cancelled, then failed: the order waits, and is still one order.
    phone.tap(PAY_BUTTON)
    at_cashier(phone, "cancel")
    phone.see("您取消了付款。订单已保留，可以再次点击付款。")
    phone.tap("知道了")
    phone.see("这笔订单已保存，等待付款")
    phone.tap(PAY_BUTTON)
    at_cashier(phone, "fail")
    phone.see("付款没有成功。订单已保留，可以再次点击付款。")
    phone.tap("知道了")
    [order] = person.orders()
    assert order["progress"] == "待付款"

    # Paid: the server confirms before anything is said.
    phone.tap(PAY_BUTTON)
    at_cashier(phone, "success")
    close_thanks(phone)
    assert phone.query["id"] == str(order["id"])
    until_titles(phone, "已付款", "已下单")
    phone.see("客服会尽快与您联系，安排陪诊员")
    assert not phone.shows(PAY_BUTTON)

    # The administrator assigns an escort, and finishes.
    escort = office.approve_escort(persons(), "王秀英", "13911112222")
    office.assign(order["id"], escort)
    phone.open(f"pages/order/order?id={order['id']}").see("已安排", "您的陪诊员", "王秀英")
    until_titles(phone, "已安排陪诊员", "已付款", "已下单")
    phone.see("王秀英，陪诊员会提前与您联系")
    phone.tap(phone.screen.get_by_label("打电话给陪诊员"))
    call = "__mp.calls.find((call) => call.api === 'makePhoneCall')?.options.phoneNumber"
    assert phone.page.evaluate(call) == "13911112222"
    office.finish(order["id"])
    phone.open(f"pages/order/order?id={order['id']}").see("服务已完成，祝您早日康复。")
    until_titles(phone, "已完成", "已安排陪诊员", "已付款", "已下单")

    # And the rating, once; nothing is chosen beforehand.
    phone.tap("评价服务")
    phone.tap("提交评价")
    phone.see("请先点几颗星")
    phone.tap(phone.page.locator(".t-rate__wrapper .t-icon, .t-rate__icon").nth(3))
    phone.tap("沟通清楚")
    phone.write("评价", "很有耐心")
    phone.tap("提交评价")
    phone.see("我的评价", "很有耐心")
    phone.not_see("评价服务")
    assert person.detail(order["id"])["order"]["rating"] == {
        "stars": 4,
        "comment": "很有耐心",
        "commentState": "",
        "tags": ["沟通清楚"],
        "answer": "",
    }
