"""However ``make run`` is ended, the server ends in good order, is told once, and is not left behind."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

ATTEND = Path(__file__).parents[1] / "tools" / "attend.py"

SERVER = """
import signal, sys, time
told = []
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, lambda number, frame: told.append(signal.Signals(number).name))
log = open(sys.argv[1], "a", buffering=1)
print("ready", file=log)
for _ in range(3000):
    if told:
        time.sleep(0.3)  # what is in flight
        print("ended", *told, file=log)
        break
    time.sleep(0.01)
"""


# A session's first terminal is its own; only Ctrl-C at such a one is a signal.
IN_A_TERMINAL = """
import os
os.close(os.open(os.ttyname(0), os.O_RDWR))
os.execvp("make", ["make", "run"])
"""


def hear_interrupts() -> None:
    """What runs in a shell's background is started deaf to SIGINT, and so would be all that the tests start."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Made:
    """A make that runs a server through tools/attend.py."""

    def __init__(self, folder: Path) -> None:
        self.log = folder / "log"
        (folder / "server.py").write_text(SERVER)
        (folder / "Makefile").write_text(
            f"run:\n\t@exec {sys.executable} -E -S {ATTEND} {sys.executable} server.py {self.log}\n"
        )
        self.folder = folder

    def start(self, command: Sequence[str] = ("make", "run"), **options: Any) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(command, cwd=self.folder, preexec_fn=hear_interrupts, **options)
        self.wait_for("ready")
        return process

    def lines(self) -> list[str]:
        return self.log.read_text().splitlines() if self.log.exists() else []

    def wait_for(self, start: str) -> None:
        deadline = time.monotonic() + 15
        while not any(line.startswith(start) for line in self.lines()):
            assert time.monotonic() < deadline, f"no {start!r} in {self.lines()}"
            time.sleep(0.02)


@pytest.fixture
def made(tmp_path: Path) -> Made:
    return Made(tmp_path)


def attendant(make: int) -> int:
    children = Path(f"/proc/{make}/task/{make}/children").read_text().split()
    assert len(children) == 1
    return int(children[0])


linux = pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")


@pytest.mark.parametrize(
    ("send", "told"),
    [
        pytest.param(lambda make: os.kill(make, signal.SIGTERM), "SIGTERM", id="SIGTERM to make"),
        pytest.param(lambda make: os.killpg(make, signal.SIGTERM), "SIGTERM", id="SIGTERM to all"),
        pytest.param(lambda make: os.killpg(make, signal.SIGINT), "SIGINT", id="SIGINT to all"),
        pytest.param(lambda make: os.killpg(make, signal.SIGHUP), "SIGTERM", id="SIGHUP to all"),
        pytest.param(lambda make: os.kill(make, signal.SIGINT), "SIGINT", id="SIGINT to make", marks=linux),
        pytest.param(lambda make: os.kill(make, signal.SIGKILL), "SIGTERM", id="SIGKILL to make"),
        pytest.param(
            lambda make: os.killpg(make, signal.SIGKILL), "SIGTERM", id="SIGKILL to all", marks=linux
        ),
        pytest.param(
            lambda make: os.kill(attendant(make), signal.SIGKILL),
            "SIGTERM",
            id="SIGKILL to the attendant",
            marks=linux,
        ),
    ],
)
def test_the_server_is_told_once_and_ends(made: Made, send: Callable[[int], None], told: str) -> None:
    make = made.start(start_new_session=True, stderr=subprocess.DEVNULL)
    send(make.pid)
    make.wait(10)
    made.wait_for("ended")
    assert made.lines() == ["ready", f"ended {told}"]


def test_control_c_at_a_terminal_ends_make_with_0(made: Made) -> None:
    terminal, other_end = pty.openpty()
    try:
        make = made.start(
            [sys.executable, "-c", IN_A_TERMINAL],
            stdin=other_end,
            stdout=other_end,
            stderr=other_end,
            start_new_session=True,
        )
        os.write(terminal, b"\x03")
        assert make.wait(10) == 0
        assert made.lines() == ["ready", "ended SIGINT"]
    finally:
        os.close(other_end)
        os.close(terminal)


def test_a_server_that_fails_makes_make_fail(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text(f"run:\n\t@exec {sys.executable} -E -S {ATTEND} sh -c 'exit 3'\n")
    make = subprocess.run(["make", "run"], cwd=tmp_path, capture_output=True, text=True)
    assert make.returncode == 2
    assert "Error 3" in make.stderr
