"""Reads that go together, and a transaction that begins with its first statement."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from tornado.ioloop import IOLoop

from storage import Contention, Storage, StorageError, StorageUnavailable
from storage.mysql_answers import Answers

AT, USER = 1_793_000_000_000, 1
MYSQL = pytest.mark.parametrize("engine", ["mysql"])


@pytest.fixture(autouse=True)
def user(storage: Storage, io_loop: IOLoop) -> None:
    added = io_loop.run_sync(lambda: storage.run(lambda tx: tx.users.find_or_add("somebody", AT)))
    assert added == USER


def sent_by(connection: Any, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The statements of each trip, as they go (MariaDB)."""
    trips: list[list[str]] = []
    ask_all = connection.raw.ask_all

    async def noted(statements: Sequence[str], seconds: float) -> Answers:
        trips.append([" ".join(sql.split()[:2]) for sql in statements])
        answers: Answers = await ask_all(statements, seconds)
        return answers

    monkeypatch.setattr(connection.raw, "ask_all", noted)
    return trips


async def test_reads_that_go_together_give_what_each_gives(storage: Storage) -> None:
    async with storage.reading() as reader:
        user, nobody, names = await reader.together(
            reader.users.get(USER), reader.users.get(999_999), reader.users.nicknames({USER})
        )
        assert user is not None
        assert (user.id, nobody, set(names)) == (USER, None, {USER})
        assert await reader.users.get(USER) == user


async def test_a_read_that_asks_nothing_goes_with_others(storage: Storage) -> None:
    async with storage.reading() as reader:
        assert await reader.together(reader.users.nicknames(set()), reader.patients.of_user(999_999)) == (
            {},
            [],
        )
        assert await reader.together(reader.users.nicknames(set()), reader.users.nicknames(set())) == ({}, {})


async def test_what_goes_behind_a_lock_is_read_when_the_lock_is_held(storage: Storage) -> None:
    """Two add to what they have read, many times: no addition is lost."""

    async def add() -> None:
        for _ in range(20):
            async with storage.transaction() as tx:
                _, user = await tx.together(tx.users.lock_living(USER), tx.users.get(USER))
                assert user is not None
                await tx.users.set_remark(USER, str(int(user.admin_remark or 0) + 1))
                await tx.commit()

    await asyncio.gather(add(), add(), add())
    async with storage.reading() as reader:
        user = await reader.users.get(USER)
        assert user is not None
        assert user.admin_remark == "60"


async def test_the_first_of_them_that_fails_is_told_and_nothing_is_mixed_up(storage: Storage) -> None:
    async with storage.reading() as reader:

        async def wrong() -> Any:
            return await reader.connection.fetch_one("SELECT nothing FROM nowhere")

        with pytest.raises(StorageError):
            await reader.together(reader.users.get(USER), wrong(), reader.users.get(USER))
        again, names = await reader.together(reader.users.get(USER), reader.users.nicknames({USER}))
        assert again is not None
        assert set(names) == {USER}


@MYSQL
async def test_they_are_one_trip_with_the_beginning_of_their_transaction(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with storage.transaction() as tx:
        trips = sent_by(tx.connection, monkeypatch)
        await tx.together(tx.users.lock_living(USER), tx.patients.of_user(USER))
        await tx.users.set_remark(USER, "一")
        await tx.commit()
    assert [[sql.split()[0] for sql in trip] for trip in trips] == [
        ["BEGIN", "SELECT", "SELECT"],
        ["UPDATE"],
        ["COMMIT"],
    ]


@MYSQL
async def test_what_is_written_waits_until_its_transaction_has_begun(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with storage.transaction() as tx:
        trips = sent_by(tx.connection, monkeypatch)
        await tx.users.set_remark(USER, "二")
        await tx.commit()
    assert trips[:2] == [["BEGIN"], ["UPDATE users"]]


@MYSQL
async def test_a_beginning_that_fails_writes_nothing(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def write(*, reads_first: bool) -> None:
        async with storage.transaction() as tx:
            raw = tx.connection.raw  # type: ignore[attr-defined]
            ask_all = raw.ask_all

            async def refused(statements: Sequence[str], seconds: float) -> Answers:
                wrong = ["BEGIN OF NOTHING" if sql == "BEGIN" else sql for sql in statements]
                answers: Answers = await ask_all(wrong, seconds)
                return answers

            monkeypatch.setattr(raw, "ask_all", refused)
            if reads_first:
                with pytest.raises(StorageError):
                    await tx.users.get(USER)
            await tx.users.set_remark(USER, "未开始")
            await tx.commit()

    for reads_first in (True, False):
        with pytest.raises(StorageError):
            await write(reads_first=reads_first)
    async with storage.reading() as reader:
        user = await reader.users.get(USER)
        assert user is not None
        assert user.admin_remark != "未开始"


@MYSQL
async def test_a_transaction_that_does_nothing_says_nothing(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with storage.transaction() as tx:
        trips = sent_by(tx.connection, monkeypatch)
    assert trips == []


@MYSQL
async def test_only_reads_of_one_statement_go_together(storage: Storage) -> None:
    async with storage.transaction() as tx:
        with pytest.raises(RuntimeError, match="only reads"):
            await tx.together(tx.users.get(USER), tx.users.set_remark(USER, "三"))
        assert await tx.users.get(USER) is not None
    async with storage.transaction() as tx:

        async def two() -> None:
            await tx.users.get(USER)
            await tx.users.get(USER)

        with pytest.raises(RuntimeError, match="one statement"):
            await tx.together(two(), tx.users.get(USER))
    await storage.ping()


@MYSQL
async def test_a_trip_on_a_lost_connection_is_told_once(storage: Storage) -> None:
    async with storage.reading() as reader, storage.reading() as other:
        row = await reader.connection.fetch_one("SELECT CONNECTION_ID()")
        assert row is not None
        await other.connection.execute(f"KILL {row[0]}")
        with pytest.raises(StorageUnavailable):
            await reader.together(reader.users.get(USER), reader.users.nicknames({USER}))
    async with storage.reading() as reader:
        assert await reader.users.get(USER) is not None


@MYSQL
async def test_nothing_is_written_behind_a_deadlock_even_by_one_who_goes_on(storage: Storage) -> None:
    """The server has rolled the transaction back: each further statement would stay for itself."""
    other = await storage.run(lambda tx: tx.users.find_or_add("somebody else", AT))
    locked = asyncio.Barrier(2)

    async def cross(first: int, second: int) -> bool:
        async with storage.transaction() as tx:
            await tx.users.lock(first)
            await locked.wait()
            try:
                await tx.users.lock(second)
            except Contention:
                for going_on in (tx.users.set_remark(USER, "half"), tx.users.get(USER), tx.commit()):
                    with pytest.raises(Contention):
                        await going_on
                return False
            await tx.commit()
            return True

    assert sorted(await asyncio.gather(cross(USER, other), cross(other, USER))) == [False, True]
    async with storage.reading() as reader:
        user = await reader.users.get(USER)
        assert user is not None
        assert user.admin_remark != "half"
    assert [pool.in_use for pool in storage.pools()] == [0]
