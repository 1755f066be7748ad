"""Why an order was cancelled, as its user reads it, and as those read it with whom the user shares it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from orders.user_list import reason_for_members, reason_of
from storage import Storage
from storage.models import OrderState, OrderStep
from tests.core.rows import add_order, order_of

WROTE, LATE = "家里有事，不去了", "超时未付款，已自动取消"
TOLD = [
    ("user", WROTE, WROTE, "订单已取消"),
    ("user", "", "您取消了订单", "订单已取消"),
    ("admin", "医院停诊", "医院停诊", "订单已取消"),
    ("admin", "", "订单已取消", "订单已取消"),
    ("system", LATE, LATE, LATE),
    ("system", "", "订单已取消", "订单已取消"),
]


@pytest.fixture
def engine() -> str:
    """Only words are decided here: one engine is enough."""
    return "sqlite"


@pytest.mark.parametrize(("by", "wrote", "owner", "member"), TOLD)
async def test_the_owner_reads_what_was_written_and_members_only_what_the_system_wrote(
    storage: Storage, by: str, wrote: str, owner: str, member: str
) -> None:
    order = await order_of(storage, await storage.run(lambda tx: add_order(tx, 1, OrderState.CANCELLED)))
    step = OrderStep(2, order.id, OrderState.UNPAID, OrderState.CANCELLED, by, 1, wrote, 2_000)
    assert (reason_of(order, step), reason_for_members(order, step)) == (owner, member)
    assert (reason_of(order, None), reason_for_members(order, None)) == ("订单已取消", "订单已取消")


@pytest.mark.parametrize("state", sorted(set(OrderState) - {OrderState.CANCELLED}))
async def test_an_order_that_is_not_cancelled_has_no_such_reason(storage: Storage, state: str) -> None:
    order = replace(await order_of(storage, await storage.run(lambda tx: add_order(tx, 1))), state=state)
    for by, wrote, *_ in TOLD:
        step = OrderStep(2, order.id, OrderState.UNPAID, OrderState.CANCELLED, by, 1, wrote, 2_000)
        assert (reason_of(order, step), reason_for_members(order, step)) == ("", "")
