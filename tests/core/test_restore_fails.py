"""A restore that cannot succeed, fails half-way or is killed leaves what was."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from config import ROOT
from startup.backup import BackupFailed, swapping
from startup.backup.mysql_swap import MySQLSwap
from startup.backup.restoring import recover
from tests.core.backups import Installation, database_of, installation, rewritten, spoil_database, variables
from tests.served import environment

__all__ = ["installation"]


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


SPOILED: dict[str, tuple[str, Callable[[Path], Path]]] = {
    "missing": ("no such file", lambda file: file.with_name("nowhere.tgz")),
    "empty": ("not a backup", lambda file: written(file, b"")),
    "a text": ("not a backup", lambda file: written(file, b"SELECT 1;" * 99)),
    "another archive": ("not a backup", lambda file: written(file, gzip.compress(b"hello" * 5000))),
    "cut off": ("damaged|cut off", cut),
    "bent": ("damaged|cut off", bent),
    "without a manifest": ("not a backup", lambda file: rewritten(file, lambda m: m.pop("manifest.json"))),
    "without its database": (
        "without a database",
        lambda file: rewritten(file, lambda m: m.pop(database_of(m))),
    ),
    "with another picture": (
        "damaged",
        lambda file: rewritten(file, lambda m: m.update({"files/uploads/same-name": b"x"}), hashes=False),
    ),
    "without a picture": (
        "damaged",
        lambda file: rewritten(file, lambda m: m.pop("files/uploads/same-name"), hashes=False),
    ),
    "with a way out": ("it holds", lambda file: rewritten(file, lambda m: m.update({"files/../../x": b"x"}))),
    "with an absolute path": ("it holds", lambda file: rewritten(file, lambda m: m.update({"/tmp/x": b"x"}))),
    "of the future": ("newer version", lambda file: rewritten(file, in_manifest(schema="9999"))),
    "of another form": ("another version", lambda file: rewritten(file, in_manifest(format=2))),
    "with a bad database": ("damaged|mariadb failed", lambda file: rewritten(file, spoil_database)),
}


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
"""``main.py``, killed at the n-th call of one of the system's functions while it puts files in their places."""


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
        cwd=ROOT,
        env=settings,
        capture_output=True,
        text=True,
        timeout=60,
    )
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
