"""A backup made as docs/operation.md says restores to a database that works and balances."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from config import DatabaseSettings
from payment.ledger import self_check
from storage import Storage, migrate, open_storage, revision
from storage.models import SYSTEM

NOW = 1_700_000_000_000
CONTENT = {
    "hospital_id": 1,
    "hospital_name": "西京医院",
    "department": "心内科",
    "visit_date": "2023-12-01",
    "service_id": 1,
    "service_name": "特需门诊VIP陪诊服务",
    "service_unit": "次",
    "price_fen": 58_800,
    "patient_id": 1,
    "patient_name": "王芳 👵",
    "wishes": "需要轮椅",
}


async def _fill(storage: Storage, openid: str) -> int:
    async with storage.transaction() as tx:
        user_id = await tx.users.find_or_add(openid, NOW)
        order_id = await tx.orders.add(user_id, CONTENT, SYSTEM, NOW, NOW)
        await tx.commit()
    return order_id


def _copied_sqlite(settings: DatabaseSettings, folder: Path) -> DatabaseSettings:
    """``.backup`` of the sqlite3 shell is this call; the server goes on writing meanwhile."""
    backup, restored = folder / "backup.sqlite3", folder / "restored.sqlite3"
    with closing(sqlite3.connect(settings.path)) as source, closing(sqlite3.connect(backup)) as target:
        source.backup(target)
    shutil.copy(backup, restored)
    return replace(settings, path=str(restored))


def _copied_mysql(settings: DatabaseSettings, request: pytest.FixtureRequest) -> DatabaseSettings:
    server = request.getfixturevalue("mariadb")
    address = [f"--host={settings.host}", f"--port={settings.port}", f"--user={settings.user}"]
    environment = {"MYSQL_PWD": settings.password, "PATH": "/usr/bin:/bin"}
    dump = subprocess.run(
        ["mariadb-dump", *address, "--single-transaction", settings.name],
        check=True,
        capture_output=True,
        env=environment,
    )
    restored = replace(settings, name=server.fresh_database("restored"))
    subprocess.run(
        ["mariadb", *address, restored.name],
        check=True,
        input=dump.stdout,
        env=environment,
        capture_output=True,
    )
    return restored


@pytest.mark.promise(29)
async def test_a_backup_restores_and_the_books_agree(
    engine: str,
    storage: Storage,
    database_settings: DatabaseSettings,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    order_id = await _fill(storage, "openid-before")
    if engine == "sqlite":
        restored_settings = _copied_sqlite(database_settings, tmp_path)
    else:
        restored_settings = _copied_mysql(database_settings, request)
    migrate(restored_settings)  # as an upgrade after a restore would: there is nothing to do
    restored = open_storage(restored_settings)
    await restored.open()
    try:
        assert await revision.current(restored) == revision.newest()
        async with restored.reading() as reader:
            order = await reader.orders.get(order_id)
            history = await reader.orders.history(order_id)
        assert order is not None
        assert (order.patient_name, order.price_fen) == ("王芳 👵", 58_800)
        assert [step.to_state for step in history] == ["unpaid"]
        assert await self_check(restored) == []
        assert await _fill(restored, "openid-after") == order_id + 1  # it goes on where the old one stopped
    finally:
        await restored.close()
