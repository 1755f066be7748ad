"""Permissions for messages, as WeChat pushes them: counted once with what the mini-program tells, in any order."""

from __future__ import annotations

import itertools
from typing import Any

import orjson
import pytest

from clock import MINUTE, SECOND
from config import WeChatSettings
from measures import messages_tried
from storage import Storage
from storage.models import MessagePermission
from tests.messages.sending import MovableClock, Recorder, messages_of, outbox_of, queue
from tests.push.sealing import event
from wechat import permissions
from wechat.messages import Outcome, Result
from wechat.permissions import MAX_REMAINING, Answer
from wechat.push.consumers import Consumer
from wechat.push.inbox import PAUSES, PushInbox
from wechat.push.message_events import MessageEvents
from wechat.push.parsing import read_fields

SETTINGS = WeChatSettings(message_paid="t-1", message_moved="t-2", message_reminder="t-2")
START = MovableClock.now // 1000


class Scene:
    """One user, an inbox with the consumers of messages, and a mini-program that tells its answers."""

    def __init__(self, storage: Storage) -> None:
        self.storage, self.clock = storage, MovableClock()
        events = MessageEvents(SETTINGS)
        consumers = {
            "subscribe_msg_popup_event": Consumer("", events.answered),
            "subscribe_msg_change_event": Consumer("", events.switched),
            "subscribe_msg_sent_event": Consumer("", events.sent),
        }
        self.inbox = PushInbox(storage, self.clock, consumers)
        self.numbers = itertools.count()

    async def arrive(self) -> None:
        async with self.storage.transaction() as tx:
            await tx.users.find_or_add("openid-1", self.clock.now)
            await tx.commit()

    async def tell(self, name: str, *entries: dict[str, Any], at: int = 0, openid: str = "openid-1") -> None:
        """WeChat tells of something ``at`` seconds behind the start, and it is worked on."""
        listed = entries[0] if len(entries) == 1 else list(entries)
        said = event(name, FromUserName=openid, CreateTime=START + at, List=listed)
        await self.inbox.accept(read_fields(orjson.dumps(said)))
        self.clock.now = max(self.clock.now, (START + at) * 1000)
        await self.inbox.run_once("test")

    async def popup(self, answer: str = "accept", at: int = 0, template: str = "t-1") -> None:
        scene = next(self.numbers)  # two answers within a second are two events
        await self.tell("subscribe_msg_popup_event", _entry(answer, template, PopupScene=scene), at=at)

    async def off(self, at: int = 0, template: str = "t-1") -> None:
        await self.tell("subscribe_msg_change_event", _entry("reject", template), at=at)

    async def client(self, answer: str = "accept", at: int = 0, template: str = "t-1") -> None:
        """The mini-program tells the answer, some ms behind the second."""
        async with self.storage.transaction() as tx:
            user = await tx.users.by_openid("openid-1")
            assert user is not None
            moment = (START + at) * 1000 + 400
            await permissions.take_answers(tx, SETTINGS, user.id, {template: Answer(answer)}, moment)
            await tx.commit()

    async def message(self, outcome: Outcome, at: int = 0) -> None:
        self.clock.now = (START + at) * 1000
        await queue(self.storage, reference=f"number-{next(self.numbers)}")
        await outbox_of(self.storage, Recorder([outcome]), self.clock, message_paid="t-1").run_once()

    async def known(self, kind: str = "paid") -> MessagePermission | None:
        async with self.storage.reading() as reader:
            user = await reader.users.by_openid("openid-1")
            assert user is not None
            return await reader.permissions.get(user.id, kind)

    async def left(self, kind: str = "paid") -> tuple[int, bool] | None:
        known = await self.known(kind)
        return None if known is None else (known.remaining, known.refused)


def _entry(answer: str, template: str, **more: Any) -> dict[str, Any]:
    return {"TemplateId": template, "SubscribeStatusString": answer, **more}


@pytest.fixture
def scene(storage: Storage, io_loop: Any) -> Scene:
    made = Scene(storage)
    io_loop.run_sync(made.arrive)
    return made


