"""Cancelling, money back, and the refund rule before paying, over HTTP as a phone uses them."""

from __future__ import annotations

import re
from typing import Any

import pytest

from clock import DAY, HOUR, MINUTE, shanghai_date
from orders import serving
from orders.visit_time import visit_begin_ms
from storage.models import Actor, Cause, RefundKind
from tests.http.client import Client
from tests.http.product import Product

ADMIN = Actor("admin", 1)


async def detail(user: Client, order_id: int) -> dict[str, Any]:
    found: dict[str, Any] = await user.get("user/getOrder/", id=order_id)
    return found


async def assign(product: Product, order_id: int) -> None:
    carer = await product.login("carer")
    await carer.post("user/apply2be1caregiver/", name="王芳", phone="13811112222")
    async with product.storage.transaction() as tx:
        (escort,) = await tx.escorts.page()
        await tx.escorts.move(escort.id, "pending", "approved", product.clock())
        await serving.assign(tx, order_id, escort.id, "am", Cause(ADMIN, product.clock()))
        await tx.commit()


async def decide(product: Product, order_id: int, *, yes: bool, note: str = "") -> None:
    async with product.storage.reading() as reader:
        refund = (await reader.refunds.of_order(order_id))[-1]
    payments = product.services.payments
    await (payments.approve_refund if yes else payments.reject_refund)(refund.id, ADMIN, note=note)


def to_visit(product: Product, day: str, before: int) -> None:
    product.clock.move(visit_begin_ms(day) - before - product.clock())


@pytest.mark.promise(33)
async def test_a_cancellation_at_half_of_an_assigned_order(product: Product) -> None:
    """The trial of the office: escort free, calendar empty, the customer reads 已取消 with the amount on its way."""
    user, day = await product.login("li"), product.day(10)
    order_id = await product.paid_order(user, wantTime=day)
    await assign(product, order_id)
    to_visit(product, day, 5 * HOUR)
    before = await detail(user, order_id)
    assert (before["refund"]["amount"], before["order"]["escort"]["name"]) == ("￥99", "王芳")
    assert {"cancel", "money_back", "refund"} <= set(before["actions"])
    await user.post("user/refund1order/", id=order_id, reason="孩子病了", amount="￥99", kind="cancel")
    waiting = await detail(user, order_id)
    assert (waiting["order"]["progress"], waiting["actions"]) == ("退款中", ["withdraw"])
    assert waiting["order"]["escort"]["name"] == "王芳"
    await decide(product, order_id, yes=True, note="祝早日康复")
    after = await detail(user, order_id)
    assert (after["order"]["progress"], after["order"]["ending"]) == ("已取消", "用户取消")
    assert after["order"]["escort"] is None
    assert not {"cancel", "money_back", "refund", "withdraw"} & set(after["actions"])
    (refund,) = after["refunds"]
    assert (refund["amount"], refund["state"], refund["kind"]) == ("￥99", "退款中", "取消订单")
    assert (refund["patientReason"], refund["officeReason"]) == ("孩子病了", "祝早日康复")
    titles = [row["title"] for row in after["timeline"]]
    assert {"订单已取消", "取消申请已通过", "您申请取消订单"} <= set(titles)
    async with product.storage.reading() as reader:
        assert await reader.escorts.visits(day, day) == []
    (listed,) = (await user.get("user/getOrderStatus/"))["data"]
    assert listed["progress"] == "已取消"


@pytest.mark.promise(33)
async def test_a_cancellation_at_nothing_is_a_decision_too(product: Product) -> None:
    user, day = await product.login("li"), product.day(10)
    order_id = await product.paid_order(user, wantTime=day)
    to_visit(product, day, -3 * HOUR)
    found = await detail(user, order_id)
    assert (found["refund"]["amount"], "refund" in found["actions"], "cancel" in found["actions"]) == (
        "￥0",
        False,
        True,
    )
    answer = await user.post("user/refund1order/", id=order_id, reason="不去了", amount="￥0")
    assert "取消申请" in answer["msg"]
    await decide(product, order_id, yes=True)
    after = await detail(user, order_id)
    assert (after["order"]["progress"], after["refunds"][0]["state"]) == ("已取消", "无需退款")


async def test_a_refusal_tells_the_offices_reason_as_the_offices(product: Product) -> None:
    user = await product.login("li")
    order_id = await product.paid_order(user)
    await user.post("user/refund1order/", id=order_id, reason="不满意", amount="￥50", kind="money_back")
    await decide(product, order_id, yes=False, note="服务还没有开始")
    after = await detail(user, order_id)
    assert after["order"]["progress"] == "已付款"
    (refund,) = after["refunds"]
    assert (refund["state"], refund["kind"]) == ("已拒绝", "仅退款")
    assert (refund["patientReason"], refund["officeReason"]) == ("不满意", "服务还没有开始")
    told = {row["title"]: row["detail"] for row in after["timeline"]}
    assert told["退款申请未通过"] == "客服说明：服务还没有开始"
    assert told["您申请仅退款"] == "￥50，您的原因：不满意"


