"""What WeChat's privacy events take away, and what they leave."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from accounts import wechat_privacy
from accounts.content import submitting
from accounts.wechat_privacy import CLOCKS_DIFFER, PrivacyEvents
from clock import HOUR
from orders import serving
from storage.models import ErasureSubject, StepKind
from tests.orders.acts import Act
from tests.orders.scene import ADMIN, EARLIER, NOON, Scene
from tests.orders.visits import BEGIN, press
from tests.storage.rows import fill
from wechat.content_checks import Opinion, Suggest
from wechat.push.events import PushedEvent

UNSURE = Opinion(Suggest.REVIEW, "review", 1)


def _events(scene: Scene) -> PrivacyEvents:
    async def remove(files: Any) -> None:
        raise AssertionError("nobody has asked for it yet")

    return PrivacyEvents(scene.clock, remove)


async def _told(scene: Scene, name: str, at: int = NOON, openid: str = "oUser01", **fields: str) -> Any:
    event = PushedEvent("user_event", openid, at, fields)
    after = await scene.run(lambda tx: getattr(_events(scene), name)(tx, event))
    return after and after.args


async def _named(scene: Scene) -> None:
    """Both owners have a nickname and an avatar, and others that wait."""
    for each in scene.households:
        await scene.set("users", each.owner, avatar_file=f"avatar-{each.owner}.jpg", profile_at=NOON)
        await scene.run(
            lambda tx, each=each: submitting.hand_in_avatar(tx, each.owner, f"new-{each.owner}.jpg", NOON)
        )
        await scene.run(
            lambda tx, each=each: submitting.set_profile(
                tx, scene.vault, each.owner, ("另一个", ""), UNSURE, NOON
            )
        )


async def nickname_and_avatar_taken_back(scene: Scene):
    await _named(scene)
    yield
    yield await _told(scene, "revoked", RevokeInfo="6")


async def the_nickname_alone_taken_back(scene: Scene):
    await _named(scene)
    yield
    yield await _told(scene, "revoked", RevokeInfo="19")


async def the_avatar_alone_taken_back(scene: Scene):
    await _named(scene)
    yield
    yield await _told(scene, "revoked", RevokeInfo="20")


async def taken_back_before_it_was_set_again(scene: Scene):
    await _named(scene)
    yield
    yield await _told(scene, "revoked", NOON - CLOCKS_DIFFER - 1, RevokeInfo="6")


async def taken_back_as_the_clocks_differ(scene: Scene):
    await _named(scene)
    yield
    yield await _told(scene, "revoked", NOON - CLOCKS_DIFFER, RevokeInfo="6")


async def phones_taken_back(scene: Scene):
    """An order under way needs its phone until it is over."""
    await scene.finished()
    await scene.add_order(scene.own)
    yield
    yield await _told(scene, "revoked", RevokeInfo="8")


async def phones_taken_back_that_nothing_needs(scene: Scene):
    await scene.finished()
    yield
    yield await _told(scene, "revoked", RevokeInfo="8")


async def places_taken_back(scene: Scene):
    await scene.served()
    for place in (0, 1):
        await press(replace(scene, at=BEGIN), StepKind.MET, place, place=(34.2, 108.9))
    yield
    yield await _told(scene, "revoked", BEGIN, "oUser08", RevokeInfo="13")


async def _invoiced(scene: Scene) -> None:
    """Both owners have an invoice that was sent to them, and one that waits."""
    for each in scene.households:
        for number, state in enumerate(("issued", "requested")):
            row = {
                "id": 10 * each.owner + number,
                "user_id": each.owner,
                "state": state,
                "email_sealed": f"email-{each.owner}",
                "open_order_id": None,
            }
            await scene.run(lambda tx, row=row: fill(tx, "invoices", row))


async def the_email_taken_back(scene: Scene):
    await _invoiced(scene)
    yield
    yield await _told(scene, "revoked", RevokeInfo="16")


async def everything_but_the_email_taken_back(scene: Scene):
    await _invoiced(scene)
    yield
    yield await _told(scene, "revoked", RevokeInfo="6,8,13,18,19,20")


async def what_gives_nothing_taken_back(scene: Scene):
    await _named(scene)
    yield
    yield await _told(scene, "revoked", RevokeInfo="1,2")


async def cleared_by_wechat(scene: Scene):
    await _named(scene)
    yield
    yield await _told(scene, "cleared")


async def an_account_closed(scene: Scene):
    await scene.finished()
    await scene.run(lambda tx: tx.sessions.add(1, "hash", NOON, NOON + HOUR, device="iPhone"))
    await scene.set("users", 1, last_login_at=NOON + CLOCKS_DIFFER)
    yield
    yield await _told(scene, "closed")


async def an_account_closed_while_an_order_goes_on(scene: Scene):
    await scene.served()
    yield
    yield await _told(scene, "closed")


async def an_account_closed_before_the_last_login(scene: Scene):
    await scene.set("users", 1, last_login_at=NOON + CLOCKS_DIFFER + 1)
    yield
    yield await _told(scene, "closed")


async def events_about_who_came_later(scene: Scene):
    await scene.set("users", 1, created_at=NOON + CLOCKS_DIFFER + 1)
    await scene.set("users", 4, created_at=NOON + CLOCKS_DIFFER)
    yield
    for openid in ("oUser01", "oUser04", "oNobody", ""):
        yield await _told(scene, "cleared", NOON, openid)


async def what_had_to_wait_erased(scene: Scene):
    """Of one whose order is over everything; of one whose order goes on nothing; of who came back nothing."""
    await scene.served()
    await scene.run(lambda tx: serving.finish(tx, scene.order, ADMIN, NOON))
    for user in (scene.own.owner, scene.other.owner, scene.stranger):
        await scene.run(lambda tx, user=user: tx.erasure_requests.ask(user, ErasureSubject.ACCOUNT, EARLIER))
    await scene.set("users", scene.stranger, last_login_at=EARLIER + CLOCKS_DIFFER + 1)
    await scene.run(lambda tx: tx.erasure_requests.ask(scene.own.family, ErasureSubject.PHONE, EARLIER))
    removed: list[Any] = []

    async def remove(files: Any) -> None:
        removed.append(files)

    yield
    yield await wechat_privacy.erase_due(scene.storage, scene.clock, remove, "a process")
    yield removed


async def test_an_act_changes_just_these_rows(scene: Scene, act: Act, check_act) -> None:
    await check_act(scene, act)
