"""What every repository shares: rows to dataclasses, inserts, updates, pages."""

from __future__ import annotations

import dataclasses
import zlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Generic, TypeVar, get_type_hints

from storage.connection import Connection, Row

Model = TypeVar("Model")
LOCK_SLOTS = 1024
"""On a cluster, rows of a table whose keys leave the same remainder take turns together: so the table of the turns does
not grow with the business."""
OF_SESSION = "(SELECT user_id FROM sessions WHERE token_hash = :session)"
"""Whose session it is, be it over or not: for what is read in the same trip as the session itself."""
LAST_CHARACTER = "\U0010ffff"
"""Texts from ``x`` up to, but not including, ``x`` and this are those that begin with ``x``: a range of an index."""


class Mapped(Generic[Model]):
    """A table whose columns are the fields of a dataclass, in the same order; or of a named tuple, which is made eight
    times as fast, where many rows are only passed on."""

    def __init__(self, table: str, model: type[Model]) -> None:
        names = _field_names(model)
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


def _field_names(model: Any) -> list[str]:
    if issubclass(model, tuple):
        return list(model._fields)
    return [field.name for field in dataclasses.fields(model)]


def in_list(name: str, values: Iterable[Any]) -> tuple[str, dict[str, Any]]:
    """``(:name_0, :name_1)`` to stand behind IN, and its parameters. An empty list is no SQL: ask before."""
    parameters = {f"{name}_{position}": value for position, value in enumerate(values)}
    return f"({', '.join(f':{mark}' for mark in parameters)})", parameters


class Repository:
    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    async def _take_turn(self, table: str, key: int | str) -> None:
        """Before a row is locked: on a cluster, who locks it on another node at the same time does not commit."""
        number = key if isinstance(key, int) else zlib.crc32(key.encode())
        await self.connection.certify(f"{table}:{number % LOCK_SLOTS}")

    async def _insert(self, table: str, values: Mapping[str, Any]) -> int:
        """Insert one row; its id. Raises Duplicate when a unique column holds the value already."""
        columns = ", ".join(values)
        marks = ", ".join(f":{name}" for name in values)
        return await self.connection.insert(f"INSERT INTO {table} ({columns}) VALUES ({marks})", values)

    async def _update(
        self, table: str, changes: Mapping[str, Any], where: str, parameters: Mapping[str, Any]
    ) -> int:
        """Set columns of the rows for which ``where`` (with its ``parameters``) is true; how many these are."""
        settings = ", ".join(f"{name} = :new_{name}" for name in changes)
        return await self.connection.execute(
            f"UPDATE {table} SET {settings} WHERE {where}",
            {**{f"new_{name}": value for name, value in changes.items()}, **parameters},
        )

    async def _count(self, sql: str, parameters: Mapping[str, Any] | None = None) -> int:
        row = await self.connection.fetch_one(sql, parameters or {})
        return int(row[0]) if row and row[0] is not None else 0

    async def _newest(
        self,
        mapped: Mapped[Model],
        where: Sequence[str],
        parameters: Mapping[str, Any],
        before: int | None,
        limit: int,
        *,
        source: str = "",
    ) -> list[Model]:
        """A page of rows, newest first, below the id ``before``; ``source``: what to read instead of the table alone
        (joins, an index hint)."""
        conditions, values = list(where), {**parameters, "limit": limit}
        if before is not None:
            conditions.append("id < :before")
            values["before"] = before
        rows = await self.connection.fetch_all(
            f"SELECT {mapped.columns} FROM {source or mapped.table} "
            f"WHERE {' AND '.join(conditions) or '1 = 1'} ORDER BY id DESC LIMIT :limit",
            values,
        )
        return mapped.all(rows)

    async def _oldest(
        self,
        mapped: Mapped[Model],
        where: Sequence[str],
        parameters: Mapping[str, Any],
        after: int,
        limit: int,
    ) -> list[Model]:
        """A page of rows, oldest first, above the id ``after``."""
        rows = await self.connection.fetch_all(
            f"{mapped.select} WHERE {' AND '.join([*where, 'id > :after'])} ORDER BY id LIMIT :limit",
            {**parameters, "after": after, "limit": limit},
        )
        return mapped.all(rows)
