"""Putting a backup back: verified before anything is touched, and in place as a whole or not at all."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from config import Settings
from startup.backup import archive, mysql_tools
from startup.backup.archive import Manifest
from startup.backup.contents import CONFIG, DATABASES, targets
from startup.backup.mysql_swap import BESIDE, INTO_EMPTY, MySQLSwap
from startup.backup.problems import BackupFailed
from startup.backup.swapping import Journal, finish, prepare, read_journal, roll_back, swap
from startup.running import FolderInUse, locked_folder
from storage import StorageUnavailable, revision, sqlite_file, sqlite_path
from storage.migrations import reason


def restore(settings: Settings, file: Path, *, with_keys: bool, overwrite: bool) -> Manifest:
    """Put the backup in the place of what the settings name. Blocking. Raises BackupFailed, StorageError; then what was
    there is there still."""
    try:
        with locked_folder(settings.data, alone=True):
            recover(settings)
            with _staging(settings.data) as staging:
                manifest = archive.unpack(file, staging)
                _refuse_unfit(settings, file, manifest, with_keys)
                _put_in_place(settings, manifest, staging, with_keys=with_keys, overwrite=overwrite)
            return manifest
    except FolderInUse:
        raise BackupFailed(f"a server is using {settings.data}; stop it first") from None
    except DBAPIError as error:
        raise StorageUnavailable(reason(error, settings.database)) from None
    except OSError as error:
        raise BackupFailed(f"{error.filename or file}: {error.strerror or error}") from None


def config_text(file: Path) -> bytes | None:
    """The configuration that a backup with keys holds. Raises BackupFailed."""
    return archive.peek(file, CONFIG)


@contextmanager
def _staging(data: Path) -> Iterator[Path]:
    for left in data.glob(".restore-*"):  # by one that was killed
        shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(dir=data, prefix=".restore-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _refuse_unfit(settings: Settings, file: Path, manifest: Manifest, with_keys: bool) -> None:
    if manifest.engine != settings.database.engine:
        raise BackupFailed(
            f"{file}: expected a backup of {settings.database.engine} ([database] engine), found {manifest.engine}"
        )
    if manifest.schema > revision.newest():
        raise BackupFailed(
            f"{file}: made by a newer version of the program (schema {manifest.schema}, this one knows "
            f"{revision.newest()}); update it first"
        )
    if with_keys and not manifest.keys:
        raise BackupFailed(f"{file}: it was made without --keys, so it holds none")


def _put_in_place(
    settings: Settings, manifest: Manifest, staging: Path, *, with_keys: bool, overwrite: bool
) -> None:
    changes = list(targets(settings, staging, with_keys=with_keys))
    dump = staging / DATABASES[manifest.engine]
    if manifest.engine == "sqlite":
        _verify_sqlite(dump, manifest)
        place = sqlite_path(settings.database, settings.data).resolve()
        changes.append((dump, place))
        # What the old database has beside it belongs to it alone: the new one would be damaged by it.
        changes += [(None, place.with_name(place.name + end)) for end in sqlite_file.COMPANIONS]
        _refuse_to_overwrite([str(place) for _, place in changes if _is_something(place)], overwrite)
        swap(Journal(str(settings.data), items=prepare(changes)), lambda: None)
        return
    mysql_tools.refuse_incomplete(dump)
    database = MySQLSwap(settings.database)
    try:
        occupied = [str(place) for _, place in changes if _is_something(place)]
        _put_in_mysql(settings, database, dump, changes, occupied, overwrite)
    finally:
        database.close()


def _put_in_mysql(
    settings: Settings,
    database: MySQLSwap,
    dump: Path,
    changes: list[tuple[Path | None, Path]],
    occupied: list[str],
    overwrite: bool,
) -> None:
    tables = database.tables()
    _refuse_to_overwrite([*occupied, *([f"the database {database.name}"] if tables else [])], overwrite)
    if others := database.others_connected():
        raise BackupFailed(f"{others} other connections to {database.name} are open: stop every server first")
    journal = Journal(str(settings.data), database=BESIDE if tables else INTO_EMPTY)
    if not tables:
        journal.items = prepare(changes)
        swap(journal, lambda: database.load_into_empty(dump))
        return
    try:
        database.load_beside(dump)
        journal.items = prepare(changes)
        swap(journal, database.exchange)
    finally:
        database.drop_beside()


def recover(settings: Settings) -> str:
    """End a restore that was cut short: put back what was, or clear away what it has left; what was done, or ""."""
    journal = read_journal(settings.data)
    if journal is None:
        return ""
    database = MySQLSwap(settings.database) if journal.database else None
    try:
        if journal.phase == "done" or (database and journal.database == BESIDE and database.was_exchanged()):
            finish(journal)
            done = "finished"
        else:
            if database and journal.database == INTO_EMPTY:
                database.empty()
            roll_back(journal)
            done = "undone"
        if database:
            database.make_triggers()
            database.drop_beside()
    finally:
        if database:
            database.close()
    return done


def _verify_sqlite(file: Path, manifest: Manifest) -> None:
    try:
        found = sqlite_file.revision(file)
    except sqlite3.Error as error:
        raise BackupFailed(f"the database in the backup cannot be opened: {error}") from None
    if damage := sqlite_file.damage(file):
        raise BackupFailed(f"the database in the backup is damaged: {damage}")
    if found != manifest.schema:
        raise BackupFailed(
            f"the database in the backup is at schema {found or 'none'}, expected {manifest.schema}"
        )


def _is_something(place: Path) -> bool:
    """An empty folder is nothing that could be lost."""
    return any(place.iterdir()) if place.is_dir() else place.exists()


def _refuse_to_overwrite(occupied: list[str], overwrite: bool) -> None:
    if occupied and not overwrite:
        raise BackupFailed(
            f"there is something already: {', '.join(occupied)}; to replace it, add --overwrite"
        )
