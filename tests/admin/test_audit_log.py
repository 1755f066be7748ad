"""The audit log: one row per act, and nobody changes or removes one."""

from __future__ import annotations

import re

import pytest

from config import ROOT
from handlers.admin.audit_words import ACTS
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
    async with storage.transaction() as tx:
        with pytest.raises(StorageError):
            await tx.connection.execute(statement.format(table))
    async with storage.reading() as reader:
        row = await reader.connection.fetch_one(f"SELECT COUNT(*), MIN(id) FROM {table}")
    assert row is not None
    assert (row[0], row[1]) == (1, 1)


async def test_login_and_logout_are_in_the_log(visitor: Client, world: World):
    await visitor.log_in()
    await visitor.post("admin/logout/")
    assert (await world.audited())[-2:] == ["login", "logout"]


def test_every_act_that_the_code_writes_has_a_name_in_the_log():
    """The pages of the log offer the acts by name, so a new one must not be forgotten there."""
    text = "\n".join(file.read_text("utf-8") for file in (ROOT / "handlers" / "admin").glob("*.py"))
    written = set(re.findall(r'audit\(\s*tx,\s*"([a-z_.]+)"', text))
    assert len(written) > 15
    assert written <= set(ACTS)
    for base, act in re.findall(
        r'self\.(act|decide|change|write_down)\(\s*(?:order_id,\s*|refund,\s*)?"([a-z_]+)"', text
    ):
        assert any(known.endswith(f".{act}") for known in ACTS), (base, act)
