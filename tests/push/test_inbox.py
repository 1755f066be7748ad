"""Stored events: given to their consumer in their order, once, again after a failure, and shown when given up."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from accounts import personal_data
from clock import DAY, HOUR, MINUTE, SECOND
from storage import Storage, StorageUnavailable, Transaction
from storage.models import InboxEvent, PushedState
from tests.http.conftest import StartProduct
from tests.http.keeping import forget
from tests.messages.sending import MovableClock
from tests.push.sealing import event
from wechat.push.consumers import After, Consumer, NotYet
from wechat.push.events import PushedEvent
from wechat.push.inbox import CLAIM, JOB, PAUSES, PushInbox
from wechat.push.parsing import Fields


class Recorder:
    """A consumer that does as told: an exception is raised, and what it wrote before it goes with it."""

    def __init__(self, *answers: Exception | None) -> None:
        self.answers = list(answers)
        self.given: list[PushedEvent] = []
        self.after: After | None = None

    async def work(self, tx: Transaction, told: PushedEvent) -> After | None:
        self.given.append(told)
        await tx.alarms.count("2023-11-20", "worked", told.event, 1, "", 1)
        answer = self.answers.pop(0) if self.answers else None
        if answer is not None:
            raise answer
        return self.after

    def __repr__(self) -> str:
        return "recorder"


def inbox_of(storage: Storage, recorder: Recorder, clock: MovableClock, *names: str) -> PushInbox:
    consumers = {name: Consumer("示范", recorder.work) for name in names or ("demo",)}
    return PushInbox(storage, clock, consumers)


def said(name: str = "demo", clock: MovableClock | None = None, ago: int = 0, **fields: Any) -> Fields:
    at = (clock.now if clock else MovableClock.now) // 1000 - ago
    return {key: str(value) for key, value in event(name, CreateTime=at, **fields).items()}


async def rows(storage: Storage) -> list[InboxEvent]:
    async with storage.reading() as reader:
        found = await reader.connection.fetch_all("SELECT id FROM pushed_events ORDER BY id")
        each = [await reader.pushed_events.get(row[0]) for row in found]
    return [row for row in each if row is not None]


async def worked(storage: Storage) -> int:
    """How often a consumer's writing was committed."""
    async with storage.reading() as reader:
        return sum(each.count for each in await reader.alarms.since("2000-01-01") if each.event == "worked")


async def test_an_event_is_given_as_it_was_told_and_then_forgotten(storage: Storage) -> None:
    clock, recorder = MovableClock(), Recorder()
    inbox = inbox_of(storage, recorder, clock)
    assert await inbox.accept(said(ago=3, OpenID="openid-2", Deep="x")) == "stored"
    assert await inbox.accept(said(ago=3, OpenID="openid-2", Deep="x")) == "seen"
    assert await inbox.run_once("test") == 1
    (told,) = recorder.given
    assert (told.event, told.openid, told.created_at) == ("demo", "openid-2", clock.now - 3 * SECOND)
    assert told.fields["Deep"] == "x"
    assert "openid-2" not in repr(told)
    (row,) = await rows(storage)
    assert (row.state, row.openid, row.fields, row.next_at) == (PushedState.DONE, "", "", None)
    assert await inbox.run_once("test") == 0


async def test_what_happened_first_is_worked_on_first_whatever_came_first(storage: Storage) -> None:
    clock, recorder = MovableClock(), Recorder()
    inbox = inbox_of(storage, recorder, clock)
    for ago in (1, 9, -60, 5):  # one from a clock that is ahead of ours
        await inbox.accept(said(ago=ago))
    await inbox.run_once("test")
    assert [clock.now - each.created_at for each in recorder.given] == [9000, 5000, 1000, -60_000]


