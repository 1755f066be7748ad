"""A database that cannot be reached is told in one line, with the setting to look at and without a secret."""

from __future__ import annotations

import errno
from dataclasses import replace
from pathlib import Path

import pymysql.err
import pytest

from config import DatabaseSettings
from handlers.errors import as_api_error
from storage import StorageNotWritable, StorageUnavailable, migrate, mysql_errors, open_storage
from tests.databases import MySQLTemplate
from tests.served import command

SECRET = "not the pässword 密码"
WRONG: dict[str, tuple[str, dict[str, object]]] = {
    "the password": ("check database.user and database.password", {"password": SECRET}),
    "the user": ("refuses the user nobody", {"user": "nobody"}),
    "the database": ("has no database nowhere: check database.name", {"name": "nowhere"}),
    "the port": ("nobody answers at 127.0.0.1:1: check", {"port": 1}),
    "the host": ("nobody answers at no.such.host.invalid:", {"host": "no.such.host.invalid"}),
}


@pytest.mark.parametrize("case", list(WRONG))
async def test_no_connection_when_wrong_is(mysql_template: MySQLTemplate, tmp_path: Path, case: str) -> None:
    words, changes = WRONG[case]
    settings = replace(mysql_template.settings(), timeout_seconds=5.0, **changes)  # type: ignore[arg-type]
    storage = open_storage(settings)
    with pytest.raises(StorageUnavailable) as opening:
        await storage.open()
    await storage.close()
    with pytest.raises(StorageUnavailable) as migrating:
        migrate(settings)
    for caught in (opening, migrating):
        said = str(caught.value)
        assert words in said
        assert "\n" not in said
        assert settings.password not in said


def test_check_and_serve_say_it_too(mysql_template: MySQLTemplate, tmp_path: Path) -> None:
    found = mysql_template.settings()
    settings = {
        "HA_DATABASE_ENGINE": "mysql",
        "HA_DATABASE_HOST": found.host,
        "HA_DATABASE_PORT": str(found.port),
        "HA_DATABASE_NAME": found.name,
        "HA_DATABASE_USER": found.user,
        "HA_DATABASE_PASSWORD": SECRET,
    }
    (tmp_path / "data").mkdir()
    for name in ("check", "serve", "migrate", "ledger", "backup"):
        arguments = [name, str(tmp_path / "x.tgz")] if name == "backup" else [name]
        ended = command(tmp_path / "data", *arguments, settings=settings)
        said = ended.stdout + ended.stderr
        assert ended.returncode == 1, said
        assert "MySQL 1045" in said
        assert "database.password" in said
        assert SECRET not in said
        assert "Traceback" not in said


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_disk_that_is_full_is_named(code: int) -> None:
    shown = as_api_error(OSError(code, "x"))
    assert shown is not None
    assert (shown.status, shown.slug, bool(shown.headers["Retry-After"])) == (503, "disk_full", True)
    assert as_api_error(OSError(errno.EACCES, "x")) is None


def test_innodbs_word_for_a_full_disk() -> None:
    error = mysql_errors.translated(
        pymysql.err.OperationalError(1030, 'Got error 28 "No space left on device" from engine')
    )
    assert isinstance(error, StorageNotWritable)
    assert error.reason == "full"
    other = mysql_errors.translated(pymysql.err.OperationalError(1030, "Got error 128 from storage engine"))
    assert not isinstance(other, StorageNotWritable)


def test_a_password_reaches_the_driver_as_mariadbs_own_programs_send_it() -> None:
    from storage.mysql_words import driver_password

    assert driver_password("密码ü").encode("latin-1") == "密码ü".encode()
    assert driver_password("plain") == "plain"
    assert DatabaseSettings().password == ""
