"""The commands beside ``serve``: what they print, and their exit codes."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path

import pytest

import config
import main
from config import DatabaseSettings
from startup.checks import CHECKS
from storage import migrate, revision

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Runs ``main.py --data tmp_path …`` in this process: exit code, output, errors."""
    (tmp_path / "config.toml").write_text("", "utf-8")
    logger = logging.getLogger()
    handlers, level, umask = logger.handlers[:], logger.level, os.umask(0o022)

    def call(*arguments: str, given: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "stdin", StringIO(given))
        code = main.main(["--data", str(tmp_path), "--config", str(tmp_path / "config.toml"), *arguments])
        output = capsys.readouterr()
        assert "Traceback" not in output.err
        return code, output.out, output.err

    yield call
    os.umask(umask)
    logger.handlers[:], logger.level = handlers, level


def test_migrate_brings_an_empty_database_to_the_newest_schema(run: Run, tmp_path: Path) -> None:
    code, output, _ = run("migrate")
    assert (code, revision.newest() in output) == (0, True)
    assert (tmp_path / "hospital.sqlite3").stat().st_mode & 0o077 == 0
    assert run("migrate")[0] == 0, "a second time there is nothing to do"


def test_config_example_prints_the_file(run: Run) -> None:
    code, output, _ = run("config-example")
    assert (code, output) == (0, (config.ROOT / "config.example.toml").read_text("utf-8"))


def test_check_lists_every_check_and_says_with_its_exit_code_whether_all_is_well(
    run: Run, tmp_path: Path
) -> None:
    assert run("migrate")[0] == 0
    code, output, _ = run("check")
    lines = output.strip().splitlines()
    assert code == 0, output
    assert len(lines) == len(CHECKS)
    assert all(line.startswith(("[  ok   ]", "[warning]")) for line in lines), output
    (tmp_path / "config.toml").write_text("[orders]\nrefund_tiers = [[1, 500]]\n", "utf-8")
    code, output, _ = run("check")
    assert code == 1
    assert f"[failed ] refund-policy: {tmp_path}/config.toml: orders.refund_tiers" in output


def test_an_administrator_is_made_with_a_password_from_standard_input(run: Run) -> None:
    code, output, _ = run("admin", "create", "li", "--password-stdin", given="made-up words for a test\n")
    assert (code, "li" in output) == (0, True)
    assert "made-up" not in output
    code, _, errors = run("admin", "create", "li", "--password-stdin", given="made-up words for a test\n")
    assert code == 1, "the name is taken"
    assert errors.startswith("错误 / error: ")


@pytest.mark.parametrize(
    ("name", "password"), [("wang", "short"), ("wang", ""), ("bad name", "made-up words!"), ("", "x")]
)
def test_an_administrator_with_a_bad_name_or_password_is_refused(run: Run, name: str, password: str) -> None:
    code, _, errors = run("admin", "create", name, "--password-stdin", given=password + "\n")
    assert code == 1
    assert "错误 / error: " in errors


def test_the_ledger_of_an_empty_shop_agrees_with_itself(run: Run) -> None:
    assert run("migrate")[0] == 0
    code, output, _ = run("ledger")
    assert (code, bool(output.strip())) == (0, True)


def test_rotation_without_a_row_does_nothing(run: Run) -> None:
    assert run("migrate")[0] == 0
    code, output, _ = run("rotate-privacy-key")
    assert code == 0
    assert "0" in output


def test_without_a_server_the_bill_cannot_be_fetched_and_that_is_said(run: Run) -> None:
    assert run("migrate")[0] == 0
    for day in ("2026-11-01", "yesterday"):
        code, output, errors = run("reconcile", day)
        assert code != 0, day
        assert output + errors


def test_a_database_without_its_schema_asks_for_migrate(run: Run) -> None:
    for arguments in (["ledger"], ["admin", "unlock", "li"]):
        code, _, errors = run(*arguments)
        assert (code, "run: main.py migrate" in errors) == (1, True), arguments


def test_a_setting_that_cannot_be_used_stops_every_command(run: Run, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("[server]\nprot = 1\n", "utf-8")
    for arguments in (["migrate"], ["check"], ["ledger"], ["serve"], ["sandbox"], ["admin", "create", "x"]):
        code, _, errors = run(*arguments)
        assert code == 1, arguments
        assert "server.prot: unknown setting" in errors


def test_a_database_that_is_away_is_said_in_one_line(run: Run, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(
        '[database]\nengine = "mysql"\nport = 1\ntimeout_seconds = 2.0\npassword = "kept to itself"\n',
        "utf-8",
    )
    for arguments in (["migrate"], ["ledger"]):
        code, _, errors = run(*arguments)
        assert code == 1
        assert errors.count("\n") == 1
        assert "kept to itself" not in errors


def test_a_folder_that_cannot_be_made_is_said(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert main.main(["--data", str(tmp_path / "file" / "x"), "migrate"]) == 1
    assert "--data: cannot make the folder" in capsys.readouterr().err
    assert main.main(["--data", str(tmp_path / "file" / "x"), "check"]) == 1
    assert f"expected a folder, found the file {tmp_path / 'file'}" in capsys.readouterr().out


def test_the_newest_revision_is_what_a_migrated_database_is_at(tmp_path: Path) -> None:
    migrate(DatabaseSettings(path=str(tmp_path / "a.sqlite3")))
    assert revision.newest() >= "0001"
