"""What MySQL's and MariaDB's errors mean to the storage."""

from __future__ import annotations

import re
from typing import Any

import pymysql.err

from storage.errors import Contention, Duplicate, StorageError, StorageNotWritable, StorageUnavailable

FAILURES = (pymysql.err.Error, OSError, EOFError, RuntimeError)
"""What the driver raises. RuntimeError: for a stream that another coroutine is or was reading."""
_DUPLICATE_KEY = 1062
NOT_READY = 1047
"""Galera: this node is no part of the cluster now; nothing was done."""
_CONTENTION = {1213, 1205, NOT_READY, 1020}
"""Deadlock (with Galera also: another node was first, told at the commit), lock wait timeout, MariaDB's "record has
changed since last read"."""
_FULL = {3, 1021, 1026, 1114, 1028}
"""Error writing a file (to the disk, or the sort's), disk full, the table (that is, its disk) is full."""
_ENGINE_FAILED = 1030
_NO_SPACE = re.compile(r"\berror 28\b|\bErrcode: 28\b|No space left")
_READ_ONLY = {1036, 1290, 1792, 1836, 4166}
"""The table, the server (``read_only``), the transaction or the engine is read-only."""
# 1180: Galera lost the other nodes during the commit; what has become of it is not known.
_LOST = {
    1040,
    1044,
    1045,
    1049,
    1053,
    1077,
    1078,
    1079,
    1152,
    1153,
    1159,
    1161,
    1180,
    1927,
    2002,
    2003,
    2006,
    2013,
    2014,
    2055,
}


def translated(error: Exception) -> StorageError:
    """The storage's exception for one of ``FAILURES``."""
    code = code_of(error)
    if code == _DUPLICATE_KEY:
        return Duplicate(f"MySQL {code}")
    if code in _CONTENTION:
        return Contention(f"MySQL {code}")
    if code in _FULL or (code == _ENGINE_FAILED and _NO_SPACE.search(str(error))):
        return StorageNotWritable(f"MySQL {code}: the disk is full", "full")
    if code in _READ_ONLY:
        return StorageNotWritable(f"MySQL {code}: the database is read-only", "read_only")
    if code in _LOST or isinstance(error, pymysql.err.InterfaceError | OSError | EOFError | RuntimeError):
        return StorageUnavailable(f"MySQL {code}: no connection")
    return StorageError(f"MySQL {code}")


def code_of(error: Exception) -> Any:
    """MySQL's number, or the name of what came in between."""
    numbered = isinstance(error, pymysql.err.MySQLError) and error.args
    return error.args[0] if numbered else type(error).__name__
