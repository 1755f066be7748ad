"""Confirming a served payment in WeChat: who is asked to, and that the server believes WeChat and not the phone."""

from __future__ import annotations

from typing import Any

import pytest

from clock import MINUTE
from orders import serving
from storage.models import SYSTEM
from tests.http.client import Client
from tests.http.product import Product
from tests.http.test_from_wechat import fault
from tests.members.cards import member

pytestmark = pytest.mark.promise(41)


async def shipped_order(product: Product, user: Client) -> int:
    """A served order that was reported to WeChat, as the background does."""
    order_id = await product.paid_order(user)
    product.clock.move(5 * MINUTE)
    at = product.clock()
    await product.storage.run(lambda tx: serving.finish(tx, order_id, SYSTEM, at))
    for _ in range(3):
        await product.services.shipping.run_once()
    return order_id


async def waiting(client: Client, order_id: int) -> list[dict[str, Any]]:
    return list((await client.get("user/getOrder/", id=order_id))["confirmations"])


async def act(client: Client, row: dict[str, Any], what: str, status: int = 200, **more: Any) -> None:
    wish = {"transaction_id": row["transactionId"], "act": what, **more}
    answer = await client.http.post("sandbox/shipments/", json=wish)
    assert answer.status_code == status, answer.text


async def test_the_payer_is_asked_until_wechat_has_the_confirmation(product: Product) -> None:
    user = await product.login("li")
    order_id = await shipped_order(product, user)
    (row,) = await waiting(user, order_id)
    assert row["supplement"] is None
    assert row["transactionId"].startswith("4200")
    answer = await user.post("user/confirmedService/", id=order_id)
    assert not answer["confirmed"], "the phone came back without a confirmation"
    assert await waiting(user, order_id) == [row]
    await act(user, row, "confirm")
    assert (await user.post("user/confirmedService/", id=order_id))["confirmed"]
    assert await waiting(user, order_id) == []
    assert (await user.post("user/confirmedService/", id=order_id))["confirmed"], "repeating it is harmless"


async def test_a_wechat_that_does_not_answer_leaves_it_waiting(product: Product) -> None:
    user = await product.login("li")
    order_id = await shipped_order(product, user)
    (row,) = await waiting(user, order_id)
    await act(user, row, "confirm")
    await fault(user, "drop_before_commit", endpoint="shipping_query")
    assert not (await user.post("user/confirmedService/", id=order_id))["confirmed"]
    assert (await user.post("user/confirmedService/", id=order_id))["confirmed"]


async def test_before_the_service_and_without_trade_management_nobody_is_asked(product: Product) -> None:
    user = await product.login("li")
    order_id = await product.paid_order(user)
    assert await waiting(user, order_id) == []
    await user.http.post("sandbox/settings/", json={"trade_managed": False})
    assert await waiting(user, await shipped_order(product, user)) == []


async def test_only_who_has_paid_is_asked(product: Product) -> None:
    owner, stranger = await product.login("li"), await product.login("wang")
    order_id = await shipped_order(product, owner)
    family = await member(product, owner, "sister", id=order_id)
    payer = await member(product, owner, "daughter", "payer", id=order_id)
    assert len(await waiting(owner, order_id)) == 1
    assert await waiting(family, order_id) == []
    assert await waiting(payer, order_id) == [], "the owner has paid"
    await stranger.post("user/confirmedService/", 404, id=order_id)
    assert (await payer.post("user/confirmedService/", id=order_id))["confirmed"], "nothing of theirs waits"
