"""The page of the rules of pay: which hold, which are over, for whom; and finished orders that no rule has paid."""

from __future__ import annotations

import re
from typing import Any

import pytest

from handlers.admin.pay import rules
from handlers.admin.pay.rules import missing
from startup.seed import seed_catalog
from storage.models import PayRule
from tests.admin.clients import Client
from tests.admin.scenario import Scenario
from tests.escort_pay.paying import finished, rule

TODAY = "2026-11-18"
FIELDS = {"service_id": "0", "escort_id": "0", "kind": "fixed", "typed": "80", "valid_from": "2026-11-01"}


def a_rule(number: int, day: str, service: int = 0, escort: int = 0) -> PayRule:
    return PayRule(number, service, escort, "fixed", 8_000, day, 1, 0)


@pytest.mark.parametrize(
    ("number", "when"),
    [(1, "over"), (2, "over"), (3, "now"), (4, "later"), (5, "now"), (6, "now"), (7, "now"), (8, "later")],
)
def test_a_rule_holds_until_a_newer_one_for_the_same_has_its_day(number: int, when: str) -> None:
    every = [
        a_rule(1, "2026-01-01"),
        a_rule(2, TODAY),
        a_rule(3, TODAY),
        a_rule(4, "2026-11-19"),
        a_rule(5, "2026-01-01", service=2),
        a_rule(6, "2026-01-01", escort=2),
        a_rule(7, "2026-01-01", service=2, escort=2),
        a_rule(8, "2027-01-01", service=2),
    ]
    assert rules._when(every[number - 1], every, TODAY) == when


def test_a_newer_day_counts_more_than_a_later_entry() -> None:
    every = [a_rule(1, "2026-06-01"), a_rule(2, "2026-05-01")]
    assert [rules._when(each, every, TODAY) for each in every] == ["now", "over"]


def lines(page: str) -> list[list[str]]:
    """The rows of the tables, cell by cell; first those in force."""
    found = re.findall(r"<tr>\s*(<td.*?)</tr>", page, re.S)
    return [
        [re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", cell)).strip() for cell in row.split("</td>")[:4]]
        for row in found
    ]


async def test_each_rule_is_told_with_service_escort_and_day_the_newest_first(
    owner: Client, scenario: Scenario
) -> None:
    await seed_catalog(scenario.storage)
    escort, erased = await scenario.escort("王芳"), await scenario.escort("李娜")
    await rule(scenario.storage, 8_000)
    await rule(scenario.storage, 9_000, day="2026-11-01")
    await rule(scenario.storage, 4_550, "percent", service=1, escort=escort, day="2026-12-01")
    await rule(scenario.storage, 3_333, "percent", escort=erased, day="2026-12-01")
    await rule(scenario.storage, 0, "none", service=2)
    async with scenario.storage.transaction() as tx:
        await tx.connection.execute("UPDATE escorts SET name = '' WHERE id = :id", {"id": erased})
        await tx.connection.execute("UPDATE services SET archived_at = 1 WHERE id = 2")
        await tx.commit()
    async with scenario.storage.reading() as reader:
        services = {each.id: each for each in await reader.catalog.services(archived=True)}
    names = {number: f"{each.name}（{each.unit}）" for number, each in services.items()}
    page = await owner.page("admin/pay/rules/")
    assert lines(page) == [
        ["所有服务", "（已删除）", "订单价格的 33.33%", "2026-12-01 还没到"],
        [names[1], "王芳", "订单价格的 45.5%", "2026-12-01 还没到"],
        ["所有服务", "所有陪诊员", "每单 ￥90", "2026-11-01 现在"],
        [names[2], "所有陪诊员", "不再例外", "2026-01-01 现在"],
        ["所有服务", "所有陪诊员", "每单 ￥80", "2026-01-01"],
    ]
    assert "以前的规则（1）" in page
    offered = re.findall(
        r'<option value="([0-9]+)"', page.partition('name="service_id"')[2].partition("</select>")[0]
    )
    assert offered == ["0", *(str(number) for number, each in services.items() if each.archived_at is None)]
    assert "2" not in offered
    assert rules._service_name(services, 999) == "服务 #999"


async def test_only_approved_escorts_are_offered(owner: Client, scenario: Scenario) -> None:
    chosen, _ = await scenario.escort("王芳"), await scenario.escort("李娜", "suspended")
    page = await owner.page("admin/pay/rules/")
    options = page.partition('name="escort_id"')[2].partition("</select>")[0]
    assert re.findall(r'<option value="([0-9]+)"', options) == ["0", str(chosen)]


async def test_a_rule_is_written_down_with_whom_it_is_for(owner: Client, scenario: Scenario) -> None:
    await seed_catalog(scenario.storage)
    escort = await scenario.escort()
    answer = await owner.post("admin/pay/rules/", {**FIELDS, "service_id": "1", "escort_id": str(escort)})
    assert answer.headers["Location"].endswith("/admin/pay/rules/?done=pay-rule-added")
    await owner.post("admin/pay/rules/", {**FIELDS, "kind": "percent", "typed": "45.5"})
    made = {"value": "每单 ￥80", "valid_from": "2026-11-01"}
    assert await scenario.log(2) == [
        ("pay.rule", None, {**made, "value": "订单价格的 45.5%"}),
        ("pay.rule", None, {"service_id": 1, "escort_id": escort, **made}),
    ]
    async with scenario.storage.reading() as reader:
        entered = await reader.escort_pay.all_rules()
    assert [
        (each.service_id, each.escort_id, each.kind, each.value, each.created_by) for each in entered
    ] == [
        (1, escort, "fixed", 8_000, 1),
        (0, 0, "percent", 4_550, 1),
    ]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"typed": "x"}, "没有保存：多少：应为金额"),
        ({"kind": "percent", "typed": "100.01"}, "没有保存：比例应在 0% 到 100% 之间"),
        ({"valid_from": "2026-02-30"}, "没有保存：从哪天起："),
        ({"escort_id": "99"}, "没有保存：没有这位陪诊员"),
    ],
)
async def test_a_refused_rule_stays_in_its_form(
    owner: Client, scenario: Scenario, changes: dict[str, str], says: str
) -> None:
    await seed_catalog(scenario.storage)
    typed = {**FIELDS, "service_id": "1", **changes}
    answer = await owner.post("admin/pay/rules/", typed)
    page = answer.body.decode()
    assert (answer.code, says in page) == (400, True)
    assert 'option value="1" selected' in page
    assert f'value="{typed["kind"]}" required checked' in page
    assert f'name="typed" inputmode="decimal" value="{typed["typed"]}"' in page
    assert f'name="valid_from" required value="{typed["valid_from"]}"' in page
    assert await scenario.audited() == []


