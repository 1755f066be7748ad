"""The outbox when something fails: claims, slow messages, unreadable rows, a database or WeChat without an answer."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from clock import HOUR, MINUTE
from storage import StorageError, StorageUnavailable
from storage.repositories.jobs import Outbox as OutboxRows
from tests.messages.sending import FACTS, NOW, MovableClock, Recorder, messages_of, outbox_of, queue
from wechat.messages import Outcome, Result
from wechat.outbox import CLAIM, JOB, NOTE_EVERY, Outbox


async def test_two_processes_never_send_the_same_message(storage):
    recorder, clock = Recorder([Outcome(Result.SENT)]), MovableClock()
    await queue(storage)
    async with storage.reading() as reader:
        [message] = await reader.outbox.due(NOW, 10)
    claims = [
        await storage.run(lambda tx: tx.outbox.claim(message, NOW, NOW + MINUTE)),
        await storage.run(lambda tx: tx.outbox.claim(message, NOW, NOW + MINUTE)),
    ]
    assert claims == [True, False]
    outbox = outbox_of(storage, recorder, clock)
    assert await outbox.run_once() == 0
    clock.now += HOUR  # the process that had claimed it has died: the claim expires
    assert await outbox.run_once() == 1


class SlowRecorder(Recorder):
    """Each message takes longer than a claim lasts; meanwhile another process looks for work."""

    def __init__(self, clock: MovableClock) -> None:
        super().__init__([Outcome(Result.SENT)])
        self._clock = clock
        self.other: Outbox | None = None

    async def send(self, **message: Any) -> Outcome:
        if self.sent and self.other is not None:
            other, self.other = self.other, None
            assert await other.run_once() == 0
        self._clock.now += CLAIM + 1
        return await super().send(**message)


async def test_what_waits_behind_slow_messages_is_claimed_from_the_moment_it_is_sent(storage):
    clock = MovableClock()
    recorder = SlowRecorder(clock)
    recorder.other = outbox_of(storage, recorder, clock)
    await queue(storage)
    await queue(storage, reference="number-2")
    assert await outbox_of(storage, recorder, clock).run_once() == 2
    assert len(recorder.sent) == 2


@pytest.mark.parametrize(
    "payload",
    [
        '{"escort": "王秀英',
        '["王秀英"]',
        '{"escort": "王秀英", "amount_fen": "many"}',
        FACTS.to_json().replace("19850", '"王秀英"'),
    ],
)
async def test_a_message_that_cannot_be_read_fails_alone_and_says_why(storage, caplog, payload):
    recorder = Recorder([Outcome(Result.SENT)])
    await queue(storage, payload=payload)
    await queue(storage, reference="number-2")
    outbox = outbox_of(storage, recorder)
    assert await outbox.run_once() == 2
    assert await outbox.run_once() == 0
    broken, sound = await messages_of(storage)
    assert (broken.state, broken.next_at, sound.state) == ("failed", None, "sent")
    assert broken.last_error in ("JSONDecodeError", "AttributeError", "TypeError")
    assert f"message {broken.id} (paid) given up: {broken.last_error}" in caplog.text
    assert "王秀英" not in caplog.text


async def test_what_an_earlier_version_queued_is_sent_by_this_one(storage):
    recorder = Recorder([Outcome(Result.SENT)])
    facts = json.loads(FACTS.to_json())
    del facts["escort_id"], facts["outcome"]
    await queue(storage, payload=json.dumps({**facts, "service_unit": "次"}))
    await outbox_of(storage, recorder).run_once()
    [message] = recorder.sent
    assert message["values"]["amount2"] == "198.50元"


async def test_a_database_that_cannot_be_reached_fails_no_message(storage, monkeypatch):
    await queue(storage)
    outbox = outbox_of(storage, Recorder([Outcome(Result.SENT)]))
    run, readings = storage.reading, []

    def away_the_second_time():
        readings.append(1)
        if len(readings) == 2:
            raise StorageUnavailable("away")
        return run()

    monkeypatch.setattr(storage, "reading", away_the_second_time)
    with pytest.raises(StorageUnavailable):
        await outbox.run_once()
    monkeypatch.undo()
    [row] = await messages_of(storage)
    assert (row.state, row.tries) == ("pending", 0)


async def _job(storage):
    async with storage.reading() as reader:
        return await reader.jobs.get(JOB)


async def test_the_outbox_is_a_job_whose_row_says_how_it_goes(storage):
    clock = MovableClock()
    outbox = outbox_of(storage, Recorder([Outcome(Result.SENT)]), clock)
    await outbox.run_once()
    job = await _job(storage)
    assert (job.runs, job.finished_at, json.loads(job.last_result)) == (1, NOW, {"tried": 0, "waiting": 0})
    clock.now += NOTE_EVERY - 1
    await outbox.run_once()
    assert (await _job(storage)).runs == 1, "a round without a message is noted twice a minute"
    clock.now += 1
    await outbox.run_once()
    await queue(storage)
    await outbox.run_once()
    job = await _job(storage)
    assert (job.runs, json.loads(job.last_result)) == (3, {"tried": 1, "waiting": 0})


async def test_a_message_that_cannot_be_written_down_holds_up_no_other(storage, monkeypatch):
    for number in range(3):
        await queue(storage, reference=f"number-{number}")
    recorder, clock = Recorder([Outcome(Result.SENT)]), MovableClock()
    outbox = outbox_of(storage, recorder, clock)
    first, *others = await messages_of(storage)
    real = OutboxRows.finish

    async def finish(self, message_id, *rest, **more):
        if message_id == first.id:
            raise StorageError("the row of 13900001111")
        await real(self, message_id, *rest, **more)

    monkeypatch.setattr(OutboxRows, "finish", finish)
    assert await outbox.run_once() == 3
    assert [row.state for row in await messages_of(storage)] == ["pending", "sent", "sent"]
    job = await _job(storage)
    assert (job.failures, job.last_error) == (1, "1 failed: StorageError")
    assert len(others) == 2
    await outbox.run_once()
    assert len(recorder.sent) == 3, "its claim keeps it away for a while"
    monkeypatch.setattr(OutboxRows, "finish", real)
    clock.now += CLAIM
    await outbox.run_once()
    assert [row.state for row in await messages_of(storage)] == ["sent"] * 3
    assert (await _job(storage)).last_error == ""


async def test_a_wechat_that_does_not_answer_holds_up_neither_the_round_nor_those_behind(
    storage, monkeypatch
):
    for number in range(4):
        await queue(storage, reference=f"number-{number}")
    clock, seconds = MovableClock(), [0.0]

    class Slow(Recorder):
        async def send(self, **message):
            seconds[0] += 40.0
            clock.now += 40_000
            return await super().send(**message)

    monkeypatch.setattr("wechat.outbox.time", SimpleNamespace(monotonic=lambda: seconds[0]))
    outbox = outbox_of(storage, Slow([Outcome(Result.RETRY, -1)]), clock)
    assert await outbox.run_once() == 2
    assert json.loads((await _job(storage)).last_result) == {"tried": 2, "waiting": 4}
    assert await outbox.run_once() == 2
    assert [row.tries for row in await messages_of(storage)] == [1, 1, 1, 1], (
        "nobody twice before the last was tried"
    )
