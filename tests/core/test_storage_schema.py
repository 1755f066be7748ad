"""Metadata, migrations, dataclasses and both engines agree, and a commit is durable."""

from __future__ import annotations

import asyncio
import dataclasses
import importlib
import inspect
import pkgutil
import re
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect as inspected
from sqlalchemy import text

import storage.repositories
from config import DatabaseSettings
from startup.checks.durability import why_not_certified, why_not_durable
from storage import Storage, migrate, models, open_storage, revision, sqlite_path, writes
from storage.migrations import connect
from storage.repositories import base, catalog
from storage.schema import metadata
from storage.writes import wechat_complaints
from tests.mariadb import MariaDB

REPOSITORIES = tuple(
    importlib.import_module(f"storage.repositories.{module.name}")
    for module in pkgutil.iter_modules(storage.repositories.__path__)
)

WRITTEN: dict[Any, str] = {
    writes.OrderContent: "orders",
    **dict.fromkeys((writes.NewTransfer, writes.TransferMove), "pay_transfers"),
    writes.AdministratorChange: "administrators",
    **dict.fromkeys((writes.NewAdminSession, writes.AdminSessionChange), "admin_sessions"),
    writes.NewQualification: "escort_qualifications",
    writes.QualificationMove: "escort_qualifications",
    **dict.fromkeys((writes.NewContentCheck, writes.ContentMove), "content_checks"),
    writes.NewInvitation: "invitations",
    writes.NewBill: "bills",
    writes.NewClaim: "order_claims",
    writes.PatientColumns: "patients",
    writes.NewRating: "orders",
    writes.VisitChange: "orders",
    writes.NewOrderChange: "order_changes",
    writes.NewInboxEvent: "pushed_events",
    writes.OrderMove: "orders",
    **dict.fromkeys((writes.NewAttempt, writes.AttemptMove), "payment_attempts"),
    **dict.fromkeys((writes.NewRefund, writes.RefundMove), "refunds"),
    writes.NewVisitStep: "visit_steps",
    writes.NewVisitPhoto: "visit_photos",
    writes.NewVisitTrouble: "visit_troubles",
    writes.NewReportEntry: "report_entries",
    writes.NewOfflineAttempt: "payment_attempts",
    writes.NewOfflineEntry: "offline_entries",
    writes.NewPayRule: "pay_rules",
    writes.NewEarning: "earnings",
    writes.NewPayStatement: "pay_statements",
    writes.PayStatementMove: "pay_statements",
    **dict.fromkeys((writes.NewSupplement, writes.SupplementMove), "supplements"),
    **dict.fromkeys((writes.NewComplaint, writes.ComplaintMove), "complaints"),
    writes.NewComplaintEntry: "complaint_entries",
    writes.NewComplaintPhoto: "complaint_photos",
    **dict.fromkeys((writes.NewShipment, writes.ShipmentMove), "shipments"),
    writes.TradeManagementChange: "trade_management",
    **dict.fromkeys((writes.NewInvoice, writes.InvoiceMove), "invoices"),
    wechat_complaints.WeChatComplaintReading: "wechat_complaints",
    **dict.fromkeys(
        (wechat_complaints.NewComplaintAct, wechat_complaints.ComplaintActMove), "complaint_acts"
    ),
}


def test_the_migrated_database_is_what_the_metadata_says(
    database_settings: DatabaseSettings, tmp_path: Path
) -> None:
    engine = connect(database_settings, sqlite_path(database_settings, tmp_path))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        assert set(inspected(connection).get_table_names()) == {*metadata.tables, "alembic_version"}
    engine.dispose()


def test_every_dataclass_has_the_columns_of_its_table_in_their_order() -> None:
    mapped: dict[str, Any] = dict(catalog._MAPPED)
    for module in REPOSITORIES:
        for _, value in inspect.getmembers(module, lambda found: isinstance(found, base.Mapped)):
            mapped[value.table] = value
    for table, found in mapped.items():
        columns = [column.name for column in metadata.tables[table].columns]
        assert found.columns.split(", ") == columns, table
    unmapped = {"catalog_state", "cluster_locks", "heartbeat", "installation", "visit_days"}
    unmapped |= {"case_numbers", "escort_records", "open_earnings", "orders_without_pay"}
    assert set(metadata.tables) - set(mapped) <= unmapped
    assert {found._model for found in mapped.values()} == _dataclasses(models) - {models.Actor, models.Cause}


