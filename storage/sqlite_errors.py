"""What SQLite's errors mean to the storage."""

from __future__ import annotations

import sqlite3

from storage.errors import Contention, Duplicate, StorageError, StorageNotWritable, StorageUnavailable

FAILURES = (sqlite3.Error, TimeoutError, ValueError)
"""What a statement raises. ValueError: aiosqlite's word for a connection that has been closed."""


def translated(error: Exception) -> StorageError:
    """The storage's exception for one of ``FAILURES``."""
    if isinstance(error, sqlite3.IntegrityError):
        unique = error.sqlite_errorcode in (
            sqlite3.SQLITE_CONSTRAINT_UNIQUE,
            sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY,
        )
        return Duplicate(str(error)) if unique else StorageError(str(error))
    code = (
        getattr(error, "sqlite_errorcode", 0) & 0xFF
    )  # Python's own, of a text that is not UTF-8, have none
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return Contention(str(error))
    if code == sqlite3.SQLITE_FULL:
        return StorageNotWritable("SQLite: the disk is full", "full")
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM):
        return StorageNotWritable("SQLite: the database file is read-only", "read_only")
    if isinstance(error, sqlite3.OperationalError | TimeoutError | ValueError):
        return StorageUnavailable(f"SQLite: {error or 'no answer in time'}")
    return StorageError(f"SQLite: {error}")
