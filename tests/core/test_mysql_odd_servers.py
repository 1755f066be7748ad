"""Servers that are set in another way than most, and what listens in a server's place."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pymysql.err
import pytest

from storage import Storage, StorageError, StorageUnavailable, open_storage
from storage.mysql_answers import AnswerStream
from storage.mysql_driver import DriverConnection
from tests.core.test_mysql_driver import MYSQL, address, driver
from tests.databases import MySQLTemplate

TEXTS = ("a\\b", "\\' OR 1 = 1 -- ", "\\", "''", "\\\\'", "\x00\n\r\x1a\"'%:id", "陪诊\\'")


@pytest.mark.parametrize("globally", ["NO_BACKSLASH_ESCAPES", "ANSI_QUOTES,NO_BACKSLASH_ESCAPES", ""])
@MYSQL
async def test_no_text_ends_its_own_quotes_whatever_the_server_makes_of_backslashes(
    globally: str, storage: Storage, mysql_template: MySQLTemplate
) -> None:
    async with driver(mysql_template) as owner:
        ((usual,),) = (await owner.ask("SELECT @@global.sql_mode", 5)).rows
        await owner.ask(f"SET GLOBAL sql_mode = '{globally}'", 5)
        try:
            await storage.close()
            await storage.open()
        finally:
            await owner.ask(f"SET GLOBAL sql_mode = '{usual}'", 5)
        async with storage.reading() as reader:
            for text in TEXTS:
                assert await reader.connection.fetch_one("SELECT :text", {"text": text}) == (text,)
            await reader.connection.execute(
                "SET SESSION sql_mode = CONCAT(@@sql_mode, ',NO_BACKSLASH_ESCAPES')"
            )
            for text in TEXTS:
                assert await reader.connection.fetch_one("SELECT :text", {"text": text}) == (text,)


async def test_bytes_and_numbers_are_what_they_were(mysql_template: MySQLTemplate) -> None:
    async with driver(mysql_template) as connection:
        values = [b"\x00\xff'\\", 2**64 - 1, -(2**63), None, True]
        asked = ", ".join(connection.escape(value) for value in values)
        assert (await connection.ask(f"SELECT {asked}", 5)).rows == [tuple(values)]


@MYSQL
async def test_two_who_use_one_connection_at_once_get_an_error_and_never_each_others_answer(
    storage: Storage,
) -> None:
    async with storage.reading() as reader, asyncio.timeout(5):
        first = asyncio.create_task(reader.connection.fetch_one("SELECT 1, SLEEP(0.05)"))
        await asyncio.sleep(0)
        for asked in (reader.connection.fetch_one("SELECT 2"), first):
            with pytest.raises(StorageError):
                await asked
    await storage.ping()


@pytest.mark.parametrize(
    "greeting",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"\x05\x00\x00\x00hello",
        b"\x00\x00\x00\x00",
        b"\x01\x00\x00\x00\x0a",
        b"\x20\x00\x00\x00\x0aabc\x00" + bytes(27),
        b"\x03\x00\x00\x00\xff\x10\x04",
        b"",
    ],
)
async def test_what_is_no_server_is_no_connection(greeting: bytes, mysql_template: MySQLTemplate) -> None:
    async def listen(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(listen, "127.0.0.1", 0) as listening:
        port = listening.sockets[0].getsockname()[1]
        connection = DriverConnection(**{**address(mysql_template), "port": port})
        with pytest.raises(pymysql.err.Error):
            await connection.open()
        assert connection.closed
        storage = open_storage(replace(mysql_template.settings(), port=port))
        with pytest.raises(StorageUnavailable):
            await storage.open()
        await storage.close()


async def test_a_connection_that_is_closed_does_not_wait_until_its_statement_is_taken(
    mysql_template: MySQLTemplate,
) -> None:
    """A frozen server takes nothing: whoever gives up a large statement leaves no socket and no memory behind."""

    theirs: list[asyncio.StreamWriter] = []

    async def frozen(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        theirs.append(writer)

    async with await asyncio.start_server(frozen, "127.0.0.1", 0) as listening:
        connection = DriverConnection(**address(mysql_template))
        streams = await asyncio.open_connection(*listening.sockets[0].getsockname()[:2])
        connection._reader, connection._writer = streams
        connection._stream = AnswerStream("utf8", connection.decoders, 2)
        transport = connection._writer.transport
        transport.set_protocol(connection._stream)
        asking = asyncio.create_task(connection.ask(f"SELECT LENGTH('{'x' * 16_000_000}')", 20))
        await asyncio.sleep(0.05)
        assert transport.get_write_buffer_size() > 0
        connection.close()
        with pytest.raises(pymysql.err.OperationalError):
            async with asyncio.timeout(2):
                await asking
        assert transport.get_write_buffer_size() == 0
        theirs[0].transport.abort()
        await asyncio.sleep(0)
