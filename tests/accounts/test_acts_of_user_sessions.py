"""What users' sessions change, and when they end."""

from __future__ import annotations

from dataclasses import replace

from accounts import user_sessions
from clock import DAY as ONE_DAY
from clock import HOUR
from storage.models import SentIn, Session
from tests.accounts.logging_in import log_in, session_of
from tests.orders.acts import Act
from tests.orders.scene import NOON, Scene


async def logged_in(scene: Scene):
    yield
    for agent in ("Mozilla iPhone", "Windows NT", "curl"):
        token, until = await scene.run(
            lambda tx, agent=agent: user_sessions.log_in(tx, scene.settings, "oUser01", agent, NOON)
        )
        yield len(token), until


async def logged_in_for_the_first_time(scene: Scene):
    yield
    yield await scene.run(lambda tx: user_sessions.log_in(tx, scene.settings, "oNew", "", NOON)) != ""


async def logged_in_when_disabled(scene: Scene):
    await scene.set("users", 1, disabled_at=NOON)
    yield
    yield await log_in(scene)


async def logged_in_as_a_customer_of_the_office(scene: Scene):
    yield
    yield await scene.run(lambda tx: user_sessions.log_in(tx, scene.settings, "office:1", "", NOON))


async def a_session_used(scene: Scene):
    """It slides once an hour, up to its end."""
    token = await log_in(scene)
    session = await session_of(scene, token)
    assert session is not None
    yield
    for at, sent_in in (
        (NOON + 1, SentIn.HEADER),
        (NOON + HOUR, SentIn.HEADER),
        (NOON + HOUR + 1, SentIn.HEADER),
        (NOON + HOUR + 2, SentIn.FIELD),
    ):
        now = await session_of(scene, token, at)
        assert now is not None
        await user_sessions.keep_alive(scene.storage, scene.settings, now, sent_in, at)
        after = await session_of(scene, token, at)
        yield after and (after.last_seen_at, after.expires_at, after.sent_in)


async def a_session_until_its_end(scene: Scene):
    token = await log_in(scene)
    days = scene.settings.users
    yield
    for at in (NOON + days.session_days * ONE_DAY - 1, NOON + days.session_days * ONE_DAY):
        found = await session_of(scene, token, at)
        yield found and found.id
    last = NOON + days.session_max_days * ONE_DAY
    for at in (last - days.session_days * ONE_DAY, last - 1, last):
        yield user_sessions.expires_at(scene.settings, NOON, at)


async def a_session_of_a_released_client(scene: Scene):
    """Ends on the operator's day alone."""
    token = await log_in(scene)
    session = await session_of(scene, token)
    assert session is not None
    released = replace(session, sent_in=SentIn.FIELD)
    ended = replace(scene.settings, users=replace(scene.settings.users, released_clients_end="2026-11-20"))
    midnight = NOON + 12 * HOUR
    yield
    for settings in (scene.settings, ended):
        for at in (midnight - 1, midnight, NOON + 9_999 * ONE_DAY):
            yield [user_sessions.is_alive(settings, released, way, at) for way in SentIn]
            yield user_sessions.may_be_used(settings, session, at)
    yield user_sessions.is_alive(ended, replace(released, created_at=midnight), SentIn.FIELD, midnight)


async def sessions_that_are_over(scene: Scene):
    token = await log_in(scene)
    yield
    for column in ("disabled_at", "deleted_at"):
        await scene.set("users", 1, **{column: NOON})
        yield await session_of(scene, token)
        await scene.set("users", 1, **{column: None})
    yield (await session_of(scene, token)) is not None


async def _sessions(scene: Scene) -> Session:
    token = await log_in(scene)
    for user in (1, 1, 4):
        await log_in(scene, user)
    found = await session_of(scene, token)
    assert found is not None
    return found


async def a_device_logged_out(scene: Scene):
    current = await _sessions(scene)
    yield
    yield await scene.run(lambda tx: user_sessions.end_device(tx, current, 2))


async def all_other_devices_logged_out(scene: Scene):
    current = await _sessions(scene)
    yield
    yield await scene.run(lambda tx: user_sessions.end_device(tx, current, 0))


async def a_device_of_another_logged_out(scene: Scene):
    current = await _sessions(scene)
    yield
    yield await scene.run(lambda tx: user_sessions.end_device(tx, current, 4))


async def test_an_act_changes_just_these_rows(scene: Scene, act: Act, check_act) -> None:
    await check_act(scene, act)