def _dataclasses(package: Any) -> set[Any]:
    """All that the modules of a package define."""
    modules = [
        importlib.import_module(f"{package.__name__}.{found.name}")
        for found in pkgutil.iter_modules(package.__path__)
    ]
    return {
        kind
        for module in modules
        for _, kind in inspect.getmembers(module, inspect.isclass)
        if dataclasses.is_dataclass(kind) and kind.__module__.startswith(package.__name__)
    }


def test_every_dataclass_that_is_written_has_its_table() -> None:
    assert _dataclasses(writes) == set(WRITTEN)


@pytest.mark.parametrize("kind", WRITTEN, ids=lambda kind: kind.__name__)
def test_what_is_written_names_columns_of_its_table(kind: Any) -> None:
    columns = {column.name for column in metadata.tables[WRITTEN[kind]].columns}
    assert {item.name for item in dataclasses.fields(kind)} <= columns


async def test_the_revision_is_told_without_alembic(storage: Storage, tmp_path: Path) -> None:
    assert await revision.current(storage) == revision.newest()
    empty = open_storage(DatabaseSettings(path=str(tmp_path / "empty.sqlite3")))
    await empty.open()
    assert await revision.current(empty) == ""
    await empty.close()


def everything(settings: DatabaseSettings, folder: Path) -> dict[str, Any]:
    """How each table was made, every index and trigger, and all rows, the version's too."""
    engine = connect(settings, sqlite_path(settings, folder))
    with engine.connect() as connection:
        tables = sorted(inspected(connection).get_table_names())
        if settings.engine == "sqlite":
            made = connection.execute(text("SELECT type, name, sql FROM sqlite_master ORDER BY 1, 2")).all()
        else:
            made = [connection.execute(text(f"SHOW CREATE TABLE {table}")).one() for table in tables]
            made += connection.execute(
                text(
                    "SELECT trigger_name, event_manipulation, action_statement FROM information_schema.triggers "
                    "WHERE trigger_schema = DATABASE() ORDER BY 1"
                )
            ).all()
        found = {
            "made": [tuple(row) for row in made],
            **{
                table: sorted(map(tuple, connection.execute(text(f"SELECT * FROM {table}"))))
                for table in tables
            },
        }
    engine.dispose()
    return found


async def test_migrating_twice_changes_nothing(
    storage: Storage, database_settings: DatabaseSettings, tmp_path: Path
) -> None:
    async with storage.transaction() as tx:
        await tx.users.find_or_add("openid", 1)
        await tx.ledger.book("payment", "n1", 5, 1, 1)
        await tx.commit()
    before = everything(database_settings, tmp_path)
    assert before["made"]
    assert before["ledger"]
    assert before["alembic_version"] == [(revision.newest(),)]
    await asyncio.to_thread(migrate, database_settings, tmp_path)
    assert everything(database_settings, tmp_path) == before


@pytest.mark.promise(28)
async def test_the_engines_durability_settings_are_read_back(storage: Storage, engine: str) -> None:
    found = await storage.durability()
    if engine == "sqlite":
        assert found == {"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1"}
        assert why_not_durable(found) == ""
    else:
        assert found["innodb_flush_log_at_trx_commit"] == "0", "the tests' own server need not be durable"
        assert "innodb_flush_log_at_trx_commit = 1, found 0" in why_not_durable(found)


MARIADB = {
    "version": "10.11.6-MariaDB-log",
    "innodb_flush_log_at_trx_commit": "1",
    "innodb_doublewrite": "ON",
}
MYSQL = MARIADB | {"version": "8.4.2"}


