"""``healthz/`` writes: a database that only reads is not healthy, and asking often costs little."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections import namedtuple
from pathlib import Path
from typing import Any

import pymysql.err
import pytest

from handlers.monitoring import database_health
from storage import (
    Contention,
    Storage,
    StorageNotWritable,
    StorageUnavailable,
    mysql,
    mysql_errors,
    sqlite,
    sqlite_errors,
)
from tests.databases import SQLiteTemplate
from tests.http.client import check_failure
from tests.http.conftest import StartProduct
from tests.http.product import Product
from tests.http.test_metrics import TOKEN, values

Usage = namedtuple("Usage", "total used free")


@pytest.fixture(autouse=True)
def every_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is believed from before."""
    monkeypatch.setattr(database_health, "BEAT_SECONDS", 0.0)
    monkeypatch.setattr(database_health, "FAILURE_SECONDS", 0.0)


async def beats(product: Product) -> int:
    async with product.storage.reading() as reader:
        row = await reader.connection.fetch_one("SELECT at FROM heartbeat WHERE id = 1")
    assert row is not None
    return int(row[0])


@pytest.mark.parametrize("path", ["healthz/", "readyz/"])
async def test_health_writes_and_commits(product: Product, path: str) -> None:
    client = await product.client()
    before = product.clock()
    assert (await client.send("GET", path)).status_code == 200
    assert (await client.send("HEAD", path)).status_code == 200
    assert before <= await beats(product) <= product.clock()
    assert await product.count("heartbeat") == 1


async def test_a_row_that_is_missing_says_nothing_of_the_disk(product: Product) -> None:
    """It is one row that the migration wrote; nobody deletes it, and a statement without a row commits, too."""
    async with product.storage.transaction() as tx:
        await tx.connection.execute("DELETE FROM heartbeat")
        await tx.commit()
    assert (await (await product.client()).send("GET", "healthz/")).status_code == 200


async def read_only(storage: Storage, patch: pytest.MonkeyPatch, on: bool) -> None:
    """Make the database refuse to write, as a disk that is mounted read-only or a replica does."""
    if isinstance(storage, sqlite.SQLiteStorage):
        assert storage._writer is not None
        await storage._writer.raw.execute(f"PRAGMA query_only = {int(on)}")
        return
    session = tuple(line for line in mysql._SESSION if "READ ONLY" not in line)
    patch.setattr(mysql, "_SESSION", (*session, *["SET SESSION TRANSACTION READ ONLY"] * on))
    await storage.close()
    await storage.open()


async def test_a_database_that_only_reads_is_told_apart(
    start_product: StartProduct, monkeypatch: pytest.MonkeyPatch
) -> None:
    product = await start_product(server={"metrics_token": TOKEN})
    client = await product.client()
    assert (await values(client))["hospital_database_writable[]"] == 1
    await read_only(product.storage, monkeypatch, True)
    for path in ("healthz/", "readyz/"):
        answer = await client.send("GET", path)
        assert check_failure(answer)["error"] == "database_read_only"
        assert answer.status_code == 503
        assert answer.headers["Retry-After"]
    found = await values(client)
    assert (found["hospital_database_up[]"], found["hospital_database_writable[]"]) == (1, 0)
    await read_only(product.storage, monkeypatch, False)
    assert (await client.send("GET", "healthz/")).status_code == 200


async def test_a_full_disk_is_told_apart(
    product: Product, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = await product.client()
    if engine == "sqlite":
        monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(1 << 30, 1 << 30, 4096))
    else:

        async def full(self: Any, at: int) -> None:
            raise mysql_errors.translated(pymysql.err.OperationalError(1021, "Disk full (/var); waiting"))

        monkeypatch.setattr(type(product.storage), "beat", full)
    answer = await client.send("GET", "healthz/")
    assert (answer.status_code, check_failure(answer)["error"]) == (503, "database_full")


async def _write_much(storage: Storage) -> None:
    async with storage.transaction() as tx:
        for number in range(2_000):
            await tx.alarms.count("2026-11-29", "e" * 32, f"{number}" * 5, 1, "x" * 60, 1)
        await tx.commit()


async def test_sqlite_that_cannot_grow_is_full_and_goes_on_reading(
    sqlite_template: SQLiteTemplate, tmp_path: Path
) -> None:
    storage = sqlite.SQLiteStorage(Path(sqlite_template.settings(tmp_path).path))
    await storage.open()
    assert storage._writer is not None
    row = await storage._writer.fetch_one("PRAGMA page_count")
    assert row is not None
    await storage._writer.fetch_all(f"PRAGMA max_page_count = {row[0]}")
    with pytest.raises(StorageNotWritable) as met:
        await _write_much(storage)
    assert met.value.reason == "full"
    await storage.ping()
    async with storage.reading() as reader:
        assert await reader.alarms.since("2000-01-01") == []
    await storage.close()


@pytest.mark.parametrize("code", [3, 1021, 1026, 1114])
def test_mariadbs_words_for_a_full_disk(code: int) -> None:
    error = mysql_errors.translated(pymysql.err.OperationalError(code, "x"))
    assert isinstance(error, StorageNotWritable)
    assert (error.reason, str(error)) == ("full", f"MySQL {code}: the disk is full")


@pytest.mark.parametrize("code", [1036, 1290, 1792, 1836])
def test_mariadbs_words_for_read_only(code: int) -> None:
    error = mysql_errors.translated(pymysql.err.InternalError(code, "x"))
    assert isinstance(error, StorageNotWritable)
    assert error.reason == "read_only"


def test_a_database_file_that_may_only_be_read_is_read_only(tmp_path: Any) -> None:
    file = tmp_path / "a.sqlite3"
    sqlite3.connect(file).execute("CREATE TABLE a (b)").connection.commit()
    connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    with pytest.raises(sqlite3.OperationalError) as met:
        connection.execute("INSERT INTO a VALUES (1)")
    error = sqlite_errors.translated(met.value)
    assert isinstance(error, StorageNotWritable)
    assert error.reason == "read_only"


async def test_however_often_health_is_asked_for_little_is_written(
    product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_health, "BEAT_SECONDS", 60.0)
    monkeypatch.setattr(database_health, "FAILURE_SECONDS", 60.0)
    written, real = [], product.storage.beat

    async def beat(at: int) -> None:
        written.append(at)
        await asyncio.sleep(0.01)
        await real(at)

    monkeypatch.setattr(product.storage, "beat", beat)
    client = await product.client()
    answers = await asyncio.gather(*(client.send("GET", "healthz/") for _ in range(20)))
    assert {answer.status_code for answer in answers} == {200}
    assert len(written) == 1

    async def fail(at: int) -> None:
        written.append(at)
        raise StorageUnavailable("away")

    monkeypatch.setattr(product.storage, "beat", fail)
    product.services.database_health._good_until = 0.0
    answers = await asyncio.gather(*(client.send("GET", "healthz/") for _ in range(20)))
    assert {answer.status_code for answer in answers} == {503}
    assert len(written) == 2


async def test_a_database_that_others_are_writing_to_is_healthy(
    product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def busy(at: int) -> None:
        raise Contention("locked")

    monkeypatch.setattr(product.storage, "beat", busy)
    assert (await (await product.client()).send("GET", "healthz/")).status_code == 200
