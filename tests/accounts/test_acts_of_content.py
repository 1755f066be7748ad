"""What becomes of what users write for others to read, and of their avatars."""

from __future__ import annotations

from typing import Any

from accounts.content import submitting
from orders.visits import reports
from orders.visits.reports import Author, Entry
from storage.writes import NewRating
from tests.orders.acts import Act
from tests.orders.scene import NOON, Scene
from tests.orders.visits import BEGIN, sent_reports
from wechat.content_checks import PASSED, Opinion, Suggest

UNSURE = Opinion(Suggest.REVIEW, "review", 20_001)
RISKY = Opinion(Suggest.RISKY, "", 20_002)


async def _nickname(scene: Scene, text: str, opinion: Opinion, place: int = 0, at: int = NOON) -> Any:
    user = scene.households[place].owner
    return await scene.run(
        lambda tx: submitting.set_profile(tx, scene.vault, user, (text, "wxfile://a"), opinion, at)
    )


async def a_nickname_that_passes(scene: Scene):
    await _nickname(scene, "想要的加微信", UNSURE)
    await _nickname(scene, "想要的加微信", UNSURE, 1)
    yield
    yield await _nickname(scene, "李大爷", PASSED, at=NOON + 1)


async def a_nickname_that_waits(scene: Scene):
    yield
    yield await _nickname(scene, "想要的加微信", UNSURE)
    yield await _nickname(scene, "想要的加微信", UNSURE, at=NOON + 1)


async def another_nickname_that_waits(scene: Scene):
    await _nickname(scene, "想要的加微信", UNSURE)
    await _nickname(scene, "想要的加微信", UNSURE, 1)
    yield
    yield await _nickname(scene, "加我", UNSURE, at=NOON + 1)


async def a_risky_nickname(scene: Scene):
    yield
    yield await _nickname(scene, "一起赌博吧", RISKY)


async def the_same_nickname_again_whatever_is_thought_of_it(scene: Scene):
    yield
    yield await _nickname(scene, "李建国", RISKY)


async def _rate(scene: Scene, opinion: Opinion, comment: str = "都很满意") -> Any:
    order = await scene.read()
    return await scene.run(
        lambda tx: submitting.rate(tx, scene.vault, order, NewRating(5, comment, "kind"), opinion, NOON)
    )


async def a_comment_that_passes(scene: Scene):
    await scene.finished()
    yield
    yield await _rate(scene, PASSED)


async def a_comment_that_waits(scene: Scene):
    await scene.finished()
    yield
    yield await _rate(scene, UNSURE)


async def no_comment(scene: Scene):
    await scene.finished()
    yield
    yield await _rate(scene, UNSURE, "")


async def a_risky_comment(scene: Scene):
    await scene.finished()
    yield
    yield await _rate(scene, RISKY)


async def _ask(scene: Scene, opinion: Opinion, action: str = "ask-1", place: int = 0) -> Any:
    order = await scene.read(scene.households[place].order)
    entry = Entry(Author("user", scene.households[place].family), action, "加个微信好吗")
    return await scene.run(lambda tx: submitting.ask(tx, scene.vault, order, entry, opinion, BEGIN + 1))


async def a_question_that_waits(scene: Scene):
    await sent_reports(scene)
    yield
    yield await _ask(scene, UNSURE)
    yield await _ask(scene, UNSURE)


async def a_question_that_passes(scene: Scene):
    await sent_reports(scene)
    yield
    yield await _ask(scene, PASSED)
    yield await _ask(scene, UNSURE)


async def a_risky_question(scene: Scene):
    await sent_reports(scene)
    yield
    yield await _ask(scene, RISKY)


async def the_last_question_that_may_wait(scene: Scene):
    await sent_reports(scene)
    for number in range(reports.MAX_OPEN_QUESTIONS - 1):
        await _ask(scene, PASSED if number % 2 else UNSURE, f"ask-{number}")
    yield
    yield await _ask(scene, UNSURE, "the last one")
    yield await _ask(scene, UNSURE, "one more")


async def an_avatar_handed_in(scene: Scene):
    for user in (scene.own.owner, scene.other.owner):
        await scene.run(lambda tx, user=user: submitting.hand_in_avatar(tx, user, f"first-{user}.jpg", NOON))
    yield
    yield await scene.run(lambda tx: submitting.hand_in_avatar(tx, scene.own.owner, "second.jpg", NOON + 1))


async def an_avatar_of_a_closed_account(scene: Scene):
    await scene.set("users", scene.own.owner, disabled_at=NOON)
    yield
    yield await scene.run(lambda tx: submitting.hand_in_avatar(tx, scene.own.owner, "second.jpg", NOON + 1))


async def test_an_act_changes_just_these_rows(scene: Scene, act: Act, check_act) -> None:
    await check_act(scene, act)
