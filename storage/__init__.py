"""Storage: the interface, its two engines behind it, and the migrations.

    storage = open_storage(settings.database, folder)
    await storage.open()

Nothing of the rest of the product is imported here; ``settings`` is anything with the fields of
``config.DatabaseSettings``.
"""

from __future__ import annotations

from pathlib import Path

from storage.address import DatabaseAddress
from storage.errors import (
    Contention,
    Duplicate,
    StorageError,
    StorageNotWritable,
    StorageUnavailable,
    TransactionOver,
)
from storage.interface import Storage, Transaction
from storage.reader import Reader

__all__ = [
    "Contention",
    "Duplicate",
    "Reader",
    "Storage",
    "StorageError",
    "StorageNotWritable",
    "StorageUnavailable",
    "Transaction",
    "TransactionOver",
    "migrate",
    "open_storage",
]


def sqlite_path(settings: DatabaseAddress, data: Path) -> Path:
    """The database file: as configured, or ``hospital.sqlite3`` in the data folder."""
    return Path(settings.path) if settings.path else data / "hospital.sqlite3"


def open_storage(settings: DatabaseAddress, data: Path = Path(), *, inspect: bool = False) -> Storage:
    """The storage that the settings name; still to be opened. ``data``: the folder for an embedded database.

    ``inspect``: only to look at; not even a file beside the database is made or changed.
    """
    if settings.engine == "mysql":
        from storage.mysql import MySQLStorage  # the driver is not needed, nor loaded, with SQLite

        return MySQLStorage(
            settings.host,
            settings.port,
            settings.name,
            settings.user,
            settings.password,
            tls_ca=settings.tls_ca,
            server_key_file=settings.server_key_file,
            pool_size=settings.pool_size,
            timeout_seconds=settings.timeout_seconds,
            other_hosts=settings.other_hosts,
            cluster=settings.cluster,
        )
    from storage.sqlite import SQLiteStorage

    path = sqlite_path(settings, data)
    return SQLiteStorage(path, settings.pool_size, settings.timeout_seconds, inspect=inspect)


def migrate(settings: DatabaseAddress, data: Path = Path(), revision: str = "head") -> None:
    """Bring the schema to ``revision`` (blocking). Raises StorageUnavailable when the database cannot be reached."""
    from storage.migrations import upgrade

    upgrade(settings, sqlite_path(settings, data), revision)
