"""A served order reaches 已结算 by what WeChat pushes, whatever is wrong with the events; and without any of them."""

from __future__ import annotations

from typing import Any

import pytest

from clock import HOUR, MINUTE
from storage.models import Shipment
from tests.http.conftest import StartProduct
from tests.http.product import Product, until
from tests.http.test_confirming import act, shipped_order, waiting
from tests.http.test_from_wechat import fault

pytestmark = pytest.mark.promise(41)
EVENT = "trade_manage_order_settlement"


async def shipment(product: Product, order_id: int) -> Shipment:
    async with product.storage.reading() as reader:
        (found,) = await reader.shipments.of_order(order_id)
    return found


async def settled_by_events(product: Product, order_id: int) -> None:
    """Everything that was pushed has arrived and was worked on, and the job has made a round."""
    await product.sandbox.settle_due()

    async def told() -> bool:
        return all(push.state != "pending" for push in product.sandbox.pushes.pushes.values())

    await until(told)
    await product.services.pushes.run_once("test")
    await product.services.shipping.run_once()


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("", {}),
        ("push_duplicate", {"scope": EVENT, "times": 2}),
        ("push_reorder", {"scope": EVENT, "seconds": 3600.0}),
        ("push_number_as_text", {"scope": EVENT, "times": None}),
        ("push_before_reply", {}),
        ("push_lost", {"scope": EVENT, "times": None}),
        ("settlement_reversed_method", {"times": None}),
        ("settlement_empty_times", {"times": None}),
    ],
)
async def test_a_served_order_reaches_settled(
    start_product: StartProduct, name: str, parameters: dict[str, Any]
) -> None:
    product = await start_product(notify_speed=1.0)
    product.sandbox.push_to(f"{product.root}wechat/push/")
    user = await product.login("li")
    if name:
        await fault(user, name, **parameters)
    order_id = await shipped_order(product, user)
    (row,) = await waiting(user, order_id)
    await act(user, row, "confirm")
    await act(user, row, "settle")
    await settled_by_events(product, order_id)
    if name == "push_lost":
        assert (await shipment(product, order_id)).state == "shipped"
        product.clock.move(11 * MINUTE)  # nothing tells: it is asked
        await product.services.shipping.run_once()
    found = await shipment(product, order_id)
    assert (found.state, found.wechat_state) == ("settled", 4)
    assert found.settled_at is not None
    method = {"push_lost": None, "settlement_reversed_method": 1}.get(name, 2)
    assert found.confirm_method == method
    (known,) = (await user.http.get("sandbox/shipments/")).json()["shipments"]
    assert len(known["uploads"]) == 1


async def test_wechat_reminds_of_what_is_not_shipped_after_48_hours(start_product: StartProduct) -> None:
    product = await start_product(notify_speed=1.0)
    product.sandbox.push_to(f"{product.root}wechat/push/")
    user = await product.login("li")
    order_id = await product.paid_order(user, wantTime=product.day(5))
    for _ in range(2):
        product.clock.move(24 * HOUR + MINUTE)
        await product.services.shipping.run_once()
        await settled_by_events(product, order_id)
    found = await shipment(product, order_id)
    assert (found.state, found.reminded_at is not None) == ("waiting", True)
