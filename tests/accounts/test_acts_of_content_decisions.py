"""What is published or rejected, by the office or by WeChat's word."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from accounts.content import deciding, media_events, submitting
from accounts.content.deciding import Decision
from orders.visits.reports import Author, Entry
from storage.models import ContentKind
from storage.writes import NewRating
from tests.orders.acts import Act
from tests.orders.scene import NOON, Scene
from tests.orders.visits import BEGIN, sent_reports
from wechat.content_checks import Opinion, Suggest
from wechat.push.events import PushedEvent

UNSURE = Opinion(Suggest.REVIEW, "review", 20_001)
RISKY = Opinion(Suggest.RISKY, "", 20_002)


async def _nickname(scene: Scene, text: str, opinion: Opinion, place: int = 0, at: int = NOON) -> Any:
    user = scene.households[place].owner
    return await scene.run(
        lambda tx: submitting.set_profile(tx, scene.vault, user, (text, "wxfile://a"), opinion, at)
    )


async def _ask(scene: Scene, opinion: Opinion, action: str = "ask-1", place: int = 0) -> Any:
    order = await scene.read(scene.households[place].order)
    entry = Entry(Author("user", scene.households[place].family), action, "加个微信好吗")
    return await scene.run(lambda tx: submitting.ask(tx, scene.vault, order, entry, opinion, BEGIN + 1))


async def _waiting(scene: Scene, kind: ContentKind) -> int:
    """One of each household waits for the office; the own one's id."""
    if kind == ContentKind.NICKNAME:
        for place in (1, 0):
            await _nickname(scene, f"昵称{place}", UNSURE, place)
    elif kind == ContentKind.QUESTION:
        await sent_reports(scene)
        for place in (1, 0):
            await _ask(scene, UNSURE, "ask-1", place)
    elif kind == ContentKind.COMMENT:
        await scene.finished()
        for each in (scene.other, scene.own):
            order = await scene.read(each.order)
            await scene.run(
                lambda tx, order=order: submitting.rate(
                    tx, scene.vault, order, NewRating(2, "不好"), UNSURE, NOON
                )
            )
    else:
        for each in (scene.other, scene.own):
            await scene.set("users", each.owner, avatar_file=f"old-{each.owner}.jpg")
            await scene.run(
                lambda tx, each=each: submitting.hand_in_avatar(tx, each.owner, f"new-{each.owner}.jpg", NOON)
            )
        await scene.set("content_checks", 2, state="review")
    return 2


async def _decide(scene: Scene, check_id: int, approve: bool, by: int | None = 2, **more: Any) -> Any:
    decision = Decision(approve, by, NOON + 9, more.get("reason", "risky"), more.get("label", 20_003))
    changed = more.get("changed")
    return await scene.run(lambda tx: deciding.decide(tx, scene.vault, check_id, decision, changed))


async def a_nickname_approved(scene: Scene):
    check_id = await _waiting(scene, ContentKind.NICKNAME)
    yield
    yield await _decide(scene, check_id, True)


async def a_nickname_rejected(scene: Scene):
    check_id = await _waiting(scene, ContentKind.NICKNAME)
    yield
    yield await _decide(scene, check_id, False)


async def a_question_approved(scene: Scene):
    check_id = await _waiting(scene, ContentKind.QUESTION)
    yield
    yield await _decide(scene, check_id, True)


async def a_question_rejected(scene: Scene):
    check_id = await _waiting(scene, ContentKind.QUESTION)
    yield
    yield await _decide(scene, check_id, False)


async def a_comment_approved(scene: Scene):
    check_id = await _waiting(scene, ContentKind.COMMENT)
    yield
    yield await _decide(scene, check_id, True)


async def an_avatar_approved(scene: Scene):
    check_id = await _waiting(scene, ContentKind.AVATAR)
    yield
    yield await _decide(scene, check_id, True)


async def an_avatar_rejected_by_wechat(scene: Scene):
    check_id = await _waiting(scene, ContentKind.AVATAR)
    await scene.set("content_checks", check_id, state="asked", next_at=NOON)
    yield
    yield await _decide(scene, check_id, False, None)


async def decided_twice(scene: Scene):
    check_id = await _waiting(scene, ContentKind.NICKNAME)
    await _decide(scene, check_id, True)
    yield
    yield await _decide(scene, check_id, True)


async def decided_by_wechat_what_the_office_decides(scene: Scene):
    check_id = await _waiting(scene, ContentKind.NICKNAME)
    yield
    yield await _decide(scene, check_id, True, None)


async def decided_what_was_not_shown(scene: Scene):
    check_id = await _waiting(scene, ContentKind.NICKNAME)
    yield
    yield await _decide(scene, check_id, True, changed=lambda basis: {"state"})


async def decided_about_who_is_erased(scene: Scene):
    check_id = await _waiting(scene, ContentKind.NICKNAME)
    await scene.set("users", scene.own.owner, deleted_at=NOON)
    yield
    yield await _decide(scene, check_id, True)


async def left_to_the_office(scene: Scene):
    check_id = await _waiting(scene, ContentKind.AVATAR)
    await scene.set("content_checks", check_id, state="asked", next_at=NOON)
    async with scene.storage.reading() as reader:
        check = await reader.content.get(check_id)
    assert check is not None
    yield
    yield await scene.run(lambda tx: deciding.to_office(tx, check, "r" * 33, 5))
    yield await scene.run(lambda tx: deciding.to_office(tx, replace(check, state="unsent"), "off"))


# What WeChat says


async def events_about_pictures(scene: Scene):
    fields: list[dict[str, Any]] = [
        {"trace_id": "t-1", "errcode": "0", "result": {"suggest": "pass", "label": "100"}},
        {"trace_id": "t-1", "errcode": "0", "result": {"suggest": "risky", "label": "20002"}},
        {"trace_id": "t-2", "result": {"suggest": "risky", "label": "20002"}},
        {"trace_id": "t-3", "errcode": "-1008", "result": {"suggest": "pass"}},
        {"trace_id": "t-4", "errcode": f"-{'1' * 40}"},
        {"trace_id": "t-5", "errcode": "0", "result": {"suggest": "review", "label": "12345678"}},
        {"trace_id": "t-6", "errcode": "0", "result": {"suggest": "review", "label": "123456789"}},
        {"trace_id": "t-7", "errcode": "0", "result": {"suggest": "pass", "label": "²"}},
        {"trace_id": "t-8", "errcode": "0", "result": "pass"},
        {"trace_id": "t" * 64, "result": {"suggest": "pass"}},
        {"trace_id": "t" * 65, "result": {"suggest": "pass"}},
        {"trace_id": "", "result": {"suggest": "pass"}},
        {"trace_id": "号", "result": {"suggest": "pass"}},
    ]
    yield
    for number, each in enumerate(fields):
        event = PushedEvent("wxa_media_check", "", NOON + number, each)
        await scene.run(lambda tx, event=event: media_events.take(tx, event))


async def decided_what_was_shown(scene: Scene):
    check_id = await _waiting(scene, ContentKind.NICKNAME)
    told: list[Any] = []

    def changed(basis: Any) -> set[str]:
        told.append(dict(basis))
        return set()

    yield
    yield await _decide(scene, check_id, True, changed=changed)
    yield told


async def test_an_act_changes_just_these_rows(scene: Scene, act: Act, check_act) -> None:
    await check_act(scene, act)