async def test_a_failure_takes_back_what_was_written_and_is_tried_again_until_it_is_given_up(
    storage: Storage,
) -> None:
    clock, recorder = MovableClock(), Recorder(*[ValueError("secret text")] * 7)
    inbox = inbox_of(storage, recorder, clock)
    await inbox.accept(said())
    for pause in PAUSES:
        assert await inbox.run_once("test") == 1
        (row,) = await rows(storage)
        assert (row.state, row.next_at) == (PushedState.PENDING, clock.now + pause)
        clock.now += pause - 1
        assert await inbox.run_once("test") == 0
        clock.now += 1
    await inbox.run_once("test")
    (row,) = await rows(storage)
    assert (row.state, row.tries, row.next_at) == (PushedState.FAILED, 7, None)
    assert row.last_error.startswith("ValueError at ")
    assert "secret" not in row.last_error
    assert await worked(storage) == 0
    async with storage.reading() as reader:
        assert [each.id for each in await reader.pushed_events.given_up(None, 10)] == [row.id]
        job = await reader.jobs.get(JOB)
    assert job is not None
    assert (json.loads(job.last_result), job.last_error) == ({"tried": 1, "waiting": 0}, "1 failed")
    async with storage.transaction() as tx:
        assert await tx.pushed_events.retry(row.id, clock.now)
        assert not await tx.pushed_events.retry(row.id, clock.now)
        await tx.commit()
    assert await inbox.run_once("test") == 1
    assert await worked(storage) == 1


async def test_one_that_fails_holds_up_no_other(storage: Storage) -> None:
    clock, recorder = MovableClock(), Recorder(KeyError("x"), None)
    inbox = inbox_of(storage, recorder, clock)
    await inbox.accept(said(ago=2))
    await inbox.accept(said(ago=1))
    assert await inbox.run_once("test") == 2
    assert [row.state for row in await rows(storage)] == ["pending", "done"]


async def test_an_event_that_came_before_its_cause_waits_and_is_at_last_not_ours(storage: Storage) -> None:
    clock, recorder = MovableClock(), Recorder(NotYet(), None)
    inbox = inbox_of(storage, recorder, clock)
    await inbox.accept(said())
    await inbox.run_once("test")
    assert await worked(storage) == 0
    clock.now += PAUSES[0]
    await inbox.run_once("test")
    assert await worked(storage) == 1
    recorder.answers = [NotYet()] * 7
    await inbox.accept(said(clock=clock))
    for pause in (*PAUSES, 0):
        await inbox.run_once("test")
        clock.now += pause
    last = (await rows(storage))[-1]
    assert (last.state, last.fields, last.openid) == (PushedState.UNMATCHED, "", "")
    async with storage.reading() as reader:
        assert await reader.pushed_events.count_given_up() == 0


@pytest.mark.promise(42)
async def test_a_process_that_was_too_slow_does_nothing(storage: Storage) -> None:
    clock, recorder = MovableClock(), Recorder()
    first, second = (inbox_of(storage, recorder, clock) for _ in range(2))
    await first.accept(said())
    (row,) = await rows(storage)
    async with storage.transaction() as tx:  # the first one claims, and stands still
        assert await tx.pushed_events.claim(row, clock.now, clock.now + CLAIM)
        await tx.commit()
    mine = clock.now + CLAIM
    assert await second.run_once("second") == 0
    clock.now += CLAIM
    assert await second.run_once("second") == 1
    assert await first._work_on(row, mine)
    assert (await worked(storage), len(recorder.given)) == (1, 1)


@pytest.mark.promise(42)
async def test_twenty_events_are_each_done_once_by_five_processes(storage: Storage) -> None:
    clock, recorder = MovableClock(), Recorder()
    inboxes = [inbox_of(storage, recorder, clock) for _ in range(5)]
    for number in range(20):
        await inboxes[0].accept(said(Number=number))
    await asyncio.gather(*(inbox.run_once(str(n)) for n, inbox in enumerate(inboxes)))
    assert sorted(int(each.fields["Number"]) for each in recorder.given) == list(range(20))
    assert await worked(storage) == 20


async def test_what_follows_comes_after_the_commit_and_its_failure_is_no_reason_to_try_again(
    storage: Storage,
) -> None:
    clock, recorder, seen = MovableClock(), Recorder(), []
    inbox = inbox_of(storage, recorder, clock)

    async def after() -> None:
        seen.append(await worked(storage))
        raise OSError

    recorder.after = after
    await inbox.accept(said())
    assert await inbox.run_once("test") == 1
    assert seen == [1]
    assert [row.state for row in await rows(storage)] == ["done"]


