"""Moving a visit over HTTP, as a phone does it: alone, by request, refused; and what a stranger sees."""

from __future__ import annotations

from typing import Any

import pytest

from orders.booking.bookable_days import DayRules, block
from orders.changing import moves
from orders.changing.changes import ChangeTerms
from storage.models import Actor, BlockedDay, Cause
from tests.http.client import Client
from tests.http.product import Product

ADMIN = Actor("admin", 1)


async def changes(user: Client, order_id: int) -> Any:
    return (await user.get("user/getOrder/", id=order_id))["order"]["changes"]


def wanted(product: Product, order_id: int, later: int, **more: Any) -> dict[str, Any]:
    seen = {"seenDay": product.day(30), "seenTime": ""}
    return {"id": order_id, "wantTime": product.day(later), "visitTime": "09:30", **seen, **more}


@pytest.mark.promise(32)
async def test_a_visit_is_moved_at_once_then_by_request_and_the_page_tells_how(product: Product) -> None:
    user = await product.login("li")
    order_id = await product.paid_order(user)
    before = await changes(user, order_id)
    assert (before["mode"], before["movesLeft"], before["request"]) == ("self", 1, None)
    moved = await user.post("user/move1order/", **wanted(product, order_id, 20))
    assert (moved["moved"], moved["requested"]) == (True, False)
    page = await user.get("user/getOrder/", id=order_id)
    assert page["order"]["wantTime"] == product.day(20)
    assert page["timeline"][0]["title"] == "您提交了改期"
    assert "时间定为 09:30" in page["timeline"][0]["detail"]
    assert page["order"]["changes"]["mode"] == "request"
    seen = {"seenDay": product.day(20), "seenTime": "09:30", "reason": "碰上期末考试"}
    asked = await user.post("user/move1order/", **wanted(product, order_id, 21, **seen))
    assert (asked["moved"], asked["requested"]) == (False, True)
    waiting = (await changes(user, order_id))["request"]
    assert (waiting["wantTime"], waiting["visitTime"], waiting["reason"]) == (
        product.day(21),
        "09:30",
        "碰上期末考试",
    )
    again = await user.post("user/move1order/", 409, **wanted(product, order_id, 22, **seen))
    assert again["error"] == "move_already_requested"
    await user.post("user/withdrawMove/", id=order_id)
    assert (await user.post("user/withdrawMove/", 409, id=order_id))["error"] == "no_move_requested"
    assert (await changes(user, order_id))["request"] is None
    assert (await user.get("user/getOrder/", id=order_id))["order"]["wantTime"] == product.day(20)


@pytest.mark.promise(18)
async def test_a_stranger_neither_moves_a_visit_nor_takes_a_request_back(product: Product) -> None:
    user, stranger = await product.login("li"), await product.login("wang")
    order_id = await product.paid_order(user)
    before = await product.contents()
    assert (await stranger.post("user/move1order/", 404, **wanted(product, order_id, 20)))["error"] == (
        "order_not_found"
    )
    await stranger.post("user/withdrawMove/", 404, id=order_id)
    assert await product.contents() == before


@pytest.mark.parametrize(
    ("change", "status", "slug"),
    [
        ({"visitTime": "25:00"}, 400, "invalid_input"),
        ({"wantTime": "2001-01-01"}, 400, "invalid_input"),
        ({"wantTime": "9999-12-31"}, 400, "invalid_input"),
        ({"seenTime": "08:00"}, 409, "order_changed"),
        ({"reason": "长" * 81}, 400, "invalid_input"),
    ],
)
async def test_a_wrong_move_is_refused_and_changes_nothing(
    product: Product, change: dict[str, Any], status: int, slug: str
) -> None:
    user = await product.login("li")
    order_id = await product.paid_order(user)
    before = await product.contents()
    refused = await user.post("user/move1order/", status, **wanted(product, order_id, 20, **change))
    assert refused["error"] == slug
    assert await product.contents() == before


async def test_a_move_goes_to_the_last_day_of_the_horizon_and_no_further(product: Product) -> None:
    user = await product.login("li")
    order_id = await product.paid_order(user)
    horizon = product.settings.orders.horizon_days
    refused = await user.post("user/move1order/", 400, **wanted(product, order_id, horizon + 1))
    assert list(refused["fields"]) == ["wantTime"]
    assert f"最多提前 {horizon} 天预约" in refused["msg"]
    await user.post("user/move1order/", **wanted(product, order_id, horizon))
    assert (await user.get("user/getOrder/", id=order_id))["order"]["wantTime"] == product.day(horizon)


@pytest.mark.promise(37)
async def test_a_move_to_a_blocked_day_names_another_one(product: Product) -> None:
    user = await product.login("li")
    order_id = await product.paid_order(user)
    row = BlockedDay(0, product.day(20), "am", 0, "春节放假", 1, product.clock())
    await product.storage.run(lambda tx: block(tx, row))
    refused = await user.post("user/move1order/", 409, **wanted(product, order_id, 20))
    assert refused["error"] == "day_blocked"
    assert "当天下午还可以约" in refused["msg"]


async def test_an_order_that_is_not_paid_or_over_offers_no_move(product: Product) -> None:
    user = await product.login("li")
    placed = await user.order(await user.add_patient(), product.day())
    assert await changes(user, placed["id"]) is None
    refused = await user.post("user/move1order/", 409, **wanted(product, placed["id"], 20))
    assert refused["error"] == "not_movable"


@pytest.mark.promise(24)
async def test_what_was_written_about_moves_is_deleted_with_the_user(product: Product) -> None:
    user = await product.login("li")
    order_id = await product.paid_order(user)
    await user.post("user/move1order/", **wanted(product, order_id, 20))
    seen = {"seenDay": product.day(20), "seenTime": "09:30", "reason": "碰上期末考试"}
    await user.post("user/move1order/", **wanted(product, order_id, 21, **seen))
    rules = ChangeTerms(DayRules.of(product.settings), lambda order: 100)
    async with product.storage.reading() as reader:
        request = await reader.order_changes.open_of_order(order_id)
    assert request is not None
    cause = Cause(ADMIN, product.clock(), "期末考试顺利")
    await product.storage.run(lambda tx: moves.decide_request(tx, order_id, request.id, cause, rules))
    exported = (await user.get("user/export/"))["data"]
    assert any(row["reason"] == "碰上期末考试" for row in exported["orders"][0]["changes"])
    async with product.storage.transaction() as tx:
        await tx.connection.execute("UPDATE orders SET state = 'finished' WHERE id = :id", {"id": order_id})
        await tx.commit()
    await user.post("user/deleteMe/", confirm="删除")
    everything = str(await product.contents())
    assert "期末考试" not in everything


async def test_a_visit_that_has_begun_is_not_moved_whatever_its_day_and_hour(product: Product) -> None:
    user = await product.login("li")
    order_id = await product.paid_order(user)
    assert (await changes(user, order_id))["mode"] == "self"
    at = product.clock()
    async with product.storage.transaction() as tx:
        await tx.connection.execute("UPDATE orders SET started_at = :at", {"at": at})
        await tx.commit()
    refused = await user.post("user/move1order/", 409, **wanted(product, order_id, 20))
    assert refused["error"] == "too_late_to_move"
    assert await changes(user, order_id) is None
    assert (await user.get("user/getOrder/", id=order_id))["order"]["wantTime"] == product.day(30)
