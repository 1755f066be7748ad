"""Transactions on both engines: rollback by default, one winner, and nothing left open by a task that was cancelled."""

from __future__ import annotations

import asyncio
import random

import pymysql.err
import pytest

from storage import Contention, Duplicate, Storage, StorageError, Transaction, mysql, mysql_errors
from storage.filters import OrderFilter
from storage.models import Cause, OrderState
from tests.core.rows import USER, add_order, content, count, order_of

STRANGE = "李建国 🦽👨‍👩‍👧 𠮷野家 \u200b' \" \\ % :name ; -- \n\t<b>&amp;\u202e ﷽"


async def test_what_is_not_committed_is_gone(storage: Storage) -> None:
    async with storage.transaction() as tx:
        await add_order(tx, 1)
    assert await count(storage, "orders") == 0
    with pytest.raises(ZeroDivisionError):
        await _fail_after_writing(storage)
    assert await count(storage, "orders") == 0
    async with storage.transaction() as tx:
        await add_order(tx, 1)
        await tx.commit()
    assert await count(storage, "orders") == 1
    assert await count(storage, "order_history") == 1


async def _fail_after_writing(storage: Storage) -> None:
    async with storage.transaction() as tx:
        await add_order(tx, 1)
        raise ZeroDivisionError


async def test_a_user_has_one_unpaid_order_and_any_number_of_others(storage: Storage) -> None:
    async with storage.transaction() as tx:
        first = await add_order(tx, 1)
        for _ in range(3):
            await add_order(tx, 2, OrderState.PAID)
        await tx.commit()
    with pytest.raises(Duplicate):
        async with storage.transaction() as tx:
            await add_order(tx, 1)
    async with storage.transaction() as tx:
        assert await tx.orders.move(first, OrderState.UNPAID, OrderState.CANCELLED, Cause(USER, 2))
        await add_order(tx, 1)
        await tx.commit()
    assert await count(storage, "orders") == 5


async def test_of_twenty_simultaneous_first_orders_one_wins(storage: Storage) -> None:
    async def add() -> bool:
        try:
            await storage.run(lambda tx: add_order(tx, 1))
        except (Duplicate, Contention):
            return False
        return True

    assert sum(await asyncio.gather(*(add() for _ in range(20)))) == 1
    assert (await count(storage, "orders"), await count(storage, "order_history")) == (1, 1)


async def test_a_conditional_update_says_whether_it_met_its_condition(storage: Storage) -> None:
    async with storage.transaction() as tx:
        order_id = await add_order(tx, 1)
        assert await tx.orders.edit(order_id, content(), 1_000, 2_000) == 1, "matched, though nothing differs"
        assert await tx.orders.move(order_id, OrderState.UNPAID, OrderState.PAID, Cause(USER, 2))
        assert not await tx.orders.move(order_id, OrderState.UNPAID, OrderState.PAID, Cause(USER, 3))
        assert await tx.orders.edit(order_id, content(), 1_000, 2_000) == 0
        await tx.commit()
    assert await count(storage, "order_history") == 2


async def test_any_text_comes_back_as_it_was(storage: Storage) -> None:
    long = (STRANGE * 300)[:10_240]
    async with storage.transaction() as tx:
        order_id = await add_order(tx, 1, patient_name="😀" * 16, wishes=long, department=STRANGE[:40])
        await tx.commit()
    order = await order_of(storage, order_id)
    assert (order.patient_name, order.wishes, order.department) == ("😀" * 16, long, STRANGE[:40])
    async with storage.reading() as reader:
        rows = await reader.connection.fetch_all(
            "SELECT id FROM orders WHERE wishes = :wishes", {"wishes": long}
        )
    assert len(rows) == 1


async def test_texts_are_compared_letter_by_letter(storage: Storage) -> None:
    async with storage.transaction() as tx:
        for name in ("o-li", "o-LI", "O-li", "o_li"):
            await tx.users.find_or_add(name, 1)
        await tx.commit()
    assert await count(storage, "users") == 4
    async with storage.reading() as reader:
        assert await reader.users.by_openid("o-Li") is None


@pytest.mark.parametrize("engine", ["mysql"])  # SQLite has no lengths; the schemas refuse before
async def test_a_text_that_is_too_long_for_its_column_is_refused_not_cut(storage: Storage) -> None:
    with pytest.raises(StorageError):
        async with storage.transaction() as tx:
            await add_order(tx, 1, department="科" * 65)
    async with storage.transaction() as tx:
        await add_order(tx, 1, department="科" * 64)
        await tx.commit()


@pytest.mark.parametrize("code", [1213, 1205, 1047, 1020])
def test_mariadbs_words_for_run_it_again(code: int) -> None:
    """Deadlock, lock wait, a cluster's node that is not ready, a row that changed since it was read."""
    for kind in (pymysql.err.OperationalError, pymysql.err.InternalError):
        assert isinstance(mysql_errors.translated(kind(code, "x")), Contention)