async def test_an_event_of_a_later_version_waits_for_a_process_of_that_version(storage: Storage) -> None:
    clock, recorder = MovableClock(), Recorder()
    await inbox_of(storage, recorder, clock, "newer").accept(said("newer"))
    assert await inbox_of(storage, recorder, clock).run_once("older") == 1
    assert (await rows(storage))[0].state == PushedState.PENDING
    clock.now += PAUSES[0]
    assert await inbox_of(storage, recorder, clock, "newer").run_once("newer") == 1
    assert [each.event for each in recorder.given] == ["newer"]


async def test_a_database_that_is_gone_ends_the_round(storage: Storage) -> None:
    clock, recorder = MovableClock(), Recorder(StorageUnavailable("gone"))
    inbox = inbox_of(storage, recorder, clock)
    await inbox.accept(said())
    with pytest.raises(StorageUnavailable):
        await inbox.run_once("test")
    clock.now += CLAIM
    assert await inbox.run_once("test") == 1
    assert await worked(storage) == 1


async def test_the_office_may_see_to_what_was_given_up(storage: Storage) -> None:
    clock, recorder = MovableClock(), Recorder(*[ValueError()] * 7)
    inbox = inbox_of(storage, recorder, clock)
    await inbox.accept(said())
    for pause in (*PAUSES, 0):
        await inbox.run_once("test")
        clock.now += pause
    (row,) = await rows(storage)
    async with storage.transaction() as tx:
        assert await tx.pushed_events.discard(row.id)
        assert not await tx.pushed_events.discard(row.id)
        await tx.commit()
    (row,) = await rows(storage)
    assert (row.state, row.fields, row.openid) == (PushedState.DISCARDED, "", "")


@pytest.mark.promise(24)
async def test_what_was_told_of_a_user_and_given_up_goes_with_the_user(storage: Storage) -> None:
    clock, recorder = MovableClock(), Recorder(*[ValueError()] * 7)
    inbox = inbox_of(storage, recorder, clock)
    async with storage.transaction() as tx:
        user = await tx.users.get(await tx.users.find_or_add("openid-1", clock.now))
        await tx.commit()
    await inbox.accept(said())
    for pause in (*PAUSES, 0):
        await inbox.run_once("test")
        clock.now += pause
    await inbox.accept(said(clock=clock))
    assert user is not None
    async with storage.transaction() as tx:
        await personal_data.erase(tx, user, clock.now)
        await tx.commit()
    given_up, waiting = await rows(storage)
    assert (given_up.state, given_up.openid, given_up.fields) == (PushedState.DISCARDED, "", "")
    assert waiting.openid == "openid-1", "it is forgotten once it was worked on"
    await inbox.run_once("test")
    assert {row.openid for row in await rows(storage)} == {""}


async def test_rows_go_in_time_but_for_those_that_wait(start_product: StartProduct) -> None:
    product = await start_product(privacy={"pushed_events_days": 10})
    recorder, clock = Recorder(), product.clock
    inbox = PushInbox(product.storage, clock, {"demo": Consumer("示范", recorder.work)})
    for number in range(3):
        await inbox.accept(said(Number=number))
    async with product.storage.transaction() as tx:
        await tx.connection.execute("UPDATE pushed_events SET state = 'done', next_at = NULL WHERE id < 3")
        await tx.commit()
    clock.move(10 * DAY - HOUR)
    assert "pushed_events" not in await forget(product)
    clock.move(2 * HOUR)
    assert (await forget(product))["pushed_events"] == 2
    assert [row.id for row in await rows(product.storage)] == [3]


def test_all_tries_of_an_event_end_within_a_day() -> None:
    assert 8 * HOUR < sum(PAUSES) < DAY
    assert list(PAUSES) == sorted(PAUSES)
    assert PAUSES[0] < MINUTE
