"""The whole product as its own process, as an operator starts it: ``main.py --data FOLDER serve``.

    with serving(folder) as served:
        httpx.get(served.root + "healthz/")

Fixtures cannot be shared beyond a folder but by import: ``from tests.served import served`` gives one.
"""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from config import ROOT

READY_SECONDS = 40.0
STOP_SECONDS = 20.0
ADDRESS = re.compile(r"(https?)://[^:/ ]+:(\d+)(\S*)/admin/")
PASSWORD = re.compile(r"shown once: (\S+)")


@dataclass
class Served:
    """A running server. ``output``: what it has printed so far."""

    process: subprocess.Popen[bytes]
    folder: Path
    root: str = ""
    ready_seconds: float = 0.0
    patience: float = READY_SECONDS
    """So long it may take until it is ready."""
    lines: list[str] = field(default_factory=list)

    @property
    def output(self) -> str:
        return "".join(self.lines)

    @property
    def errors(self) -> str:
        """What the process wrote to standard error."""
        return (self.folder / "stderr.log").read_text("utf-8", "replace")

    @property
    def password(self) -> str:
        """The first administrator's generated password; empty when none was printed."""
        found = PASSWORD.search(self.output)
        return found[1] if found else ""

    def await_ready(self) -> None:
        """Read until the addresses are told. Raises AssertionError with what the process said."""
        begun = time.monotonic()
        while not self.root:
            written = self._read(0.2)
            ended = self.process.poll() is not None and not written
            late = time.monotonic() - begun > self.patience
            assert not ended, f"the server ended:\n{self.output}{self.errors}"
            assert not late, f"the server is not ready:\n{self.output}{self.errors}"
            if found := ADDRESS.search(self.output):
                self.root = f"{found[1]}://127.0.0.1:{found[2]}{found[3]}/"
        self.ready_seconds = time.monotonic() - begun
        while self._read(0.05):
            """The lines come at once; the last may hold a password."""

    def _read(self, seconds: float) -> str:
        """What the process writes within that time."""
        assert self.process.stdout is not None
        ready, _, _ = select.select([self.process.stdout], [], [], seconds)
        text = os.read(self.process.stdout.fileno(), 65536).decode() if ready else ""
        self.lines.append(text)
        return text

    @property
    def cpu_seconds(self) -> float:
        """What the process has computed so far: unlike the time on the clock, the same on a busy machine."""
        asked = subprocess.run(
            ["ps", "-o", "cputime=", "-p", str(self.process.pid)], capture_output=True, text=True, check=True
        )
        hours, minutes, seconds = asked.stdout.strip().rpartition("-")[2].split(":")
        return int(hours) * 3600 + int(minutes) * 60 + float(seconds)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Ask the process to end; its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            rest, _ = self.process.communicate(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()
            raise AssertionError(f"the server did not end:\n{self.output}{self.errors}") from None
        self.lines.append((rest or b"").decode())
        return self.process.returncode

    def check_end(self) -> None:
        """End it as an operator would: exit code 0, and no traceback anywhere."""
        code = self.stop()
        assert code == 0, f"exit code {code}\n{self.output}{self.errors}"
        assert "Traceback" not in self.output + self.errors


def environment(given: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process' environment with no setting of the product in it but the given ones."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HA_")}
    return {**kept, "PYTHONUNBUFFERED": "1", **(given or {})}


def write_config(file: Path, text: str) -> None:
    """As an operator should: it may hold secrets."""
    file.touch(mode=0o600)
    file.chmod(0o600)
    file.write_text(text, "utf-8")


def start(
    folder: Path,
    *,
    settings: Mapping[str, str] | None = None,
    config: str = "",
    port: int = 0,
    program: Sequence[str] = ("main.py",),
    serve: Sequence[str] = ("serve",),
    patience: float = READY_SECONDS,
) -> Served:
    """Start a server on any free port, without waiting. ``settings``: ``HA_…`` variables; ``config``: the text
    of its config.toml; ``program``: what Python runs; ``serve``: its command.
    A ``config.toml`` that a developer may have is not read."""
    folder.mkdir(parents=True, exist_ok=True)
    write_config(folder / "config.toml", config)
    command = [sys.executable, *program, "--data", str(folder), "--config", str(folder / "config.toml")]
    with (folder / "stderr.log").open("w") as errors:
        process = subprocess.Popen(
            [*command, *serve, "--port", str(port)],
            cwd=ROOT,
            env=environment(settings),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
        )
    return Served(process, folder, patience=patience)


@contextmanager
def serving(folder: Path, **options: Any) -> Iterator[Served]:
    """A server that is ready, with the options of ``start``; ended by SIGTERM with the block, which it must survive in
    good order."""
    served = start(folder, **options)
    try:
        served.await_ready()
        yield served
        served.check_end()
    finally:
        if served.process.poll() is None:
            served.process.kill()
        served.process.communicate()


def command(
    folder: Path, *arguments: str, given: str = "", settings: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run ``main.py --data FOLDER …`` to its end. ``given``: what it reads."""
    file = folder / "config.toml"
    if not file.exists():
        write_config(file, "")
    return subprocess.run(
        [sys.executable, "main.py", "--data", str(folder), "--config", str(file), *arguments],
        cwd=ROOT,
        env=environment(settings),
        input=given,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """A development server of its own with SQLite and the stand-in, in ``tmp_path/data``."""
    with serving(tmp_path / "data") as running:
        yield running
