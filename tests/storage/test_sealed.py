"""Columns of sealed values, names of sealed documents: which rows are looked at, and which one is sealed anew."""

from __future__ import annotations

import pytest

from storage import Storage
from storage.repositories.sealed import SEALED_COLUMNS, row_number
from storage.schema import metadata
from tests.storage.contract import Promise, Written
from tests.storage.rows import Row, all_rows, fill

OF_VISITS = ("visit_steps", "visit_reports", "report_entries", "visit_troubles")
DOCUMENTS = {
    "supplements": "receipt_file", "invoices": "file", "complaint_photos": "file", "complaint_act_pictures": "file",
    "escort_qualifications": "file",
}  # fmt: skip
PROMISES: dict[str, Promise] = {
    "a value sealed anew": Written(
        "patients", {"phone_sealed": "old"},
        lambda tx, row: tx.sealed.replace("patients", "phone_sealed", row["id"], "old", "new"), {"phone_sealed": "new"},
        wrong=[{"phone_sealed": "changed"}],
    ),
    "a value of an order's report sealed anew": Written(
        "visit_reports", {"order_id": 5, "body_sealed": "old"},
        lambda tx, row: tx.sealed.replace("visit_reports", "body_sealed", row["order_id"], "old", "new"),
        {"body_sealed": "new"}, wrong=[{"body_sealed": "changed"}], key="order_id",
    ),
    "a hash by a newer key": Written(
        "patients", {"phone_hash": "old"},
        lambda tx, row: tx.sealed.replace_hash("patients", "phone_hash", row["id"], "new"), {"phone_hash": "new"},
        wrong=[{"phone_hash": ""}], tells=False,
    ),
}  # fmt: skip


@pytest.mark.parametrize("promise", PROMISES)
async def test_a_statement_is_about_these_rows_alone(storage: Storage, promise: str) -> None:
    await PROMISES[promise].check(storage)


@pytest.mark.parametrize(("table", "column"), SEALED_COLUMNS)
async def test_samples_are_of_the_oldest_and_newest_row_that_has_a_value(
    storage: Storage, table: str, column: str
) -> None:
    number, visits = row_number(table), table in OF_VISITS
    values = ["", "key-0001a", "key-0001b", "key-0002c", "key-0002d", "key-0003e", ""]
    async with storage.transaction() as tx:
        for at, value in enumerate(values):
            extra: Row = {"contact_phone_tail": "1234" if value else ""} if table == "orders" else {}
            if visits:
                recorded = int(value != "key-0003e")
                await fill(
                    tx, "orders", {"id": 10 + at, "visit_date": f"2026-11-1{at}", "visit_record": recorded}
                )
                extra["order_id"] = 10 + at
            await fill(tx, table, {number: 10 + at, column: value, **extra})
        newest = "key-0002d" if visits else "key-0003e"
        assert await tx.sealed.samples(table, column) == ["key-0001a", newest]
        known = ["key-0001a", "key-0002c"] if visits else ["key-0001a", "key-0002c", "key-0003e"]
        assert sorted(await tx.sealed.one_per_key(table, column)) == known
        assert await tx.sealed.after(table, column, 11, 2) == [(12, "key-0001b"), (13, "key-0002c")]
        await tx.connection.execute(f"UPDATE {table} SET {column} = ''")
        if table == "orders":
            await tx.connection.execute("UPDATE orders SET contact_phone_tail = ''")
        assert await tx.sealed.samples(table, column) == []
        assert await tx.sealed.one_per_key(table, column) == []


def test_every_sealed_column_is_known() -> None:
    named = {
        (table.name, column.name)
        for table in metadata.tables.values()
        for column in table.columns
        if column.name.endswith("_sealed")
    }
    assert named == set(SEALED_COLUMNS)


async def test_documents_are_named_by_what_refers_to_them(storage: Storage) -> None:
    async with storage.transaction() as tx:
        assert await tx.sealed_documents.samples() == []
        for table, column in DOCUMENTS.items():
            for mark in ("", "a", "b", "c"):
                file = f"{table}-{mark}" if mark else ""
                await fill(tx, table, {column: file})
        assert sorted(await tx.sealed_documents.samples()) == sorted(
            f"{table}-{mark}" for table in DOCUMENTS for mark in "ac"
        )
        assert await tx.sealed_documents.names() == {
            f"{table}-{mark}" for table in DOCUMENTS for mark in "abc"
        }


async def test_the_heartbeat_is_one_row(storage: Storage) -> None:
    await storage.beat(77)
    async with storage.transaction() as tx:
        assert await tx.alarms.last_beat() == 77
        assert await all_rows(tx, "heartbeat") == [{"id": 1, "at": 77}]
        await tx.connection.execute("DELETE FROM heartbeat")
        assert await tx.alarms.last_beat() == 0
