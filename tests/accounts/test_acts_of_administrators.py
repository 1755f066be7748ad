"""What logins, sessions and decisions about accounts of administrators change."""

from __future__ import annotations

from typing import Any

from accounts import account_changes, admin_sessions, administrators
from clock import MINUTE
from storage.models import AdminSession, FailureKind, PasswordFailures, Role
from storage.writes import AdministratorChange
from tests.accounts.logging_in import ELSEWHERE, NETWORK, administrator, browser, log_in_administrator
from tests.orders.acts import Act
from tests.orders.scene import NOON, Scene


async def _sessions(scene: Scene) -> AdminSession:
    """Two sessions of the owner and one of the clerk; the first one."""
    token = await log_in_administrator(scene)
    for admin_id in (1, 2):
        await log_in_administrator(scene, admin_id, NOON + 1)
    found = await admin_sessions.find(scene.storage, scene.settings, token, NOON)
    assert found is not None
    return found[0]


async def logged_in(scene: Scene):
    for network in (NETWORK, ELSEWHERE, ""):
        for admin_id in (1, 2):
            failures = PasswordFailures(admin_id, FailureKind.LOGIN, network, 3, 0, NOON - 1)
            await scene.run(lambda tx, failures=failures: tx.failures.put(failures))
    yield
    admin = await administrator(scene)
    token = await scene.run(
        lambda tx: admin_sessions.log_in(tx, scene.settings, admin, "hash-new", browser(), NOON)
    )
    yield len(token)


async def logged_in_where_another_session_was(scene: Scene):
    session = await _sessions(scene)
    yield
    await log_in_administrator(scene, at=NOON + MINUTE, session=session)


async def logged_in_after_another_password_was_set(scene: Scene):
    admin = await administrator(scene)
    await scene.set("administrators", 1, password_hash="hash-3")
    yield
    yield await scene.run(
        lambda tx: admin_sessions.log_in(tx, scene.settings, admin, "hash-1", browser(), NOON)
    )


async def a_session_used(scene: Scene):
    """It is noted once a minute, and ends by itself."""
    token = await log_in_administrator(scene)
    idle = scene.settings.admin.session_idle_minutes * MINUTE
    yield
    for at, used in (
        (NOON + MINUTE, True),
        (NOON + MINUTE + 1, False),
        (NOON + idle - 1, False),
        (NOON + idle, False),
        (NOON + MINUTE + 1, True),
        (NOON + MINUTE + idle, True),
        (NOON + MINUTE + 1 + idle + MINUTE + 1, True),
    ):
        found = await admin_sessions.find(scene.storage, scene.settings, token, at, used=used)
        yield found and found[0].last_seen_at


async def a_session_of_another_token(scene: Scene):
    token = await log_in_administrator(scene)
    yield
    for typed in (token[:-1], token + "x", f"{token[:-1]}!"):
        yield await admin_sessions.find(scene.storage, scene.settings, typed, NOON)


async def the_password_given_again(scene: Scene):
    session = await _sessions(scene)
    failures = PasswordFailures(1, FailureKind.CONFIRMATION, "", 3, 0, NOON)
    await scene.run(lambda tx: tx.failures.put(failures))
    yield
    yield len(await scene.run(lambda tx: admin_sessions.confirm(tx, session, NOON + MINUTE)))
    for at in (NOON + 10 * MINUTE, NOON + 10 * MINUTE + 1):
        yield admin_sessions.is_confirmed(session, at)


async def one_own_session_ended(scene: Scene):
    session = await _sessions(scene)
    yield
    yield await scene.run(lambda tx: admin_sessions.end_own(tx, scene.settings, session, 2, NOON + 5))


async def all_other_own_sessions_ended(scene: Scene):
    session = await _sessions(scene)
    yield
    yield await scene.run(lambda tx: admin_sessions.end_own(tx, scene.settings, session, 0, NOON + 5))


async def a_session_of_another_ended(scene: Scene):
    session = await _sessions(scene)
    yield
    yield await scene.run(lambda tx: admin_sessions.end_own(tx, scene.settings, session, 3, NOON + 5))


async def the_own_password_changed(scene: Scene):
    session = await _sessions(scene)
    admin = await administrator(scene)
    yield
    token = await scene.run(
        lambda tx: account_changes.change_own_password(tx, admin, "hash-own", session, NOON + 5)
    )
    yield len(token)


async def the_own_password_changed_after_an_owner_has(scene: Scene):
    session = await _sessions(scene)
    admin = await administrator(scene)
    await scene.set("administrators", 1, password_hash="hash-3")
    yield
    yield await scene.run(
        lambda tx: account_changes.change_own_password(tx, admin, "hash-own", session, NOON + 5)
    )


async def _failed(scene: Scene) -> None:
    for admin_id in (1, 2):
        failures = PasswordFailures(admin_id, FailureKind.LOGIN, NETWORK, 3, 0, NOON)
        await scene.run(lambda tx, failures=failures: tx.failures.put(failures))


async def disabled(scene: Scene):
    await _sessions(scene)
    await _failed(scene)
    yield
    yield await scene.run(lambda tx: account_changes.set_disabled(tx, 2, NOON + 5, NOON + 5))


async def enabled_again(scene: Scene):
    await scene.set("administrators", 2, disabled_at=NOON)
    yield
    yield await scene.run(lambda tx: account_changes.set_disabled(tx, 2, None, NOON + 5))


async def a_forgotten_password_set(scene: Scene):
    await _sessions(scene)
    await _failed(scene)
    await scene.set("administrators", 2, totp_sealed="sealed")
    yield
    yield await scene.run(lambda tx: account_changes.set_password(tx, 2, "hash-set", NOON + 5))


async def _demote(scene: Scene, admin_id: int, changed: Any) -> Any:
    async def work(tx: Any) -> None:
        await tx.administrators.change(admin_id, AdministratorChange(role=Role.CLERK))

    return await scene.run(lambda tx: account_changes.change_account(tx, admin_id, work, ("role",), changed))


async def an_owner_made_a_clerk(scene: Scene):
    await scene.set("administrators", 2, role=Role.OWNER)
    told: list[Any] = []

    def changed(basis: Any) -> set[str]:
        told.append(dict(basis))
        return set()

    yield
    yield await _demote(scene, 1, changed)
    yield told


async def the_last_owner_made_a_clerk(scene: Scene):
    yield
    yield await _demote(scene, 1, lambda basis: set())


async def the_last_owner_who_may_log_in_made_a_clerk(scene: Scene):
    await scene.set("administrators", 2, role=Role.OWNER, disabled_at=NOON)
    yield
    yield await _demote(scene, 1, lambda basis: set())


async def an_account_changed_that_was_not_shown(scene: Scene):
    yield
    yield await _demote(scene, 2, lambda basis: {"role"})


async def accounts_by_their_names(scene: Scene):
    yield
    for typed in ("小陈", " 小陈 ", "店主", "小程"):
        found = await scene.run(lambda tx, typed=typed: administrators.find_account(tx, typed))
        yield found and found.id


async def test_an_act_changes_just_these_rows(scene: Scene, act: Act, check_act) -> None:
    await check_act(scene, act)
