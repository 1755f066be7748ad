"""A supplement is paid and given back over HTTP as a phone does it: the order and its own money do not move."""

from __future__ import annotations

from typing import Any

import pytest

from orders.supplements import deciding
from orders.supplements.proposing import SupplementLimits, Wanted
from storage.models import Actor, SupplementKind
from tests.http.client import Client
from tests.http.conftest import StartProduct
from tests.http.product import Product, until

pytestmark = pytest.mark.promise(38)
ADMIN = Actor("admin", 1)


async def made(product: Product, order_id: int, amount_fen: int = 12_000) -> int:
    """By the office, open at once; its id."""
    wanted = Wanted(order_id, SupplementKind.OVERTIME, amount_fen, "多陪了两个小时", f"made-{amount_fen}")
    limits = SupplementLimits(1_000_000, 30)
    found = await product.storage.run(lambda tx: deciding.make(tx, wanted, 1, limits, product.clock()))
    return found.supplement_id


async def detail(user: Client, order_id: int) -> dict[str, Any]:
    found: dict[str, Any] = await user.get("user/getOrder/", id=order_id)
    return found


async def row(user: Client, order_id: int) -> dict[str, Any]:
    (found,) = (await detail(user, order_id))["supplements"]
    return dict(found)


async def paid(product: Product, user: Client, order_id: int) -> int:
    supplement_id = await made(product, order_id)
    await user.pay(await user.post("user/paySupplement/", id=supplement_id))

    async def look() -> bool:
        return (await row(user, order_id))["state"] == "paid"

    await until(look)
    return supplement_id


async def test_a_supplement_is_paid_and_the_order_shows_it(product: Product) -> None:
    user = await product.login("li")
    order_id = await product.paid_order(user)
    before = await detail(user, order_id)
    await paid(product, user, order_id)
    after = await detail(user, order_id)
    assert after["order"] == before["order"]
    assert after["actions"] == before["actions"]
    (shown,) = after["supplements"]
    assert (shown["amount"], shown["stateTitle"], shown["refunded"]) == ("￥120", "已支付", "")
    assert shown["actions"] == ["refund"]
    assert "补款已支付" in [step["title"] for step in after["timeline"]]
    refused = await user.post("user/paySupplement/", 409, id=shown["id"])
    assert refused["error"] == "supplement_already_paid"


@pytest.mark.promise(8)
async def test_opening_the_order_heals_a_lost_notification(start_product: StartProduct) -> None:
    product = await start_product(notify_speed=0.0001)
    user = await product.login("li")
    placed = await user.order(await user.add_patient(), product.day())
    await user.pay(placed, "success_without_notify")
    await product.until_progress(user, placed["id"], "待付款")
    assert (await detail(user, placed["id"]))["order"]["progress"] == "已付款"
    supplement_id = await made(product, placed["id"])
    await user.pay(await user.post("user/paySupplement/", id=supplement_id), "success_without_notify")
    assert (await row(user, placed["id"]))["state"] == "paid"


async def test_asking_for_the_money_and_taking_that_back_leaves_the_order_alone(product: Product) -> None:
    user = await product.login("li")
    order_id = await product.paid_order(user)
    supplement_id = await paid(product, user, order_id)
    before = await detail(user, order_id)
    answer = await user.post(
        "user/refundSupplement/", id=supplement_id, amount="￥50", reason="只多陪了半小时"
    )
    assert "等待审核" in answer["msg"]
    waiting = await detail(user, order_id)
    assert (waiting["order"], waiting["actions"], waiting["refunds"]) == (
        before["order"],
        before["actions"],
        before["refunds"],
    )
    assert waiting["supplements"][0]["actions"] == ["withdraw_refund"]
    again = {"id": supplement_id, "amount": "￥1", "reason": "再要一点"}
    assert (await user.post("user/refundSupplement/", 409, **again))["error"] == "refund_not_allowed"
    await user.post("user/withdrawSupplementRefund/", id=supplement_id)
    await user.post("user/withdrawSupplementRefund/", 409, id=supplement_id)
    titles = [step["title"] for step in (await detail(user, order_id))["timeline"]]
    assert titles[:2] == ["退补款申请已撤回", "申请退补款"]
    assert "您撤回了申请" not in titles
    assert (await row(user, order_id))["actions"] == ["refund"]


@pytest.mark.promise(13)
async def test_what_the_office_gives_back_is_read_beside_the_supplement(product: Product) -> None:
    user = await product.login("li")
    order_id = await product.paid_order(user)
    supplement_id = await paid(product, user, order_id)
    payments = product.services.payments
    await payments.start_supplement_refund(supplement_id, ADMIN, 12_000, "没有加时")
    await payments.sweeper().run_once()

    async def look() -> bool:
        return (await row(user, order_id))["refunded"] == "￥120"

    await until(look)
    shown = await detail(user, order_id)
    assert shown["order"]["refunded"] in ("", "￥0")
    assert shown["refunds"] == []
    assert shown["supplements"][0]["stateTitle"] == "已退款"
    assert shown["supplements"][0]["actions"] == []
    steps = {step["title"]: step["detail"] for step in shown["timeline"]}
    assert steps["补款已退款"] == "￥120"
    assert "没有加时" in steps["商家退补款"]
    refused = await user.post("user/refundSupplement/", 409, id=supplement_id, amount="￥1", reason="x")
    assert refused["error"] == "refund_exceeds_paid"


@pytest.mark.promise(18)
async def test_a_stranger_is_told_what_nobody_is_told_of_no_supplement(product: Product) -> None:
    owner, stranger = await product.login("li"), await product.login("wang")
    supplement_id = await made(product, await product.paid_order(owner))
    asked = {"amount": "￥1", "reason": "x"}
    for path, more in (
        ("paySupplement", {}),
        ("refundSupplement", asked),
        ("withdrawSupplementRefund", {}),
    ):
        answers = [
            await stranger.post(f"user/{path}/", 404, id=number, **more) for number in (supplement_id, 999)
        ]
        assert {(answer["error"], answer["msg"]) for answer in answers} == {
            ("supplement_not_found", answers[0]["msg"])
        }
    assert await product.count("payment_attempts") == 1


@pytest.mark.promise(22)
async def test_payments_of_supplements_have_the_limit_of_orders(start_product: StartProduct) -> None:
    product = await start_product(limits={"order_per_minute": 3})
    user = await product.login("li")
    for path in ("paySupplement", "refundSupplement", "withdrawSupplementRefund"):
        await user.send("POST", f"user/{path}/", data={"id": 999, "reason": "x", "amount": "￥1"})
    for path in ("paySupplement", "refundSupplement", "withdrawSupplementRefund"):
        refused = await user.post(f"user/{path}/", 429, id=999, reason="x", amount="￥1")
        assert refused["error"] == "too_many_requests"
