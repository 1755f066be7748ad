"""Rows for tests of the storage, made without the rest of the product."""

from __future__ import annotations

from typing import Any

from storage import Storage, Transaction
from storage.models import SYSTEM, Actor, Cause, Order, OrderState
from storage.writes import OrderContent

USER = Actor("user", 1)
DAY = "2026-12-24"


def content(**changes: Any) -> OrderContent:
    """What an order says."""
    values: dict[str, Any] = {
        "hospital_id": 1,
        "hospital_name": "西京医院",
        "department": "心内科",
        "visit_date": DAY,
        "service_id": 4,
        "service_name": "全心全程陪诊服务",
        "service_unit": "半天",
        "price_fen": 19800,
        "patient_id": 1,
        "patient_name": "李建国",
        "wishes": "请早点到",
        **changes,
    }
    return OrderContent(**values)


async def add_order(
    tx: Transaction, user_id: int, state: OrderState = OrderState.UNPAID, at: int = 1_000, **changes: Any
) -> int:
    """An order that is in ``state`` from the beginning, with one row of history; its id."""
    order_id = await tx.orders.add(user_id, content(**changes), Actor("user", user_id), at, at + 1_000)
    if state != OrderState.UNPAID:
        await tx.orders.move(order_id, OrderState.UNPAID, state, Cause(SYSTEM, at))
        await tx.connection.execute(
            "DELETE FROM order_history WHERE order_id = :id AND from_state <> ''", {"id": order_id}
        )
    return order_id


async def order_of(storage: Storage, order_id: int) -> Order:
    async with storage.reading() as reader:
        order = await reader.orders.get(order_id)
    assert order is not None
    return order


async def count(storage: Storage, table: str) -> int:
    async with storage.reading() as reader:
        row = await reader.connection.fetch_one(f"SELECT COUNT(*) FROM {table}")
    assert row is not None
    return int(row[0])
