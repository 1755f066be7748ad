"""Whoever stands between us and a database on another machine gets no password by sending a key of their own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pymysql
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from pymysql.constants import CR

from config import DatabaseSettings
from storage import StorageUnavailable, open_storage
from storage.address import is_this_machine
from storage.migrations import connect
from storage.mysql_driver import DriverConnection

PASSWORD = "a password of ours"
SALT = b"12345678abcdefghijkl"
ELSEWHERE, HERE = "0.0.0.0", "127.0.0.1"
"""Both lead to this machine; the first does not look like it."""
OK = b"\x00\x00\x00\x02\x00\x00\x00"
LOGINS = ("caching_sha2_password", "sha256_password")


class Between:
    """Poses as a server that has never heard of us, with a key of its own; ``told``: the password, once it was told."""

    def __init__(self, login: str) -> None:
        self.login = login
        self.key = rsa.generate_private_key(65537, 2048)
        self.asked, self.told = False, ""

    @property
    def pem(self) -> bytes:
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return self.key.public_key().public_bytes(serialization.Encoding.PEM, form)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        number = 0

        def say(payload: bytes) -> None:
            writer.write(len(payload).to_bytes(3, "little") + bytes([number & 0xFF]) + payload)

        async def hear() -> bytes:
            nonlocal number
            head = await reader.readexactly(4)
            number = head[3] + 1
            return await reader.readexactly(int.from_bytes(head[:3], "little"))

        low, high = (0xF7FF & ~0x0800).to_bytes(2, "little"), (0x00CF | 0x0008).to_bytes(2, "little")
        say(
            b"\x0a8.0.36\x00" + (7).to_bytes(4, "little") + SALT[:8] + b"\x00" + low + b"\x2d\x02\x00" + high
            + bytes([21]) + bytes(10) + SALT[8:] + b"\x00" + self.login.encode() + b"\x00"
        )  # fmt: skip
        try:
            await hear()
            if self.login == "caching_sha2_password":
                say(b"\x01\x04")  # it does not remember us: the whole password
                heard = await hear()
                self.asked = heard == b"\x02"
                if self.asked:
                    say(b"\x01" + self.pem)
                    heard = await hear()
            else:
                say(b"\x01" + self.pem)  # unasked
                heard = await hear()
            self.told = self.read(heard)
            say(OK)
            await asyncio.sleep(0.2)
        except (asyncio.IncompleteReadError, ConnectionError, ValueError):
            pass
        finally:
            writer.close()

    def read(self, sealed: bytes) -> str:
        oaep = padding.OAEP(mgf=padding.MGF1(hashes.SHA1()), algorithm=hashes.SHA1(), label=None)
        mixed = self.key.decrypt(sealed, oaep)
        return bytes(byte ^ SALT[at % 20] for at, byte in enumerate(mixed)).rstrip(b"\x00").decode()


@asynccontextmanager
async def between(login: str) -> AsyncIterator[tuple[Between, int]]:
    one = Between(login)
    server = await asyncio.start_server(one.serve, ELSEWHERE, 0)
    try:
        yield one, server.sockets[0].getsockname()[1]
    finally:
        server.close()


def driver(host: str, port: int, key: bytes | None = None) -> DriverConnection:
    return DriverConnection(
        host=host, port=port, user="hospital", password=PASSWORD, db="hospital", server_public_key=key
    )


@pytest.mark.parametrize("login", LOGINS)
async def test_a_line_to_another_machine_asks_nobody_for_a_key(login: str) -> None:
    async with between(login) as (one, port):
        with pytest.raises(pymysql.err.OperationalError) as refused:
            await driver(ELSEWHERE, port).open()
    assert refused.value.args[0] == CR.CR_AUTH_PLUGIN_ERR
    assert (one.asked, one.told) == (False, "")


async def test_on_this_machine_the_server_is_asked() -> None:
    async with between("caching_sha2_password") as (one, port):
        connection = driver(HERE, port)
        await asyncio.wait_for(_ended(connection), 5)
    assert (one.asked, one.told) == (True, PASSWORD), "which shows what somebody between would read"


async def _ended(connection: DriverConnection) -> None:
    try:
        await connection.open()
    except pymysql.err.MySQLError:
        """It is no database, after the login."""


@pytest.mark.parametrize("login", LOGINS)
async def test_with_the_servers_own_key_whoever_has_another_reads_nothing(login: str) -> None:
    own = Between(login)
    async with between(login) as (one, port):
        await asyncio.wait_for(_ended(driver(ELSEWHERE, port, own.pem)), 5)
    assert (one.asked, one.told) == (False, "")


@pytest.mark.parametrize("login", LOGINS)
async def test_neither_storage_nor_migrations_log_in_so(login: str, tmp_path: Path) -> None:
    async with between(login) as (one, port):
        address = DatabaseSettings(
            engine="mysql", host=ELSEWHERE, port=port, password=PASSWORD, timeout_seconds=3.0
        )
        with pytest.raises(StorageUnavailable):
            await open_storage(address, tmp_path).open()

        def migrations() -> None:
            with connect(address, tmp_path).connect():
                """Not reached."""

        with pytest.raises(Exception, match="without TLS"):
            await asyncio.to_thread(migrations)
    assert (one.asked, one.told) == (False, "")


@pytest.mark.parametrize(
    ("host", "here"),
    [
        *((each, True) for each in ("127.0.0.1", "127.8.0.1", "::1", "localhost")),
        *(
            (each, False)
            for each in ("0.0.0.0", "10.0.0.7", "db", "db.example.cn", "localhost.example.cn", "")
        ),
    ],
)
def test_which_lines_stay_on_this_machine(host: str, here: bool) -> None:
    assert is_this_machine(host) == here
