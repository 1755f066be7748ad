"""Backup and restore as an operator does them: everything is deleted, and everything is there again."""

from __future__ import annotations

import dataclasses
import gzip
import hashlib
import io
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pymysql
import pytest
from PIL import Image

from config import ROOT, DatabaseSettings, load_settings
from payment.ledger import self_check
from startup.backup import BackupFailed, archive, back_up, restore, swapping
from startup.backup.mysql_swap import MySQLSwap
from startup.backup.restoring import recover
from storage import migrate, open_storage, revision
from storage.inspection import missing_triggers
from storage.mysql_words import driver_password
from storage.sqlite_file import COMPANIONS, damage
from tests.core.test_serving import client, order_and_pay, soon
from tests.http.client import PATIENT, order_fields
from tests.mariadb import MariaDB
from tests.served import Served, command, environment, serving


class Installation:
    """A data folder and a database with orders, pictures, avatars and bills, and no server."""

    def __init__(self, folder: Path, database: DatabaseSettings, io_loop: Any) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.settings = dataclasses.replace(load_settings(folder, None, {}), database=database)
        self.folder = folder
        self._loop = io_loop

    def fill(self, mark: str) -> None:
        """Change everything, so that ``mark`` can be seen in each place."""
        self._loop.run_sync(lambda: self._add_user(mark))
        for place in ("uploads", "avatars", "bills"):
            (self.folder / place).mkdir(exist_ok=True)
            (self.folder / place / f"{mark}.bin").write_bytes(mark.encode() * 100)
            (self.folder / place / "same-name").write_text(mark)

    async def _add_user(self, mark: str) -> None:
        storage = open_storage(self.settings.database, self.folder)
        await storage.open()
        async with storage.transaction() as tx:
            await tx.users.find_or_add(f"openid-{mark}", 1_700_000_000_000)
            await tx.commit()
        await storage.close()

    def state(self) -> dict[str, Any]:
        """All users, all files, and whether the database is whole and protected."""
        return dict(self._loop.run_sync(self._state))

    async def _state(self) -> dict[str, Any]:
        storage = open_storage(self.settings.database, self.folder)
        await storage.open()
        async with storage.reading() as reader:
            users = await reader.connection.fetch_all("SELECT openid FROM users ORDER BY id")
        found: dict[str, Any] = {
            "users": [row[0] for row in users],
            "schema": await revision.current(storage),
            "triggers missing": await missing_triggers(storage, self.settings.database.engine),
            "ledger": await self_check(storage),
        }
        await storage.close()
        for place in ("uploads", "avatars", "bills"):
            folder = self.folder / place
            found[place] = {
                file.name: file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()
            }
        return found

    def back_up(self, file: Path, **options: bool) -> None:
        given = {"with_keys": False, "overwrite": False, **options}
        back_up(self.settings, file, revision.newest(), **given)

    def restore(self, file: Path, **options: bool) -> None:
        restore(self.settings, file, **{"with_keys": False, "overwrite": True, **options})

    def nothing_is_left_behind(self) -> None:
        hidden = [
            file.name
            for file in self.folder.iterdir()
            if file.name.startswith(".") or file.suffix == ".draft"
        ]
        assert hidden == []
        assert not (self.folder / swapping.JOURNAL).exists()


@pytest.fixture
def installation(
    database_settings: DatabaseSettings, tmp_path: Path, io_loop: Any, request: pytest.FixtureRequest
) -> Iterator[Installation]:
    found = Installation(tmp_path / "data", database_settings, io_loop)
    found.fill("before")
    yield found
    if (
        database_settings.engine == "mysql"
    ):  # the database is the next test's, too: with its tables as they were
        _drop_beside(request, database_settings)


def _drop_beside(request: pytest.FixtureRequest, settings: DatabaseSettings) -> None:
    with request.getfixturevalue("mariadb").connect() as connection, connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS `{settings.name}_restore`")


@pytest.mark.promise(29)
@pytest.mark.promise(45)
def test_a_restore_over_what_came_later_gives_back_exactly_what_was(
    installation: Installation, tmp_path: Path
) -> None:
    file = tmp_path / "backup.tgz"
    was = installation.state()
    installation.back_up(file)
    assert file.stat().st_mode & 0o077 == 0
    installation.fill("after")
    assert installation.state() != was
    installation.restore(file)
    assert installation.state() == was
    installation.nothing_is_left_behind()
    installation.fill("later")
    assert installation.state()["users"] == ["openid-before", "openid-later"], "it goes on from there"


