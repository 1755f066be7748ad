"""An order opened from WeChat's order centre: the operator tells the path, WeChat puts the payment's number into it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import httpx

from sandbox.links import ORDER_NUMBER
from tests.browser.clients import ApiUser
from tests.browser.phone import Phone
from tests.served import Served, command

if TYPE_CHECKING:
    from playwright.sync_api import Page


def test_the_path_that_wechat_was_told_opens_the_order_and_strangers_see_none(
    product: Served, phones: Callable[..., Phone], persons: Callable[..., ApiUser]
) -> None:
    told = command(product.folder, "wechat-paths")
    assert told.returncode == 0, told.stdout + told.stderr
    person, stranger = persons(), persons()
    person.paid_order()
    with httpx.Client(base_url=f"{product.root}sandbox/", trust_env=False) as sandbox:
        path = sandbox.get("links/").json()["paths"]["detail"]
        paid = next(each for each in sandbox.get("orders/").json()["orders"] if each["state"] == "SUCCESS")
    phone = phones(person)
    phone.open(path.replace(ORDER_NUMBER, paid["out_trade_no"])).see("已付款", "李建国")
    assert phone.query == {"out_trade_no": paid["out_trade_no"]}
    phone.open(f"pages/order/order?transaction_id={paid['transaction_id']}&merchant_id=1900000109")
    phone.see("已付款", "李建国")
    other = phones(stranger)
    other.open(path.replace(ORDER_NUMBER, paid["out_trade_no"])).see("没有找到这笔订单", "我的订单")
    other.open(path).see("没有找到这笔订单", "我的订单")


def test_the_link_of_a_reminder_opens_the_order_of_its_user_alone(
    desk: Page, product: Served, phones: Callable[..., Phone], persons: Callable[..., ApiUser]
) -> None:
    person, stranger = persons(), persons()
    order_id = person.paid_order()
    desk.goto(f"{product.root}admin/orders/{order_id}/")
    desk.get_by_role("button", name="写一条短信").click()
    text = desk.input_value("#sms-text")
    link = re.search(r"http\S+", text)
    assert link
    for holder, seen in ((person, "已付款"), (stranger, "没有找到这笔订单")):
        phone = phones(holder)
        phone.open("pages/me/me")
        phone.page.goto(link[0])
        phone.until_path("pages/order/order")
        phone.see(seen)
