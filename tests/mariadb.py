"""A private MariaDB: its own folder, socket and port, nobody's but ours, gone afterwards.

    database = MariaDB()
    database.start()
    database.fresh_database("orders")
    …
    database.stop()

No installation of the system is touched: nothing is read from /etc, no service is started or spoken to.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pymysql

from tests.mariadb_programs import MariaDBMissing, free_port, memory_folder, program, system_user

__all__ = ["MariaDB", "MariaDBMissing", "SharedMariaDB"]

START_SECONDS = 60.0
STOP_SECONDS = 30.0

# Small and quick to start. What is durable is the caller's choice: see the argument ``durable``.
SERVER_OPTIONS = (
    "--skip-name-resolve",
    "--skip-log-bin",
    "--skip-performance-schema",
    "--skip-ssl",
    "--character-set-server=utf8mb4",
    "--collation-server=utf8mb4_general_ci",
    "--innodb-buffer-pool-size=64M",
    "--innodb-log-file-size=32M",
    "--innodb-buffer-pool-dump-at-shutdown=OFF",
    "--innodb-buffer-pool-load-at-startup=OFF",
    "--innodb-fast-shutdown=2",
    "--aria-pagecache-buffer-size=8M",
    "--key-buffer-size=1M",
    "--max-connections=300",
    "--max-allowed-packet=64M",
)

# Ends the server and removes its folder when the process that holds the other end of its input is gone,
# however that came about; a test run that is killed leaves nothing behind.
WATCHDOG = 'read -r _; kill -KILL "$1" 2>/dev/null; rm -rf "$2"'


class MariaDB:
    """One server process. ``durable=False`` leaves out the disk flush at each commit: tests need not pay it."""

    host = "127.0.0.1"
    user = "hospital"

    def __init__(self, *, durable: bool = False, options: tuple[str, ...] = ()) -> None:
        self.password = secrets.token_urlsafe(16)
        self.port = 0
        self.folder: Path | None = None
        self.durable = durable
        self.options = options
        self.environment: dict[str, str] = {}
        self.process: subprocess.Popen[bytes] | None = None
        self._watchdog: subprocess.Popen[bytes] | None = None

    @property
    def socket(self) -> str:
        return str(self._folder / "socket")

    @property
    def log(self) -> str:
        """What the server has written about itself."""
        path = self._folder / "log"
        return path.read_text("utf-8", "replace") if path.exists() else ""

    @property
    def _folder(self) -> Path:
        if self.folder is None:
            raise RuntimeError("this MariaDB has not been started")
        return self.folder

    def start(self) -> None:
        """Start the server and wait until it answers; the first time also make its folder and its user.

        Raises MariaDBMissing, or RuntimeError with the server's own words.
        """
        if self.process is not None:
            raise RuntimeError("this MariaDB is running")
        if self.folder is None:
            self._install()
        for attempt in range(3):
            self.port = self.port or free_port()
            try:
                self._launch()
                return
            except RuntimeError:
                # Another process may have taken the port between our look and the server's.
                if attempt == 2 or "Address already in use" not in self.log:
                    raise
                self.port = 0

    def stop(self) -> None:
        """End the server in good order and remove its folder. Does nothing where there is none."""
        atexit.unregister(self.stop)
        self._end(signal.SIGTERM)
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder = None

    def end_in_good_order(self) -> None:
        """End the server; the data stay for the next start."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End the server as a power cut would, with SIGKILL; the data stay for the next start."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """End the server in good order and start it again, on the same port, with the same data."""
        self.end_in_good_order()
        self.start()

    def take_folder(self, other: Path) -> None:
        """Begin with a copy of what another server, which does not run, has stored."""
        self.folder = self._new_folder()
        shutil.copytree(other / "data", self.folder / "data")
        shutil.copy(other / "users.sql", self.folder)

    def pause(self) -> None:
        """Freeze the server: it keeps its connections and answers nothing."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let a frozen server go on."""
        self._signal(signal.SIGCONT)

    @contextlib.contextmanager
    def connect(self, database: str | None = None) -> Iterator[pymysql.Connection]:
        """A plain connection for set-up and inspection, with autocommit, closed at the end."""
        connection = pymysql.connect(
            host=self.host,
            port=self.port,
            user=self.user,
            password=self.password,
            database=database,
            charset="utf8mb4",
            autocommit=True,
            connect_timeout=5,
            ssl_disabled=True,  # else the root certificates are read each time, for a server of this machine
        )
        try:
            yield connection
        finally:
            connection.close()

    def fresh_database(self, name: str) -> str:
        """Create an empty database of that name, dropping what had it; returns the name."""
        with self.connect() as connection, connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS `{name}`")
            cursor.execute(f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci")
        return name

    def _new_folder(self) -> Path:
        folder = Path(tempfile.mkdtemp(prefix="mariadb-", dir=None if self.durable else memory_folder()))
        (folder / "tmp").mkdir()
        atexit.register(self.stop)
        return folder

    def _install(self) -> None:
        folder = self.folder = self._new_folder()
        created = subprocess.run(
            [
                program("mariadb-install-db"),
                "--no-defaults",
                f"--datadir={folder / 'data'}",
                f"--user={system_user()}",
                "--auth-root-authentication-method=normal",
                "--skip-test-db",
                "--skip-name-resolve",
                f"--tmpdir={folder / 'tmp'}",  # two installations in one folder take each other's files
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if created.returncode:
            self.stop()
            raise RuntimeError(f"mariadb-install-db failed:\n{created.stdout}")
        (folder / "users.sql").write_text(
            "DELETE FROM mysql.global_priv WHERE User = 'root' AND Host <> 'localhost';\n"
            f"CREATE USER IF NOT EXISTS '{self.user}'@'%' IDENTIFIED BY '{self.password}';\n"
            f"GRANT ALL ON *.* TO '{self.user}'@'%';\n"
        )

    def _launch(self) -> None:
        folder = self._folder
        with (folder / "log").open("wb") as log:
            self.process = subprocess.Popen(
                [
                    program("mariadbd"),
                    "--no-defaults",
                    f"--user={system_user()}",
                    f"--datadir={folder / 'data'}",
                    f"--tmpdir={folder / 'tmp'}",
                    f"--socket={self.socket}",
                    f"--pid-file={folder / 'pid'}",
                    f"--init-file={folder / 'users.sql'}",
                    f"--bind-address={self.host}",
                    f"--port={self.port}",
                    f"--innodb-flush-log-at-trx-commit={1 if self.durable else 0}",
                    *SERVER_OPTIONS,
                    *self.options,
                ],
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for the tests; they end the server
            )
        self._watchdog = subprocess.Popen(
            ["/bin/sh", "-c", WATCHDOG, "watchdog", str(self.process.pid), str(folder)],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )
        self._wait_until_ready()

    def _wait_until_ready(self) -> None:
        assert self.process is not None
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                with self.connect():
                    return
            except pymysql.Error as error:
                ended = self.process.poll() is not None
                if ended or time.monotonic() > deadline:
                    self._end(signal.SIGKILL)
                    what = "has ended" if ended else f"does not answer: {error}"
                    raise RuntimeError(f"mariadbd {what}\n{self.log[-3000:]}") from None
                time.sleep(0.05)

    def _end(self, number: signal.Signals) -> None:
        if self._watchdog is not None:  # first, or it would remove the folder
            self._watchdog.kill()
            self._watchdog.communicate()
            self._watchdog = None
        if self.process is not None:
            self.process.send_signal(number)
            self.process.send_signal(signal.SIGCONT)  # a frozen one would not hear the first
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process = None

    def _signal(self, number: signal.Signals) -> None:
        if self.process is None:
            raise RuntimeError("this MariaDB is not running")
        self.process.send_signal(number)


class SharedMariaDB(MariaDB):
    """A server that another process has started and will end: what a pytest-xdist worker gets."""

    def __init__(self, port: int, password: str) -> None:
        super().__init__()
        self.port = port
        self.password = password

    def start(self) -> None:
        raise RuntimeError("this MariaDB is shared; a test that stops or kills one must start its own")

    stop = kill = restart = pause = resume = start
