"""The numbers on the user's own page: orders of each state, and patients."""

from __future__ import annotations

from storage import Transaction
from storage.models import OrderState
from tests.http.product import Product
from tests.storage.rows import fill

MADE = {
    OrderState.UNPAID: 1,
    OrderState.PAID: 2,
    OrderState.SERVING: 3,
    OrderState.FINISHED: 4,
    OrderState.REFUNDING: 5,
    OrderState.REFUNDED: 6,
    OrderState.CANCELLED: 7,
}


async def test_orders_are_counted_by_what_they_wait_for_and_money_back_together(product: Product) -> None:
    user, other = await product.login("li"), await product.login("wang")
    await user.add_patient()

    async def make(tx: Transaction) -> None:
        for state, count in MADE.items():
            for _ in range(count):
                await fill(tx, "orders", {"user_id": 1, "state": state})

    await product.storage.run(make)
    found = (await user.get("user/me/"))["user"]
    assert found["orders"] == {"待付款": 1, "已付款": 2, "在服务": 3, "已完成": 4, "退款": 11}
    assert found["patients"] == 1
    nothing = (await other.get("user/me/"))["user"]
    assert nothing["orders"] == dict.fromkeys(found["orders"], 0)
    assert nothing["patients"] == 0
