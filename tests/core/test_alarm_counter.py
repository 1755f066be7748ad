"""The end of a server and the alarms that are just being written: each is counted once, and nothing is waited for
without end."""

from __future__ import annotations

import asyncio

import pytest

from accounts import alarm_counter
from accounts.alarm_counter import AlarmCounter
from storage import Storage, Transaction

AT = 1_795_060_800_000


class HeldCommit:
    """The first commit has happened, and its answer is on its way until ``go_on`` is set."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.happened, self.go_on = asyncio.Event(), asyncio.Event()
        self._real = Transaction.commit
        monkeypatch.setattr(Transaction, "commit", lambda tx: self._commit(tx))

    async def _commit(self, tx: Transaction) -> None:
        await self._real(tx)
        if not self.happened.is_set():
            self.happened.set()
            await self.go_on.wait()


async def counted(storage: Storage) -> list[int]:
    async with storage.reading() as reader:
        return [each.count for each in await reader.alarms.since("2000-01-01")]


async def test_what_is_just_being_written_at_the_end_is_counted_once(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, counter = HeldCommit(monkeypatch), AlarmCounter(storage, lambda: AT)
    counter.note("notification_refused", "bad_signature", "203.0.113.9")
    await held.happened.wait()
    counter.note("notification_refused", "bad_signature", "203.0.113.9")
    closing = asyncio.create_task(counter.close())
    finished, _ = await asyncio.wait({closing}, timeout=0.2)
    assert not finished, "the write that has begun is waited for"
    held.go_on.set()
    await closing
    assert await counted(storage) == [2]


async def test_the_end_does_not_wait_for_a_write_that_does_not_end(
    storage: Storage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(alarm_counter, "CLOSE_SECONDS", 0.05)
    held, counter = HeldCommit(monkeypatch), AlarmCounter(storage, lambda: AT)
    counter.note("notification_refused", "bad_signature", "203.0.113.9")
    await held.happened.wait()
    async with asyncio.timeout(10):
        await counter.close()
    assert await counted(storage) == [1]
    assert [each.getMessage() for each in caplog.records] == ["alarms could not be written before the end"]


async def test_nothing_is_written_behind_the_end(storage: Storage) -> None:
    counter = AlarmCounter(storage, lambda: AT)
    counter.note("notification_refused", "bad_signature", "203.0.113.9")
    await counter.close()
    assert [task.get_name() for task in asyncio.all_tasks() if task.get_name() == "alarms"] == []
    assert await counted(storage) == [1]
