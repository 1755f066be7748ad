"""A served payment is confirmed in WeChat's component, which comes back by App.onShow; left or failed, it stays."""

from __future__ import annotations

import httpx

from tests.browser.clients import Administrator, ApiUser, day, wait_for
from tests.browser.phone import Phone
from tests.served import Served

WAIT_SECONDS = 40.0
CARD = "服务已完成，请在微信里确认"


def test_the_payer_confirms_in_wechat_and_the_order_asks_no_more(
    phone: Phone, person: ApiUser, office: Administrator, product: Served
) -> None:
    sandbox = f"{product.root}sandbox/"
    httpx.post(f"{sandbox}settings/", json={"intake_seconds": 0}, trust_env=False).raise_for_status()
    order_id = person.paid_order(wantTime=day(0))
    office.finish(order_id)
    wait_for(lambda: person.detail(order_id)["confirmations"], WAIT_SECONDS)

    def in_wechat(outcome: str) -> None:
        phone.tap("去确认")
        phone.tap_sheet(f".mp-cashier [data-outcome={outcome}]")

    phone.open(f"pages/order/order?id={order_id}")
    phone.see(CARD)
    in_wechat("cancel")
    phone.see(CARD)
    in_wechat("fail")
    phone.see("没有确认成功")
    phone.page.get_by_role("button", name="知道了").tap()
    in_wechat("success")
    phone.see("已确认，谢谢")
    phone.text(CARD).wait_for(state="detached")
    assert person.detail(order_id)["confirmations"] == []
