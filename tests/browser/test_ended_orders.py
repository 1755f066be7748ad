"""Orders that have ended stay on the list with their reason, are booked once more, and are taken off it."""

from __future__ import annotations

import re

import pytest

from tests.browser.clients import Administrator, ApiUser, day
from tests.browser.flows import to_step
from tests.browser.phone import Phone

TO_THE_END = """async () => {
  const one = document.querySelector('main:not([hidden]) .mp-scroll')
  for (const top of [0, one.scrollHeight]) { // who is at the end already has to come from elsewhere to reach it
    one.scrollTop = top
    for (let frames = 0; frames < 3; frames += 1) await new Promise(requestAnimationFrame)
  }
}"""
REMOVED = "您已把这笔订单从列表移除"


@pytest.fixture
def expired(person: ApiUser, office: Administrator) -> int:
    """An order that nobody paid in time."""
    placed = person.order(
        hospitalId=0, hospitalCustom="延安大学附属医院", department="心内科", more="请带轮椅"
    )
    office.let_expire(placed["id"])
    person.until(placed["id"], "已取消")
    return int(placed["id"])


def test_name_and_day_lead_a_card_and_an_expired_order_says_why(phone: Phone, expired: int) -> None:
    phone.open("pages/orders/orders").see("超时未付款，已自动取消", "重新下单", "从列表移除")
    lines = phone.screen.locator("order-card, .card").first.inner_text().split("\n")
    month, date = (int(part) for part in day(30).split("-")[1:])
    assert lines[0] == "李建国"
    assert f"{month}月{date}日" in lines[1]


@pytest.mark.parametrize("place", ["pages/orders/orders", "pages/order/order?id={id}"])
def test_an_expired_order_is_booked_once_more(phone: Phone, expired: int, place: str) -> None:
    phone.open(place.format(id=expired)).tap("重新下单")
    phone.see("2/3", "李建国（父母）")
    assert phone.field("特殊要求").input_value() == "请带轮椅"
    assert phone.screen.locator("#field-wantTime [aria-checked=true]").count() == 0
    assert not phone.shows("这笔订单已保存")
    to_step(phone, 1)
    phone.see("全心全程陪诊服务 · 半天", "其他医院")
    assert [phone.field(label).input_value() for label in ("医院名称", "科室")] == [
        "延安大学附属医院",
        "心内科",
    ]
    # What is typed survives the way out and back.
    phone.write("科室", "眼科")
    phone.back()
    phone.tap("重新下单")
    phone.see("1/3")
    assert phone.field("科室").input_value() == "眼科"


def test_taking_an_order_off_the_list_asks_first(phone: Phone, person: ApiUser, expired: int) -> None:
    phone.open("pages/orders/orders").tap("从列表移除")
    phone.tap_sheet(".mp-modal .cancel")
    assert [row["id"] for row in person.orders()] == [expired]
    phone.tap("从列表移除")
    phone.see("不能恢复")
    phone.tap_sheet(".mp-modal .ok")
    phone.see("还没有订单")
    assert phone.path == "pages/orders/orders", "the tap on the card's button does not open the card"
    phone.open(f"pages/order/order?id={expired}").see(REMOVED)


def test_an_order_is_taken_off_the_list_from_its_own_page(
    phone: Phone, person: ApiUser, expired: int
) -> None:
    phone.open("pages/orders/orders").tap("李建国")
    phone.until_path("pages/order/order")
    phone.tap("从列表移除")
    phone.tap_sheet(".mp-modal .ok")
    phone.until_path("pages/orders/orders")
    phone.see("还没有订单")
    assert person.orders() == []


def test_an_order_that_expires_while_it_is_open_does_not_vanish(
    phone: Phone, person: ApiUser, office: Administrator
) -> None:
    placed = person.order()
    phone.open(f"pages/order/order?id={placed['id']}").see("修改订单")
    office.let_expire(placed["id"])
    person.until(placed["id"], "已取消")
    phone.tap("付款")
    phone.tap_sheet(".mp-subscribe button.cancel")
    phone.see("超时未付款，已自动取消", "重新下单")


def test_a_long_history_is_walked_page_by_page(
    phone: Phone, person: ApiUser, office: Administrator, expired: int
) -> None:
    """Sixty more cancelled orders: the server gives fifty at once, the page draws twenty."""
    office.copy(expired, 60)
    phone.open("pages/orders/orders").see("看更早的订单")
    cards = "[...document.querySelectorAll('main:not([hidden]) .card')].length"
    drawn = [phone.page.evaluate(cards)]
    while phone.text("看更早的订单", exact=True).count():
        phone.page.evaluate(TO_THE_END)
        phone.page.wait_for_function(f"before => {cards} > before && __mp.pending === 0", arg=drawn[-1])
        drawn.append(phone.page.evaluate(cards))
        assert len(drawn) < 6, drawn
    assert drawn[0] == 20
    assert drawn[-1] == 61
    assert [one["status"] for one in phone.requests("user/getOrders/")] == [200, 200]
    phone.tap(phone.screen.locator(".t-tabs__item", has_text=re.compile("^待付款$")).first)
    phone.see("没有待付款的订单")
