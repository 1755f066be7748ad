"""Backup and restore as an operator does them: everything is deleted, and everything is there again."""

from __future__ import annotations

import dataclasses
import io
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from config import ROOT, DatabaseSettings
from privacy import PATIENT_PHONE, Vault, new_key
from startup.backup import BackupFailed, archive
from storage import migrate, open_storage
from storage.sqlite_file import COMPANIONS, damage
from tests.core.backups import Installation, installation, variables
from tests.core.test_serving import client, order_and_pay, soon, wait_until
from tests.core.test_stored_keys import fill_column
from tests.http.client import PATIENT, order_fields
from tests.served import Served, command, environment, serving

__all__ = ["installation"]


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


@pytest.mark.promise(23)
@pytest.mark.promise(45)
def test_a_restore_that_another_key_sealed_says_so_and_fails(
    installation: Installation, tmp_path: Path, io_loop: Any
) -> None:
    key, database = new_key(), installation.settings.database

    async def seal() -> None:
        storage = open_storage(database, installation.folder)
        await storage.open()
        await fill_column(storage, "patients", "phone_sealed", [Vault(key).seal("1", PATIENT_PHONE)])
        await storage.close()

    io_loop.run_sync(seal)
    file = tmp_path / "backup.tgz"
    installation.back_up(file)
    for known, code in ((key, 0), (new_key(), 1)):
        settings = {**variables(database), "HA_PRIVACY_KEY": known}
        ended = command(installation.folder, "restore", str(file), "--overwrite", settings=settings)
        assert ended.returncode == code, ended.stdout + ended.stderr
        assert ("[failed ] privacy-key" in ended.stdout) == bool(code)
        assert "restored" in ended.stdout


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


@pytest.mark.promise(29)
@pytest.mark.promise(45)
def test_everything_is_deleted_and_the_server_serves_again(
    engine: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    settings: dict[str, str] = {}
    if engine == "mysql":
        mariadb = request.getfixturevalue("mariadb")
        database = DatabaseSettings(
            engine="mysql",
            host=mariadb.host,
            port=mariadb.port,
            name=mariadb.fresh_database("whole_day"),
            user=mariadb.user,
            password=mariadb.password,
        )
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
            assert sent.status_code == 200, sent.text
            wait_until(
                lambda: not user.get("user/me/").json()["user"]["avatarState"]
            )  # WeChat has looked at it
            was = everything(user)
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
