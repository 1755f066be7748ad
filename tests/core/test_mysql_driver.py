"""Answers are read as aiomysql reads them, in whatever pieces they come, and nothing is taken for another answer."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiomysql
import pymysql.err
import pytest
from pymysql.constants import CLIENT, CR

from storage import Storage, StorageError, StorageUnavailable, mysql_answers
from storage.mysql_driver import DriverConnection
from tests.databases import MySQLTemplate

MYSQL = pytest.mark.parametrize("engine", ["mysql"])

VALUES = (
    "1, -9223372036854775808, 18446744073709551615, NULL, '', '陪诊 🏥', 12.50, 1.5e3, DATE '2026-11-30', "
    "TIMESTAMP '2026-11-30 23:59:59.123456', TIME '-01:02:03', x'00ff', b'101', TRUE, JSON_OBJECT('a', 1), "
    "REPEAT('x', 250), REPEAT('x', 251), REPEAT('长', 30000), REPEAT('x', 70000)"
)


@asynccontextmanager
async def driver(template: MySQLTemplate, **options: Any) -> AsyncIterator[DriverConnection]:
    connection = DriverConnection(**address(template), **options)
    await connection.open()
    try:
        yield connection
    finally:
        connection.close()


def address(template: MySQLTemplate) -> dict[str, Any]:
    given = template.settings()
    names = {"host": given.host, "port": given.port, "user": given.user, "password": given.password}
    return {**names, "db": given.name, "charset": "utf8mb4", "autocommit": True}


async def test_every_kind_of_value_is_read_as_aiomysql_reads_it(mysql_template: MySQLTemplate) -> None:
    plain = await aiomysql.connect(**address(mysql_template))
    cursor = await plain.cursor()
    await cursor.execute(f"SELECT {VALUES}")
    expected = await cursor.fetchall()
    plain.close()
    async with driver(mysql_template) as connection:
        for _ in range(2):  # the second time it is known how the columns are read
            assert (await connection.ask(f"SELECT {VALUES}", 5)).rows == list(expected)


async def test_an_answer_in_many_pieces_is_whole(
    mysql_template: MySQLTemplate, monkeypatch: pytest.MonkeyPatch
) -> None:
    sql = "SELECT seq, REPEAT('陪', seq) FROM seq_1_to_900"
    async with driver(mysql_template) as connection:
        whole = (await connection.ask(sql, 20)).rows
        received, pieces = connection._stream.data_received, []

        def in_small_pieces(data: bytes) -> None:
            for start in range(0, len(data), 1_009):  # a prime: pieces end anywhere in a packet
                pieces.append(start)
                received(data[start : start + 1_009])

        monkeypatch.setattr(connection._stream, "data_received", in_small_pieces)
        connection._writer.transport.set_protocol(connection._stream)  # uvloop looks the method up once
        assert (await connection.ask(sql, 60)).rows == whole == [(n, "陪" * n) for n in range(1, 901)]
        assert len(pieces) > 1_000
        assert (await connection.ask("SELECT 1 WHERE FALSE", 5)).rows == []
        assert connection.is_usable


async def test_packets_of_more_than_sixteen_megabytes_are_put_together(mysql_template: MySQLTemplate) -> None:
    async with driver(mysql_template) as owner:
        ((usual,),) = (await owner.ask("SELECT @@global.max_allowed_packet", 5)).rows
        await owner.ask("SET GLOBAL max_allowed_packet = 64 * 1024 * 1024", 5)
        connection = DriverConnection(**address(mysql_template))
        await connection.open()
        await owner.ask(f"SET GLOBAL max_allowed_packet = {usual}", 5)
        for length in (2**24 - 1 - 4, 2**24 - 4, 17 * 1024 * 1024):  # four bytes say how long the value is
            ((text,),) = (await connection.ask(f"SELECT REPEAT('x', {length})", 30)).rows
            assert len(text) == length
        sql = f"SELECT CAST(REPEAT(x'ff', {17 * 1024 * 1024}) AS BINARY)"  # its second packet begins like an error
        assert (await connection.ask(sql, 30)).rows == [(b"\xff" * (17 * 1024 * 1024),)]
        for length in (2**24 - 1 - len(b"\x03SELECT LENGTH('')"), 2**24, 2**25 + 7):
            assert (await connection.ask(f"SELECT LENGTH('{'x' * length}')", 30)).rows == [(length,)]
        assert connection.is_usable
        connection.close()


async def test_counts_and_ids_are_the_servers(mysql_template: MySQLTemplate) -> None:
    async with driver(mysql_template) as connection:
        await connection.ask("CREATE TEMPORARY TABLE t (id INT PRIMARY KEY AUTO_INCREMENT, n INT)", 5)
        assert (await connection.ask("INSERT INTO t (n) VALUES (7)", 5)).insert_id == 1
        assert (await connection.ask("INSERT INTO t (n) VALUES (8), (9)", 5)).count == 2
        assert (await connection.ask("UPDATE t SET n = 0", 5)).count == 3
        with pytest.raises(pymysql.err.IntegrityError):
            await connection.ask("INSERT INTO t (id) VALUES (1)", 5)
        assert (await connection.ask("SELECT COUNT(*) FROM t", 5)).rows == [
            (3,)
        ]  # an error ends a statement only
        assert connection.is_usable


async def test_one_statement_at_a_time_and_no_file_of_ours(mysql_template: MySQLTemplate) -> None:
    async with driver(mysql_template) as connection:
        with pytest.raises(pymysql.err.ProgrammingError):
            await connection.ask("SELECT 1; SELECT 2", 5)
        with pytest.raises(pymysql.err.Error):
            await connection.ask("LOAD DATA LOCAL INFILE '/etc/hostname' INTO TABLE users", 5)


async def test_an_error_among_the_rows_is_an_error(mysql_template: MySQLTemplate) -> None:
    """The first rows are on their way when the last one turns out to be impossible."""
    failing = "SELECT seq, REPEAT('x', 9000), IF(seq = 900, (SELECT 1 UNION SELECT 2), 0) FROM seq_1_to_1000"
    async with driver(mysql_template) as connection:
        with pytest.raises(pymysql.err.OperationalError):
            await connection.ask(failing, 20)
        assert (await connection.ask("SELECT 1", 5)).rows == [(1,)]


async def test_what_comes_unasked_ends_the_connection(mysql_template: MySQLTemplate) -> None:
    async with driver(mysql_template) as connection, driver(mysql_template) as other:
        ((number,),) = (await connection.ask("SELECT CONNECTION_ID()", 5)).rows
        await other.ask(f"KILL {number}", 5)
        for _ in range(100):
            if not connection.is_usable:
                break
            await asyncio.sleep(0.02)
        assert not connection.is_usable
        with pytest.raises((pymysql.err.OperationalError, pymysql.err.InterfaceError)):
            await connection.ask("SELECT 1", 5)


async def test_a_packet_out_of_turn_is_a_lost_connection(mysql_template: MySQLTemplate) -> None:
    async with driver(mysql_template) as connection:
        asking = asyncio.create_task(connection.ask("SELECT SLEEP(1)", 5))
        await asyncio.sleep(0)
        connection._stream.data_received(b"\x01\x00\x00\x07\x00")
        with pytest.raises(pymysql.err.OperationalError) as refused:
            await asking
        assert refused.value.args[0] == CR.CR_SERVER_LOST
        assert connection.closed


async def test_a_statement_that_takes_too_long_closes_its_connection(mysql_template: MySQLTemplate) -> None:
    async with driver(mysql_template) as connection:
        with pytest.raises(TimeoutError):
            await connection.ask("SELECT SLEEP(30)", 0.2)
        assert connection.closed


async def test_nothing_is_said_to_a_server_that_denies_the_tls_that_was_asked_for(
    mysql_template: MySQLTemplate,
) -> None:
    """Somebody in between takes the offer out of the server's greeting: nobody logs in there."""
    given, said = address(mysql_template), bytearray()

    async def in_between(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server, to_server = await asyncio.open_connection(given["host"], given["port"])
        greeting = bytearray(await server.read(4096))
        capabilities = greeting.index(0, 5) + 1 + 4 + 8 + 1  # behind version, thread, salt and a zero
        greeting[capabilities + 1] &= ~(CLIENT.SSL >> 8)
        writer.write(greeting)
        said.extend(await reader.read(4096))
        to_server.close()
        writer.close()

    async with await asyncio.start_server(in_between, "127.0.0.1", 0) as listening:
        port = listening.sockets[0].getsockname()[1]
        connection = DriverConnection(**{**given, "port": port, "ssl": ssl.create_default_context()})
        with pytest.raises(pymysql.err.OperationalError) as refused:
            async with asyncio.timeout(5):
                await connection.open()
        await asyncio.sleep(0.05)
    assert refused.value.args[0] == CR.CR_SSL_CONNECTION_ERROR
    assert (bytes(said), connection.closed) == (b"", True)


@pytest.mark.parametrize("when", ["in its greeting", "afterwards"])
async def test_the_password_is_told_to_nobody_in_clear(
    when: str, mysql_template: MySQLTemplate, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = DriverConnection(**address(mysql_template))
    written: list[bytes] = []
    read_greeting, write = connection._get_server_information, connection.write_packet

    async def asking_for_it() -> None:
        await read_greeting()
        connection._server_auth_plugin = "mysql_clear_password"

    async def asking_afterwards() -> None:
        await read_greeting()
        await connection._process_auth(b"mysql_clear_password", None)

    def noted(payload: bytes) -> None:
        written.append(payload)
        write(payload)

    asking = asking_for_it if when == "in its greeting" else asking_afterwards
    monkeypatch.setattr(connection, "_get_server_information", asking)
    monkeypatch.setattr(connection, "write_packet", noted)
    with pytest.raises(pymysql.err.OperationalError) as refused:
        await connection.open()
    assert (refused.value.args[0], written, connection.closed) == (CR.CR_AUTH_PLUGIN_ERR, [], True)


async def test_an_answer_that_comes_together_with_its_deadline_is_the_last_one(
    mysql_template: MySQLTemplate, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driver(mysql_template) as connection:
        received = connection._stream.data_received

        def just_in_time(data: bytes) -> None:
            received(data)
            connection._run_out_of_time()

        monkeypatch.setattr(connection._stream, "data_received", just_in_time)
        connection._writer.transport.set_protocol(connection._stream)
        assert (await connection.ask("SELECT 2", 5)).rows == [(2,)]
        assert not connection.is_usable


@MYSQL
async def test_nobody_gets_the_answer_of_a_request_that_was_given_up(storage: Storage) -> None:
    async def slowly() -> None:
        async with storage.reading() as reader:
            await reader.connection.fetch_one("SELECT SLEEP(0.3), 'theirs'")

    for _ in range(5):
        task = asyncio.create_task(slowly())
        await asyncio.sleep(0.05)
        task.cancel()
        answers = []
        async with storage.reading() as reader:
            answers.append(await reader.connection.fetch_one("SELECT 'ours'"))
        assert answers == [("ours",)]
        with pytest.raises(asyncio.CancelledError):
            await task


@MYSQL
async def test_what_is_left_in_the_middle_of_a_transaction_is_rolled_back(storage: Storage) -> None:
    async with storage.reading() as reader:
        await reader.connection.execute("BEGIN")
        raw = reader.connection.raw  # type: ignore[attr-defined]
        await reader.connection.execute("UPDATE users SET nickname = 'x'")
    assert raw.closed


@MYSQL
async def test_a_closed_storage_says_so_and_ends_what_is_in_use(storage: Storage) -> None:
    async with storage.reading() as reader:
        await storage.close()
        with pytest.raises(StorageError):
            await reader.connection.fetch_one("SELECT 1")
    with pytest.raises(StorageUnavailable, match="closed"):
        await storage.ping()


async def test_answers_that_begin_alike_are_told_apart(mysql_template: MySQLTemplate) -> None:
    async with driver(mysql_template) as connection:
        for _ in range(2):
            assert (await connection.ask("SELECT 1 AS a, 'x' AS b, 2 AS c", 5)).rows == [(1, "x", 2)]
            assert (await connection.ask("SELECT 1 AS a, 3 AS b, 'y' AS c", 5)).rows == [(1, 3, "y")]


@MYSQL
async def test_columns_are_described_once_whatever_moment_is_asked_for(storage: Storage) -> None:
    async with storage.reading() as reader:
        await reader.patients.counts_of_user(1, 1)
        await reader.complaints.waiting(1)
        known = len(mysql_answers._known)
        await reader.patients.counts_of_user(1, 2)
        await reader.complaints.waiting(2)
        assert len(mysql_answers._known) == known
