"""The list of complaints and the readings that are due: how much is asked, how often, and what a failure leaves."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from clock import DAY, HOUR, MINUTE, SECOND, shanghai_date
from payment.complaints import following, service
from payment.complaints.following import LIST_JOB
from payment.complaints.service import JOB
from payment.wechatpay.errors import Busy, Refused, Unknown
from storage.models import Job
from storage.models.wechat_complaints import ComplaintActKind
from tests.wechat_complaints.acting import ANSWER
from tests.wechat_complaints.memory import AT, NUMBER, MemoryDesk

pytestmark = pytest.mark.promise(43)


async def job(desk: MemoryDesk, name: str = LIST_JOB) -> Job:
    async with desk.storage.reading() as reader:
        found = await reader.jobs.get(name)
    assert found is not None
    return found


def fill(desk: MemoryDesk, count: int) -> None:
    for number in range(count):
        desk.wechat.complain(f"{NUMBER[:-3]}{number:03d}")


async def listed(desk: MemoryDesk) -> int:
    """How many are new or changed in a list that is due."""
    desk.shop.pass_time(3 * MINUTE)
    return await desk.complaints.follower.list_due("test")


@pytest.mark.parametrize(("count", "offsets"), [(0, [0]), (49, [0]), (50, [0, 50]), (101, [0, 50, 100])])
async def test_the_list_of_thirty_days_is_read_to_its_last_page(
    memory: MemoryDesk, count: int, offsets: list[int]
) -> None:
    fill(memory, count)
    assert await listed(memory) == count
    first, today = shanghai_date(memory.shop.at - 29 * DAY), shanghai_date(memory.shop.at)
    assert memory.wechat.pages == [(first, today, offset) for offset in offsets]
    assert '"changed": ' + str(count) in (await job(memory)).last_result
    assert (await job(memory)).last_error == ""


async def test_the_list_is_read_every_three_minutes_by_one_process(memory: MemoryDesk) -> None:
    follower, other = memory.complaints.follower, memory.another().follower
    for pause in (0, 3 * MINUTE - 1, 1):
        memory.shop.pass_time(pause)
        await follower.list_due("one")
        assert await other.list_due("two") == 0
    assert memory.wechat.calls == ["page", "page"]


async def test_a_list_without_an_end_is_told_to_the_operator(
    memory: MemoryDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "MAX_PAGES", 2)
    fill(memory, 101)
    assert await listed(memory) == 100
    assert (await job(memory)).last_error == "more than 100 complaints in 30 days"


async def test_only_what_is_new_changed_or_put_off_is_to_be_read(memory: MemoryDesk) -> None:
    fill(memory, 2)
    assert [await listed(memory), await listed(memory)] == [2, 0]
    await memory.complaints.follower.read_due()
    first = f"{NUMBER[:-3]}000"
    memory.wechat.change(first, complaint_state="PROCESSING")
    assert await listed(memory) == 1
    changed = await memory.row(first)
    assert (changed.read_due_at, changed.news_at) == (memory.shop.at, memory.shop.at)
    assert (await memory.row(f"{NUMBER[:-3]}001")).read_due_at != memory.shop.at
    memory.wechat.details["no number of WeChat's!"] = {"complaint_id": "no number of WeChat's!"}
    memory.wechat.complain(f"{NUMBER[:-3]}999")
    assert await listed(memory) == 1, "one that nobody can read hides no other"
    assert (await job(memory)).last_error == "a complaint without a usable number"


@pytest.mark.parametrize(
    ("state", "later", "again"),
    [
        ("PENDING", 32 * MINUTE, 0),
        ("PENDING", 32 * MINUTE + 1, 1),
        ("PROCESSED", DAY, 0),
    ],
)
async def test_a_reading_that_a_wrong_clock_has_put_off_is_made_due(
    memory: MemoryDesk, state: str, later: int, again: int
) -> None:
    memory.wechat.complain(complaint_state=state)
    await listed(memory)
    await memory.complaints.follower.read_due()
    async with memory.storage.transaction() as tx:
        due_at = memory.shop.at + 3 * MINUTE + later
        await tx.connection.execute("UPDATE wechat_complaints SET read_due_at = :at", {"at": due_at})
        await tx.commit()
    assert await listed(memory) == again


async def test_a_reading_that_fails_is_noted_and_holds_up_no_other(memory: MemoryDesk) -> None:
    fill(memory, 3)
    await listed(memory)
    memory.wechat.failing["detail"] = [
        Refused(code="PARAM_ERROR", status=400),
        RuntimeError("a bug, with the words of a payer"),
    ]
    assert await memory.complaints.follower.read_due() == 1
    rows = [await memory.row(f"{NUMBER[:-3]}{number:03d}") for number in range(3)]
    assert [(row.failures, row.problem) for row in rows] == [
        (1, "wechat_refused PARAM_ERROR"),
        (1, "RuntimeError"),
        (0, ""),
    ]
    assert [row.read_due_at for row in rows[:2]] == [memory.shop.at + 15 * SECOND] * 2
    memory.shop.pass_time(15 * SECOND)
    memory.wechat.failing["detail"] = [Unknown("no answer")]
    assert await memory.complaints.follower.read_due() == 1
    after = await memory.row(f"{NUMBER[:-3]}000")
    assert (after.failures, after.problem) == (2, "wechat_unknown")
    assert after.read_due_at == memory.shop.at + 30 * SECOND
    memory.shop.pass_time(30 * SECOND)
    await memory.complaints.follower.read_due()
    healed = await memory.row(f"{NUMBER[:-3]}000")
    assert (healed.failures, healed.problem) == (0, "")


async def test_when_wechat_wants_fewer_calls_the_round_ends_and_waits_half_a_minute(
    memory: MemoryDesk,
) -> None:
    fill(memory, 2)
    await listed(memory)
    memory.wechat.failing["detail"] = [Busy(code="RATELIMIT_EXCEEDED", status=429)]
    await memory.round()
    assert memory.wechat.calls.count("detail") == 1
    done = await job(memory, JOB)
    assert (done.last_error, done.claimed_until) == ("RATELIMIT_EXCEEDED", memory.shop.at + 30 * SECOND)
    assert (await memory.row(f"{NUMBER[:-3]}000")).failures == 0
    memory.shop.pass_time(30 * SECOND)
    memory.wechat.failing["detail"] = [Busy("not reached")]
    await memory.round()
    assert (await job(memory, JOB)).last_error == "wechat_busy"


async def test_a_round_reads_thirty_at_the_most_the_longest_due_first(memory: MemoryDesk) -> None:
    fill(memory, 31)
    await listed(memory)
    assert await memory.complaints.follower.read_due() == 30
    assert await memory.complaints.follower.read_due() == 1


async def test_a_list_that_fails_is_told_after_everything_else_was_done(memory: MemoryDesk) -> None:
    memory.wechat.complain()
    await listed(memory)
    memory.shop.pass_time(3 * MINUTE)
    memory.wechat.failing["page"] = [Unknown("no answer")]
    with pytest.raises(Unknown):
        await memory.round()
    assert (await memory.row(NUMBER)).read_at == memory.shop.at
    assert "Unknown" in (await job(memory)).last_error


async def test_a_round_without_anything_to_do_is_written_down_once_a_minute(memory: MemoryDesk) -> None:
    noted = []
    for pause in (0, MINUTE - 1, 1, 1):
        memory.shop.pass_time(pause)
        await memory.round()
        noted.append((await job(memory, JOB)).finished_at)
    at = memory.shop.at
    assert noted == [at - MINUTE - 1, at - MINUTE - 1, at - 1, at - 1]


async def test_an_opened_complaint_says_what_could_not_be_had(memory: MemoryDesk) -> None:
    await memory.complained()
    opened = await memory.complaints.look(NUMBER)
    assert opened.detail is not None
    assert (opened.detail.text, opened.history, opened.problem) == ("等了一个小时", (), "")
    memory.wechat.failing["history"] = [Unknown("", code="SYSTEM_ERROR", message="系统繁忙")]
    opened = await memory.complaints.look(NUMBER)
    assert opened.detail is not None
    assert opened.problem == "微信没有给出协商历史：系统繁忙"
    memory.wechat.failing["detail"] = [Unknown("", code="SYSTEM_ERROR"), Unknown("no answer")]
    problems = [(await memory.complaints.look(NUMBER)).problem for _ in range(2)]
    assert problems == ["微信没有给出最新内容：SYSTEM_ERROR", "微信没有给出最新内容"]
    off = memory.another()
    off.enabled = False
    calls = list(memory.wechat.calls)
    opened = await off.look(NUMBER)
    assert opened.detail is None
    assert "没有开启微信投诉" in opened.problem
    await off.run_once("test")
    assert memory.wechat.calls == calls


async def test_a_dozen_pictures_are_shown_and_one_that_cannot_be_had_is_left_out(memory: MemoryDesk) -> None:
    names = [f"media{number}" for number in range(14)]

    async def image(media_id: str) -> bytes:
        if media_id == "media3":
            raise Unknown("no answer")
        return media_id.encode()

    wechat: Any = memory.wechat
    wechat.image = image
    shown = await memory.complaints.pictures(names)
    assert shown == {name: name.encode() for name in names[:12] if name != "media3"}
    assert await memory.complaints.pictures([]) == {}


async def test_one_that_was_heard_of_is_dated_from_then_however_late_it_is_read(memory: MemoryDesk) -> None:
    memory.wechat.complain(at=AT)
    await listed(memory)
    heard_at = memory.shop.at
    memory.shop.pass_time(HOUR)
    await memory.read()
    row = await memory.row(NUMBER)
    assert (row.heard_at, row.read_at) == (heard_at, memory.shop.at)
    assert replace(row, read_at=None).news_at == heard_at


async def test_who_sends_an_answer_waits_for_a_while_and_it_goes_on_by_itself(
    memory: MemoryDesk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(service, "SEND_SECONDS", 1.0)  # by then it is on its way, on a busy machine too
    await memory.complained()
    act = await memory.planned(ComplaintActKind.ANSWER, ANSWER)
    go_on, answer = asyncio.Event(), memory.wechat.answer

    async def slow(*said: Any) -> None:
        await go_on.wait()
        await answer(*said)

    monkeypatch.setattr(memory.wechat, "answer", slow)
    shown = await memory.complaints.send_now(act.id)
    assert shown is not None
    assert (shown.id, shown.state, shown.ended_at) == (act.id, "sending", None)
    go_on.set()
    async with asyncio.timeout(10):
        while (await memory.act(act.id)).ended_at is None:
            await asyncio.sleep(0.01)
    assert (await memory.act(act.id)).state == "done"
    assert not [message for message in caplog.messages if "taken up again" in message]
    monkeypatch.undo()
    done = await memory.complaints.send_now(act.id)
    assert done is not None
    assert done.state == "done"


async def test_an_answer_that_fails_after_who_sent_it_has_left_is_told_to_the_operator(
    memory: MemoryDesk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(service, "SEND_SECONDS", 1.0)  # by then it is on its way, on a busy machine too
    await memory.complained()
    act = await memory.planned(ComplaintActKind.ANSWER, ANSWER)
    go_on = asyncio.Event()

    async def fails(*said: Any) -> None:
        await go_on.wait()
        raise RuntimeError("a bug")

    monkeypatch.setattr(memory.wechat, "answer", fails)
    await memory.complaints.send_now(act.id)
    go_on.set()
    async with asyncio.timeout(10):
        while "taken up again" not in caplog.text:
            await asyncio.sleep(0.01)
