"""Backup and restore of MariaDB by a user with the rights that the documentation gives, with MariaDB's own programs."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pymysql
import pytest

from config import DatabaseSettings
from startup.backup import BackupFailed
from startup.backup.mysql_swap import MySQLSwap
from storage import migrate
from storage.mysql_words import driver_password
from tests.core.backups import Installation, rewritten, spoil_database
from tests.mariadb import MariaDB


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
    with (
        closing(
            pymysql.connect(
                host=using.host,
                port=using.port,
                user=using.user,
                password=driver_password(PASSWORD),
                database=using.name,
            )
        ),
        pytest.raises(BackupFailed, match="stop every server first"),
    ):
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
