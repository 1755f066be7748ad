"""MariaDB's and MySQL's own programs, told the password by a file that only we can read: never by an argument."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from config import DatabaseSettings
from startup.backup.problems import BackupFailed

COMPLETED = b"-- Dump completed"
_DUMP = (
    "--single-transaction",  # one moment, while the server goes on
    "--quick",
    "--skip-lock-tables",
    "--skip-triggers",  # made by us after a restore: their definer may not exist there
    "--no-tablespaces",  # would ask for a right that one database does not need
    "--hex-blob",
    "--default-character-set=utf8mb4",
)


def dump(settings: DatabaseSettings, target: Path) -> None:
    """Write the database as SQL. Raises BackupFailed."""
    with target.open("wb") as stream:
        _run(settings, ("mariadb-dump", "mysqldump"), [*_DUMP, settings.name], output=stream)
    refuse_incomplete(target)


def refuse_incomplete(file: Path) -> None:
    """A dump ends with a line that says so. Raises BackupFailed."""
    with file.open("rb") as stream:
        stream.seek(max(0, file.stat().st_size - 200))
        if COMPLETED not in stream.read():
            raise BackupFailed("the dump of the database is not complete")


def load(settings: DatabaseSettings, database: str, source: Path) -> None:
    """Run a dump in an empty database of that name. Raises BackupFailed."""
    options = ["--default-character-set=utf8mb4", "--binary-mode", database]
    with source.open("rb") as stream:
        _run(settings, ("mariadb", "mysql"), options, given=stream)


def _run(
    settings: DatabaseSettings,
    names: Sequence[str],
    options: Sequence[str],
    given: IO[bytes] | None = None,
    output: IO[bytes] | None = None,
) -> None:
    program = next((found for name in names if (found := shutil.which(name))), None)
    if program is None:
        raise BackupFailed(f"{names[0]} is not installed (Debian: mariadb-client)")
    with _option_file(settings) as defaults:
        ended = subprocess.run(
            [program, f"--defaults-extra-file={defaults}", *options],
            stdin=given or subprocess.DEVNULL,
            stdout=output or subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env={name: value for name, value in os.environ.items() if name != "MYSQL_PWD"},
        )
    if ended.returncode:
        said = " ".join(ended.stderr.decode("utf-8", "replace").split())[-500:]
        raise BackupFailed(f"{names[0]} failed: {said or f'exit code {ended.returncode}'}")


@contextmanager
def _option_file(settings: DatabaseSettings) -> Iterator[Path]:
    """A file with the options of the client programs, removed afterwards. ``loose-``: a program skips what it does
    not know, MySQL's what is MariaDB's and the other way round."""
    lines = [
        "[client]",
        f"host={_quoted(settings.host)}",
        f"port={settings.port}",
        "protocol=tcp",
        f"user={_quoted(settings.user)}",
        f"password={_quoted(settings.password)}",
    ]
    if settings.tls_ca:
        lines += [
            f"ssl-ca={_quoted(settings.tls_ca)}",
            "loose-ssl-verify-server-cert",
            "loose-ssl-mode=VERIFY_IDENTITY",
        ]
    else:
        lines += ["loose-ssl-verify-server-cert=0"]
    if settings.server_key_file:
        lines += [f"loose-server-public-key-path={_quoted(settings.server_key_file)}"]
    with tempfile.TemporaryDirectory(prefix="hospital-") as folder:
        file = Path(folder) / "client.cnf"
        file.touch(mode=0o600)
        file.write_text("\n".join(lines) + "\n", "utf-8")
        yield file


def _quoted(text: str) -> str:
    """A value of an option file: whole, whatever stands in it."""
    if "\n" in text or "\r" in text:
        raise BackupFailed("a setting of [database] holds a line break")
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
