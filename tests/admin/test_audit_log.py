"""The audit log: one row per act, and nobody changes or removes one."""

from __future__ import annotations

import pytest

from storage import Storage, StorageError
from tests.admin.world import Client, World

pytestmark = pytest.mark.promise(25)


@pytest.mark.parametrize("table", ["audit_log", "ledger"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id + 100", "DELETE FROM {}"])
async def test_the_database_refuses_to_change_or_delete_a_row(storage: Storage, table: str, statement: str):
    async with storage.transaction() as tx:
        await tx.audit.add(None, "127.0.0.1", "test", "nothing", 1, 1)
        await tx.ledger.book("payment", "number", 100, 1, 1)
        await tx.commit()
    with pytest.raises(StorageError):
        async with storage.transaction() as tx:
            await tx.connection.execute(statement.format(table))
            await tx.commit()
    async with storage.reading() as reader:
        row = await reader.connection.fetch_one(f"SELECT COUNT(*), MIN(id) FROM {table}")
    assert row is not None
    assert (row[0], row[1]) == (1, 1)


async def test_login_and_logout_are_in_the_log(owner: Client, world: World):
    await owner.post("admin/logout/")
    assert (await world.audited())[-2:] == ["login", "logout"]
