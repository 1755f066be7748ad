"""Runs the tests at another hour: ``--at 23:59:59.7`` lets every test begin at that time of the day in Shanghai.

Shanghai's midnight then falls into each test, and what reads the day twice is found. Only the wall clock is moved: of
this process, and of those that tests start with Python, which imports ``sitecustomize`` before anything else. Timers go
on as they were, and the browser's clock stays.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Generator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from clock import SHANGHAI

OFFSET = "TESTS_CLOCK_OFFSET_NS"
_real_ns = time.time_ns


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("lanes")
    group.addoption(
        "--at", metavar="HH:MM:SS", help="let every test begin at this time of the day in Shanghai"
    )


def pytest_configure(config: pytest.Config) -> None:
    if config.option.at:
        config.pluginmanager.register(MovedClock(time_of_day(config.option.at)), "moved-clock")


def time_of_day(text: str) -> timedelta:
    """``23:59:59.7`` as what has passed since midnight. Raises UsageError."""
    found = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d(?:\.\d+)?))?", text)
    if found is None:
        raise pytest.UsageError(f"--at takes a time such as 23:59:59.7, not {text!r}")
    hours, minutes, seconds = found.groups()
    return timedelta(hours=int(hours), minutes=int(minutes), seconds=float(seconds or 0))


def offset_ns(passed: timedelta, now_ns: int) -> int:
    """By how much a clock has to be moved that shows ``now_ns``, to show this time of the same day in Shanghai."""
    now = datetime.fromtimestamp(now_ns / 1e9, SHANGHAI)
    begin = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return int(((begin + passed).timestamp()) * 1e9) - now_ns


class MovedClock:
    def __init__(self, passed: timedelta) -> None:
        self.passed = passed
        paths = [str(Path(__file__).with_name("moved_clock")), os.environ.get("PYTHONPATH", "")]
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, paths))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        offset = offset_ns(self.passed, _real_ns())
        os.environ[OFFSET] = str(offset)
        with pytest.MonkeyPatch.context() as moved:
            moved.setattr(time, "time_ns", lambda: _real_ns() + offset)
            moved.setattr(time, "time", lambda: (_real_ns() + offset) / 1e9)
            return (yield)
