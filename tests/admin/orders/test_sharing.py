"""On the page of an order: who else may read it, who paid, and which messages told of it."""

from __future__ import annotations

import pytest

from clock import MINUTE, SECOND
from handlers.admin.orders.sharing import FIRST_MESSAGES, why_not
from orders import messages
from storage.models import MemberRole, MemberScope
from tests.admin.clients import Client
from tests.admin.scenario import HOSTILE, Scenario
from tests.admin.sharing import order_of, paid_by, send_card, share
from tests.admin.visits import assigned


def section(page: str, name: str) -> str:
    """The text of a section of the page."""
    return page.partition(f'id="{name}"')[2].partition("</section>")[0]


async def test_the_page_names_members_and_cards_with_role_scope_and_since(
    clerk: Client, scenario: Scenario
) -> None:
    order_id = await scenario.order()
    alone = section(await clerk.page(f"admin/orders/{order_id}/"), "members")
    assert "只有下单的用户" in alone
    daughter, _ = await share(scenario, order_id, "女儿小梅")
    son, _ = await share(scenario, order_id, "儿子", MemberRole.PAYER, MemberScope.PATIENT)
    await send_card(scenario, order_id)
    shown = section(await clerk.page(f"admin/orders/{order_id}/"), "members")
    for words in (
        "女儿小梅",
        "儿子",
        "付款人",
        "这个订单",
        "这位就诊人的订单",
        "还没有被接受的邀请",
        "前有效",
    ):
        assert words in shown, words
    for user_id in (daughter, son):
        assert f"admin/users/{user_id}/" in shown
    assert "card-" not in shown


async def test_members_who_cannot_read_the_order_are_not_on_its_page(
    clerk: Client, scenario: Scenario
) -> None:
    order_id = await scenario.order()
    other = await scenario.order(user_id=(await order_of(scenario, order_id)).user_id)
    await share(scenario, other, "别的订单的家人")
    await share(scenario, order_id, "女儿小梅")
    assert "别的订单的家人" not in await clerk.page(f"admin/orders/{order_id}/")
    async with scenario.storage.transaction() as tx:
        await tx.connection.execute("UPDATE orders SET hidden_at = 1 WHERE id = :id", {"id": order_id})
        await tx.commit()
    shown = section(await clerk.page(f"admin/orders/{order_id}/"), "members")
    assert "女儿小梅" not in shown
    assert "家人也看不到了" in shown


async def test_the_office_ends_a_membership_at_the_owners_request_once_and_it_is_written_down(
    clerk: Client, scenario: Scenario
) -> None:
    order_id = await scenario.order()
    owner_id = (await order_of(scenario, order_id)).user_id
    daughter, member_id = await share(scenario, order_id, "女儿小梅")
    page, act = f"admin/orders/{order_id}/", f"users/{owner_id}/members/{member_id}/end/"
    done = await clerk.submit(page, act)
    assert done.code == 302
    assert f"/admin/orders/{order_id}/?" in done.headers["Location"]
    assert "女儿小梅" not in section(await clerk.page(page), "members")
    assert await scenario.log() == [
        ("user.end_member", {"member": f"#{daughter}", "role": "family", "order": f"#{order_id}"}, None)
    ]
    again = await clerk.post(f"admin/{act}", {"order": order_id})
    assert again.code == 409
    assert "已经不在了" in again.body.decode()
    assert (await scenario.audited()).count("user.end_member") == 1


async def test_a_membership_is_ended_only_under_the_name_of_its_owner(
    clerk: Client, scenario: Scenario
) -> None:
    order_id, stranger = await scenario.order(), await scenario.user("别人")
    _, member_id = await share(scenario, order_id, "女儿小梅")
    assert (await clerk.post(f"admin/users/{stranger}/members/{member_id}/end/")).code == 404
    assert (await clerk.post(f"admin/users/{stranger}/members/999/end/")).code == 404
    bad = await clerk.post(f"admin/users/{stranger}/members/{member_id}/end/", {"order": "//evil.example"})
    assert bad.code == 400
    assert "女儿小梅" in await clerk.page(f"admin/orders/{order_id}/")
    assert "user.end_member" not in await scenario.audited()


