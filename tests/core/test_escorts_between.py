"""Nobody suspends, erases or reviews an escort between the look at them and the booking, nor the other way round."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from accounts import personal_data
from orders import serving
from storage import Storage, Transaction
from storage.models import Cause, EscortState
from tests.core.rows import count, order_of
from tests.core.test_escorts_at_once import ADMIN, add_escort, add_orders, assign

WAITING = (
    "SELECT COUNT(*) FROM information_schema.innodb_trx t JOIN information_schema.processlist p "
    "ON p.id = t.trx_mysql_thread_id WHERE t.trx_state = 'LOCK WAIT' AND p.db = DATABASE()"
)


async def until_it_waits(storage: Storage, engine: str, work: asyncio.Task[Any]) -> None:
    """Until the work stands before a lock, or has gone past all of them."""
    waiting = 0
    while engine == "mysql" and not waiting and not work.done():  # SQLite has one writer: it waits to begin
        async with storage.reading() as reader:
            row = await reader.connection.fetch_one(WAITING)
            waiting = row[0] if row else 0
        await asyncio.sleep(0.15)  # asked more often, MariaDB repeats its last answer


async def user_and_escort(storage: Storage) -> tuple[int, int]:
    """A user, and the approved escort that they are."""
    async with storage.transaction() as tx:
        user_id = await tx.users.find_or_add("openid-of-an-escort", 1_000)
        await tx.commit()
    return user_id, await add_escort(storage, user_id=user_id)


async def suspend(tx: Transaction, user_id: int, escort_id: int) -> None:
    await tx.escorts.move(escort_id, EscortState.APPROVED, EscortState.SUSPENDED, 1_500)


async def apply_again(tx: Transaction, user_id: int, escort_id: int) -> None:
    await tx.escorts.apply(user_id, "王芳", "", "3333", 1_500)


async def erase(tx: Transaction, user_id: int, escort_id: int) -> None:
    user = await tx.users.get(user_id)
    assert user is not None
    await personal_data.erase(tx, user, 1_500)


@pytest.mark.promise(17)
@pytest.mark.parametrize("change", [suspend, apply_again, erase])
async def test_an_escort_who_is_just_being_taken_out_is_not_assigned(
    storage: Storage, engine: str, change: Any
) -> None:
    user, escort = await user_and_escort(storage)
    (order,) = await add_orders(storage, 1, first=700)
    async with storage.transaction() as tx:
        await change(tx, user, escort)
        assigning = asyncio.create_task(assign(storage, order, escort, "am"))
        await until_it_waits(storage, engine, assigning)
        await tx.commit()
    assert await assigning == "EscortUnavailable"
    assert (await order_of(storage, order)).state == "paid"
    assert await count(storage, "escort_bookings") == 0


@pytest.mark.promise(17, 24)
async def test_an_escort_who_is_just_being_assigned_is_not_erased(storage: Storage, engine: str) -> None:
    user, escort = await user_and_escort(storage)
    (order,) = await add_orders(storage, 1, first=700)
    async with storage.transaction() as tx:
        await serving.assign(tx, order, escort, "am", Cause(ADMIN, 2_000))
        erasing = asyncio.create_task(storage.run(lambda other: erase(other, user, escort)))
        await until_it_waits(storage, engine, erasing)
        await tx.commit()
    with pytest.raises(personal_data.EscortIsBooked):
        await erasing
    async with storage.reading() as reader:
        kept = await reader.escorts.get(escort)
    assert kept is not None
    assert kept.name == "王芳"


@pytest.mark.promise(17)
async def test_an_order_whose_day_is_just_being_moved_is_booked_on_the_new_one(
    storage: Storage, engine: str
) -> None:
    _, escort = await user_and_escort(storage)
    (order,) = await add_orders(storage, 1, first=700)
    async with storage.transaction() as tx:
        await tx.orders.lock(order)
        await tx.connection.execute(
            "UPDATE orders SET visit_date = '2026-12-31' WHERE id = :id", {"id": order}
        )
        assigning = asyncio.create_task(assign(storage, order, escort, "am"))
        await until_it_waits(storage, engine, assigning)
        await tx.commit()
    assert await assigning == "yes"
    async with storage.reading() as reader:
        (booking,) = await reader.escorts.bookings_of_order(order)
    assert booking.visit_date == "2026-12-31"


@pytest.mark.promise(17)
async def test_an_order_that_is_just_given_another_half_day_is_finished_with_that_one(
    storage: Storage, engine: str
) -> None:
    _, escort = await user_and_escort(storage)
    (order,) = await add_orders(storage, 1, first=700)
    assert await assign(storage, order, escort, "am") == "yes"
    async with storage.transaction() as tx:
        await serving.unassign(tx, order, ADMIN, 2_000)
        await serving.assign(tx, order, escort, "pm", Cause(ADMIN, 2_001))
        finishing = asyncio.create_task(storage.run(lambda other: serving.finish(other, order, ADMIN, 3_000)))
        await until_it_waits(storage, engine, finishing)
        await tx.commit()
    await finishing
    assert (await order_of(storage, order)).half == "pm"
    assert await count(storage, "escort_bookings") == 0


@pytest.mark.promise(17)
async def test_an_order_that_is_just_being_finished_is_reopened_with_the_half_day_it_had(
    storage: Storage, engine: str
) -> None:
    _, escort = await user_and_escort(storage)
    (order,) = await add_orders(storage, 1, first=700)
    assert await assign(storage, order, escort, "pm") == "yes"
    async with storage.transaction() as tx:
        await serving.finish(tx, order, ADMIN, 3_000)
        reopening = asyncio.create_task(storage.run(lambda other: serving.reopen(other, order, ADMIN, 4_000)))
        await until_it_waits(storage, engine, reopening)
        await tx.commit()
    assert (await reopening).state == "finished", "as it was found under the lock"
    async with storage.reading() as reader:
        (booking,) = await reader.escorts.bookings_of_order(order)
    assert booking.half == "pm"