async def test_an_answer_in_the_dialog_is_counted(scene: Scene) -> None:
    await scene.popup()
    assert await scene.left() == (1, False)
    await scene.popup("reject", at=5)
    assert await scene.left() == (1, True), "what was permitted before stays"
    await scene.popup(at=9)
    assert await scene.left() == (2, False)
    await scene.tell("subscribe_msg_popup_event", _entry("accept", "t-1"), _entry("accept", "t-2"), at=20)
    assert (await scene.left(), await scene.left("moved")) == ((3, False), (1, False))
    assert await scene.left("reminder") is None, "a template of two kinds is counted once"


@pytest.mark.promise(42)
@pytest.mark.parametrize("order", sorted(set(itertools.permutations(["client", "popup"] * 2))))
async def test_one_answer_is_counted_once_whoever_tells_of_it_and_in_any_order(
    scene: Scene, order: tuple[str, ...]
) -> None:
    """Two answers, each told by both."""
    told = {"client": 0, "popup": 0}
    for who in order:
        await getattr(scene, who)(at=told[who] * 30)
        told[who] += 1
    assert await scene.left() == (2, False)


async def test_released_clients_tell_nothing_and_old_pushes_do_not_hide_new_answers(scene: Scene) -> None:
    for number in range(3):
        await scene.popup(at=number)
    await scene.client(at=3600)
    assert await scene.left() == (4, False), "an hour later it is another answer"
    await scene.popup(at=3600)
    assert await scene.left() == (4, False)


@pytest.mark.promise(42)
async def test_a_switch_in_the_settings_voids_what_was_permitted_before_it(scene: Scene) -> None:
    await scene.popup(at=0)
    await scene.popup(at=1)
    await scene.popup(at=2, template="t-2")
    await scene.off(at=10)
    assert await scene.left() == (0, True)
    assert await scene.left("moved") == (1, False), "of that template alone"
    await scene.popup(at=20)
    assert await scene.left() == (1, False)


@pytest.mark.promise(42)
async def test_a_switch_that_comes_late_voids_nothing_that_was_permitted_since(scene: Scene) -> None:
    await scene.popup(at=0)
    await scene.client(at=0)
    await scene.popup(at=20)
    await scene.popup(at=30)
    await scene.off(at=10)
    assert await scene.left() == (2, False)
    await scene.client(at=30)
    assert await scene.left() == (2, False), "told of already"


@pytest.mark.promise(42)
async def test_answers_that_come_behind_a_newer_one_change_nothing_of_it(scene: Scene) -> None:
    await scene.popup(at=20)
    await scene.popup("reject", at=10)
    assert await scene.left() == (1, False), "an older no"
    await scene.off(at=40)
    await scene.popup(at=30)
    assert await scene.left() == (0, True), "an older yes, voided since"
    await scene.off(at=35)
    assert await scene.left() == (0, True)
    await scene.popup(at=50)
    await scene.off(at=40)
    assert await scene.left() == (1, False)


async def test_a_message_that_was_quicker_than_the_push_has_used_the_permission(scene: Scene) -> None:
    await scene.message(Outcome(Result.SENT), at=5)
    await scene.popup(at=4)
    assert await scene.left() == (0, False), "answered before the message, told after it"
    await scene.client(at=4)
    assert await scene.left() == (0, False)
    await scene.popup(at=60)
    assert await scene.left() == (1, False)


async def test_none_left_voids_answers_that_are_told_later(scene: Scene) -> None:
    await scene.popup(at=0)
    await scene.message(Outcome(Result.REFUSED, 43101), at=10)
    await scene.popup(at=5)
    assert await scene.left() == (0, False)


async def test_nobody_counts_beyond_the_bound(scene: Scene) -> None:
    await scene.popup(at=0)
    async with scene.storage.transaction() as tx:
        await tx.connection.execute(
            "UPDATE message_permissions SET remaining = :most", {"most": MAX_REMAINING}
        )
        await tx.commit()
    await scene.popup(at=1)
    assert await scene.left() == (MAX_REMAINING, False)


