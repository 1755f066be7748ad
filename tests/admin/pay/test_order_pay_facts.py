"""What an order's page tells of its escort's pay, whole; and how many lines an escort's own page shows."""

from __future__ import annotations

from typing import Any

import pytest

from handlers.admin.pay import escort as escort_page
from handlers.admin.pay.base import KIND, STATE
from handlers.admin.pay.order_facts import pay_facts
from orders.escort_pay.earnings import mark
from storage import Storage
from tests.admin.clients import Client
from tests.admin.scenario import Scenario
from tests.escort_pay.paying import (
    AT,
    NOVEMBER,
    add_escort,
    add_row,
    entries,
    finish,
    finished,
    order_of,
    rule,
    served,
)


async def facts(storage: Storage, order_id: int, *, owner: bool = True) -> dict[str, Any]:
    order = await order_of(storage, order_id)
    async with storage.reading() as reader:
        return await pay_facts(reader, order, owner=owner)


async def invited(
    storage: Storage, order_id: int, escort: int, pay_fen: int, state: str = "accepted"
) -> None:
    await add_row(
        storage,
        "invitations",
        order_id=order_id,
        escort_id=escort,
        pay_fen=pay_fen,
        state=state,
        offered_at=AT,
        half="am",
    )


@pytest.mark.parametrize(
    ("offers", "offered"),
    [
        ([], 0),
        ([(1, 9_000, "accepted")], 9_000),
        ([(1, 9_000, "accepted"), (1, 9_500, "accepted")], 9_500),
        ([(1, 9_000, "accepted"), (1, 8_000, "accepted")], 0),
        ([(1, 9_000, "accepted"), (1, 0, "accepted")], 9_000),
        ([(1, 9_000, "declined"), (2, 9_000, "accepted")], 0),
    ],
)
async def test_the_pay_of_a_finished_order_whole(
    storage: Storage, offers: list[tuple[int, int, str]], offered: int
) -> None:
    await rule(storage, 8_000)
    first, second = await add_escort(storage, "王芳", 900), await add_escort(storage, "孙小美", 901)
    order_id = await served(storage, first)
    for who, pay_fen, state in offers:
        await invited(storage, order_id, (first, second)[who - 1], pay_fen, state)
    await finish(storage, order_id)
    made = await entries(storage, order_id)
    found = await facts(storage, order_id)
    assert [each.earning for each in found.pop("pay_entries")] == made
    assert found == {
        "pay_shown": True,
        "pay_default": 0,
        "pay_escorts": {first: "王芳"},
        "pay_sum": 8_000,
        "pay_mark": mark(made),
        "pay_rule": "每单 ￥80",
        "pay_held": "",
        "pay_kind": KIND,
        "pay_statement_state": STATE,
        "pay_missing": False,
        "pay_before_rules": False,
        "pay_by_rule": 8_000,
        "pay_has_rule": True,
        "pay_proposed": None,
        "pay_offered": offered,
    }
    assert await facts(storage, order_id, owner=False) == {"pay_shown": False, "pay_default": 0}


async def test_an_order_that_earned_nothing_says_what_is_missing(storage: Storage) -> None:
    escort = await add_escort(storage, "王芳", 900)
    order_id = await finished(storage, escort)
    without = await facts(storage, order_id)
    assert without == {
        "pay_shown": True,
        "pay_default": 0,
        "pay_entries": [],
        "pay_escorts": {escort: "王芳"},
        "pay_sum": 0,
        "pay_mark": mark([]),
        "pay_rule": "",
        "pay_held": "",
        "pay_kind": KIND,
        "pay_statement_state": STATE,
        "pay_missing": True,
        "pay_before_rules": True,
        "pay_by_rule": 0,
        "pay_has_rule": False,
        "pay_proposed": None,
        "pay_offered": 0,
    }
    await rule(storage, 8_000, day="2026-11-10")
    later = await facts(storage, order_id)
    assert later == {**without, "pay_before_rules": False, "pay_by_rule": 8_000, "pay_has_rule": True}


async def test_before_it_is_served_an_order_tells_only_what_the_rules_give(storage: Storage) -> None:
    await rule(storage, 8_000)
    escort = await add_escort(storage, "王芳", 900)
    order_id = await served(storage, escort)
    assert await facts(storage, order_id) == {"pay_shown": False, "pay_default": 0}


async def test_of_many_lines_so_many_are_shown_and_the_page_says_so(
    owner: Client, scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    await rule(scenario.storage, 8_000)
    escort = await scenario.escort()
    orders = [await finished(scenario.storage, escort) for _ in range(2)]
    path = f"admin/pay/escorts/{escort}/?month={NOVEMBER}"

    async def shown() -> tuple[list[bool], bool]:
        page = await owner.page(path)
        return [f"orders/{order}/" in page for order in orders], "笔，这里是前" in page

    assert await shown() == ([True, True], False)
    monkeypatch.setattr(escort_page, "SHOWN", 2)
    assert await shown() == ([True, True], False), "as many as there may be"
    monkeypatch.setattr(escort_page, "SHOWN", 1)
    assert sum((await shown())[0]) == 1
    assert "共 2 笔，这里是前 1 笔；结算单和导出里有全部。" in await owner.page(path)
