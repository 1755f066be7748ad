"""Subscribe messages: written by the transaction they tell of, sent after it, tried again; a refusal is final."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import pytest

from clock import HOUR, MINUTE, shanghai_time
from config import WeChatSettings
from orders import serving
from storage import StorageError, StorageUnavailable
from storage.models import Actor, Cause, EscortState, OrderState
from storage.repositories.jobs import Outbox as OutboxRows
from tests.core.rows import add_order
from wechat.message_facts import MessageFacts, fill
from wechat.messages import Outcome, Result
from wechat.outbox import CLAIM, JOB, NOTE_EVERY, PAUSES, Outbox

NOW = 1_700_000_000_000
FACTS = MessageFacts(
    order_id=7,
    service_name="全心全程陪诊服务",
    hospital_name="西京医院",
    visit_date="2023-11-20",
    amount_fen=19_850,
    at=NOW,
)


@dataclass
class Recorder:
    """In place of WeChat: answers as told, remembers what it got."""

    answers: list[Outcome]
    sent: list[dict[str, Any]] = field(default_factory=list)

    async def send(self, **message: Any) -> Outcome:
        self.sent.append(message)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


class MovableClock:
    now = NOW

    def __call__(self) -> int:
        return self.now


async def _queue(storage, kind="paid", reference="number-1", payload="") -> None:
    async with storage.transaction() as tx:
        user_id = await tx.users.find_or_add("openid-1", NOW)
        await tx.outbox.add(kind, reference, user_id, payload or FACTS.to_json(), NOW)
        await tx.commit()


async def _messages(storage):
    async with storage.reading() as reader:
        user = await reader.users.by_openid("openid-1")
        return await reader.outbox.of_user(user.id)


def _outbox(storage, recorder, clock=None, **templates):
    settings = WeChatSettings(**(templates or {"message_paid": "template-1"}))
    return Outbox(storage, recorder, settings, clock or MovableClock())


async def test_a_message_is_sent_once_with_the_template_and_the_fields_that_are_configured(storage):
    recorder = Recorder([Outcome(Result.SENT)])
    await _queue(storage)
    outbox = _outbox(storage, recorder)
    assert await outbox.run_once() == 1
    assert await outbox.run_once() == 0
    [message] = recorder.sent
    assert message["template_id"] == "template-1"
    assert message["openid"] == "openid-1"
    assert message["page"] == "pages/order/order?id=7"
    assert message["values"] == {
        "thing1": "全心全程陪诊服务",
        "amount2": "198.50元",
        "time3": "2023-11-15 06:13",
    }
    [row] = await _messages(storage)
    assert (row.state, row.tries, row.next_at) == ("sent", 1, None)


async def test_the_same_news_is_queued_once(storage):
    await _queue(storage)
    await _queue(storage)
    assert len(await _messages(storage)) == 1


async def test_a_refusal_of_the_user_is_final_and_no_failure(storage):
    recorder = Recorder([Outcome(Result.REFUSED, 43101)])
    await _queue(storage)
    outbox = _outbox(storage, recorder)
    await outbox.run_once()
    await outbox.run_once()
    [row] = await _messages(storage)
    assert (row.state, row.tries) == ("refused", 1)
    assert len(recorder.sent) == 1


async def test_a_busy_wechat_is_tried_again_later_and_later_and_given_up_in_the_end(storage):
    recorder, clock = Recorder([Outcome(Result.RETRY, -1)]), MovableClock()
    await _queue(storage)
    outbox = _outbox(storage, recorder, clock)
    for pause in PAUSES:
        assert await outbox.run_once() == 1
        clock.now += pause - 1
        assert await outbox.run_once() == 0
        clock.now += 1
    await outbox.run_once()
    [row] = await _messages(storage)
    assert (row.state, row.tries, row.next_at) == ("failed", len(PAUSES) + 1, None)


async def test_a_message_without_a_template_is_not_sent(storage):
    recorder = Recorder([Outcome(Result.SENT)])
    await _queue(storage, kind="escort")
    await _outbox(storage, recorder).run_once()
    assert recorder.sent == []
    [row] = await _messages(storage)
    assert row.state == "refused"


@pytest.mark.promise(24)
@pytest.mark.parametrize("erased", [False, True])
async def test_an_escorts_name_is_looked_up_when_the_message_is_sent_and_is_stored_nowhere(storage, erased):
    recorder = Recorder([Outcome(Result.SENT)])
    async with storage.transaction() as tx:
        user_id = await tx.users.find_or_add("openid-1", NOW)
        await tx.escorts.apply(900, "王芳", "sealed", "2222", NOW)
        escort = await tx.escorts.of_user(900)
        order_id = await add_order(tx, user_id, OrderState.PAID)
        await tx.escorts.move(escort.id, escort.state, EscortState.APPROVED, NOW)
        await serving.assign(tx, order_id, escort.id, "am", Cause(Actor("admin", 1), NOW))
        if erased:
            await tx.escorts.erase_of_user(900)
        await tx.commit()
    [message] = await _messages(storage)
    assert "王芳" not in message.payload
    templates = {"message_escort": "template-2", "message_escort_fields": ["name1=escort"]}
    await _outbox(storage, recorder, **templates).run_once()
    assert [sent["values"] for sent in recorder.sent] == ([] if erased else [{"name1": "王芳"}])
    [row] = await _messages(storage)
    assert row.state == ("refused" if erased else "sent")
    assert "王芳" not in row.payload


async def test_a_deleted_user_gets_no_message(storage):
    recorder = Recorder([Outcome(Result.SENT)])
    async with storage.transaction() as tx:
        user_id = await tx.users.find_or_add("openid-1", NOW)
        await tx.outbox.add("paid", "x", user_id, FACTS.to_json(), NOW)
        await tx.users.erase(user_id, NOW)
        await tx.commit()
    await _outbox(storage, recorder).run_once()
    assert recorder.sent == []


async def test_two_processes_never_send_the_same_message(storage):
    recorder, clock = Recorder([Outcome(Result.SENT)]), MovableClock()
    await _queue(storage)
    async with storage.reading() as reader:
        [message] = await reader.outbox.due(NOW, 10)
    claims = [
        await storage.run(lambda tx: tx.outbox.claim(message, NOW, NOW + MINUTE)),
        await storage.run(lambda tx: tx.outbox.claim(message, NOW, NOW + MINUTE)),
    ]
    assert claims == [True, False]
    outbox = _outbox(storage, recorder, clock)
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
    recorder.other = _outbox(storage, recorder, clock)
    await _queue(storage)
    await _queue(storage, reference="number-2")
    assert await _outbox(storage, recorder, clock).run_once() == 2
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
    await _queue(storage, payload=payload)
    await _queue(storage, reference="number-2")
    outbox = _outbox(storage, recorder)
    assert await outbox.run_once() == 2
    assert await outbox.run_once() == 0
    broken, sound = await _messages(storage)
    assert (broken.state, broken.next_at, sound.state) == ("failed", None, "sent")
    assert broken.last_error in ("JSONDecodeError", "AttributeError", "TypeError")
    assert f"message {broken.id} (paid) given up: {broken.last_error}" in caplog.text
    assert "王秀英" not in caplog.text


async def test_what_an_earlier_version_queued_is_sent_by_this_one(storage):
    recorder = Recorder([Outcome(Result.SENT)])
    facts = json.loads(FACTS.to_json())
    del facts["escort_id"], facts["outcome"]
    await _queue(storage, payload=json.dumps({**facts, "service_unit": "次"}))
    await _outbox(storage, recorder).run_once()
    [message] = recorder.sent
    assert message["values"]["amount2"] == "198.50元"


async def test_a_database_that_cannot_be_reached_fails_no_message(storage, monkeypatch):
    await _queue(storage)
    outbox = _outbox(storage, Recorder([Outcome(Result.SENT)]))
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
    [row] = await _messages(storage)
    assert (row.state, row.tries) == ("pending", 0)


def test_a_field_that_names_no_fact_is_refused():
    with pytest.raises(ValueError, match="thing1=weather"):
        fill(["thing1=weather"], FACTS)


async def _job(storage):
    async with storage.reading() as reader:
        return await reader.jobs.get(JOB)


async def test_the_outbox_is_a_job_whose_row_says_how_it_goes(storage):
    clock = MovableClock()
    outbox = _outbox(storage, Recorder([Outcome(Result.SENT)]), clock)
    await outbox.run_once()
    job = await _job(storage)
    assert (job.runs, job.finished_at, json.loads(job.last_result)) == (1, NOW, {"tried": 0, "waiting": 0})
    clock.now += NOTE_EVERY - 1
    await outbox.run_once()
    assert (await _job(storage)).runs == 1, "a round without a message is noted twice a minute"
    clock.now += 1
    await outbox.run_once()
    await _queue(storage)
    await outbox.run_once()
    job = await _job(storage)
    assert (job.runs, json.loads(job.last_result)) == (3, {"tried": 1, "waiting": 0})


async def test_a_message_that_cannot_be_written_down_holds_up_no_other(storage, monkeypatch):
    for number in range(3):
        await _queue(storage, reference=f"number-{number}")
    recorder, clock = Recorder([Outcome(Result.SENT)]), MovableClock()
    outbox = _outbox(storage, recorder, clock)
    first, *others = await _messages(storage)
    real = OutboxRows.finish

    async def finish(self, message_id, *rest, **more):
        if message_id == first.id:
            raise StorageError("the row of 13900001111")
        await real(self, message_id, *rest, **more)

    monkeypatch.setattr(OutboxRows, "finish", finish)
    assert await outbox.run_once() == 3
    assert [row.state for row in await _messages(storage)] == ["pending", "sent", "sent"]
    job = await _job(storage)
    assert (job.failures, job.last_error) == (1, "1 failed: StorageError")
    assert len(others) == 2
    await outbox.run_once()
    assert len(recorder.sent) == 3, "its claim keeps it away for a while"
    monkeypatch.setattr(OutboxRows, "finish", real)
    clock.now += CLAIM
    await outbox.run_once()
    assert [row.state for row in await _messages(storage)] == ["sent"] * 3
    assert (await _job(storage)).last_error == ""


async def test_an_escort_is_told_of_an_invitation_until_when_and_led_to_the_desk(storage):
    recorder = Recorder([Outcome(Result.SENT)])
    facts = replace(FACTS, outcome="offered", until=FACTS.at + 30 * MINUTE)
    await _queue(storage, "invitation", "7", facts.to_json())
    assert await _outbox(storage, recorder, message_invitation="template-8").run_once() == 1
    [message] = recorder.sent
    assert (message["template_id"], message["page"]) == ("template-8", "packages/escort/workbench/workbench")
    until = shanghai_time(FACTS.at + 30 * MINUTE)[:16]
    assert (message["values"]["time4"], message["values"]["phrase5"]) == (until, "等您接单")


async def test_an_escort_is_told_that_a_visit_is_cancelled_and_led_to_a_page_of_their_own(storage):
    """The order's page belongs to its user: nobody else can open it."""
    recorder = Recorder([Outcome(Result.SENT)])
    await _queue(storage, "cancelled", "7-1", replace(FACTS, outcome="cancelled").to_json())
    assert await _outbox(storage, recorder, message_cancelled="template-9").run_once() == 1
    [message] = recorder.sent
    assert (message["template_id"], message["openid"]) == ("template-9", "openid-1")
    assert message["page"] == "packages/escort/workbench/workbench"
    assert message["values"] == {
        "thing1": "全心全程陪诊服务",
        "thing2": "西京医院",
        "date3": "2023-11-20",
        "phrase4": "已取消",
    }


