"""One at a time per key within a process, and nothing left of a key that nobody holds."""

from __future__ import annotations

import asyncio

import pytest

from payment.context import KeyedLocks


async def test_who_holds_a_key_keeps_others_of_it_waiting_and_nobody_else() -> None:
    locks, seen = KeyedLocks(), list[str]()

    async def hold(key: str, name: str) -> None:
        async with locks.lock(("user", key)):
            seen.append(f"{name} begins")
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            seen.append(f"{name} ends")

    await asyncio.gather(
        hold("one", "first"), hold("one", "second"), hold("one", "third"), hold("two", "other")
    )
    mine = [each for each in seen if "other" not in each]
    assert mine == [f"{name} {what}" for name in ("first", "second", "third") for what in ("begins", "ends")]
    assert seen.index("other begins") < seen.index("first ends")
    assert locks._locks == {}, "a key that nobody holds is forgotten"


async def test_a_key_is_forgotten_after_the_last_of_those_who_waited_and_not_before() -> None:
    locks = KeyedLocks()
    inside = asyncio.Event()
    go_on = asyncio.Event()

    async def hold() -> None:
        async with locks.lock("key"):
            inside.set()
            await go_on.wait()

    first = asyncio.ensure_future(hold())
    await inside.wait()
    waiting = [asyncio.ensure_future(hold()) for _ in range(2)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting[0]
    assert len(locks._locks) == 1
    go_on.set()
    await asyncio.gather(first, waiting[1])
    assert locks._locks == {}


async def test_what_fails_while_it_holds_a_key_gives_it_back() -> None:
    locks = KeyedLocks()
    for _ in range(2):
        with pytest.raises(RuntimeError):
            async with locks.lock("key"):
                raise RuntimeError
    assert locks._locks == {}
