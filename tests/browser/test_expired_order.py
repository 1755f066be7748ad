"""An order that nobody paid in time stays on the list and says why it ended."""

from __future__ import annotations

import time

from tests.browser.clients import Administrator, ApiUser
from tests.browser.phone import Phone


def test_an_expired_order_stays_on_the_list_and_opens_with_its_reason(
    phone: Phone, person: ApiUser, office: Administrator
) -> None:
    placed = person.order(department="心内科")
    office.let_expire(placed["id"])
    until = time.monotonic() + 15
    while person.get("user/getOrder/", id=placed["id"])["order"]["progress"] != "已取消":
        assert time.monotonic() < until, "the sweeper did not come by"
        time.sleep(0.2)
    phone.open("pages/orders/orders").see("心内科", "已取消")
    phone.open(f"pages/order/order?id={placed['id']}").see("已取消", "超时未付款，已自动取消")
    assert not phone.shows("修改订单")
