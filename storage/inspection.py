"""What an operator wants to know about a database that is open: is anything missing that protects it?"""

from __future__ import annotations

from typing import Any

from storage.interface import Storage

APPEND_ONLY = ("audit_log", "ledger", "offline_entries", "earnings")
"""Tables whose rows are never changed or deleted; triggers see to it."""
NOT_ENOUGH_RIGHTS = (1419, 1142, 1227)
"""MySQL's codes when triggers may not be made: binary logging without SUPER, no TRIGGER privilege, access denied."""


def trigger_names() -> list[str]:
    return [f"{table}_no_{act}" for table in APPEND_ONLY for act in ("update", "delete")]


def trigger_statement(name: str, *, sqlite: bool) -> str:
    """The CREATE TRIGGER of one of ``trigger_names``, as the migrations make it."""
    table, _, act = name.rpartition("_no_")
    head = f"CREATE TRIGGER {name} BEFORE {act.upper()} ON {table}"
    sentence = f"{table} is append-only"
    if sqlite:
        return f"{head} BEGIN SELECT RAISE(ABORT, '{sentence}'); END"
    return f"{head} FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '{sentence}'"


async def missing_triggers(storage: Storage, engine: str) -> list[str]:
    """The append-only triggers that are not there, of tables that are. Raises StorageError."""
    triggers, tables = (
        (
            "SELECT name FROM sqlite_master WHERE type = 'trigger'",
            "SELECT name FROM sqlite_master WHERE type = 'table'",
        )
        if engine == "sqlite"
        else (
            "SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = DATABASE()",
            "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()",
        )
    )
    found = {str(row[0]) for row in await _rows(storage, triggers)}
    existing = {str(row[0]) for row in await _rows(storage, tables)}
    return [name for name in trigger_names() if name not in found and name.rpartition("_no_")[0] in existing]


async def tables_without_transactions(storage: Storage, engine: str) -> list[str]:
    """MySQL: tables that another engine than InnoDB keeps, as a server may do that was set up differently."""
    if engine == "sqlite":
        return []
    rows = await _rows(
        storage,
        "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() "
        "AND table_type = 'BASE TABLE' AND engine <> 'InnoDB' ORDER BY table_name",
    )
    return [str(row[0]) for row in rows]


async def _rows(storage: Storage, sql: str) -> list[tuple[Any, ...]]:
    async with storage.reading() as reader:
        return list(await reader.connection.fetch_all(sql))