async def test_a_user_is_told_that_the_order_is_cancelled_with_what_comes_back(storage):
    recorder = Recorder([Outcome(Result.SENT)])
    await _queue(storage, "refund", "cancelled-7", replace(FACTS, outcome="cancelled").to_json())
    assert await _outbox(storage, recorder, message_refund="template-3").run_once() == 1
    [message] = recorder.sent
    assert message["page"] == "pages/order/order?id=7"
    assert message["values"] == {"thing1": "全心全程陪诊服务", "amount2": "198.50元", "phrase3": "已取消"}


@pytest.mark.promise(24)
async def test_a_disabled_user_gets_no_message_until_they_are_enabled(storage):
    recorder = Recorder([Outcome(Result.SENT)])
    await _queue(storage)
    async with storage.transaction() as tx:
        await tx.users.set_disabled(1, 5)
        await tx.commit()
    assert await _outbox(storage, recorder).run_once() == 1
    assert recorder.sent == []
    [row] = await _messages(storage)
    assert row.state == "refused"
    async with storage.transaction() as tx:
        await tx.users.set_disabled(1, None)
        await tx.commit()
    await _queue(storage, reference="number-2")
    assert await _outbox(storage, recorder).run_once() == 1
    assert len(recorder.sent) == 1


async def test_a_wechat_that_does_not_answer_holds_up_neither_the_round_nor_those_behind(
    storage, monkeypatch
):
    for number in range(4):
        await _queue(storage, reference=f"number-{number}")
    clock, seconds = MovableClock(), [0.0]

    class Slow(Recorder):
        async def send(self, **message):
            seconds[0] += 40.0
            clock.now += 40_000
            return await super().send(**message)

    monkeypatch.setattr("wechat.outbox.time", SimpleNamespace(monotonic=lambda: seconds[0]))
    outbox = _outbox(storage, Slow([Outcome(Result.RETRY, -1)]), clock)
    assert await outbox.run_once() == 2
    assert json.loads((await _job(storage)).last_result) == {"tried": 2, "waiting": 4}
    assert await outbox.run_once() == 2
    assert [row.tries for row in await _messages(storage)] == [1, 1, 1, 1], (
        "nobody twice before the last was tried"
    )
