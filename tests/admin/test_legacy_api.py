"""The endpoints and pages that the administrators have always had."""

from __future__ import annotations

import asyncio
import json
import re

import pytest

from tests.admin.clients import Client, error_of
from tests.admin.scenario import Scenario


async def test_orders_are_shown_paid_first_then_unpaid_then_finished_and_each_newest_first(
    owner: Client, scenario: Scenario
):
    made = [
        await scenario.order(state) for state in ("finished", "unpaid", "paid", "finished", "unpaid", "paid")
    ]
    page = await owner.page("admin/orders/")
    places = [
        page.index(f">#{order_id}<") for order_id in (made[5], made[2], made[4], made[1], made[3], made[0])
    ]
    assert places == sorted(places)


@pytest.mark.parametrize("encoding", ["form", "json"])
async def test_a_paid_order_is_finished_and_reopened(owner: Client, scenario: Scenario, encoding: str):
    order_id = await scenario.order()
    send = owner.post if encoding == "form" else owner.post_json
    for status, state in (("已完成", "finished"), ("已付款", "paid")):
        answer = await send("admin/orders/edit/finishState/", {"id": order_id, "status": status})
        assert json.loads(answer.body) == {"code": 0, "msg": "已保存"}
        async with scenario.storage.reading() as reader:
            order = await reader.orders.get(order_id)
        assert order is not None
        assert order.state == state
    assert (await scenario.audited())[-2:] == ["order.finish", "order.reopen"]


async def test_an_order_of_a_suspended_escort_is_reopened_without_one(owner: Client, scenario: Scenario):
    path, escort = "admin/orders/edit/finishState/", await scenario.escort()
    orders = [await scenario.order(), await scenario.order()]
    for order_id, half in zip(orders, ("am", "pm"), strict=True):
        await owner.post(f"admin/orders/{order_id}/assign/", {"escort_id": escort, "half": half})
        assert (await owner.post(path, {"id": order_id, "status": "已完成"})).code == 200
    assert (await owner.post(path, {"id": orders[0], "status": "已付款"})).code == 200
    await owner.submit(f"admin/runners/{escort}/", f"runners/{escort}/suspend/")
    answer = await owner.post(f"admin/orders/{orders[1]}/reopen/")
    assert answer.headers["Location"].endswith("?done=reopened-paid")
    page = await owner.page(f"admin/orders/{orders[1]}/?done=reopened-paid")
    assert "需要安排陪诊员" in page
    assert "原来的陪诊员现在不能接单" in page
    async with scenario.storage.reading() as reader:
        found = [await reader.orders.get(order_id) for order_id in orders]
        entries = await reader.audit.page(act="order.reopen")
    assert [(order.state, order.escort_id) for order in found if order] == [
        ("serving", escort),
        ("paid", None),
    ]
    assert [json.loads(entry.after_json)["state"] for entry in entries] == ["paid", "serving"]


async def test_an_unpaid_order_can_never_be_finished(owner: Client, scenario: Scenario):
    order_id = await scenario.order("unpaid")
    for status in ("已完成", "已付款"):
        answer = await owner.post("admin/orders/edit/finishState/", {"id": order_id, "status": status})
        assert (answer.code, error_of(answer)) == (409, "state_does_not_allow")
    async with scenario.storage.reading() as reader:
        assert len(await reader.orders.history(order_id)) == 1


async def test_saying_it_twice_changes_nothing_more(owner: Client, scenario: Scenario):
    order_id = await scenario.order()
    body = {"id": order_id, "status": "已完成"}
    answers = await asyncio.gather(
        *(owner.post_json("admin/orders/edit/finishState/", body) for _ in range(5))
    )
    assert [answer.code for answer in answers] == [200] * 5
    async with scenario.storage.reading() as reader:
        assert len(await reader.orders.history(order_id)) == 3
    assert (await scenario.audited()).count("order.finish") == 1


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"id": "x", "status": "已完成"},
        {"id": 1},
        {"id": 1, "status": "完成"},
        {"id": 1.5, "status": "已完成"},
        {"id": 10**19, "status": "已完成"},
        {"id": [1], "status": {"a": 1}},
    ],
)
async def test_bad_input_is_refused_with_the_fields_named(owner: Client, body: dict):
    answer = await owner.post_json("admin/orders/edit/finishState/", body)
    assert (answer.code, error_of(answer)) == (400, "invalid_input")
    assert json.loads(answer.body)["fields"]


async def test_notes_are_saved_and_never_leave_the_administrators(owner: Client, scenario: Scenario):
    order_id = await scenario.order()
    assert (
        await owner.post("admin/orders/edit/notes/", {"id": order_id, "notes": "请提前半小时到"})
    ).code == 200
    assert "请提前半小时到" in await owner.page("admin/orders/")
    answer = await owner.post("admin/orders/edit/notes/", {"id": order_id, "notes": "长" * 10_241})
    assert answer.code == 400
    answer = await owner.post("admin/orders/edit/notes/", {"id": 999, "notes": "x"})
    assert (answer.code, error_of(answer)) == (404, "not_found")
    assert (await scenario.audited())[-1] == "order.notes"


async def test_a_remark_is_set_on_an_escort_application(owner: Client, scenario: Scenario):
    escort_id = await scenario.escort("王芳", "pending")
    answer = await owner.post_json(f"admin/runners/edit/{escort_id}/", {"status": "下周面谈"})
    assert json.loads(answer.body)["code"] == 0
    page = await owner.page("admin/runners/")
    assert list(json.loads(answer.body)) == ["code", "msg"]
    assert type(json.loads(answer.body)["code"]) is int
    assert "下周面谈" in page
    assert "王芳" in page
    assert (await owner.post_json("admin/runners/edit/999/", {"status": "x"})).code == 404


async def test_payments_are_shown_newest_first_with_both_numbers(owner: Client, scenario: Scenario):
    await scenario.order(patient="早的人", price_fen=58850)
    scenario.clock.at += 60_000
    await scenario.order(patient="晚的人")
    page = await owner.page("admin/money/")
    assert page.index("晚的人") < page.index("早的人")
    assert re.search(r"\b588\.50\b", page)
    assert re.search(r"\b20\d\d-\d\d-\d\d \d\d:\d\d\b", page)
    async with scenario.storage.reading() as reader:
        for attempt in (await reader.attempts.of_order(1)) + (await reader.attempts.of_order(2)):
            assert attempt.out_trade_no in page
            assert attempt.transaction_id is not None
            assert attempt.transaction_id in page


async def test_wrong_methods_and_bodies_get_the_house_shape(owner: Client):
    answer = await owner.get("admin/orders/edit/notes/")
    assert (answer.code, error_of(answer)) == (405, "method_not_allowed")
    answer = await owner.send(
        "POST",
        "admin/orders/edit/notes/",
        b"{broken",
        {"Content-Type": "application/json", "X-XSRFToken": owner.cookies["_xsrf"]},
    )
    assert (answer.code, error_of(answer)) == (400, "broken_json")
