"""Sealed contact phones among many orders that have none: what the start looks at is found by an index."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from privacy import ORDER_CONTACT_PHONE, Vault, new_key
from startup.sealed import Rotation, StoredFiles, why_not_opened
from storage import Storage
from storage.models import Order, OrderState
from tests.core.rows import add_order, order_of

DOUBLINGS = 12
"""Some thousand orders."""


async def many_orders(storage: Storage, sealed: str) -> int:
    """Thousands of orders without a contact phone of their own, and one with; its id."""
    async with storage.transaction() as tx:
        await add_order(tx, 1, OrderState.PAID)
        names = ", ".join(item.name for item in fields(Order) if item.name != "id")
        for _ in range(DOUBLINGS):
            await tx.connection.execute(f"INSERT INTO orders ({names}) SELECT {names} FROM orders")
        order_id = await add_order(tx, 2, contact_phone_sealed=sealed, contact_phone_tail="6666")
        await tx.commit()
    return order_id


@pytest.mark.promise(23)
async def test_the_start_finds_a_contact_phone_by_an_index(storage: Storage, engine: str) -> None:
    vault = Vault(new_key())
    await many_orders(storage, vault.seal("13955556666", ORDER_CONTACT_PHONE))
    async with storage.transaction() as tx:
        if engine != "sqlite":
            await tx.connection.fetch_all("ANALYZE TABLE orders")
        asked: list[str] = []
        fetch_one, fetch_all = tx.connection.fetch_one, tx.connection.fetch_all

        async def one(sql: str, parameters: Any = None) -> Any:
            asked.append(sql)
            return await fetch_one(sql, parameters or {})

        async def every(sql: str, parameters: Any = None) -> Any:
            asked.append(sql)
            return await fetch_all(sql, parameters or {})

        tx.connection.fetch_one, tx.connection.fetch_all = one, every  # type: ignore[method-assign]
        assert len(set(await tx.sealed.samples("orders", "contact_phone_sealed"))) == 1
        assert len(await tx.sealed.one_per_key("orders", "contact_phone_sealed")) == 1
        word = "EXPLAIN QUERY PLAN" if engine == "sqlite" else "EXPLAIN"
        for sql in asked[:3]:
            plan = str(await fetch_all(f"{word} {sql}"))
            assert "ix_orders_contact_phone_tail_id" in plan, (sql, plan)
            assert "SCAN orders" not in plan, (sql, plan)


@pytest.mark.promise(23)
async def test_a_contact_phone_is_checked_at_the_start_and_sealed_again_by_a_rotation(
    storage: Storage, tmp_path: Path
) -> None:
    old, new = new_key(), new_key()
    async with storage.transaction() as tx:
        sealed = Vault(old).seal("13955556666", ORDER_CONTACT_PHONE)
        order_id = await add_order(tx, 2, contact_phone_sealed=sealed, contact_phone_tail="6666")
        await tx.commit()
    assert await why_not_opened(storage, Vault(old), StoredFiles.below(tmp_path, Vault(old))) == ""
    assert "orders.contact_phone_sealed" in await why_not_opened(
        storage, Vault(new), StoredFiles.below(tmp_path, Vault(new))
    )
    both = Vault(new, [old])
    rotation = Rotation(storage, both, StoredFiles.below(tmp_path, both))
    await rotation.run()
    assert (rotation.resealed, rotation.damaged) == ({"orders": 1}, [])
    order = await order_of(storage, order_id)
    assert Vault(new).open(order.contact_phone_sealed, ORDER_CONTACT_PHONE) == "13955556666"
