"""Making a backup while the server runs."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from config import ENVIRONMENT_PREFIX, VERSION, Settings
from startup.backup import mysql_tools
from startup.backup.archive import Manifest, writing
from startup.backup.contents import DATABASES, files, keys
from startup.backup.problems import BackupFailed
from storage import sqlite_file, sqlite_path


def back_up(settings: Settings, file: Path, schema: str, *, with_keys: bool, overwrite: bool) -> Manifest:
    """Write everything to ``file``, and read it back. ``schema``: the migration that the database is at. Blocking.

    Raises BackupFailed, StorageError; then there is no file, or the one that was there before.
    """
    if file.exists() and not overwrite:
        raise BackupFailed(f"{file} exists already; take another name, or --overwrite")
    if file.is_dir() or not file.parent.is_dir():
        raise BackupFailed(f"{file}: expected a file in a folder that exists")
    manifest = Manifest(
        engine=settings.database.engine,
        schema=schema,
        version=VERSION,
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        keys=with_keys,
    )
    try:
        with tempfile.TemporaryDirectory(dir=file.parent, prefix=".backup-") as folder:
            _write(settings, file, manifest, Path(folder))
    except OSError as error:
        raise BackupFailed(f"{error.filename or file}: {error.strerror or error}") from None
    return manifest


def _write(settings: Settings, file: Path, manifest: Manifest, folder: Path) -> None:
    database = folder / DATABASES[manifest.engine]
    with writing(file, manifest) as writer:
        for name, path in files(
            settings
        ):  # before the database and after it: one that it tells of is in one of them
            writer.add(name, path)
        _copy_database(settings, manifest, database)
        writer.add(database.name, database)
        database.unlink()
        for name, path in files(settings):
            writer.add(name, path)
        if manifest.keys:
            for name, path in keys(settings):
                writer.add(name, _quiet_copy(path, folder))
        writer.finish(folder)


def _copy_database(settings: Settings, manifest: Manifest, target: Path) -> None:
    if settings.database.engine == "mysql":
        mysql_tools.dump(settings.database, target)
        return
    try:
        sqlite_file.copy(sqlite_path(settings.database, settings.data), target)
        if sqlite_file.revision(target) != manifest.schema:
            raise BackupFailed("the database was migrated meanwhile; try again")
    except sqlite3.Error as error:
        raise BackupFailed(f"the database cannot be copied: {error}") from None
    if damage := sqlite_file.damage(target):
        raise BackupFailed(f"the database is damaged ({damage}); a backup of it would be, too")


def _quiet_copy(path: Path, folder: Path) -> Path:
    """The stand-in's state is a database too, and may be written to meanwhile."""
    if path.suffix != ".sqlite3":
        return path
    copied = folder / path.name
    copied.unlink(missing_ok=True)
    sqlite_file.copy(path, copied)
    return copied


def from_the_environment(settings: Settings) -> Iterator[str]:
    """The variables that set something: they are in no file, so in no backup."""
    for name in sorted(os.environ):
        if name.startswith(ENVIRONMENT_PREFIX):
            yield name
