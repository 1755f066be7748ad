"""The link for a text message and the code to be scanned, on the page of an order by phone."""

from __future__ import annotations

import html
import re
from typing import Any

import httpx
import pytest

from clock import DAY, HOUR
from orders.sharing import claims
from orders.sharing.claims import Secret
from tests.admin.acts_by_phone import phone_order
from tests.admin.clients import Client
from tests.admin.scenario import Scenario
from tests.admin.wechat_links import URL, LinkWeChat, shown_claim, with_links


async def claimed(owner: Client, order_id: Any) -> str:
    """The page after a claim was made for the order."""
    answer = await owner.post(f"admin/orders/{order_id}/claim/")
    assert answer.code == 200
    return html.unescape(answer.body.decode())


def asked(wechat: LinkWeChat, name: str) -> list[dict[str, Any]]:
    return [body for each, body in wechat.asked if each == name]


async def test_a_new_claim_has_a_link_of_its_own_and_a_code(scenario: Scenario, owner: Client) -> None:
    ready = await phone_order(scenario, owner)
    wechat = with_links(scenario)
    page = await claimed(owner, ready.id)
    token = shown_claim(page)["token"]
    [link] = asked(wechat, "generate_urllink")
    assert link == {
        "path": "pages/claim/claim",
        "query": f"token={token}",
        "expire_type": 0,
        "expire_time": (scenario.clock() + 72 * HOUR) // 1000,
    }
    [code] = asked(wechat, "getwxacodeunlimit")
    assert code == {"page": "pages/claim/claim", "scene": f"token={token}", "width": 430}
    assert len(code["scene"]) <= 32
    sms = re.search(r"id=\"claim-text\">([^<]+)<", page)
    assert sms
    assert URL in sms[1]
    assert shown_claim(page)["code"] in sms[1], "for whom the link does not open"
    assert "data:image/png;base64," in page
    assert token not in repr(await scenario.log(50))
    second = await claimed(owner, ready.id)
    links = asked(wechat, "generate_urllink")
    assert [each["query"] for each in links] == [f"token={token}", f"token={shown_claim(second)['token']}"]


async def test_a_link_lives_thirty_days_at_most_and_the_message_says_so(
    scenario: Scenario, owner: Client
) -> None:
    ready = await phone_order(scenario, owner)
    wechat = with_links(scenario)
    scenario.services.settings = scenario.services.settings.replace("office", claim_hours=24 * 60)
    await claimed(owner, ready.id)
    [link] = asked(wechat, "generate_urllink")
    assert 29 * DAY < link["expire_time"] * 1000 - scenario.clock() < 30 * DAY


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (85079, "还没有发布"),
        (40165, "还没有发布"),
        (44990, "很忙"),
        (-1, "很忙"),
        (44993, "明天再试"),
        (45009, "明天再试"),
        (48001, "没有生成链接的权限"),
        (40212, "错误码 40212"),
        (httpx.ReadTimeout("slow"), "没有等到微信的回音"),
        (httpx.ConnectError("away"), "很忙"),
        ("javascript:alert(1)", "没有等到微信的回音"),
    ],
)
async def test_without_a_link_the_code_still_works_and_the_page_says_why(
    scenario: Scenario, owner: Client, answer: Any, said: str
) -> None:
    ready = await phone_order(scenario, owner)
    with_links(scenario, generate_urllink=answer)
    page = await claimed(owner, ready.id)
    assert "没有短信链接：" in page
    assert said in page
    assert "claim-link" not in page
    assert "javascript:" not in page
    assert "data:image/png" in page, "the code to be scanned was made"
    user_id, vault = await scenario.user(), scenario.services.vault
    code = shown_claim(page)["code"]
    await scenario.storage.run(lambda tx: claims.use(tx, vault, Secret(code=code), user_id, scenario.clock()))


async def test_what_failed_is_asked_again_without_a_new_claim(scenario: Scenario, owner: Client) -> None:
    ready = await phone_order(scenario, owner)
    wechat = with_links(scenario, generate_urllink=-1, getwxacodeunlimit=41030)
    page = await claimed(owner, ready.id)
    assert "没有短信链接和小程序码：" in page
    assert "再向微信要一次" in page
    shown = shown_claim(page)
    wechat.answers.clear()
    answer = await owner.post(f"admin/orders/{ready.id}/link/", shown)
    again = html.unescape(answer.body.decode())
    assert (shown_claim(again), URL in again) == (shown, True)
    assert "再向微信要一次" not in again
    async with scenario.storage.reading() as reader:
        assert len(await reader.claims.of_order(1)) == 1
    assert [act for act, _, _ in await scenario.log(2)] == ["claim.link", "claim.create"]


async def test_only_the_claim_that_is_open_gets_a_link(scenario: Scenario, owner: Client) -> None:
    ready = await phone_order(scenario, owner)
    wechat = with_links(scenario)
    old = shown_claim(await claimed(owner, ready.id))
    new = shown_claim(await claimed(owner, ready.id))
    wechat.asked.clear()
    path = f"admin/orders/{ready.id}/link/"
    for fields in (
        old,
        {**new, "code": old["code"]},
        {**new, "code": ""},
        {**new, "token": "x" * 22},
        {**new, "token": ""},
        {},
    ):
        answer = await owner.post(path, fields)
        assert answer.code == (404 if all(fields.get(name) for name in ("code", "token")) else 400), fields
    assert (await owner.post("admin/orders/999/link/", new)).code == 404
    scenario.services.settings = scenario.services.settings.replace("office", claim_hours=1)
    late = shown_claim(await claimed(owner, ready.id))
    wechat.asked.clear()
    scenario.clock.at += HOUR
    assert (await owner.post(path, late)).code == 404, "it is over its time"
    assert wechat.asked == []


async def test_a_token_is_not_shown_of_another_order(scenario: Scenario, owner: Client) -> None:
    ready = await phone_order(scenario, owner)
    other = await scenario.order("unpaid")
    wechat = with_links(scenario)
    shown = shown_claim(await claimed(owner, ready.id))
    wechat.asked.clear()
    assert (await owner.post(f"admin/orders/{other}/link/", shown)).code == 404
    assert wechat.asked == []


async def test_where_links_are_off_the_page_is_as_before(scenario: Scenario, owner: Client) -> None:
    ready = await phone_order(scenario, owner)
    page = await claimed(owner, ready.id)
    assert "短信链接" not in page
    assert "小程序码" not in page
    answer = await owner.post(f"admin/orders/{ready.id}/link/", shown_claim(page))
    assert answer.code == 404
