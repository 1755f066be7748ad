"""Rows of a database before and after an upgrade."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, MetaData, select


def rows(connection: Connection, tables: MetaData) -> dict[str, dict[str, Any]]:
    found = {
        table.name: connection.execute(select(table)).mappings().all()
        for table in tables.sorted_tables
        if table.name != "alembic_version"
    }
    assert all(len(several) <= 1 for several in found.values())
    return {name: dict(several[0]) for name, several in found.items() if several}