@pytest.mark.promise(45)
def test_a_restore_where_everything_was_deleted(
    installation: Installation, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    file = tmp_path / "backup.tgz"
    was = installation.state()
    installation.back_up(file)
    shutil.rmtree(installation.folder)
    installation.folder.mkdir()
    database = installation.settings.database
    if database.engine == "mysql":
        name = request.getfixturevalue("mariadb").fresh_database("emptied")
        database = dataclasses.replace(database, name=name)
    else:
        Path(database.path).unlink()
    installation.settings = dataclasses.replace(installation.settings, database=database)
    installation.restore(file, overwrite=False)
    assert installation.state() == was


def test_nothing_is_overwritten_unasked(installation: Installation, tmp_path: Path) -> None:
    file = tmp_path / "backup.tgz"
    installation.back_up(file)
    with pytest.raises(BackupFailed, match="exists already"):
        installation.back_up(file)
    installation.back_up(file, overwrite=True)
    installation.fill("after")
    was = installation.state()
    with pytest.raises(BackupFailed, match=r"there is something already.*--overwrite"):
        installation.restore(file, overwrite=False)
    assert installation.state() == was


# ---------------------------------------------------------------- backups that are none


def rewritten(file: Path, change: Callable[[dict[str, bytes]], object], *, hashes: bool = True) -> Path:
    """A copy of a backup whose members were changed; with ``hashes`` the manifest is made to agree."""
    with tarfile.open(file) as reading:
        members = {member.name: reading.extractfile(member).read() for member in reading}  # type: ignore[union-attr]
    change(members)
    if hashes and "manifest.json" in members:
        manifest = json.loads(members["manifest.json"])
        others = {name: content for name, content in members.items() if name != "manifest.json"}
        manifest["members"] = {name: hashlib.sha256(content).hexdigest() for name, content in others.items()}
        members["manifest.json"] = json.dumps(manifest).encode()
    target = file.with_name("changed.tgz")
    with tarfile.open(target, "w:gz") as writing:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            writing.addfile(info, io.BytesIO(content))
    return target


def in_manifest(**values: object) -> Callable[[dict[str, bytes]], None]:
    def change(members: dict[str, bytes]) -> None:
        members["manifest.json"] = json.dumps(json.loads(members["manifest.json"]) | values).encode()

    return change


def cut(file: Path) -> Path:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    return file


def bent(file: Path) -> Path:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 0xFF
    file.write_bytes(content)
    return file


def written(file: Path, content: bytes) -> Path:
    file.write_bytes(content)
    return file


def database_of(members: dict[str, bytes]) -> str:
    return next(name for name in members if name.startswith("database."))


def spoil_database(members: dict[str, bytes]) -> None:
    """Damage that the hashes do not show: a file that was bad when it was put in."""
    name = database_of(members)
    content = bytearray(members[name])
    if name.endswith("sqlite3"):
        for page in range(3, 20):
            content[page * 4096 : page * 4096 + 200] = b"\xff" * 200
    else:
        content[len(content) // 2 : len(content) // 2] = b"\nTHIS IS NO SQL;\n"
    members[name] = bytes(content)


SPOILED: dict[str, tuple[str, Callable[[Path], Path]]] = {
    "missing": ("no such file", lambda file: file.with_name("nowhere.tgz")),
    "empty": ("not a backup", lambda file: written(file, b"")),
    "a text": ("not a backup", lambda file: written(file, b"SELECT 1;" * 99)),
    "another archive": ("not a backup", lambda file: written(file, gzip.compress(b"hello" * 5000))),
    "cut off": ("damaged|cut off", cut),
    "bent": ("damaged|cut off", bent),
    "without a manifest": ("not a backup", lambda file: rewritten(file, lambda m: m.pop("manifest.json"))),
    "without its database": ("without a database", lambda file: rewritten(file, lambda m: m.pop(database_of(m)))),
    "with another picture": (
        "damaged",
        lambda file: rewritten(file, lambda m: m.update({"files/uploads/same-name": b"x"}), hashes=False),
    ),
    "without a picture": (
        "damaged", lambda file: rewritten(file, lambda m: m.pop("files/uploads/same-name"), hashes=False)
    ),
    "with a way out": ("it holds", lambda file: rewritten(file, lambda m: m.update({"files/../../x": b"x"}))),
    "with an absolute path": ("it holds", lambda file: rewritten(file, lambda m: m.update({"/tmp/x": b"x"}))),
    "of the future": ("newer version", lambda file: rewritten(file, in_manifest(schema="9999"))),
    "of another form": ("another version", lambda file: rewritten(file, in_manifest(format=2))),
    "with a bad database": ("damaged|mariadb failed", lambda file: rewritten(file, spoil_database)),
}  # fmt: skip


@pytest.mark.promise(29)
@pytest.mark.parametrize("case", list(SPOILED))
def test_nothing_changes_when_the_backup_is(installation: Installation, tmp_path: Path, case: str) -> None:
    words, spoil = SPOILED[case]
    file = tmp_path / "backup.tgz"
    installation.back_up(file)
    installation.fill("after")
    was = installation.state()
    with pytest.raises(BackupFailed, match=words) as caught:
        installation.restore(spoil(file))
    assert "\n" not in str(caught.value)
    assert installation.state() == was
    installation.nothing_is_left_behind()
    if installation.settings.database.engine == "mysql":
        assert beside(installation) == []


def beside(installation: Installation) -> list[str]:
    database = MySQLSwap(installation.settings.database)
    try:
        return database.tables(database.beside)
    finally:
        database.close()


def test_a_backup_of_the_other_engine_is_refused(installation: Installation, tmp_path: Path) -> None:
    file = tmp_path / "backup.tgz"
    installation.back_up(file)
    other = "mysql" if installation.settings.database.engine == "sqlite" else "sqlite"
    installation.settings = installation.settings.replace("database", engine=other)
    with pytest.raises(BackupFailed, match="expected a backup of"):
        installation.restore(file)


@pytest.mark.promise(29)
@pytest.mark.parametrize("at", [1, 2, 4, 6, "database"])
def test_a_restore_that_fails_half_way_leaves_what_was(
    installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int | str
) -> None:
    file = tmp_path / "backup.tgz"
    installation.back_up(file)
    installation.fill("after")
    was = installation.state()
    calls = 0
    real = os.rename

    def failing(source: Any, target: Any) -> None:
        nonlocal calls
        calls += not str(target).endswith(".restoring")  # what is put beside the places is no matter
        if calls == at and not str(target).endswith(".restoring"):
            raise OSError(28, "No space left on device", str(target))
        real(source, target)

    if at == "database":
        monkeypatch.setattr(os, "sync", failing_after(2))
    else:
        monkeypatch.setattr(os, "rename", failing)
    with pytest.raises(BackupFailed, match="No space left"):
        installation.restore(file)
    monkeypatch.undo()
    assert installation.state() == was
    installation.nothing_is_left_behind()
    installation.restore(file)
    assert installation.state()["users"] == ["openid-before"]


def failing_after(calls: int) -> Callable[[], None]:
    """The files are in their places already when this fails."""

    def sync() -> None:
        nonlocal calls
        calls -= 1
        if calls == 0:
            raise OSError(28, "No space left on device")

    return sync


KILLED = """
import os, sys, main
from pathlib import Path
from startup.backup import swapping
place, number = sys.argv.pop(1), int(sys.argv.pop(1))
real = getattr(swapping.os, place)
def killed(*arguments, **options):
    global number
    number -= not str(arguments[-1:]).endswith(".restoring'),)")  # what is put beside the places is no matter
    if number == 0:
        os._exit(137)
    return real(*arguments, **options)
setattr(swapping.os, place, killed)
sys.exit(main.main(sys.argv[1:]))
"""
"""`main.py`, killed at the n-th call of one of the system's functions while it puts files in their places."""


@pytest.mark.promise(29)
@pytest.mark.parametrize(
    ("call", "number"), [("rename", 1), ("rename", 3), ("rename", 5), ("sync", 2), ("replace", 2)]
)
def test_a_restore_that_is_killed_half_way_is_undone_by_the_next(
    installation: Installation, tmp_path: Path, call: str, number: int
) -> None:
    file = tmp_path / "backup.tgz"
    installation.back_up(file)
    installation.fill("after")
    was = installation.state()
    where = ["--data", str(installation.folder), "--config", str(tmp_path / "config.toml")]
    (tmp_path / "config.toml").write_text("")
    settings = {**environment(), **variables(installation.settings.database)}
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, call, str(number), *where, "restore", str(file), "--overwrite"],
        cwd=ROOT, env=settings, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert killed.returncode == 137, killed.stderr
    ended = subprocess.run(
        [sys.executable, "main.py", *where, "check"], cwd=ROOT, env=settings, capture_output=True, text=True
    )
    assert (ended.returncode, "[failed ] data-folder" in ended.stdout) == (1, True), ended.stdout
    with pytest.raises(BackupFailed, match="no such file"):
        installation.restore(tmp_path / "nowhere.tgz")
    if (
        call == "replace" and installation.settings.database.engine == "mysql"
    ):  # the tables were exchanged already
        assert installation.state()["users"] == ["openid-before"]
    else:
        assert installation.state() == was
    installation.nothing_is_left_behind()
    installation.restore(file)
    assert installation.state()["users"] == ["openid-before"]


@pytest.mark.promise(29)
def test_a_restore_that_is_killed_while_it_clears_away_is_finished(
    installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "backup.tgz"
    was = installation.state()
    installation.back_up(file)
    installation.fill("after")
    monkeypatch.setattr(swapping, "_remove", refusing_at_the_end(swapping._remove))
    with pytest.raises(BackupFailed):
        installation.restore(file)
    monkeypatch.undo()
    assert (installation.folder / swapping.JOURNAL).exists()
    recover(installation.settings)
    assert installation.state() == was
    installation.nothing_is_left_behind()


def refusing_at_the_end(remove: Callable[[Path], None]) -> Callable[[Path], None]:
    def refusing(path: Path) -> None:
        if path.name.endswith(".before-restore"):
            raise OSError(5, "Input/output error")
        remove(path)

    return refusing


def variables(database: DatabaseSettings) -> dict[str, str]:
    names = ("path",) if database.engine == "sqlite" else ("host", "port", "name", "user", "password")
    given = {f"HA_DATABASE_{name.upper()}": str(getattr(database, name)) for name in names}
    return {"HA_DATABASE_ENGINE": database.engine, **given}


# ---------------------------------------------------------------- SQLite

CRASH = """
import sqlite3, os, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute("PRAGMA journal_mode=WAL")
connection.execute("PRAGMA wal_autocheckpoint=0")
for number in range(300):
    connection.execute("UPDATE users SET nickname = ?", (f"crash{number}",))
    connection.execute("CREATE TABLE crash" + str(number) + " (id INTEGER)")
    connection.commit()
os._exit(0)
"""


@pytest.mark.promise(29)
def test_a_restore_over_a_crash_leaves_nothing_of_the_old_journal(tmp_path: Path, io_loop: Any) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    migrate(DatabaseSettings(), folder)
    found = Installation(folder, DatabaseSettings(), io_loop)
    found.fill("before")
    file = tmp_path / "backup.tgz"
    found.back_up(file)
    database = folder / "hospital.sqlite3"
    subprocess.run([sys.executable, "-c", CRASH, str(database)], check=True)
    assert database.with_name("hospital.sqlite3-wal").stat().st_size > 100_000, (
        "the crash has left its journal"
    )
    ended = command(folder, "restore", str(file), "--overwrite")
    assert ended.returncode == 0, ended.stderr
    assert "[  ok   ] integrity" in ended.stdout
    assert not [end for end in COMPANIONS if database.with_name(database.name + end).exists()]
    assert damage(database) == ""
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert found.state()["users"] == ["openid-before"]


def test_a_damaged_database_is_not_backed_up(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    migrate(DatabaseSettings(), folder)
    database = folder / "hospital.sqlite3"
    content = bytearray(database.read_bytes())
    for page in range(3, 20):
        content[page * 4096 : page * 4096 + 200] = b"\xff" * 200
    database.write_bytes(content)
    ended = command(folder, "backup", str(tmp_path / "backup.tgz"))
    assert (ended.returncode, "Traceback" in ended.stderr) == (1, False)
    assert not (tmp_path / "backup.tgz").exists()


# ---------------------------------------------------------------- MariaDB


@pytest.fixture(scope="module")
def own() -> Iterator[MariaDB]:
    server = MariaDB()
    server.start()
    yield server
    server.stop()


def as_root(server: MariaDB) -> Any:
    return closing(pymysql.connect(unix_socket=server.socket, user="root", autocommit=True))


PASSWORD = "a\"b'c#d\\e $f;ü"  # everything that an option file may trip over


@pytest.fixture
def limited(own: MariaDB, tmp_path: Path, io_loop: Any) -> Installation:
    """An installation whose user has rights on its own database alone, as the documentation gives them."""
    name = own.fresh_database("limited")
    with as_root(own) as connection, connection.cursor() as cursor:
        cursor.execute("DROP DATABASE IF EXISTS limited_restore")
        cursor.execute("DROP USER IF EXISTS 'limited'@'%'")
        cursor.execute("CREATE USER 'limited'@'%%' IDENTIFIED BY %s", (PASSWORD,))
        cursor.execute("GRANT ALL ON limited.* TO 'limited'@'%'")
    settings = DatabaseSettings(
        engine="mysql", host=own.host, port=own.port, name=name, user="limited", password=PASSWORD
    )
    migrate(settings)
    found = Installation(tmp_path / "data", settings, io_loop)
    found.fill("before")
    return found


def test_a_user_with_rights_on_one_database_backs_up_and_restores_into_an_empty_one(
    own: MariaDB, limited: Installation, tmp_path: Path
) -> None:
    file = tmp_path / "backup.tgz"
    was = limited.state()
    limited.back_up(file)
    limited.fill("after")
    later = limited.state()
    with pytest.raises(BackupFailed, match=r"GRANT ALL ON `limited_restore`\.\*"):
        limited.restore(file)
    assert limited.state() == later
    with as_root(own) as connection, connection.cursor() as cursor:
        cursor.execute("GRANT ALL ON limited_restore.* TO 'limited'@'%'")
    limited.restore(file)
    assert limited.state() == was
    own.fresh_database("limited")
    shutil.rmtree(limited.folder)
    limited.folder.mkdir()
    limited.restore(file, overwrite=False)
    assert limited.state() == was


def test_a_failed_restore_into_an_empty_database_leaves_it_empty(
    own: MariaDB, limited: Installation, tmp_path: Path
) -> None:
    file = tmp_path / "backup.tgz"
    limited.back_up(file)
    own.fresh_database("limited")
    with pytest.raises(BackupFailed, match="mariadb failed"):
        limited.restore(rewritten(file, spoil_database))
    database = MySQLSwap(limited.settings.database)
    assert database.tables() == []
    database.close()


def test_a_restore_beside_an_open_connection_is_refused(
    own: MariaDB, limited: Installation, tmp_path: Path
) -> None:
    file = tmp_path / "backup.tgz"
    limited.back_up(file)
    was = limited.state()
    using = limited.settings.database
    with closing(
        pymysql.connect(
            host=using.host, port=using.port, user=using.user, password=driver_password(PASSWORD), database=using.name
        )
    ), pytest.raises(BackupFailed, match="stop every server first"):  # fmt: skip
        limited.restore(file)
    assert limited.state() == was


def test_the_password_is_in_no_argument_and_in_no_environment(
    limited: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = tmp_path / "seen"
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("mariadb-dump", "mariadb"):
        spy = tools / name
        real = shutil.which(name)
        spy.write_text(
            f'#!/bin/sh\nprintf "%s\\n" "$0 $*" >> {seen}\nenv >> {seen}\n'
            f'stat -c %a "${{1#--defaults-extra-file=}}" >> {seen}\nexec {real} "$@"\n'
        )
        spy.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")
    monkeypatch.setenv("MYSQL_PWD", "another")
    file = tmp_path / "backup.tgz"
    limited.back_up(file)
    with pytest.raises(BackupFailed):
        limited.restore(rewritten(file, spoil_database))
    said = seen.read_text()
    assert "--defaults-extra-file=" in said
    assert "\n600\n" in said
    assert PASSWORD not in said
    assert "MYSQL_PWD" not in said
    assert "c#d" not in said


def test_a_missing_program_is_named(
    limited: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BackupFailed, match="mariadb-dump is not installed"):
        limited.back_up(tmp_path / "backup.tgz")
    assert not (tmp_path / "backup.tgz").exists()


# ---------------------------------------------------------------- keys


def test_keys_come_back_to_where_they_were(tmp_path: Path, io_loop: Any) -> None:
    data, keys = tmp_path / "data", tmp_path / "keys"
    data.mkdir()
    keys.mkdir()
    (keys / "merchant.pem").write_text("a key")
    (keys / "public.pem").write_text("a public key")
    config = tmp_path / "config.toml"
    config.write_text(
        f'[pay]\nkey_file = "{keys}/merchant.pem"\npublic_key_file = "{keys}/public.pem"\n[orders]\nbrand = "安心"\n'
    )
    config.chmod(0o600)
    where = ["--data", str(data), "--config", str(config)]
    migrate(DatabaseSettings(), data)
    file = tmp_path / "backup.tgz"

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "main.py", *where, *arguments],
            cwd=ROOT,
            env=environment(),
            capture_output=True,
            text=True,
        )

    assert run("backup", str(tmp_path / "without.tgz")).returncode == 0
    assert archive.peek(tmp_path / "without.tgz", "keys/config.toml") is None
    assert run("backup", str(file), "--keys").returncode == 0
    was = {path: path.read_text() for path in (config, keys / "merchant.pem", keys / "public.pem")}
    shutil.rmtree(data)
    shutil.rmtree(keys)
    config.unlink()
    ended = run("restore", str(file), "--keys")
    assert ended.returncode == 0, ended.stderr
    assert {path: path.read_text() for path in was} == was
    assert not [path for path in was if path.stat().st_mode & 0o077]
    refused = run("restore", str(file), "--keys")
    assert (refused.returncode, "--overwrite" in refused.stderr) == (1, True)
    refused = run("restore", str(tmp_path / "without.tgz"), "--keys", "--overwrite")
    assert (refused.returncode, "made without --keys" in refused.stderr) == (1, True)


# ---------------------------------------------------------------- a whole day


@pytest.mark.promise(29)
@pytest.mark.promise(45)
def test_everything_is_deleted_and_the_server_serves_again(
    engine: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    settings: dict[str, str] = {}
    if engine == "mysql":
        mariadb = request.getfixturevalue("mariadb")
        database = DatabaseSettings(
            engine="mysql", host=mariadb.host, port=mariadb.port, name=mariadb.fresh_database("whole_day"),
            user=mariadb.user, password=mariadb.password,
        )  # fmt: skip
        settings = variables(database)
    folder, file = tmp_path / "data", tmp_path / "backup.tgz"
    with serving(folder, settings=settings) as served:
        password = served.password
        order_and_pay(served)
        with client(served) as user:
            warrant = user.get("login/", params={"code": "as:li:2"}).json()["warrant"]
            user.headers["warrant"] = warrant
            user.post("user/add1friend/", data=PATIENT)
            sent = user.post("user/avatar/", files={"avatar": ("a.png", png(), "image/png")})
            was = everything(user)
        assert sent.status_code == 200, sent.text
        made = command(folder, "backup", str(file), "--keys", settings=settings)
        assert made.returncode == 0, made.stderr
        while_serving = command(folder, "restore", str(file), "--overwrite", settings=settings)
        assert (while_serving.returncode, "stop it first" in while_serving.stderr) == (1, True)
        with client(served) as user:
            user.headers["warrant"] = warrant
            assert everything(user) == was, "neither a backup nor a refused restore is noticed"
    shutil.rmtree(folder)
    if engine == "mysql":
        mariadb.fresh_database("whole_day")
    folder.mkdir()
    restored = command(folder, "restore", str(file), "--keys", "--overwrite", settings=settings)
    assert restored.returncode == 0, restored.stderr
    assert "[failed" not in restored.stdout
    assert password not in restored.stdout + restored.stderr
    assert command(folder, "ledger", settings=settings).returncode == 0
    checked = command(folder, "check", settings=settings)
    assert checked.returncode == 0, checked.stdout
    with serving(folder, settings=settings) as served:
        assert served.password == "", "the administrators are there"
        with client(served) as user:
            user.headers["warrant"] = warrant
            assert everything(user) == was
        log_in(served, password)
        with client(served) as user:
            user.headers["warrant"] = warrant
            friend = user.get("user/getFriends/").json()["data"][0]["id"]
            made_now = user.post("user/create1order/", data=order_fields(friend, soon())).json()
            assert made_now["code"] == 0, "and goes on from there"


def everything(user: httpx.Client) -> list[Any]:
    me = user.get("user/me/").json()
    picture = user.get(me["user"]["avatar"])
    assert picture.status_code == 200
    orders = user.get("user/getOrderStatus/").json()["data"]
    assert [order["progress"] for order in orders] == ["已付款"]
    friends = user.get("user/getFriends/").json()["data"]
    return [me, picture.content, orders, friends]


def png() -> bytes:
    drawn = io.BytesIO()
    Image.new("RGB", (60, 60), "teal").save(drawn, "PNG")
    return drawn.getvalue()


def log_in(served: Served, password: str) -> None:
    from tests.core.test_command_line import log_in

    assert log_in(served, "admin", password) == 302
