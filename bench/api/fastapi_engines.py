"""The database of the FastAPI program: aiomysql's pool and cursors, or aiosqlite, as their documentation shows them."""

from __future__ import annotations

import abc
import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import aiomysql
import aiosqlite

READERS = 4


class Running(abc.ABC):
    """A transaction; without ``commit`` nothing of it stays."""

    for_update = in_share_mode = ""

    @abc.abstractmethod
    async def rows(self, sql: str, values: Sequence[Any]) -> Sequence[Any]: ...
    @abc.abstractmethod
    async def insert(self, sql: str, values: Sequence[Any]) -> int: ...
    @abc.abstractmethod
    async def commit(self) -> None: ...


class Database(abc.ABC):
    @abc.abstractmethod
    async def rows(self, sql: str, values: Sequence[Any]) -> Sequence[Any]: ...
    @abc.abstractmethod
    def transaction(self) -> AbstractAsyncContextManager[Running]: ...
    @abc.abstractmethod
    async def close(self) -> None: ...


class MySQLRunning(Running):
    for_update, in_share_mode = " FOR UPDATE", " LOCK IN SHARE MODE"

    def __init__(self, connection: Any, cursor: Any) -> None:
        self._connection, self._cursor = connection, cursor

    async def rows(self, sql: str, values: Sequence[Any]) -> Sequence[Any]:
        await self._cursor.execute(sql, values)
        return await self._cursor.fetchall()

    async def insert(self, sql: str, values: Sequence[Any]) -> int:
        await self._cursor.execute(sql, values)
        return int(self._cursor.lastrowid or 0)

    async def commit(self) -> None:
        await self._connection.commit()


class MySQLDatabase(Database):
    def __init__(self, pool: Any) -> None:
        self._pool = pool

    async def rows(self, sql: str, values: Sequence[Any]) -> Sequence[Any]:
        async with self._pool.acquire() as connection, connection.cursor() as cursor:
            await cursor.execute(sql, values)
            return await cursor.fetchall()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[MySQLRunning]:
        async with self._pool.acquire() as connection, connection.cursor() as cursor:
            await connection.begin()
            try:
                yield MySQLRunning(connection, cursor)
            finally:
                if connection.get_transaction_status():
                    await connection.rollback()

    async def close(self) -> None:
        self._pool.close()
        await self._pool.wait_closed()


class SQLiteRunning(Running):
    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    async def rows(self, sql: str, values: Sequence[Any]) -> Sequence[Any]:
        return list(await self._connection.execute_fetchall(sql.replace("%s", "?"), values))

    async def insert(self, sql: str, values: Sequence[Any]) -> int:
        async with self._connection.execute(sql.replace("%s", "?"), values) as cursor:
            return cursor.lastrowid or 0

    async def commit(self) -> None:
        await self._connection.commit()


class SQLiteDatabase(Database):
    def __init__(self, connections: list[aiosqlite.Connection]) -> None:
        self._all, self._writer = connections, connections[0]
        self._turn = asyncio.Lock()
        self._free: asyncio.Queue[aiosqlite.Connection] = asyncio.Queue()
        for connection in connections[1:]:
            self._free.put_nowait(connection)

    async def rows(self, sql: str, values: Sequence[Any]) -> Sequence[Any]:
        connection = await self._free.get()
        try:
            return list(await connection.execute_fetchall(sql.replace("%s", "?"), values))
        finally:
            self._free.put_nowait(connection)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[SQLiteRunning]:
        async with self._turn:
            await self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield SQLiteRunning(self._writer)
            finally:
                if self._writer.in_transaction:
                    await self._writer.rollback()

    async def close(self) -> None:
        for connection in self._all:
            await connection.close()


async def open_database(address: dict[str, Any]) -> Database:
    """``address``: the settings of the server that this is compared with."""
    if address["engine"] == "sqlite":
        opened = []
        for _ in range(1 + READERS):
            connection = await aiosqlite.connect(address["path"], isolation_level=None)
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000"):
                await connection.execute(f"PRAGMA {pragma}")
            opened.append(connection)
        return SQLiteDatabase(opened)
    pool = await aiomysql.create_pool(
        host=address["host"],
        port=address["port"],
        user=address["user"],
        password=address["password"],
        db=address["name"],
        minsize=address["pool_size"],
        maxsize=address["pool_size"],
        autocommit=True,
        charset="utf8mb4",
        init_command="SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
    )
    return MySQLDatabase(pool)
