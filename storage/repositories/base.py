"""What every repository shares: rows to dataclasses, and INSERT statements written once per table."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any, Generic, TypeVar, get_type_hints

from storage.connection import Connection, Row

Model = TypeVar("Model")
LAST_CHARACTER = "\U0010ffff"
"""Texts from ``x`` up to, but not including, ``x`` and this are those that begin with ``x``: a range of an index."""


class Mapped(Generic[Model]):
    """A table whose columns are the fields of a dataclass, in the same order."""

    def __init__(self, table: str, model: type[Model]) -> None:
        names = [item.name for item in dataclasses.fields(model)]  # type: ignore[arg-type]
        hints = get_type_hints(model)
        self.table = table
        self.names = names
        self.columns = ", ".join(names)
        self.select = f"SELECT {self.columns} FROM {table}"
        self._model = model
        self._flags = [position for position, name in enumerate(names) if hints[name] is bool]

    def one(self, row: Row | None) -> Model | None:
        return None if row is None else self._load(row)

    def all(self, rows: Iterable[Row]) -> list[Model]:
        return [self._load(row) for row in rows]

    def _load(self, row: Row) -> Model:
        if self._flags:  # both engines store a truth value as 0 or 1
            values = list(row)
            for position in self._flags:
                values[position] = bool(values[position])
            return self._model(*values)
        return self._model(*row)

    def aliased(self, alias: str) -> str:
        """The column list with a table alias, for joins."""
        return ", ".join(f"{alias}.{name}" for name in self.columns.split(", "))


class Repository:
    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    async def _insert(self, table: str, values: dict[str, Any]) -> int:
        """Insert one row; its id. Raises Duplicate when a unique column holds the value already."""
        columns = ", ".join(values)
        marks = ", ".join(f":{name}" for name in values)
        return await self.connection.insert(f"INSERT INTO {table} ({columns}) VALUES ({marks})", values)

    async def _count(self, sql: str, parameters: dict[str, Any] | None = None) -> int:
        row = await self.connection.fetch_one(sql, parameters or {})
        return int(row[0]) if row and row[0] is not None else 0
