"""A SQLite database as a file: looked at without a trace, verified, copied while a server writes to it. Blocking."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

COMPANIONS = ("-wal", "-shm", "-journal")
"""What SQLite puts beside a database. It belongs to that file alone: beside another one it is damage."""


def inspecting_uri(path: Path) -> str:
    """Opens a database without a trace. Where there is no journal no server runs, and the file can be read as it is;
    otherwise the journal, and the index of a server that runs, are read with it."""
    alone = not path.with_name(path.name + "-wal").exists()
    return f"{path.resolve().as_uri()}?mode=ro{'&immutable=1' if alone else ''}"


def damage(path: Path) -> str:
    """The first thing that is wrong with the file (``PRAGMA quick_check``); empty when it is whole."""
    try:
        with closing(sqlite3.connect(inspecting_uri(path), uri=True)) as connection:
            found = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
    except sqlite3.Error as error:
        found = str(error)
    return "" if found == "ok" else " ".join(found.split())


def copy(source: Path, target: Path) -> None:
    """Copy a database as it is at one moment; a server may go on writing, or begin to. Raises sqlite3.Error."""
    with (
        closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=rw", uri=True, timeout=30)) as reading,
        closing(sqlite3.connect(target)) as writing,
    ):
        reading.backup(writing)  # all pages in one step: a commit in between would make it begin again


def revision(path: Path) -> str:
    """The migration that the database is at; empty for one that is not ours. Raises sqlite3.Error."""
    with closing(sqlite3.connect(inspecting_uri(path), uri=True)) as connection:
        known = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone()
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone() if known else None
    return str(row[0]) if row else ""
