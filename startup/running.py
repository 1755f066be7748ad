"""One data folder, many processes: servers share it, a restore has it exclusively. The lock ends with its process."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FILE = "server.lock"


class FolderInUse(Exception):
    """A server uses the data folder, or a restore does."""


@contextmanager
def locked_folder(data: Path, *, alone: bool = False) -> Iterator[None]:
    """Hold the data folder while the block runs. Raises FolderInUse at once when that cannot be."""
    descriptor = os.open(data / FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FolderInUse(str(data)) from None
        yield
    finally:
        os.close(descriptor)
