"""On the page of a user: what they share, and what is shared with them."""

from __future__ import annotations

from clock import HOUR
from handlers.admin.people.membership_rows import SHOWN
from storage.models import MemberRole, MemberScope
from tests.admin.clients import Client
from tests.admin.scenario import Scenario
from tests.admin.sharing import order_of, share


async def test_memberships_are_shown_both_ways_and_nothing_where_there_are_none(
    clerk: Client, scenario: Scenario
) -> None:
    order_id = await scenario.order(patient="欧阳娜娜")
    owner_id = (await order_of(scenario, order_id)).user_id
    nobody = await clerk.page(f"admin/users/{owner_id}/")
    assert "分享给别人的" not in nobody
    assert "别人分享的" not in nobody
    son, _ = await share(scenario, order_id, "儿子", MemberRole.PAYER, MemberScope.PATIENT)
    daughter, _ = await share(scenario, order_id, "女儿小梅")
    given = await clerk.page(f"admin/users/{owner_id}/")
    for words in ("分享给别人的", "儿子", "付款人", "欧阳娜娜的订单", "女儿小梅", f"订单 #{order_id}"):
        assert words in given, words
    for user_id, words in ((son, "欧阳娜娜的订单"), (daughter, f"订单 #{order_id}")):
        taken = await clerk.page(f"admin/users/{user_id}/")
        assert "别人分享的" in taken
        assert words in taken
        assert "/members/" not in taken, "only the owner's side may end it"


async def test_a_membership_that_has_ended_stands_apart_with_its_end(
    clerk: Client, scenario: Scenario
) -> None:
    order_id = await scenario.order()
    owner_id = (await order_of(scenario, order_id)).user_id
    _, member_id = await share(scenario, order_id, "女儿小梅")
    scenario.clock.at += HOUR
    page = f"admin/users/{owner_id}/"
    done = await clerk.submit(page, f"users/{owner_id}/members/{member_id}/end/")
    assert f"/{page}?" in done.headers["Location"]
    shown = await clerk.page(page)
    assert "已结束的 1 项" in shown
    assert "女儿小梅" in shown
    assert "/members/" not in shown


async def test_of_many_memberships_the_newest_are_shown_and_the_page_says_so(
    clerk: Client, scenario: Scenario
) -> None:
    order_id = await scenario.order()
    owner_id = (await order_of(scenario, order_id)).user_id
    for number in range(SHOWN + 2):
        await share(scenario, order_id, f"家属{number:02d}")
    shown = await clerk.page(f"admin/users/{owner_id}/")
    assert f"共 {SHOWN + 2} 项" in shown
    assert "家属51" in shown
    assert "家属01" not in shown
