"""What the administration shows of shipping: the account on the overview, a payment on its order's page, and what
people do about one that failed."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

import pytest

from clock import DAY, HOUR
from handlers.admin.labels import WAITING
from orders.office_queues import OfficeQueue
from startup.checks.shipping import judge
from storage.models import ShipmentState, TradeManagement
from storage.writes import TradeManagementChange
from tests.admin.acts_about_shipping import shipment
from tests.admin.clients import Client
from tests.admin.overview.test_overview import TILE, listed
from tests.admin.scenario import Scenario

pytestmark = pytest.mark.promise(41)
LABEL = WAITING[OfficeQueue.UNSHIPPED]


async def told(scenario: Scenario, **changes: Any) -> None:
    await scenario.storage.run(lambda tx: tx.trade_management.change(TradeManagementChange(**changes)))


def money(page: str) -> str:
    found = re.search(r'<section class="card" id="money".*?</section>', page, re.S)
    assert found is not None
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found[0]))


@pytest.mark.parametrize(
    ("state", "columns", "words"),
    [
        ("waiting", {}, ("待发货", "服务完成后自动上报")),
        ("waiting", {"declared_date": "2026-12-30", "declaration_code": 0}, ("已向微信报备到",)),
        ("waiting", {"declared_date": "2026-12-30", "declaration_code": 268546001}, ("268546001",)),
        (
            "pending",
            {"tries": 2, "next_at": 1_796_000_000_000, "last_code": 10060001},
            ("待上报", "10060001"),
        ),
        ("shipped", {"wechat_state": 2}, ("已发货", "等付款人确认")),
        ("shipped", {"wechat_state": 3}, ("已确认",)),
        ("shipped", {"wechat_state": 6}, ("待结算",)),
        ("shipped", {"wechat_state": 2, "in_complaint": True}, ("投诉中", "冻结")),
        ("settled", {"settled_at": 1_796_000_000_000}, ("已结算", "2026-11-30")),
        ("refunded", {}, ("已退款", "不用发货")),
        ("withheld", {}, ("没有上报", "按已服务上报")),
        ("unknown", {}, ("微信没有记录",)),
        (
            "failed",
            {"last_error": "付款人与微信的记录不一致", "last_code": 10060031},
            ("上报失败", "10060031"),
        ),
    ],
)
async def test_the_money_card_tells_how_far_a_payment_is(
    owner: Client, scenario: Scenario, state: str, columns: dict[str, Any], words: tuple[str, ...]
) -> None:
    order_id = await scenario.order("finished")
    await shipment(scenario, order_id, state, **columns)
    await owner.log_in()
    text = money(await owner.page(f"admin/orders/{order_id}/"))
    assert "微信发货与结算" in text
    for word in words:
        assert word in text
    assert ("向微信查询发货与结算" in text) == (state in ("shipped", "failed", "withheld"))


async def test_without_shipping_the_money_card_says_nothing_of_it(owner: Client, scenario: Scenario) -> None:
    order_id = await scenario.order("finished")
    await owner.log_in()
    assert "微信发货" not in money(await owner.page(f"admin/orders/{order_id}/"))


async def test_a_payment_that_failed_is_reported_again_once(owner: Client, scenario: Scenario) -> None:
    order_id = await scenario.order("finished")
    failed = await shipment(scenario, order_id, "failed", uploads=2, tries=9)
    other = await scenario.order("finished")
    await owner.log_in()
    path = f"admin/orders/{order_id}/shipments/{failed.id}/report/"
    assert (await owner.post(f"admin/orders/{other}/shipments/{failed.id}/report/")).code == 404
    answer = await owner.post(path)
    assert answer.code == 302
    assert answer.headers["Location"].endswith(f"/admin/orders/{order_id}/?done=shipping-queued")
    async with scenario.storage.reading() as reader:
        again = await reader.shipments.get(failed.id)
    assert again is not None
    assert (again.state, again.by_hand, again.uploads) == (ShipmentState.PENDING, True, 0)
    assert again.next_at == scenario.clock()
    assert (await owner.post(path)).code == 409, "a second press finds it queued"


@pytest.mark.parametrize(("answered", "done"), [(True, "asked"), (False, "shipping-unanswered")])
async def test_asked_wechat_leads_back_to_the_order_with_whether_it_answered(
    owner: Client, scenario: Scenario, monkeypatch: pytest.MonkeyPatch, *, answered: bool, done: str
) -> None:
    order_id = await scenario.order("finished")
    asked: list[int] = []

    async def refresh(about: int) -> bool:
        asked.append(about)
        return answered

    monkeypatch.setattr(scenario.services.shipping, "refresh", refresh)
    answer = await owner.post(f"admin/orders/{order_id}/shipments/ask/")
    assert answer.code == 302
    assert answer.headers["Location"].endswith(f"/admin/orders/{order_id}/?done={done}")
    assert asked == [order_id]
    nowhere = await owner.post("admin/orders/999/shipments/ask/")
    assert (nowhere.code, asked) == (404, [order_id])
    assert 'admin/orders/999/">返回</a>' in nowhere.body.decode()


async def test_the_tile_counts_and_opens_what_wechat_will_remind_of(
    owner: Client, scenario: Scenario
) -> None:
    late, declared, moved, shipped, failed = [await scenario.order() for _ in range(5)]
    async with scenario.storage.reading() as reader:
        order = await reader.orders.get(late)
    assert order is not None
    await shipment(scenario, late)
    await shipment(scenario, declared, declared_date=order.visit_date, declaration_code=0)
    await shipment(scenario, moved, declared_date="2026-01-01", declaration_code=0)
    await shipment(scenario, shipped, "shipped", shipped_at=scenario.clock(), wechat_state=2)
    await shipment(scenario, failed, "failed")
    scenario.clock.at += 47 * HOUR
    await owner.log_in()
    assert LABEL not in await owner.page("admin/")
    scenario.clock.at += HOUR
    await owner.log_in()
    page = await owner.page("admin/")
    tiles = {
        label.partition("，")[0]: (int(count), address.replace("&amp;", "&").partition("admin/")[2])
        for address, count, label in TILE.findall(page)
    }
    count, path = tiles[LABEL]
    assert count == 3
    assert sorted(await listed(owner, path)) == sorted([late, moved, failed])


@pytest.mark.parametrize(
    ("enabled", "changes", "sentence"),
    [
        (False, {}, None),
        (False, {"access_reminded_at": 0}, "shipping.enabled"),
        (True, {}, "正在询问"),
        (True, {"failed_at": 1, "last_error": "wechat_busy: -1"}, "wechat_busy: -1"),
        (True, {"answered_at": 1}, "不受微信的交易管理"),
        (True, {"answered_at": 1, "managed": True}, "还没有授权完"),
        (True, {"answered_at": 1, "managed": True, "completed": True}, "服务完成后自动上报"),
        (True, {"answered_at": 1, "managed": True, "completed": True, "controlled_at": 0}, "受到限制"),
    ],
)
async def test_the_overview_tells_what_wechat_says_about_the_account(
    owner: Client, scenario: Scenario, enabled: bool, changes: dict[str, Any], sentence: str | None
) -> None:
    now = scenario.clock()
    changes = {
        name: now if name.endswith("ed_at") and value == 0 else value for name, value in changes.items()
    }
    if changes:
        await told(scenario, **changes)
    scenario.services.settings = scenario.services.settings.replace("shipping", enabled=enabled)
    await owner.log_in()
    page = await owner.page("admin/")
    if sentence is None:
        assert "交易管理" not in page
    else:
        assert sentence in page


KNOWN = TradeManagement(1, False, False, None, None, 0, None, "", None, None)


@pytest.mark.parametrize(
    ("enabled", "changes", "level", "words"),
    [
        (False, {}, "ok", "off"),
        (False, {"access_reminded_at": DAY}, "warning", "set shipping.enabled"),
        (True, {}, "warning", "not asked yet"),
        (True, {"answered_at": DAY}, "ok", "nothing is reported"),
        (True, {"answered_at": DAY, "managed": True}, "warning", "not authorised"),
        (True, {"answered_at": DAY, "managed": True, "completed": True}, "ok", "are reported"),
        (
            True,
            {"answered_at": DAY, "managed": True, "completed": True, "failed_at": 2 * DAY, "last_error": "x"},
            "ok",
            "the last question failed: x",
        ),
    ],
)
def test_the_check_tells_the_same(enabled: bool, changes: dict[str, Any], level: str, words: str) -> None:
    found = judge(enabled, dataclasses.replace(KNOWN, **changes))
    assert found.level == level
    assert words in found.detail
