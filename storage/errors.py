"""What can go wrong with the database, the same for both engines."""

from __future__ import annotations


class StorageError(Exception):
    """Base of all. The message is for operators, never for users."""


class StorageUnavailable(StorageError):
    """The database cannot be reached, did not answer in time, or the connection was lost. Try again later."""


class StorageNotWritable(StorageUnavailable):
    """The database answers, but cannot write: ``reason`` is ``full`` or ``read_only``."""

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


class Duplicate(StorageError):
    """A unique column already holds this value; nothing was changed by the statement."""


class TransactionOver(RuntimeError):
    """A fault of the program: a statement for a transaction that was committed or rolled back. It was not run."""

    def __init__(self) -> None:
        super().__init__("a statement for a transaction that is over")


class Contention(StorageError):
    """Deadlock or lock wait: the database rolled this transaction back, running it again is safe."""