async def test_an_undecided_request_can_be_withdrawn(product: Product) -> None:
    user = await product.login("li")
    order_id = await product.paid_order(user)
    await user.post("user/withdraw1request/", 409, id=order_id)
    await user.post("user/refund1order/", id=order_id, reason="不去了", amount="￥198")
    answer = await user.post("user/withdraw1request/", id=order_id)
    assert answer["msg"] == "申请已撤回"
    after = await detail(user, order_id)
    assert (after["order"]["progress"], after["refunds"][0]["state"]) == ("已付款", "已撤回")
    assert "您撤回了申请" in [row["title"] for row in after["timeline"]]
    await user.post("user/withdraw1request/", 409, id=order_id)
    await user.post("user/refund1order/", id=order_id, reason="还是不去了", amount="￥198")
    await decide(product, order_id, yes=True)
    await user.post("user/withdraw1request/", 409, id=order_id)


@pytest.mark.parametrize("amount", ["很多", "￥", "-1", "￥1e3", "1.234", "￥0", "￥199"])
async def test_money_back_is_an_amount_within_what_was_paid(product: Product, amount: str) -> None:
    user = await product.login("li")
    order_id = await product.paid_order(user)
    answer = await user.send(
        "POST",
        "user/refund1order/",
        data={"id": order_id, "reason": "x", "amount": amount, "kind": "money_back"},
    )
    assert answer.status_code in ((409,) if amount in ("￥0", "￥199") else (400,))
    assert (await detail(user, order_id))["order"]["progress"] == "已付款"


@pytest.mark.promise(14)
async def test_the_rule_is_read_before_paying_and_its_dates_are_exact(product: Product) -> None:
    user = await product.login("li")
    day = product.day(10)
    rule = (await user.get("catalog/refundRule/", wantTime=day))["rule"]
    assert rule["lines"][0] == "付款后 30 分钟内，还没有安排陪诊员时可全退"
    assert re.fullmatch(r"([0-9]{4}年)?[0-9]{1,2}月[0-9]{1,2}日 8:00 前可全退", rule["lines"][1])
    assert [row["percent"] for row in rule["deadlines"]] == [100, 50]
    last_full = rule["deadlines"][0]["until"]
    assert last_full == f"{shanghai_date(visit_begin_ms(day) - DAY)} 08:00:00"
    friend = await user.add_patient()
    unpaid = (await user.order(friend, day))["id"]
    assert (await detail(user, unpaid))["rule"]["deadlines"] == rule["deadlines"]
    await user.get("catalog/refundRule/", 400, wantTime="tomorrow")
    await user.get("catalog/refundRule/", 400, wantTime=shanghai_date(product.clock() - DAY))


@pytest.mark.promise(14)
async def test_an_order_made_a_minute_ago_for_today_gives_everything_back(product: Product) -> None:
    user, day = await product.login("li"), product.day(0)
    order_id = await product.paid_order(user, wantTime=day)
    product.clock.move(MINUTE)
    found = await detail(user, order_id)
    assert found["refund"]["amount"] == "￥198"
    assert "还没有安排陪诊员时可全退" in found["rule"]["lines"][0]
    product.clock.move(40 * MINUTE)
    if shanghai_date(product.clock()) == day:  # not when it was half an hour before midnight
        found = await detail(user, order_id)
        assert found["refund"]["percent"] < 100
        assert "分钟" not in found["refund"]["rule"]


async def test_a_finished_order_offers_money_back_and_no_cancellation(product: Product) -> None:
    user = await product.login("li")
    order_id = await product.paid_order(user)
    await product.storage.run(lambda tx: serving.finish(tx, order_id, ADMIN, product.clock()))
    found = await detail(user, order_id)
    assert (found["actions"], found["rule"], found["order"]["ending"]) == (
        ["money_back", "rate"],
        None,
        "已服务",
    )
    refusal = await user.post(
        "user/refund1order/", 409, id=order_id, reason="x", amount="￥198", kind="cancel"
    )
    assert refusal["error"] == "too_late_to_cancel"
    await user.post("user/refund1order/", id=order_id, reason="服务不好", amount="￥20")
    async with product.storage.reading() as reader:
        assert (await reader.refunds.of_order(order_id))[0].kind == RefundKind.MONEY_BACK
