"""Which migration a database is at, and which it should be at, told without loading Alembic."""

from __future__ import annotations

from pathlib import Path

from storage.errors import StorageError, StorageUnavailable
from storage.interface import Storage

VERSIONS = Path(__file__).parent / "migrations" / "versions"


def newest() -> str:
    """The newest revision: the versions are numbered files."""
    return max(file.stem.partition("_")[0] for file in VERSIONS.glob("[0-9]*.py"))


def why_too_new(found: str) -> str:
    """What is wrong with a database that is at a revision which this program does not know; empty for any other."""
    if found <= newest():
        return ""
    return (
        f"schema {found} is of a newer version of the program, this one knows {newest()}: "
        "run that version again, or restore a backup of before the upgrade"
    )


async def current(storage: Storage) -> str:
    """The database's revision; empty for an empty database. Raises StorageUnavailable."""
    try:
        async with storage.reading() as reader:
            row = await reader.connection.fetch_one("SELECT version_num FROM alembic_version")
    except StorageUnavailable as error:
        if "no such table" in str(error):
            return ""
        raise
    except StorageError:
        return ""
    return str(row[0]) if row else ""
