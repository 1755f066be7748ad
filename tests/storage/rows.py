"""Rows of any table, of which a test names only the columns that matter to it."""

from __future__ import annotations

import dataclasses
import enum
import itertools
from typing import Any, TypeVar, get_args, get_type_hints

from sqlalchemy import Integer, Table
from sqlalchemy.types import BigInteger, SmallInteger

from storage import Transaction
from storage.schema import metadata

Row = dict[str, Any]
New = TypeVar("New")
_numbers = itertools.count(1)
_ids = itertools.count(1_000)
"""Given by hand, and rising: a database that numbers rows by itself goes on behind those that were given up."""


def _distinct(table: Table) -> set[str]:
    """The columns that must differ between rows: of the primary key and of unique indexes."""
    unique = {column.name for index in table.indexes if index.unique for column in index.columns}
    return unique | {column.name for column in table.primary_key.columns}


def _plain(table: Table) -> Row:
    """A row that says nothing: empty texts, zeros, NULL; what must differ from other rows is a new number."""
    number, distinct = next(_numbers) % 97 + 1, _distinct(table)
    row: Row = {}
    for column in table.columns:
        numeric = isinstance(column.type, Integer | BigInteger | SmallInteger)
        if column.name == "id":
            row[column.name] = next(_ids)
        elif column.nullable:
            row[column.name] = None
        elif column.name in distinct:
            row[column.name] = number if numeric else str(number)
        else:
            row[column.name] = 0 if numeric else ""
    return row


async def fill(tx: Transaction, table: str, values: Row) -> Row:
    """Insert a row with these columns; the whole row, with its id."""
    row = {**_plain(metadata.tables[table]), **values}
    marks = ", ".join(f":{name}" for name in row)
    await tx.connection.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", row)
    return row


async def all_rows(tx: Transaction, table: str) -> list[Row]:
    """Every row of a table, in the order of its primary key."""
    known = metadata.tables[table]
    names, key = [column.name for column in known.columns], [column.name for column in known.primary_key]
    rows = await tx.connection.fetch_all(f"SELECT {', '.join(names)} FROM {table} ORDER BY {', '.join(key)}")
    return [dict(zip(names, row, strict=True)) for row in rows]


def made(kind: type[New], /, **given: Any) -> New:
    """A record to be written, each field with a value of its own."""
    hints = get_type_hints(kind)
    values: Row = {}
    for number, item in enumerate(dataclasses.fields(kind), 11):  # type: ignore[arg-type]
        hint = hints[item.name]
        hint = next(
            (each for each in get_args(hint) if isinstance(each, type) and each is not type(None)), hint
        )
        if item.name in given:
            values[item.name] = given[item.name]
        elif isinstance(hint, type) and issubclass(hint, enum.Enum):
            values[item.name] = next(iter(hint))
        elif hint is bool:
            values[item.name] = True
        else:
            values[item.name] = number if hint is int else f"t{number}"
    return kind(**values)
