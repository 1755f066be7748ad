"""A text message with a link to the order, for a user whom WeChat's messages do not reach."""

from __future__ import annotations

import html
import re
from typing import Any

import httpx
import pytest

from clock import DAY, MINUTE, day_bounds
from handlers.admin.phone.order_facts import remind_until
from tests.admin.acts_by_phone import phone_order
from tests.admin.clients import Client
from tests.admin.scenario import Scenario
from tests.admin.wechat_links import URL, with_links
from wechat import links
from wechat.links import NoLink


async def written(client: Client, order_id: int) -> tuple[str, str]:
    """The message that the page shows after the button, and the whole page."""
    answer = await client.post(f"admin/orders/{order_id}/sms/")
    page = html.unescape(answer.body.decode())
    found = re.search(r"id=\"sms-text\">([^<]+)<", page)
    return (found[1] if found else ""), page


async def order_of(scenario: Scenario, order_id: int) -> Any:
    async with scenario.storage.reading() as reader:
        return await reader.orders.get(order_id)


async def test_a_visit_to_come_is_told_with_a_link_until_its_day_is_over(
    scenario: Scenario, clerk: Client
) -> None:
    wechat = with_links(scenario)
    order_id = await scenario.order("paid", patient="李雷")
    assert "写一条短信" in await clerk.page(f"admin/orders/{order_id}/")
    text, _ = await written(clerk, order_id)
    order = await order_of(scenario, order_id)
    assert URL in text
    assert order.visit_date in text
    assert order.hospital_name in text
    assert "李雷" not in text, "no patient's name in a text message"
    assert "请打" not in text, "the company has told no number"
    [(name, body)] = wechat.asked
    assert name == "generate_urllink"
    assert body["path"] == "pages/order/order"
    assert body["query"].startswith("out_trade_no=")
    assert body["expire_time"] == day_bounds(order.visit_date)[1] // 1000
    assert [act for act, _, _ in await scenario.log(1)] == ["order.sms"]
    scenario.services.settings = scenario.services.settings.replace("orders", phone="029-88888888")
    assert "有变化请打 029-88888888。" in (await written(clerk, order_id))[0]
    assert len(wechat.asked) == 2, "each message has a link of its own"


async def test_an_unpaid_order_is_told_until_it_expires(scenario: Scenario, clerk: Client) -> None:
    wechat = with_links(scenario)
    order_id = await scenario.order("unpaid")
    order = await order_of(scenario, order_id)
    text, _ = await written(clerk, order_id)
    assert "还没有付款" in text
    assert wechat.asked[0][1]["expire_time"] == order.expires_at // 1000
    wechat.asked.clear()
    at = scenario.clock()
    with pytest.raises(NoLink, match="no_link") as caught:
        await links.url_link(scenario.services.wechat, "pages/order/order", "id=1", at + 5 * MINUTE, at)
    assert "来不及" in caught.value.message
    assert wechat.asked == [], "what ends at once is not asked for"


@pytest.mark.parametrize("answer", [85079, 44990, 44993, httpx.ReadTimeout("slow")])
async def test_without_a_link_the_message_leads_through_the_list(
    scenario: Scenario, clerk: Client, answer: Any
) -> None:
    with_links(scenario, generate_urllink=answer)
    text, page = await written(clerk, await scenario.order("paid"))
    assert "没有短信链接：" in page
    assert "我的订单" in text
    assert "http" not in text


async def test_what_is_over_is_not_reminded_of(scenario: Scenario, owner: Client) -> None:
    wechat = with_links(scenario)
    finished = await scenario.order("finished")
    by_phone = await phone_order(scenario, owner)
    assert "写一条短信" not in await owner.page(f"admin/orders/{finished}/")
    assert "写一条短信" not in await owner.page(f"admin/orders/{by_phone.id}/")
    for order_id in (finished, int(by_phone.id)):
        answer = await owner.post(f"admin/orders/{order_id}/sms/")
        assert "现在不用提醒" in answer.body.decode()
    unknown = await owner.post("admin/orders/999/sms/")
    assert unknown.code == 404
    assert 'admin/orders/999/">返回</a>' in unknown.body.decode()
    assert wechat.asked == []


async def test_where_links_are_off_nothing_is_offered(scenario: Scenario, owner: Client) -> None:
    order_id = await scenario.order("paid")
    assert "短信提醒" not in await owner.page(f"admin/orders/{order_id}/")
    answer = await owner.post(f"admin/orders/{order_id}/sms/")
    assert answer.code == 404
    assert f'admin/orders/{order_id}/">返回</a>' in answer.body.decode()


async def test_the_day_after_its_visit_an_order_is_not_reminded_of(scenario: Scenario) -> None:
    order = await order_of(scenario, await scenario.order("paid"))
    end = day_bounds(order.visit_date)[1]
    assert remind_until(order, end - 1) == end
    assert remind_until(order, end) == 0
    assert remind_until(order, end + DAY) == 0
