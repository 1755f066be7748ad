"""The overview: whatever waits for the office has a number, counted once, that opens exactly the list of it."""

from __future__ import annotations

import re

import pytest

from clock import DAY, HOUR
from orders import serving
from orders.transitions import Action, transition
from storage.models import SYSTEM, Cause, RefundState
from storage.writes import NewRating, NewRefund
from tests.admin.clients import Client
from tests.admin.scenario import Scenario
from wechat.push.envelope import PushReceiver

NOTHING = 'id="nothing-waits"><p>没有等待处理的事情'
"""Without ``hidden``: the words are always on the page, for when nothing is left while it is open."""
TILE = re.compile(r'<a class="tile warn" href="([^"]*)"><span class="value">([0-9,]+)</span>([^<]*)</a>')


async def tiles(client: Client) -> dict[str, tuple[int, str]]:
    """The tiles in their order, but the one about days of the books: label to number and address below ``admin/``."""
    await client.log_in()  # a session does not outlast the days that pass here
    page = await client.page("admin/")
    found = {
        label: (int(count.replace(",", "")), address.replace("&amp;", "&").partition("admin/")[2])
        for address, count, label in TILE.findall(page)
    }
    assert (NOTHING in page) == (not TILE.search(page))
    for beside in ("天没有对账", "就诊时间待确认"):  # the latter: tests/admin/overview/test_visit_queues.py
        found.pop(beside, None)
    return found


async def listed(client: Client, path: str) -> list[int]:
    """The orders behind a tile."""
    return [
        int(number)
        for number in re.findall(r'data-href="[^"]*orders/([0-9]+)/"', await client.page(f"admin/{path}"))
    ]


async def served(scenario: Scenario, escort_id: int, days: int) -> int:
    """An order with an escort, whose visit is in so many days."""
    order_id = await scenario.order(visit_date=scenario.day(days))
    async with scenario.storage.transaction() as tx:
        await serving.assign(tx, order_id, escort_id, "am", Cause(SYSTEM, scenario.clock()))
        await tx.commit()
    return order_id


async def rated(scenario: Scenario, stars: int) -> int:
    order_id = await scenario.order("finished", visit_date=scenario.day(0))
    async with scenario.storage.transaction() as tx:
        order = await tx.orders.lock(order_id)
        assert order is not None
        await serving.rate(tx, order, NewRating(stars), scenario.clock())
        await tx.commit()
    return order_id


async def suspend(scenario: Scenario, escort_id: int) -> None:
    async with scenario.storage.transaction() as tx:
        await tx.escorts.move(escort_id, "approved", "suspended", scenario.clock())
        await tx.commit()


async def test_nothing_waits_while_nothing_does(owner: Client, scenario: Scenario):
    escort = await scenario.escort()
    await served(scenario, escort, 0)
    await served(scenario, escort, 1)
    await scenario.order("unpaid", visit_date=scenario.day(0))
    await scenario.order("finished", visit_date=scenario.day(-1))
    await rated(scenario, 4)
    assert await tiles(owner) == {}


async def test_every_paid_order_without_an_escort_is_seen_once_wherever_its_day_is(
    owner: Client, scenario: Scenario
):
    orders = {
        days: await scenario.order(visit_date=scenario.day(days)) for days in (-30, -1, 0, 1, 2, 9, 150)
    }
    scenario.clock.at += 4 * HOUR
    found = await tiles(owner)
    assert list(found) == [
        "今天的订单还没有陪诊员",
        "就诊日已过，还没有完成",
        "明天的订单还没有陪诊员",
        "以后的订单还没有陪诊员，最久已等 4 小时",
    ]
    lists = [await listed(owner, path) for _, path in found.values()]
    assert lists == [
        [orders[0]],
        [orders[-30], orders[-1]],
        [orders[1]],
        [orders[2], orders[9], orders[150]],
    ]
    assert [count for count, _ in found.values()] == [len(each) for each in lists]
    assert sorted(number for each in lists for number in each) == sorted(orders.values())


async def test_how_long_an_order_has_waited_stands_in_its_row(owner: Client, scenario: Scenario):
    order_id, escort = await scenario.order(visit_date=scenario.day(9)), await scenario.escort()
    for later, words in ((0, "已等 1 分钟"), (3 * HOUR, "已等 3 小时"), (2 * DAY, "已等 2 天")):
        scenario.clock.at += later
        await owner.log_in()
        assert words in await owner.page("admin/orders/"), words
    async with scenario.storage.transaction() as tx:
        await serving.assign(tx, order_id, escort, "am", Cause(SYSTEM, scenario.clock()))
        await tx.commit()
    assert "已等" not in await owner.page("admin/orders/")


async def test_a_visit_that_is_over_and_not_settled_is_overdue_with_or_without_an_escort(
    owner: Client, scenario: Scenario
):
    escort = await scenario.escort()
    late, today, coming = (
        await served(scenario, escort, 0),
        await scenario.escort("李娜"),
        await served(scenario, escort, 5),
    )
    todays = await served(scenario, today, 1)
    scenario.clock.at += DAY
    paid = await scenario.order(visit_date=scenario.day(-1))
    found = await tiles(owner)
    assert list(found) == ["就诊日已过，还没有完成"]
    count, path = found["就诊日已过，还没有完成"]
    assert (count, await listed(owner, path)) == (2, [paid, late])
    assert not {todays, coming} & {paid, late}
    await suspend(
        scenario, escort
    )  # one matter each: the visit that is over is overdue, the coming one has nobody to go
    lists = {label: await listed(owner, path) for label, (_, path) in (await tiles(owner)).items()}
    assert lists == {
        "就诊日已过，还没有完成": [paid, late],
        "已安排的陪诊员停用了，或证件到那天已过期": [coming],
    }