@pytest.mark.parametrize("engine", ["mysql"])
async def test_work_that_waits_too_long_for_a_lock_is_run_again(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """1205 takes only the statement back: the transaction around it is rolled back here, and begun again."""
    monkeypatch.setattr(mysql, "_SESSION", (*mysql._SESSION, "SET SESSION innodb_lock_wait_timeout = 1"))
    async with storage.transaction() as tx:
        one, other = await add_order(tx, 1), await add_order(tx, 2)
        await tx.commit()
    rounds: list[int] = []

    async def work(tx: Transaction) -> None:
        rounds.append(1)
        await tx.orders.set_notes(other, f"round {len(rounds)}", 5)
        await tx.orders.set_notes(one, "x", 5)

    async with storage.transaction() as holding:
        await holding.orders.lock(one)
        waiting = asyncio.create_task(storage.run(work))
        async with asyncio.timeout(10):
            while len(rounds) < 2:
                await asyncio.sleep(0.05)
        await holding.commit()
    await waiting
    assert (await order_of(storage, other)).admin_notes == f"round {len(rounds)}"
    assert [(await order_of(storage, each)).notes_version for each in (one, other)] == [1, 1]


@pytest.mark.parametrize("engine", ["mysql"])
async def test_a_row_that_changed_since_it_was_read_is_contention(storage: Storage) -> None:
    """1020, MariaDB's word where the snapshot is insisted on."""
    async with storage.transaction() as tx:
        order_id = await add_order(tx, 1)
        await tx.commit()
    async with storage.transaction() as tx:
        for statement in (
            "SET SESSION innodb_snapshot_isolation = ON",
            "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
            "COMMIT",
            "START TRANSACTION WITH CONSISTENT SNAPSHOT",
        ):
            await tx.connection.execute(statement)
        await storage.run(lambda other: other.orders.set_notes(order_id, "theirs", 5))
        with pytest.raises(Contention, match="1020"):
            await tx.orders.set_notes(order_id, "ours", 6)
        raw = tx.connection.raw  # type: ignore[attr-defined]  # the transaction itself is over
        await raw.ask("SET SESSION innodb_snapshot_isolation = OFF", 5)
        await raw.ask("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED", 5)


async def test_cancelled_work_leaves_no_transaction_open_and_no_poisoned_connection(storage: Storage) -> None:
    chance = random.Random(11)

    async def work(number: int) -> None:
        async with storage.reading() as reader:
            await reader.orders.count_by_state(number)
        async with storage.transaction() as tx:
            await add_order(tx, 1_000 + number)
            await asyncio.sleep(chance.uniform(0, 0.005))
            await tx.commit()

    for _ in range(4):
        tasks = [asyncio.create_task(work(number)) for number in range(30)]
        for task in tasks:
            await asyncio.sleep(chance.uniform(0, 0.002))
            if chance.random() < 0.7:
                task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert {task.cancelled() for task in tasks} == {True, False}, "some were cut short, some were not"
        async with asyncio.timeout(5):
            async with storage.transaction() as tx:
                await tx.connection.execute("DELETE FROM orders")
                await tx.connection.execute("DELETE FROM order_history")
                await tx.commit()
            answers = await asyncio.gather(*(_echo(storage, number) for number in range(40)))
        assert answers == list(range(40)), "each asker gets its own answer"
    assert await count(storage, "orders") == 0


async def _echo(storage: Storage, number: int) -> int:
    async with storage.reading() as reader:
        row = await reader.connection.fetch_one("SELECT :number + 0", {"number": number})
    assert row is not None
    return int(row[0])


async def test_work_that_meets_a_deadlock_is_run_again_and_both_are_done(
    storage: Storage, engine: str
) -> None:
    async with storage.transaction() as tx:
        ids = [await add_order(tx, user) for user in (1, 2)]
        await tx.commit()
    met = asyncio.Event() if engine == "sqlite" else None  # SQLite has one writer: nobody to wait for
    rounds: list[int] = []
    arrived: list[int] = []

    async def both(first: int, second: int) -> None:
        async def work(tx: Transaction) -> None:
            rounds.append(first)
            await tx.orders.lock(first)
            arrived.append(first)
            for _ in range(100):
                if met or len(arrived) >= 2:
                    break
                await asyncio.sleep(0.01)
            await tx.orders.set_notes(second, "x", 5)

        await storage.run(work)

    await asyncio.gather(both(*ids), both(*ids[::-1]))
    assert [(await order_of(storage, order_id)).notes_version for order_id in ids] == [1, 1]
    assert len(rounds) == (2 if engine == "sqlite" else 3)


async def test_work_is_run_again_a_bounded_number_of_times(storage: Storage) -> None:
    rounds = 0

    async def work(tx: Transaction) -> None:
        nonlocal rounds
        rounds += 1
        await add_order(tx, rounds)
        raise Contention("always")

    with pytest.raises(Contention):
        await storage.run(work)
    assert rounds == 5
    assert await count(storage, "orders") == 0


async def test_a_page_follows_the_page_before_without_gap_or_repetition(storage: Storage) -> None:
    states = list(OrderState)
    async with storage.transaction() as tx:
        for user in range(1, 61):
            await add_order(tx, user, states[user % len(states)])
        await tx.commit()
    async with storage.reading() as reader:
        lists = reader.order_lists
        whole = await lists.page(OrderFilter(), None, 1_000)
        for limit in (1, 7, 25):
            seen, after = [], None
            while page := await lists.page(OrderFilter(), after, limit):
                assert len(page) <= limit
                seen += page
                after = lists.place(OrderFilter(), page[-1])
            assert [order.id for order in seen] == [order.id for order in whole]
        paid = await lists.page(OrderFilter(state="paid"), None, 100)
    assert len(whole) == 60
    assert [order.state for order in whole[:5]] == ["paid"] * 5
    assert {order.state for order in paid} == {"paid"}
    keys = [(order.display_rank, -order.id) for order in whole]
    assert keys == sorted(keys)


async def test_after_closing_every_use_says_that_it_is_closed(storage: Storage) -> None:
    from storage import StorageUnavailable

    await storage.close()
    for block in (storage.reading, storage.transaction):
        with pytest.raises(StorageUnavailable):
            async with block():
                pass
    await storage.open()
    await storage.ping()