async def test_the_page_says_whose_money_it_was(clerk: Client, scenario: Scenario) -> None:
    order_id = await scenario.order()
    assert "下单用户</dd>" in section(await clerk.page(f"admin/orders/{order_id}/"), "money")
    son, _ = await share(scenario, order_id, "儿子", MemberRole.PAYER)
    await paid_by(scenario, order_id, son)
    money = section(await clerk.page(f"admin/orders/{order_id}/"), "money")
    assert f'admin/users/{son}/"><bdi>儿子</bdi>' in money
    assert "由 <bdi>儿子</bdi> 付款" in money


async def finish(scenario: Scenario, user_id: int, state: str, error: str = "") -> None:
    """What the sender notes of the user's messages; ``pending``: it tries again."""
    at = scenario.clock()
    async with scenario.storage.transaction() as tx:
        for message in await tx.outbox.of_user(user_id):
            await tx.outbox.finish(message.id, state, at, at + MINUTE if state == "pending" else None, error)
        await tx.commit()


async def test_the_page_tells_which_messages_went_out_wait_or_were_refused_and_why(
    clerk: Client, scenario: Scenario
) -> None:
    order_id, escort_id = await assigned(scenario)
    order = await order_of(scenario, order_id)
    daughter, _ = await share(scenario, order_id, "女儿小梅")
    async with scenario.storage.transaction() as tx:
        escort = await tx.escorts.get(escort_id)
        assert escort is not None
        await tx.connection.execute("UPDATE orders SET visit_time = '09:00'")
        after = await tx.orders.get(order_id)
        assert after is not None
        await messages.queue_moved(tx, order, after, scenario.clock())
        await tx.commit()
    await finish(scenario, order.user_id, "sent")
    await finish(scenario, daughter, "refused", "43101")
    await finish(scenario, escort.user_id, "pending", "no access token")
    shown = section(await clerk.page(f"admin/orders/{order_id}/"), "messages")
    for words in (
        "安排好陪诊员",
        "预约有变动（已改期）",
        "已发出",
        "用户 小李",
        "家人 女儿小梅",
        "对方没有允许这种消息",
        "陪诊员 王芳",
        "试了 1 次没有发出",
    ):
        assert words in shown, words
    assert "openid" not in shown
    other = await scenario.order()
    assert "还没有消息" in section(await clerk.page(f"admin/orders/{other}/"), "messages")


async def test_many_messages_and_members_are_all_there_and_the_older_messages_a_click_away(
    clerk: Client, scenario: Scenario
) -> None:
    order_id, escort_id = await assigned(scenario)
    for number in range(20):
        await share(scenario, order_id, f"家属{number:02d}")
    order = await order_of(scenario, order_id)
    async with scenario.storage.transaction() as tx:
        await messages.queue_report_ready(tx, order, escort_id, scenario.clock() + SECOND)
        await tx.commit()
    page = await clerk.page(f"admin/orders/{order_id}/")
    assert section(page, "members").count("/end/") == 20
    told = section(page, "messages")
    assert told.count("<li>") == 23
    assert f"更早的 {23 - FIRST_MESSAGES} 条" in told


@pytest.mark.promise(27)
async def test_nicknames_of_members_and_payers_are_escaped(clerk: Client, scenario: Scenario) -> None:
    order_id, escort_id = await assigned(scenario)
    member, _ = await share(scenario, order_id, HOSTILE[:32], MemberRole.PAYER)
    await paid_by(scenario, order_id, member)
    order = await order_of(scenario, order_id)
    async with scenario.storage.transaction() as tx:
        await messages.queue_report_ready(tx, order, escort_id, scenario.clock())
        await tx.commit()
    for path in (f"orders/{order_id}", f"users/{member}", f"users/{order.user_id}"):
        assert "<script>alert" not in await clerk.page(f"admin/{path}/")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("43101", "对方没有允许"),
        ("no template is configured", "没有设置模板"),
        ("the user is gone", "账号已停用或已删除"),
        ("the escort is gone", "陪诊员已删除资料"),
        ("40037", "错误码 40037"),
        ("-1 no access token", "错误码 -1"),
        ("ConnectTimeout", "ConnectTimeout"),
        ("", "没有记录"),
    ],
)
def test_why_a_message_was_not_sent_is_told_in_words(error: str, words: str) -> None:
    assert words in why_not(error)