@pytest.mark.parametrize(
    "entry",
    [
        {"TemplateId": "unknown", "SubscribeStatusString": "accept"},
        {"TemplateId": ["t-1"], "SubscribeStatusString": "accept"},
        {"TemplateId": "t-1", "SubscribeStatusString": "perhaps"},
        {"TemplateId": "t-1"},
        {},
    ],
)
async def test_entries_that_say_nothing_change_nothing(scene: Scene, entry: dict[str, Any]) -> None:
    await scene.tell("subscribe_msg_popup_event", entry)
    await scene.tell("subscribe_msg_change_event", entry)
    assert await scene.left() is None
    async with scene.storage.reading() as reader:
        assert await reader.pushed_events.count_waiting() == 0


async def test_nobody_and_who_has_left_are_counted_nothing(scene: Scene) -> None:
    await scene.tell("subscribe_msg_popup_event", _entry("accept", "t-1"), openid="stranger")
    async with scene.storage.transaction() as tx:
        user = await tx.users.by_openid("openid-1")
        assert user is not None
        await tx.users.set_disabled(user.id, 1)
        await tx.commit()
    await scene.popup()
    assert await scene.left() is None


def sent_event(number: str, code: object = "0", status: str = "success", **more: Any) -> dict[str, Any]:
    return {"TemplateId": "t-1", "MsgID": number, "ErrorCode": code, "ErrorStatus": status, **more}


async def test_a_message_that_was_not_delivered_is_seen_as_such_once(scene: Scene) -> None:
    await scene.client(at=0)
    await scene.client(at=1)
    await scene.message(Outcome(Result.SENT, 0, message_id="88001"), at=5)
    before = messages_tried.labels("paid", "undelivered")._value.get()
    await scene.tell("subscribe_msg_sent_event", sent_event("88001", 0), at=6)
    assert [row.state for row in await messages_of(scene.storage)] == ["sent"]
    for at in (7, 8):
        await scene.tell("subscribe_msg_sent_event", sent_event("88001", 1003, "user blocked; <b>"), at=at)
    (row,) = await messages_of(scene.storage)
    assert (row.state, row.last_error) == ("undelivered", "1003 user blocked b")
    assert messages_tried.labels("paid", "undelivered")._value.get() == before + 1
    assert await scene.left() == (1, False)
    await scene.message(Outcome(Result.SENT, 0, message_id="88002"), at=9)
    await scene.client(at=10)
    await scene.tell("subscribe_msg_sent_event", sent_event("88002", "43101", "user refuse"), at=11)
    assert await scene.left() == (0, False)


@pytest.mark.promise(42)
async def test_the_fate_of_a_message_may_be_told_before_wechat_has_said_that_it_took_it(scene: Scene) -> None:
    await scene.tell("subscribe_msg_sent_event", sent_event("88001", 1003, "user blocked"), at=5)
    await scene.message(Outcome(Result.SENT, 0, message_id="88001"), at=6)
    scene.clock.now += PAUSES[0]
    await scene.inbox.run_once("test")
    assert [row.state for row in await messages_of(scene.storage)] == ["undelivered"]


async def test_the_fate_of_another_users_message_is_not_believed(scene: Scene) -> None:
    await scene.message(Outcome(Result.SENT, 0, message_id="88001"), at=5)
    await scene.tell("subscribe_msg_sent_event", sent_event("88001", 1003), at=6, openid="openid-2")
    assert [row.state for row in await messages_of(scene.storage)] == ["sent"]


async def test_single_answers_are_kept_for_a_day_and_their_count_stays(scene: Scene) -> None:
    await scene.popup(at=0)
    async with scene.storage.transaction() as tx:
        assert await tx.retention.delete_message_answers(0, 10, START * SECOND) == 0
        assert await tx.retention.delete_message_answers(0, 10, START * SECOND + MINUTE) == 1
        await tx.commit()
    assert await scene.left() == (1, False)
