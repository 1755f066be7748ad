"""MariaDB's programs, and what this machine offers to run them: a folder in memory, a user, a port."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
from pathlib import Path

MEMORY_BYTES = 4 << 30
SYSTEM_FOLDERS = "/usr/sbin:/usr/local/sbin:/usr/libexec:/opt/homebrew/bin"


class MariaDBMissing(RuntimeError):
    """MariaDB's server program is not installed."""


def program(name: str) -> str:
    found = shutil.which(name, path=f"{os.environ.get('PATH', os.defpath)}:{SYSTEM_FOLDERS}")
    if found is None:
        raise MariaDBMissing(
            f"{name} is not installed; the tests need MariaDB (Debian: mariadb-server-core, mariadb-client)"
        )
    return found


def memory_folder() -> Path | None:
    """A folder in memory, where a server that need not be durable works without a disk; None where there is none."""
    folder = Path("/dev/shm")  # Linux; a container may have left it with too little room
    if not folder.is_dir() or shutil.disk_usage(folder).free < MEMORY_BYTES:
        return None
    return folder


def system_user() -> str:
    """The server refuses to run as root unless told by name; the folder is ours alone, so ourselves it is."""
    return pwd.getpwuid(os.geteuid()).pw_name


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