@pytest.mark.promise(28)
@pytest.mark.parametrize(
    ("found", "durable"),
    [
        ({"journal_mode": "wal", "synchronous": "2"}, True),
        ({"journal_mode": "wal", "synchronous": "3"}, True),
        ({"journal_mode": "wal", "synchronous": "1"}, False),
        ({"journal_mode": "memory", "synchronous": "2"}, False),
        ({"innodb_flush_log_at_trx_commit": "1", "innodb_doublewrite": "ON"}, True),
        ({"innodb_flush_log_at_trx_commit": "2", "innodb_doublewrite": "ON"}, False),
        ({"innodb_flush_log_at_trx_commit": "1", "innodb_doublewrite": "OFF"}, False),
        ({}, False),
        ({"synchronous": "2"}, True),  # only looked at: the journal mode is set when a server opens it
        ({"synchronous": "1"}, False),
        (MARIADB, True),
        (MARIADB | {"innodb_flush_log_at_trx_commit": "3"}, True),
        (MYSQL | {"innodb_flush_log_at_trx_commit": "3"}, False),
        (MARIADB | {"innodb_flush_log_at_trx_commit": "0"}, False),
        (MARIADB | {"log_bin": "ON", "sync_binlog": "0"}, False),
        (MARIADB | {"log_bin": "ON", "sync_binlog": "100"}, False),
        (MARIADB | {"log_bin": "ON", "sync_binlog": "1"}, True),
        (MARIADB | {"log_bin": "1", "sync_binlog": "0"}, False),
        (MARIADB | {"log_bin": "OFF", "sync_binlog": "0"}, True),
        (MARIADB | {"log_bin": "ON", "sync_binlog": "1", "innodb_support_xa": "OFF"}, False),
        (MARIADB | {"log_bin": "ON", "sync_binlog": "1", "binlog_format": "STATEMENT"}, False),
        (MARIADB | {"binlog_format": "STATEMENT"}, True),
        (MYSQL | {"innodb_doublewrite": "DETECT_AND_RECOVER"}, True),
        (MYSQL | {"innodb_doublewrite": "DETECT_ONLY"}, False),
        (MARIADB | {"innodb_doublewrite": "fast"}, False),
        (MYSQL | {"innodb_redo_log_enabled": "OFF"}, False),
        (MYSQL | {"innodb_flush_method": "nosync"}, False),
        (MYSQL | {"innodb_flush_method": "O_DIRECT"}, True),
        (MARIADB | {"innodb_force_recovery": "1"}, False),
        (MARIADB | {"read_only": "ON"}, False),
        (MARIADB | {"innodb_read_only": "ON"}, False),
    ],
)
def test_what_counts_as_durable(found: dict[str, str], durable: bool) -> None:
    assert (why_not_durable(found) == "") is durable


async def test_append_only_tables_refuse_to_change(storage: Storage) -> None:
    from storage import StorageError

    async with storage.transaction() as tx:
        await tx.connection.execute(
            "INSERT INTO ledger (kind, reference, amount_fen, occurred_at, booked_at) VALUES ('payment', 'x', 1, 1, 1)"
        )
        await tx.commit()
    for statement in ("UPDATE ledger SET amount_fen = 2", "DELETE FROM ledger"):
        with pytest.raises(StorageError):
            await storage.run(lambda tx, sql=statement: tx.connection.execute(sql))  # type: ignore[misc]
    async with storage.reading() as reader:
        assert (await reader.connection.fetch_one("SELECT amount_fen FROM ledger")) == (1,)


def test_a_broken_migration_is_one_line_for_the_operator(mariadb: MariaDB) -> None:
    from storage import StorageUnavailable

    away = DatabaseSettings(engine="mysql", port=1, password="kept to itself", timeout_seconds=1.0)
    wrong = DatabaseSettings(engine="mysql", port=mariadb.port, password="kept to itself", name="nowhere")
    for settings in (away, wrong):
        with pytest.raises(StorageUnavailable) as caught:
            migrate(settings)
        assert "kept to itself" not in str(caught.value)


def test_every_index_that_a_list_names_exists() -> None:
    indexes = {str(index.name) for table in metadata.tables.values() for index in table.indexes}
    named = {
        name
        for file in sorted(Path(base.__file__).parent.glob("*.py"))
        for name in re.findall(r"ix_\w+", file.read_text(encoding="utf-8"))
    }
    assert len(named) > 20
    assert named <= indexes


@pytest.mark.parametrize(
    ("found", "cluster", "is_fit"),
    [
        ({"wsrep_on": "ON"}, False, False),
        ({"wsrep_on": "ON"}, True, True),
        ({"wsrep_on": "OFF"}, False, True),
        ({"wsrep_on": "OFF"}, True, True),
        ({}, False, True),
    ],
)
def test_a_node_of_a_cluster_has_to_be_told_to_the_server(
    found: dict[str, str], cluster: bool, is_fit: bool
) -> None:
    assert (why_not_certified(found, cluster=cluster) == "") is is_fit
