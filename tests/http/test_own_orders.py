"""The user's list: cancelled and expired orders with their reason, what is taken off it, and what each id says."""

from __future__ import annotations

from typing import Any

import pytest

from clock import DAY, HOUR
from handlers.api import own_orders
from tests.http.client import Client
from tests.http.product import Product
from tests.http.test_kept_forms import ORDER as KEPT
from tests.http.test_kept_forms import check

ROW = {
    **KEPT,
    "madeTime": r"20\d\d-\d\d-\d\d \d\d:\d\d:\d\d",
    "stage": r"待付款|待安排|已安排|今天就诊|服务中|已完成|退款中|已退款|已取消",
    "visitTime": r"",
    "meetingPoint": r"",
    "unit": r".{0,16}",
    "patient": r".{0,64}",
    "reason": r".*",
}


async def expire(product: Product) -> None:
    product.clock.move(DAY + HOUR)
    services = product.services
    await services.payments.sweeper().run_once()


async def expired_order(product: Product, user: Client) -> int:
    order_id = int((await user.order(await user.add_patient(), product.day(), perPatient="y"))["id"])
    await expire(product)
    return order_id


async def listed(user: Client) -> list[dict[str, Any]]:
    page = await user.get("user/getOrders/")
    assert page.keys() == {"code", "data", "next"}
    for row in page["data"]:
        check({name: row[name] for name in row if name != "actions"}, ROW)
    return list(page["data"])


async def kept(user: Client) -> list[tuple[int, str]]:
    """What a released client reads."""
    return [(row["id"], row["progress"]) for row in (await user.get("user/getOrderStatus/"))["data"]]


async def test_an_expired_order_stays_with_its_reason_until_its_user_takes_it_off(product: Product) -> None:
    user = await product.login("li")
    order_id = await expired_order(product, user)
    (row,) = await listed(user)
    assert (row["id"], row["progress"], row["patient"]) == (order_id, "已取消", "李建国")
    assert (row["reason"], row["actions"]) == ("超时未付款，已自动取消", ["rebook", "hide"])
    assert await kept(user) == [(order_id, "已取消")]
    detail = await user.get("user/getOrder/", id=order_id)
    assert (detail["order"]["reason"], detail["actions"]) == (row["reason"], row["actions"])
    assert detail["timeline"][0]["detail"] == row["reason"]
    await user.post("user/hide1order/", id=order_id)
    assert (await listed(user), await kept(user)) == ([], [])
    gone = await user.get("user/getOrder/", 404, id=order_id)
    assert (gone["error"], gone["msg"]) == ("order_removed", "您已经把这个订单从列表中移除了")
    await user.post("user/hide1order/", 404, id=order_id)
    async with product.storage.reading() as reader:
        order = await reader.orders.get(order_id)
        assert order is not None
        assert len(await reader.orders.history(order_id)) == 2
    export = await user.get("user/export/")
    assert [row["id"] for row in export["data"]["orders"]] == [order_id]


async def test_a_deleted_order_is_off_both_lists_at_once(product: Product) -> None:
    user = await product.login("li")
    placed = await user.order(await user.add_patient(), product.day())
    await user.post("user/delete1order/", id=placed["id"])
    assert (await listed(user), await kept(user)) == ([], [])


async def test_a_paid_order_cannot_be_deleted(product: Product) -> None:
    user = await product.login("li")
    order_id = await product.paid_order(user)
    refused = await user.post("user/delete1order/", 409, id=order_id)
    assert (refused["error"], refused["msg"]) == ("order_not_deletable", "仅支持删除未支付的订单")
    assert [row["id"] for row in await listed(user)] == [order_id]


@pytest.mark.parametrize("state", ["unpaid", "paid"])
async def test_only_a_cancelled_order_can_be_taken_off_the_list(product: Product, state: str) -> None:
    user = await product.login("li")
    if state == "paid":
        order_id = await product.paid_order(user)
    else:
        order_id = (await user.order(await user.add_patient(), product.day()))["id"]
    refused = await user.post("user/hide1order/", 409, id=order_id)
    assert (refused["error"], refused["msg"]) == ("only_cancelled_can_be_hidden", "只能移除已取消的订单")
    (row,) = await listed(user)
    assert (row["id"], row["reason"], row["actions"]) == (order_id, "", [])


async def test_an_expired_order_is_told_as_such_and_a_strangers_reveals_nothing(product: Product) -> None:
    user, stranger = await product.login("li"), await product.login("stranger")
    order_id = await expired_order(product, user)
    assert (await user.get("user/getOrder/", id=order_id))["order"]["progress"] == "已取消"
    paying = await user.post("user/pay1order/", 409, id=order_id)
    assert (paying["error"], paying["msg"]) == ("order_not_payable", "订单已取消或已过期，请重新下单")
    deleting = await user.post("user/delete1order/", 409, id=order_id)
    assert (deleting["error"], deleting["msg"]) == ("order_not_deletable", "仅支持删除未支付的订单")
    answers = [await stranger.get("user/getOrder/", 404, id=number) for number in (order_id, 999_999_999)]
    for answer in answers:
        assert (answer["error"], answer["msg"]) == ("order_not_found", "没有找到这个订单")


async def test_two_patients_have_an_unpaid_order_each_and_a_released_client_changes_the_newest(
    product: Product,
) -> None:
    user = await product.login("li")
    father, mother = (
        await user.add_patient(),
        await user.add_patient(name="王桂花", idcard="610102195505052345"),
    )
    first = await user.order(father, product.day(), perPatient="y")
    second = await user.order(mother, product.day(), perPatient="y")
    assert first["id"] != second["id"]
    assert first["payment"]["package"] != second["payment"]["package"]
    refused = await user.order(father, product.day(), 409, perPatient="y", unpaidId=second["id"])
    assert refused["error"] == "patient_has_unpaid_order"
    child = await user.add_patient(name="李小宝", idcard="610102201001013456")
    assert (await user.order(child, product.day()))["id"] == second["id"]
    assert [(row["id"], row["patient"]) for row in await listed(user)] == [
        (second["id"], "李小宝"),
        (first["id"], "李建国"),
    ]
    await user.pay(first)
    await product.until_progress(user, first["id"], "已付款")


@pytest.mark.parametrize("count", [2, 3, 4, 5])
async def test_no_order_is_lost_between_two_pages(
    product: Product, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    monkeypatch.setattr(own_orders, "PAGE", 2)
    user = await product.login("li")
    for _ in range(count - 1):
        placed = await user.order(await user.add_patient(), product.day(), perPatient="y")
        await expire(product)
    placed = await user.order(await user.add_patient(), product.day(), perPatient="y")
    found: list[int] = []
    before: dict[str, int] = {}
    for _ in range(count):
        page = await user.get("user/getOrders/", **before)
        found += [row["id"] for row in page["data"]]
        assert len(page["data"]) <= 2
        if not page["next"]:
            break
        before = {"before": page["next"]}
    assert found == sorted(range(placed["id"] - count + 1, placed["id"] + 1), reverse=True)
