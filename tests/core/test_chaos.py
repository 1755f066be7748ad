"""Work on both engines that is cancelled, killed and given up by chance: what is counted stays right."""

from __future__ import annotations

import asyncio
import contextlib
import random
from typing import Any

from storage import Storage, StorageError, Transaction

AT = 1_793_000_000_000
USERS = 3
SECONDS = 1.2


async def move(tx: Transaction, chance: random.Random) -> None:
    """One is taken from a user and given to another; read, locked and written in each of the ways that there are."""
    giver, taker = sorted(chance.sample(range(1, USERS + 1), 2))
    if chance.random() < 0.5:
        giver, taker = taker, giver
    for user_id, by in ((giver, -1), (taker, 1)):
        if chance.random() < 0.5:
            living, user = await tx.together(tx.users.lock_living(user_id), tx.users.get(user_id))
            assert living is True
        else:
            user = await tx.users.lock(user_id)
        assert user is not None
        assert user.id == user_id
        await tx.users.set_remark(user_id, str(int(user.admin_remark or 0) + by))
        if chance.random() < 0.2:
            await asyncio.sleep(0)
    if chance.random() < 0.1:
        raise KeyError("the work itself fails")


async def test_nothing_is_lost_or_made_by_work_that_is_cut_short(storage: Storage) -> None:
    for number in range(USERS):
        assert await storage.run(lambda tx, n=number: tx.users.find_or_add(f"user {n}", AT)) == number + 1  # type: ignore[misc]
    chance, done, killed = random.Random(29), 0, 0

    async def worker() -> None:
        nonlocal done
        while True:
            with contextlib.suppress(KeyError, StorageError):
                await storage.run(lambda tx: move(tx, chance))
                done += 1

    async def looker() -> None:
        """Sees the sum of committed work only, and the answers to what was asked."""
        while True:
            with contextlib.suppress(StorageError):
                async with storage.reading() as reader:
                    mark = chance.randrange(10**9)
                    row = await reader.connection.fetch_one(f"SELECT SUM(admin_remark), {mark} FROM users")
                    assert row is not None
                    assert (int(row[0] or 0), row[1]) == (0, mark)
                    one, other = await reader.together(reader.users.get(1), reader.users.get(2))
                    assert one is not None
                    assert other is not None
                    assert (one.id, other.id) == (1, 2)
            await asyncio.sleep(0)

    async def killer() -> None:
        """Ends statements and connections of the others at the server, where there is one."""
        nonlocal killed
        while True:
            await asyncio.sleep(chance.random() * 0.05)
            used: list[Any] = list(getattr(storage, "_used", ()))
            if used:
                number = chance.choice(used).server_thread_id[0]
                with contextlib.suppress(StorageError):
                    async with storage.reading() as reader:
                        how = chance.choice(["KILL", "KILL QUERY"])
                        await reader.connection.execute(f"{how} {number}")
                        killed += 1

    tasks = {asyncio.create_task(worker(), name="worker") for _ in range(5)} | {
        asyncio.create_task(looker()) for _ in range(3)
    }
    killing = asyncio.create_task(killer())
    ends = asyncio.get_running_loop().time() + SECONDS
    cancelled = 0
    while asyncio.get_running_loop().time() < ends:
        await asyncio.sleep(chance.random() * 0.004)
        victim = chance.choice(sorted(tasks, key=id))
        assert not victim.done(), victim
        again = worker if victim.get_name() == "worker" else looker
        victim.cancel()
        await asyncio.wait({victim}, timeout=10)
        assert victim.cancelled(), victim
        tasks.discard(victim)
        tasks.add(asyncio.create_task(again(), name=victim.get_name()))
        cancelled += 1
    for task in (*tasks, killing):
        task.cancel()
    ended = await asyncio.gather(*tasks, killing, return_exceptions=True)
    assert [one for one in ended if not isinstance(one, asyncio.CancelledError)] == []
    for pool in storage.pools():
        assert (pool.in_use, pool.waiting) == (0, 0)
    async with storage.reading() as reader:
        row = await reader.connection.fetch_one("SELECT SUM(admin_remark) FROM users")
        assert row is not None
        assert int(row[0]) == 0
    await storage.run(lambda tx: tx.users.lock(1))  # nobody holds a lock any more
    assert done > 20
    assert cancelled > 20
    assert killed > 2 or not hasattr(storage, "_used")
