"""Background work that fails again and again is told once, then counted, and its end is told too."""

from __future__ import annotations

import asyncio
import logging

import pytest

from failures import REPEAT_SECONDS, RepeatedFailures, place
from startup.background import repeatedly
from storage import StorageUnavailable

logger = logging.getLogger("hospital.test")


class Seconds:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def _said(caplog: pytest.LogCaptureFixture) -> list[str]:
    found = [record.message for record in caplog.records]
    caplog.clear()
    return found


def test_a_failure_is_told_once_then_counted_and_then_its_end(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    time = Seconds()
    outbox = RepeatedFailures("outbox", logger, time)
    outbox.succeeded()
    assert _said(caplog) == [], "nothing has failed"
    for _ in range(100):
        outbox.failed("StorageUnavailable: MySQL 2003: no connection")
    assert _said(caplog) == ["outbox failed: StorageUnavailable: MySQL 2003: no connection"]
    time.now += REPEAT_SECONDS
    outbox.failed("StorageUnavailable: MySQL 2003: no connection")
    outbox.failed("StorageUnavailable: MySQL 2003: no connection")
    assert _said(caplog) == [
        "outbox still fails: StorageUnavailable: MySQL 2003: no connection, 100 times more"
    ]
    outbox.failed("ValueError at outbox.py:7")
    assert _said(caplog) == ["outbox failed: ValueError at outbox.py:7"], "another one is news"
    outbox.succeeded()
    outbox.succeeded()
    assert _said(caplog) == ["outbox works again after 103 failures"]
    outbox.failed("ValueError at outbox.py:7")
    assert _said(caplog) == ["outbox failed: ValueError at outbox.py:7"]


def test_a_failure_is_named_by_its_kind_and_place_and_never_by_its_text() -> None:
    try:
        raise ValueError("13900001111")
    except ValueError as error:
        text = place(error)
    assert text.startswith("ValueError at test_failures.py:")
    assert "139" not in text


async def test_work_in_the_background_goes_on_and_its_failures_are_few_lines(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING)
    rounds = 0
    done = asyncio.Event()

    async def work() -> None:
        nonlocal rounds
        rounds += 1
        if rounds <= 3:
            raise StorageUnavailable("MySQL 2003: no connection")
        if rounds <= 6:
            raise ValueError("13900001111")
        done.set()

    task = asyncio.create_task(repeatedly("outbox", 0.0, work))
    await asyncio.wait_for(done.wait(), 10)
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    said = _said(caplog)
    assert said[0] == "outbox failed: StorageUnavailable: MySQL 2003: no connection"
    assert said[1].startswith("outbox failed: ValueError at test_failures.py:")
    assert said[2:] == ["outbox works again after 6 failures"]
    assert "139" not in " ".join(said)