async def test_an_order_whose_escort_is_suspended_is_seen_until_it_has_another(
    owner: Client, scenario: Scenario
):
    escort, other = await scenario.escort(), await scenario.escort("李娜")
    order_id = await served(scenario, escort, 3)
    await suspend(scenario, escort)
    count, path = (await tiles(owner))["已安排的陪诊员停用了，或证件到那天已过期"]
    assert (count, await listed(owner, path)) == (1, [order_id])
    async with scenario.storage.transaction() as tx:
        await serving.unassign(tx, order_id, SYSTEM, scenario.clock())
        await serving.assign(tx, order_id, other, "am", Cause(SYSTEM, scenario.clock()))
        await tx.commit()
    assert await tiles(owner) == {}


@pytest.mark.parametrize(("stars", "waits"), [(1, True), (3, True), (4, False), (5, False)])
async def test_a_low_rating_waits_until_it_is_followed_up(
    owner: Client, scenario: Scenario, stars: int, waits: bool
):
    order_id = await rated(scenario, stars)
    found = await tiles(owner)
    assert ("低分评价待跟进" in found) is waits
    page = await owner.page(f"admin/orders/{order_id}/")
    assert (f"orders/{order_id}/rating/" in page) is waits
    if waits:
        count, path = found["低分评价待跟进"]
        assert (count, await listed(owner, path)) == (1, [order_id])
        assert f"评价 {stars} 星，待跟进" in await owner.page(f"admin/{path}")
        assert (await owner.post(f"admin/orders/{order_id}/rating/")).code == 302
        assert "待跟进" not in await owner.page("admin/orders/")
    assert await tiles(owner) == {}
    answer = await owner.post(f"admin/orders/{order_id}/rating/")
    assert answer.code == 409, "there is nothing to follow up, or a colleague was quicker"
    assert (await scenario.audited()).count("order.rating") == int(waits)


async def test_a_low_rating_of_an_order_that_is_open_again_is_no_second_matter(
    owner: Client, scenario: Scenario
):
    order_id = await rated(scenario, 1)
    async with scenario.storage.transaction() as tx:
        await serving.reopen(tx, order_id, SYSTEM, scenario.clock())
        await tx.commit()
    assert list(await tiles(owner)) == ["今天的订单还没有陪诊员"]


async def test_a_request_for_a_refund_is_one_matter_even_when_the_day_is_over(
    owner: Client, scenario: Scenario
):
    order_id = await scenario.order(visit_date=scenario.day(5))
    async with scenario.storage.reading() as reader:
        order = await reader.orders.get(order_id)
        assert order is not None
        user = await reader.users.get(order.user_id)
    assert user is not None
    await scenario.services.payments.request_refund(order_id, user, "行程有变", order.paid_fen)
    scenario.clock.at += 8 * DAY
    assert {label: count for label, (count, _) in (await tiles(owner)).items()} == {"退款申请待审核": 1}


async def test_an_abnormal_refund_is_counted_once_and_its_case_waits_when_it_is_normal_again(
    owner: Client, scenario: Scenario
):
    order_id = await scenario.order()
    async with scenario.storage.transaction() as tx:
        order = await tx.orders.lock(order_id)
        assert order is not None
        assert order.paid_attempt_id is not None
        refund_id = await tx.refunds.add(
            NewRefund(
                order_id=order_id,
                attempt_id=order.paid_attempt_id,
                out_refund_no="R" + "7" * 31,
                state=RefundState.ABNORMAL,
                amount_fen=100,
                policy_fen=100,
                reason="",
                source="admin",
                actor_id=1,
            ),
            scenario.clock(),
        )
        await transition(tx, order, Action.ASK_REFUND, Cause(SYSTEM, scenario.clock()))
        await tx.finance.open_case(
            "refund_abnormal", "R" + "7" * 31, "{}", scenario.clock(), order_id=order_id
        )
        await tx.finance.open_case("refund_unknown", "R" + "8" * 31, "{}", scenario.clock())
        await tx.commit()
    found = await tiles(owner)
    assert [(label, count) for label, (count, _) in found.items()] == [
        ("退款异常", 1),
        ("待处理的收支异常", 1),
    ]
    shown = {label: await owner.page(f"admin/{path}") for label, (_, path) in found.items()}
    assert f"refunds/{refund_id}/" in shown["退款异常"]
    assert "收到未知单号的退款" in shown["待处理的收支异常"]
    assert "R" + "7" * 31 not in shown["待处理的收支异常"]
    async with scenario.storage.transaction() as tx:
        await tx.connection.execute("UPDATE refunds SET state = 'succeeded'")
        await tx.commit()
    found = await tiles(owner)
    assert [(label, count) for label, (count, _) in found.items()] == [("待处理的收支异常", 2)]
    page = await owner.page(f"admin/{found['待处理的收支异常'][1]}")
    assert "R" + "7" * 31 in page
    assert "R" + "8" * 31 in page


async def test_a_message_push_that_proves_nothing_is_told(clerk: Client, scenario: Scenario) -> None:
    assert "明文模式" not in await clerk.page("admin/")
    for key, told in (("", True), ("q8Zk3vT1xWcR5nYb7HsJf2GaUe6LpKd9mVtQ4oBiXyE", False)):
        scenario.services.push_receiver = PushReceiver("token", key, "wx1", scenario.clock)
        assert ("明文模式" in await clerk.page("admin/")) == told
