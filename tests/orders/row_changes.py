"""What an act changes in the database, as text: every row of every table is looked at, those of others too.

Of a new row the columns that hold something are told, of a changed one what was and what is. Moments are told in
Shanghai's time, what an ``OpenVault`` seals in clear.
"""

from __future__ import annotations

import json
from typing import Any

from clock import shanghai
from privacy import PrivacyError, Vault
from storage import Storage
from storage.schema import metadata

Rows = dict[str, dict[tuple[Any, ...], dict[str, Any]]]
LEFT_OUT = {"cluster_locks", "heartbeat", "installation"}
"""Tables that say nothing about the business."""
DRAWN_BY_CHANCE = ("token_hash", "code_hash", "owner")
WITH_GAPS = {"order_history", "outbox"}
"""Tables whose numbers MariaDB does not give without gaps."""
_MOMENTS = range(1_500_000_000_000, 2_000_000_000_000)


class OpenVault(Vault):
    """Seals nothing: what was sealed, and for which column, can be read. Only the same context opens it again."""

    def __init__(self) -> None:
        super().__init__("5e" * 32)

    def seal(self, text: str, context: str) -> str:
        return f"{context}({text})"

    def open(self, sealed: str, context: str) -> str:
        if not sealed:
            return ""
        if not (sealed.startswith(f"{context}(") and sealed.endswith(")")):
            raise PrivacyError("sealed for another column")
        return sealed[len(context) + 1 : -1]

    def current(self, sealed: str) -> bool:
        return True


async def read_rows(storage: Storage) -> Rows:
    """Every row of every table, by its key."""
    found: Rows = {}
    async with storage.reading() as reader:
        for table in metadata.sorted_tables:
            if table.name in LEFT_OUT:
                continue
            names = [column.name for column in table.columns]
            keys = key_of(table.name)
            rows = await reader.connection.fetch_all(f"SELECT {', '.join(names)} FROM {table.name}")
            told = [dict(zip(names, row, strict=True)) for row in rows]
            found[table.name] = {tuple(row[key] for key in keys): row for row in told}
    return found


def changes(before: Rows, after: Rows) -> list[str]:
    """What is new, what has changed, and what is gone, a line for each row."""
    lines = []
    for table in sorted(after):
        old, new = before[table], after[table]
        for key in sorted(old.keys() | new.keys(), key=_as_numbers):
            name = table if table in WITH_GAPS else f"{table} {' '.join(str(part) for part in key)}"
            if key not in old:
                lines.append(f"+ {name}: {_of_new(new[key], key_of(table))}")
            elif key not in new:
                lines.append(f"- {name}")
            elif old[key] != new[key]:
                lines.append(f"  {name}: {_of_changed(old[key], new[key])}")
    return lines


def key_of(table: str) -> list[str]:
    """The columns of a table's key; all of them where it has none."""
    columns = metadata.tables[table].columns
    return [column.name for column in columns if column.primary_key] or [column.name for column in columns]


def _as_numbers(key: tuple[Any, ...]) -> list[str]:
    return [f"{part:020d}" if isinstance(part, int) else str(part) for part in key]


def _of_new(row: dict[str, Any], key: list[str]) -> str:
    return ", ".join(
        f"{name} {in_words(name, value)}"
        for name, value in row.items()
        if name not in key and value not in (None, "", 0)
    )


def _of_changed(old: dict[str, Any], new: dict[str, Any]) -> str:
    return ", ".join(
        f"{name} {in_words(name, old[name])} -> {in_words(name, value)}"
        for name, value in new.items()
        if old[name] != value
    )


def in_words(name: str, value: Any) -> str:
    """A value of a column."""
    if value is None or value == "":
        return "-" if value is None else "''"
    if name in DRAWN_BY_CHANCE:
        return "(by chance)"
    if isinstance(value, int) and value in _MOMENTS:
        at = shanghai(value)
        return f"{at:%m-%d %H:%M:%S}.{value % 1000:03d}".removesuffix(".000").removesuffix(":00")
    if isinstance(value, str) and value.startswith("{"):
        return _of_json(value, zeros=name == "last_result")
    return str(value).replace("\n", " | ")


def _of_json(text: str, *, zeros: bool) -> str:
    try:
        told = json.loads(text)
    except ValueError:
        return text
    left_out = (None, "") if zeros else (None, "", 0)
    parts = [f"{name} {in_words(name, value)}" for name, value in told.items() if value not in left_out]
    return "{" + ", ".join(parts) + "}"
