"""``--at``: what a test's clock shows, and the clocks of the processes that it starts."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import timedelta

import pytest

from clock import DAY, HOUR, day_bounds, shanghai_time
from tests.time_of_day import MovedClock, offset_ns, time_of_day

DAY_BEGIN, _ = day_bounds("2026-03-04")


@pytest.mark.parametrize("hour", [0, 1, 12, 23])
def test_a_moved_clock_shows_that_time_of_the_same_day(hour: int) -> None:
    now_ns = (DAY_BEGIN + hour * HOUR) * 1_000_000
    moved_ns = now_ns + offset_ns(time_of_day("23:59:59.9"), now_ns)
    assert moved_ns // 1_000_000 == DAY_BEGIN + DAY - 100


@pytest.mark.parametrize(
    ("text", "passed"),
    [
        ("00:00", timedelta()),
        ("07:05", timedelta(hours=7, minutes=5)),
        ("23:59:59.5", timedelta(hours=24, seconds=-0.5)),
    ],
)
def test_a_time_of_the_day_is_read(text: str, passed: timedelta) -> None:
    assert time_of_day(text) == passed


@pytest.mark.parametrize("text", ["24:00", "7:5", "noon", "23:60", "", "23:59:59,5"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(pytest.UsageError, match="--at"):
        time_of_day(text)


def test_a_process_that_a_test_starts_has_the_moved_clock_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "")  # what it is set to below is taken back with it
    monkeypatch.setenv("TESTS_CLOCK_OFFSET_NS", "")
    before = time.time_ns()
    running = MovedClock(time_of_day("03:04:05")).pytest_runtest_protocol(None)  # type: ignore[arg-type]
    next(running)
    program = "import time; print(time.time_ns() // 1_000_000, int(time.time() * 1000))"
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    with pytest.raises(StopIteration):
        running.send(None)
    assert {shanghai_time(int(at))[11:16] for at in told.split()} == {"03:04"}
    assert time.time_ns() - before < 60 * 1_000_000_000, "the clock is back"