async def listed(scenario: Scenario, before: int | None = None, limit: int = 9) -> list[tuple[Any, ...]]:
    async with scenario.storage.reading() as reader:
        found = await missing(reader, before, limit)
    return [(each.order.order_id, each.escort, each.proposed_fen) for each in found]


async def test_orders_without_pay_are_listed_with_what_a_rule_of_now_would_give(scenario: Scenario) -> None:
    await seed_catalog(scenario.storage)
    escort, erased = await scenario.escort("王芳"), await scenario.escort("李娜")
    first = await finished(scenario.storage, escort, visit_date="2026-11-05")
    second = await finished(scenario.storage, erased, visit_date="2026-11-10")
    await finished(scenario.storage, escort, visit_date="2026-10-31")
    assert await listed(scenario) == []
    await rule(scenario.storage, 5_000, "percent", escort=erased, day="2026-11-06")
    await rule(scenario.storage, 8_000, service=1, day="2026-11-01")
    async with scenario.storage.transaction() as tx:
        await tx.connection.execute("UPDATE escorts SET name = '' WHERE id = :id", {"id": erased})
        await tx.commit()
    assert await listed(scenario) == [(second, "（已删除）", 9_900), (first, "王芳", None)]
    assert await listed(scenario, limit=1) == [(second, "（已删除）", 9_900)]
    assert await listed(scenario, before=second) == [(first, "王芳", None)]


async def test_a_long_list_of_them_has_pages(
    owner: Client, scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "PAGE", 2)
    escort = await scenario.escort()
    orders = [await finished(scenario.storage, escort) for _ in range(3)]
    await rule(scenario.storage, 8_000)

    async def page(query: str) -> tuple[list[int], bool, bool]:
        text = await owner.page(f"admin/pay/missing/{query}")
        found = [int(each) for each in re.findall(r'name="order_([0-9]+)"', text)]
        return found, f'href="?before={orders[1]}" rel="next"' in text, "回到第一页" in text

    assert await page("") == ([orders[2], orders[1]], True, False)
    assert await page(f"?before={orders[1]}") == ([orders[0]], False, True)
    assert "2026-01-01 以前就诊的订单" in await owner.page("admin/pay/missing/")


async def test_what_is_paid_later_is_written_down_for_each_order(owner: Client, scenario: Scenario) -> None:
    escort = await scenario.escort()
    orders = [await finished(scenario.storage, escort) for _ in range(2)]
    await rule(scenario.storage, 8_000)
    answer = await owner.post("admin/pay/missing/", {f"order_{orders[0]}": "y", "order_999": "y"})
    page = re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", answer.body.decode()))
    assert f"#{orders[0]} 办好了 已记 ￥80" in page
    assert "#999 没有办 没有找到这个订单" in page
    assert await scenario.log() == [("pay.earn", None, {"escort": escort, "amount_fen": 8_000})]
    assert await scenario.audited() == ["pay.earn"]
    many = {f"order_{number}": "y" for number in range(1_000, 1_050)}
    assert (await owner.post("admin/pay/missing/", many)).code == 200
    refused = await owner.post("admin/pay/missing/", {**many, "order_1050": "y"})
    assert (refused.code, "一次最多补记 50 单" in refused.body.decode()) == (400, True)
    none = await owner.post("admin/pay/missing/", {})
    assert (none.code, "还没有勾选订单" in none.body.decode()) == (400, True)
