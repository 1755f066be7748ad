"""A clerk enters an order for somebody who called; the customer takes it over on their phone and pays it there."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.browser.clients import PATIENT, ApiUser, day
from tests.browser.flows import at_cashier
from tests.browser.phone import Phone
from tests.served import Served

if TYPE_CHECKING:
    from playwright.sync_api import Page


def entered_by_phone(desk: Page, product: Served, phone: str, name: str) -> str:
    """The clerk's form, filled in while the customer is on the phone; the order's number."""
    desk.goto(f"{product.root}admin/orders/new/")
    desk.fill("[name=customer_phone]", phone)
    desk.fill("[name=customer_name]", "王大明")
    desk.fill("[name=patient_name]", name)
    desk.select_option("[name=patient_sex]", "w")
    desk.select_option("[name=patient_adult]", "y")
    desk.select_option("[name=relation]", "父母")
    desk.check("[name=consent]")
    for field in ("service_id", "hospital_id"):  # each shows the days that can be booked
        with desk.expect_navigation():
            desk.select_option(f"[name={field}]", "1")
    desk.select_option("[name=idcardKind]", "身份证")
    desk.fill("[name=idcard]", PATIENT["idcard"])
    desk.select_option("[name=visit_date]", day(3))
    desk.fill("[name=visit_time]", "09:30")
    desk.get_by_role("button", name="下单", exact=True).click()
    desk.wait_for_url(re.compile(r"/orders/\d+/"))  # `done=` is taken off by the page
    return desk.url.split("/orders/")[1].split("/")[0]


def claim_of(desk: Page) -> tuple[str, str]:
    """The code and the path that the clerk gives to the customer."""
    desk.get_by_role("button", name="生成认领码和链接").click()
    desk.wait_for_selector("#claim-code")
    desk.wait_for_load_state()  # what stands below the code has come, too
    return desk.input_value("#claim-code"), desk.input_value("#claim-path")


def test_the_link_of_an_order_by_phone_is_opened_claimed_and_paid_on_the_phone(
    desk: Page, product: Served, phone: Phone, person: ApiUser
) -> None:
    order_id = entered_by_phone(desk, product, "13912340001", "王秀英")
    _, path = claim_of(desk)
    phone.open(path).see("王**的陪诊", "待付款", "￥588")
    phone.tap("认领这个订单")
    phone.until_path("pages/order/order")
    phone.see("王秀英")
    phone.tap("付款")
    at_cashier(phone, "success")
    phone.see("付款成功")
    assert [(str(row["id"]), row["progress"]) for row in person.orders()] == [(order_id, "已付款")]
    desk.goto(f"{product.root}admin/orders/{order_id}/")
    assert "已在小程序里认领" in desk.content()


def test_the_code_is_typed_from_ones_own_page_and_works_once(
    desk: Page, product: Served, phones: Callable[..., Phone], persons: Callable[..., ApiUser]
) -> None:
    entered_by_phone(desk, product, "13912340002", "赵秀兰")
    code, path = claim_of(desk)
    first, second = phones(persons()), phones(persons())
    first.open("pages/me/me").tap("认领订单")
    first.see("输入认领码")
    first.write("认领码", "23456-78923")
    first.tap("下一步")
    first.see("这个认领码无效")
    first.write("认领码", code.lower().replace("-", " "))
    first.tap("下一步")
    first.see("赵**的陪诊")
    first.tap("认领这个订单")
    first.until_path("pages/order/order")
    second.open(path).see("这个链接或认领码已经失效")
    second.tap("输入认领码")
    second.write("认领码", code)
    second.tap("下一步")
    second.see("这个认领码无效")
    first.open(path).see("您已经认领了这个订单")


def test_the_link_of_a_text_message_and_the_scanned_code_open_the_claim(
    desk: Page, product: Served, phone: Phone
) -> None:
    entered_by_phone(desk, product, "13912340003", "孙玉梅")
    claim_of(desk)
    link = desk.input_value("#claim-link")
    assert link in desk.input_value("#claim-text")
    desk.get_by_text("客户在旁边时用微信扫").click()
    desk.wait_for_function("() => document.querySelector('.claim-picture img').naturalWidth === 430")
    phone.open("pages/me/me")
    phone.page.goto(link)
    phone.until_path("pages/claim/claim")
    phone.see("孙**的陪诊", "认领这个订单")
    given = desk.request.get(f"{product.root}sandbox/links/").json()["links"]
    code = next(each for each in given if each["what"] == "code")
    phone.open("pages/me/me")
    phone.page.goto(f"{product.root}sandbox/l/{code['id']}")
    phone.until_path("pages/claim/claim")
    phone.see("孙**的陪诊", "认领这个订单")


def test_a_clerk_reads_why_there_is_no_link_and_asks_again(desk: Page, product: Served) -> None:
    entered_by_phone(desk, product, "13912340004", "周桂兰")
    desk.request.post(f"{product.root}sandbox/faults/", data={"fault": "link_error", "times": 2})
    claim_of(desk)
    assert "小程序还没有发布" in desk.locator("#claim").inner_text()
    assert desk.locator("#claim-link").count() == 0
    code = desk.input_value("#claim-code")
    desk.get_by_role("button", name="再向微信要一次").click()
    desk.wait_for_selector("#claim-link")
    assert desk.input_value("#claim-code") == code
