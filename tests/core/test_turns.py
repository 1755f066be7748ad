"""Turns come in the order of arrival, each to one, and none is lost, whatever becomes of those who wait."""

from __future__ import annotations

import asyncio
import random
from contextlib import AsyncExitStack

import pytest

from measures import REGISTRY
from storage import Storage, StorageUnavailable
from storage.turns import Turns


def waited(pool: str) -> float:
    return REGISTRY.get_sample_value("hospital_database_wait_seconds_count", {"pool": pool}) or 0.0


async def waiting(turns: Turns, seconds: float | None = None) -> asyncio.Task[None]:
    task = asyncio.create_task(turns.take(seconds))
    await asyncio.sleep(0)
    return task


async def test_who_comes_first_is_served_first() -> None:
    turns = Turns("first", 2)
    await turns.take()
    await turns.take()
    first, second = await waiting(turns), await waiting(turns)
    assert turns.use() == ("first", 2, 2, 2)
    turns.give_back()
    await first
    assert (second.done(), turns.use()) == (False, ("first", 2, 2, 1))
    for _ in range(3):
        turns.give_back()
    await second
    assert turns.use() == ("first", 2, 0, 0)


async def test_only_who_had_to_wait_is_measured() -> None:
    turns, before = Turns("measured", 1), waited("measured")
    await turns.take(1)
    assert waited("measured") == before
    task = await waiting(turns)
    turns.give_back()
    await task
    assert waited("measured") == before + 1


async def test_who_waits_too_long_is_told_and_nobody_waits_behind_them() -> None:
    turns = Turns("late", 1)
    await turns.take()
    with pytest.raises(TimeoutError):
        await turns.take(0.01)
    assert turns.use() == ("late", 1, 1, 0)
    task = await waiting(turns)
    turns.give_back()
    await task
    turns.give_back()
    await turns.take(0)
    assert turns.use().in_use == 1


@pytest.mark.parametrize("when", ["before", "together with"])
async def test_a_turn_of_one_who_goes_away_is_the_next_ones(when: str) -> None:
    turns = Turns("away", 1)
    await turns.take()
    gone, next_one = await waiting(turns), await waiting(turns)
    if when == "before":
        gone.cancel()
        turns.give_back()
    else:
        turns.give_back()
        gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    async with asyncio.timeout(1):
        await next_one
    turns.give_back()
    assert turns.use() == ("away", 1, 0, 0)


async def test_a_turn_that_comes_together_with_the_end_of_the_wait_is_taken_or_given_on() -> None:
    turns = Turns("both", 1)
    await turns.take()
    task = await waiting(turns, 0.01)
    turns._queue[0].set_exception(TimeoutError())
    turns.give_back()
    with pytest.raises(TimeoutError):
        await task
    assert turns.use() == ("both", 1, 0, 0)


async def test_who_goes_away_together_with_the_end_of_the_wait_gives_nothing_back() -> None:
    turns = Turns("neither", 1)
    await turns.take()
    task = await waiting(turns)
    turns._queue[0].set_exception(TimeoutError())
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert turns.use() == ("neither", 1, 1, 0)


async def test_many_who_come_and_go_by_chance_lose_no_turn_and_never_share_one() -> None:
    chance, turns, inside, most = random.Random(5), Turns("many", 3), 0, 0

    async def visitor() -> None:
        nonlocal inside, most
        await asyncio.sleep(chance.random() * 0.05)
        await turns.take(chance.choice([0.001, 0.02, 5.0, None]))
        inside += 1
        most = max(most, inside)
        try:
            await asyncio.sleep(chance.random() * 0.004)
        finally:
            inside -= 1
            turns.give_back()

    visitors = [asyncio.create_task(visitor()) for _ in range(400)]
    for one in chance.sample(visitors, 120):
        asyncio.get_running_loop().call_later(chance.random() * 0.1, one.cancel)
    await asyncio.wait(visitors, timeout=20)
    assert all(one.done() for one in visitors)
    assert most == 3
    assert turns.use() == ("many", 3, 0, 0)


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_who_gets_no_turn_in_time_is_told_and_takes_nobody_elses(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "_timeout", 0.02)
    async with storage.transaction() as tx:
        with pytest.raises(StorageUnavailable, match=r"^SQLite: no turn to write in time$"):
            async with storage.transaction():
                pytest.fail("two write at once")
        await tx.commit()
    async with AsyncExitStack() as stack:
        for _ in range(4):
            await (await stack.enter_async_context(storage.reading())).users.get(1)
        with pytest.raises(StorageUnavailable, match=r"^SQLite: no reading connection in time$"):
            async with storage.reading() as reader:
                await reader.users.get(1)
    assert [(pool.in_use, pool.waiting) for pool in storage.pools()] == [(0, 0), (0, 0)]
    async with storage.transaction() as tx:
        await tx.commit()
