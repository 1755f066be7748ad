"""One data folder, many processes: servers share it, a restore has it exclusively. The lock ends with its process."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from config import ConfigError
from startup.problems import CommandFailed

FILE = "server.lock"


class FolderInUse(Exception):
    """A server uses the data folder, or a restore does."""


def data_folder(text: str, *, make: bool = True) -> Path:
    """The folder for everything the server writes; ``make``: private, when it is missing. Raises ConfigError."""
    try:
        folder = Path(text).expanduser().resolve()
    except RuntimeError:  # ~ without a home
        raise ConfigError(f"--data: {text}: there is no home folder") from None
    if not make:
        return folder
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise ConfigError(f"--data: cannot make the folder {folder}: {error.strerror}") from None
    return folder


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


@contextmanager
def serving_from(data: Path) -> Iterator[None]:
    """Hold the data folder as a server does. Raises CommandFailed at once while a backup is being restored."""
    with ExitStack() as held:
        try:
            held.enter_context(locked_folder(data))
        except FolderInUse:
            raise CommandFailed(f"{data}: a backup is being restored; wait for its end") from None
        yield
