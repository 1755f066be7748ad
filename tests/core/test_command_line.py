"""The command line in places that are not as usual: old Pythons, other encodings, outputs that nobody reads."""

from __future__ import annotations

import ast
import logging
import os
import re
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import httpx
import pytest

import config
from config import ROOT, load_settings
from startup import output
from tests.databases import SQLiteTemplate
from tests.served import Served, command, environment, serving, start


def run(*arguments: str, **options: object) -> subprocess.CompletedProcess[bytes]:
    """``main.py`` in a process of its own, whose streams the test chooses."""
    given: dict[str, object] = {"cwd": ROOT, "env": environment(), "timeout": 60, **options}
    return subprocess.run([sys.executable, *arguments], **given)  # type: ignore[call-overload]


def piped_into_nobody(*arguments: str, **options: object) -> subprocess.CompletedProcess[bytes]:
    """``main.py … | head``, whose head has already gone."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        return run("main.py", *arguments, stdout=writing, stderr=subprocess.PIPE, **options)
    finally:
        os.close(writing)


def test_main_can_be_read_by_old_pythons() -> None:
    source = (ROOT / "main.py").read_text("ascii")
    ast.parse(source, feature_version=(3, 7))
    assert "from __future__" not in source
    assert not re.search(r"""[^a-z]f["']""", source), "no f-strings"


@pytest.mark.parametrize("version", [(2, 7, 18, "final", 0), (3, 10, 13, "final", 0)])
def test_an_old_python_is_told_what_is_needed(version: tuple[object, ...]) -> None:
    code = f"import sys; sys.version_info = {version!r}; sys.argv = ['main.py', 'serve']; import main"
    ended = run("-c", code, capture_output=True)
    assert ended.returncode == 2
    said = ended.stderr.decode()
    assert f"needs Python 3.11 or newer; this is Python {version[0]}.{version[1]}" in said
    assert "Traceback" not in said


def test_a_missing_package_is_named_with_the_way_to_install_it() -> None:
    code = "import sys; sys.modules['tornado'] = None; sys.modules['marshmallow'] = None; import main"
    ended = run("-c", code, capture_output=True)
    assert ended.returncode == 2
    assert b"marshmallow is not installed" in ended.stderr
    assert b"tools/install requirements.lock" in ended.stderr
    assert b"Traceback" not in ended.stderr


def test_the_version_is_told() -> None:
    ended = run("main.py", "--version", capture_output=True)
    assert (ended.returncode, ended.stdout.decode().split()) == (0, ["HospitalAppointment", config.VERSION])


@pytest.mark.parametrize(
    "arguments", [["--help"], ["config-example"], ["--version"], ["migrate"], ["ledger"], ["check"]]
)
def test_an_output_that_nobody_reads_stops_no_command(
    arguments: list[str], tmp_path: Path, sqlite_template: SQLiteTemplate
) -> None:
    sqlite_template.settings(tmp_path)
    (tmp_path / "config.toml").write_text("")
    where = ["--data", str(tmp_path), "--config", str(tmp_path / "config.toml")]
    ended = piped_into_nobody(*where, *arguments)
    assert (ended.returncode, b"Traceback" in ended.stderr, b"Exception" in ended.stderr) == (0, False, False)


def test_reconciling_goes_on_when_its_reader_has_gone(tmp_path: Path) -> None:
    """Without a WeChat, each day fails and is told; the exit code is that of the work, not of the pipe."""
    (tmp_path / "config.toml").write_text("")
    assert command(tmp_path, "migrate").returncode == 0
    where = ["--data", str(tmp_path), "--config", str(tmp_path / "config.toml")]
    heard = command(tmp_path, "reconcile", "2026-01-05")
    ended = piped_into_nobody(*where, "reconcile", "2026-01-05")
    assert ended.returncode == heard.returncode
    assert b"Traceback" not in ended.stderr


def test_the_example_is_utf8_whatever_the_terminal_is() -> None:
    settings = {**environment(), "PYTHONIOENCODING": "latin-1"}
    ended = run("main.py", "config-example", capture_output=True, env=settings)
    assert ended.stdout.decode("utf-8") == (ROOT / "config.example.toml").read_text("utf-8")


def test_a_password_is_read_as_utf8_whatever_the_terminal_is(tmp_path: Path) -> None:
    from accounts.administrators import check_password

    check_password("很长的中文密码，共十二字")
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "config.toml").write_text("")
    where = ["--data", str(folder), "--config", str(folder / "config.toml")]
    latin = {**environment(), "PYTHONIOENCODING": "latin-1"}
    made = run(
        "main.py",
        *where,
        "admin",
        "create",
        "li",
        "--password-stdin",
        input="很长的中文密码，共十二字\r\n".encode(),
        env=latin,
        capture_output=True,
    )
    assert made.returncode == 0, made.stderr
    refused = run(
        "main.py",
        *where,
        "admin",
        "create",
        "wang",
        "--password-stdin",
        input="密码".encode("gbk") * 5 + b"\n",
        env=latin,
        capture_output=True,
    )
    assert (refused.returncode, b"not UTF-8" in refused.stderr, b"Traceback" in refused.stderr) == (
        1,
        True,
        False,
    )
    with serving(folder, config="") as served:
        assert log_in(served, "li", "很长的中文密码，共十二字") == 302


def log_in(served: Served, name: str, password: str) -> int:
    with httpx.Client(base_url=served.root, trust_env=False) as browser:
        page = browser.get("admin/login/")
        token = re.search(r'name="_xsrf" value="([^"]+)"', page.text)
        assert token is not None
        form = {"_xsrf": token[1], "username": name, "password": password}
        return browser.post("admin/login/", data=form).status_code


def test_a_first_start_on_a_latin1_terminal_without_a_home_shows_a_password_that_works(
    tmp_path: Path,
) -> None:
    settings = {"PYTHONIOENCODING": "latin-1", "LC_ALL": "C", "LANG": "C", "HOME": ""}
    with serving(tmp_path / "data", settings=settings) as served:
        assert served.password
        assert log_in(served, "admin", served.password) == 302


def test_a_password_that_could_not_be_shown_is_made_again_at_the_next_start(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    first = start(folder, settings={"HA_SERVER_LOG_LEVEL": "info"})
    assert first.process.stdout is not None
    first.process.stdout.close()  # nobody reads: the first line written breaks the pipe
    try:
        deadline = 100
        while "no administrator was made" not in first.errors and deadline:
            deadline -= 1
            assert first.process.poll() is None, first.errors
            time.sleep(0.2)
        assert "the password could not be shown" in first.errors
    finally:
        first.process.terminate()
        assert first.process.wait(20) == 0
    assert "Traceback" not in first.errors
    with serving(folder) as second:
        assert second.password
        assert log_in(second, "admin", second.password) == 302


def test_a_folder_that_cannot_be_used_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "server.lock").mkdir()
    ended = command(tmp_path, "serve", "--port", "0")
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"错误 / error: {tmp_path}/server.lock: Is a directory")
    assert ended.stderr.count("\n") == 1


def test_a_configuration_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_bytes(b"\xef\xbb\xbf[server]\nport = 8123\n")
    assert load_settings(tmp_path, file, {}).server.port == 8123


def test_log_lines_bear_the_offset_of_their_time() -> None:
    record = logging.LogRecord("hospital", logging.INFO, __file__, 1, "hello", (), None)
    line = output.LogLine().format(record)
    assert line.endswith(" INFO hospital: hello")
    moment = datetime.fromisoformat(line.split()[0])
    assert moment.tzinfo is not None
    assert moment.timestamp() == pytest.approx(record.created, abs=0.01)
