"""What consents change, and what owners decide about users."""

from __future__ import annotations

from typing import Any

from accounts import consents, profile, users
from accounts.consents import VISIT_RECORD_VERSION
from storage.models import Session
from tests.accounts.logging_in import log_in, session_of
from tests.orders.acts import Act
from tests.orders.scene import EARLIER, NOON, Scene


async def _sessions(scene: Scene) -> Session:
    token = await log_in(scene)
    for user in (1, 1, 4):
        await log_in(scene, user)
    found = await session_of(scene, token)
    assert found is not None
    return found


async def _consent(scene: Scene, agrees: bool, version: str = VISIT_RECORD_VERSION, at: int = NOON) -> Any:
    return await scene.run(lambda tx: consents.answer(tx, scene.own.owner, version, agrees, at))


async def consented(scene: Scene):
    yield
    yield await _consent(scene, True)
    yield await _consent(scene, True, at=NOON + 1)


async def refused(scene: Scene):
    yield
    yield await _consent(scene, False)
    yield await _consent(scene, False, at=NOON + 1)


async def a_consent_withdrawn(scene: Scene):
    await _consent(scene, True)
    await scene.run(lambda tx: consents.answer(tx, scene.other.owner, VISIT_RECORD_VERSION, True, NOON))
    yield
    yield await _consent(scene, False, "older", at=NOON + 1)


async def a_consent_to_an_older_text(scene: Scene):
    yield
    yield await _consent(scene, True, "2025-01")


async def a_consent_to_a_newer_text(scene: Scene):
    await scene.run(
        lambda tx: tx.consents.add(scene.own.owner, "visit_record", "2025-01", EARLIER, withdrawn_at=None)
    )
    yield
    async with scene.storage.reading() as reader:
        yield await consents.visit_record(reader, scene.own.owner)
    yield await _consent(scene, True)


async def a_user_disabled(scene: Scene):
    await _sessions(scene)
    yield
    yield await scene.run(lambda tx: users.set_disabled(tx, 1, NOON, lambda basis: set()))


async def a_user_let_in_again(scene: Scene):
    await _sessions(scene)
    await scene.set("users", 1, disabled_at=NOON)
    yield
    yield await scene.run(lambda tx: users.set_disabled(tx, 1, None, lambda basis: set()))


async def a_user_decided_about_who_was_not_shown(scene: Scene):
    yield
    yield await scene.run(lambda tx: users.set_disabled(tx, 1, NOON, lambda basis: {"disabled"}))


async def an_avatar_taken(scene: Scene):
    await scene.set("users", 1, avatar_file="old.jpg")
    yield
    yield await scene.run(lambda tx: profile.take_avatar(tx, 1, "new.jpg", NOON))


async def test_an_act_changes_just_these_rows(scene: Scene, act: Act, check_act) -> None:
    await check_act(scene, act)
