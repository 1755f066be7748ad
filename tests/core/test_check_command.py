"""``main.py check`` as an operator calls it: it changes nothing, and tells of a damaged database and of another key."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import config
from tests.served import command


def files_of(folder: Path) -> dict[str, tuple[int, int, int]]:
    found = [folder, *folder.rglob("*")]
    return {
        str(file.relative_to(folder)): (stat.st_mtime_ns, stat.st_size, stat.st_mode)
        for file in found
        for stat in [file.stat()]
    }


@pytest.mark.parametrize("left", ["nothing", "a database", "a journal of a crash"])
def test_check_changes_nothing(tmp_path: Path, left: str) -> None:
    folder = tmp_path / "data"
    configuration = tmp_path / "config.toml"
    configuration.write_text("")
    configuration.chmod(0o600)
    if left != "nothing":
        folder.mkdir()
        assert command(folder, "migrate").returncode == 0
    if left == "a journal of a crash":
        code = (
            "import sqlite3, os, sys; c = sqlite3.connect(sys.argv[1]); c.execute('PRAGMA journal_mode=WAL'); "
            "c.execute('CREATE TABLE crashed (id INTEGER)'); c.commit(); os._exit(0)"
        )
        subprocess.run([sys.executable, "-c", code, str(folder / "hospital.sqlite3")], check=True)
        assert (folder / "hospital.sqlite3-wal").stat().st_size
    before = files_of(tmp_path)
    where = ["--data", str(folder), "--config", str(configuration)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HA_")}
    ended = subprocess.run(
        [sys.executable, "main.py", *where, "check"],
        cwd=config.ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    after = files_of(tmp_path)
    (
        after.pop("data/hospital.sqlite3-shm", None),
        before.pop("data/hospital.sqlite3-shm", None),
    )  # locks live there
    assert after == before


def test_a_damaged_database_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    assert command(folder, "migrate").returncode == 0
    file = folder / "hospital.sqlite3"
    whole = bytearray(file.read_bytes())
    assert "[  ok   ] integrity" in command(folder, "check").stdout
    for page in range(2, 12):
        whole[page * 4096 + 8 : page * 4096 + 400] = b"\xff" * 392
    file.write_bytes(whole)
    ended = command(folder, "check")
    assert ended.returncode == 1
    assert "[failed ] integrity" in ended.stdout
    assert "Traceback" not in ended.stderr
    file.write_bytes(b"not a database at all" * 500)
    ended = command(folder, "check")
    assert (ended.returncode, "Traceback" in ended.stderr) == (1, False)
    assert "[failed ] database" in ended.stdout


def test_a_development_server_does_not_start_with_another_key_either(tmp_path: Path) -> None:
    from tests.http.client import PATIENT
    from tests.served import environment, serving

    folder = tmp_path / "data"
    with serving(folder) as served:
        import httpx

        with httpx.Client(base_url=served.root, trust_env=False) as user:
            warrant = user.get("login/", params={"code": "as:li:1"}).json()["warrant"]
            assert (
                user.post("user/add1friend/", data=PATIENT, headers={"warrant": warrant}).json()["code"] == 0
            )
    (folder / "development-secrets.json").unlink()
    for name in ("check", "serve"):
        ended = subprocess.run(
            [sys.executable, "main.py", "--data", str(folder), "--config", str(folder / "config.toml"), name],
            cwd=config.ROOT,
            env=environment(),
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert ended.returncode == 1
        said = ended.stdout if name == "check" else ended.stderr
        assert "privacy.key: expected the key " in said
        assert "Traceback" not in ended.stderr


def test_check_live_asks_wechat_and_the_running_server(tmp_path: Path) -> None:
    from tests.served import environment, serving

    folder = tmp_path / "data"
    arguments = ["--data", str(folder), "--config", str(folder / "config.toml"), "check", "--live"]
    with serving(folder):
        ended = subprocess.run(
            [sys.executable, "main.py", *arguments],
            cwd=config.ROOT,
            env=environment(),
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert "Traceback" not in ended.stderr
    assert "WeChat says / 微信的答复" in ended.stdout
    for name in ("token", "templates", "merchant", "notify-addresses", "push-address"):
        assert f"[  ok   ] {name}: " in ended.stdout, ended.stdout
    assert "[warning] order-centre: it opens nothing of ours: run main.py wechat-paths" in ended.stdout
    stopped = subprocess.run(
        [sys.executable, "main.py", *arguments],
        cwd=config.ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (stopped.returncode, "Traceback" in stopped.stderr) == (1, False)
    assert "[failed ] token: " in stopped.stdout
