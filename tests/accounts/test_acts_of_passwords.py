"""Who must wait after wrong passwords, and which codes of the second factor count."""

from __future__ import annotations

from typing import Any

import pyotp

from accounts import administrators, lockouts, second_factor
from clock import DAY as ONE_DAY
from clock import HOUR, SECOND
from storage.models import FailureKind, PasswordFailures, Role
from tests.accounts.logging_in import ELSEWHERE, NETWORK, administrator, log_in_administrator
from tests.orders.acts import Act
from tests.orders.scene import EARLIER, NOON, Scene

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


async def _failed(scene: Scene) -> None:
    for admin_id in (1, 2):
        failures = PasswordFailures(admin_id, FailureKind.LOGIN, NETWORK, 3, 0, NOON)
        await scene.run(lambda tx, failures=failures: tx.failures.put(failures))


async def _try(scene: Scene, network: str, at: int, name: str = "店主") -> Any:
    found = await lockouts.begin_login(scene.storage, name, network, at)
    return (found.admin and found.admin.id, found.account, found.locked, found.locks)


async def eight_wrong_passwords(scene: Scene):
    yield
    for number in range(9):
        yield await _try(scene, NETWORK, NOON + number)
    yield await _try(scene, ELSEWHERE, NOON + 9)
    over = NOON + 7 + lockouts.LOCK_FOR
    for at in (over - 1, over):
        yield await _try(scene, NETWORK, at)


async def wrong_passwords_from_many_networks(scene: Scene):
    """The account waits; whoever has logged in from their network before does not."""
    await log_in_administrator(scene)
    for number in range(lockouts.SLOW_AFTER - 1):
        await _try(scene, f"198.51.100.{number}", EARLIER + ONE_DAY)
    yield
    at = EARLIER + ONE_DAY
    yield await _try(scene, "198.51.101.1", at)
    for later in (15 * SECOND - 1, 15 * SECOND):
        yield await _try(scene, "198.51.101.2", at + later)
    yield await _try(scene, NETWORK, at + 15 * SECOND)
    at += 15 * SECOND
    for later in (30 * SECOND - 1, 30 * SECOND):
        yield await _try(scene, "198.51.101.3", at + later)


async def wrong_passwords_a_day_apart(scene: Scene):
    await _try(scene, NETWORK, NOON)
    await _try(scene, ELSEWHERE, NOON)
    yield
    for network, at in ((NETWORK, NOON + ONE_DAY - 1), (ELSEWHERE, NOON + ONE_DAY)):
        yield await _try(scene, network, at)


async def names_of_no_account(scene: Scene):
    await scene.set("administrators", 2, disabled_at=NOON)
    yield
    for name in ("小陈", "nobody"):
        yield await _try(scene, NETWORK, NOON, name)


async def wrong_confirmations(scene: Scene):
    for _ in range(lockouts.LOCK_AFTER - 1):
        await lockouts.begin_confirmation(scene.storage, 1, NOON)
    yield
    for at in (NOON + 1, NOON + 2, NOON + 1 + lockouts.LOCK_FOR):
        found = await lockouts.begin_confirmation(scene.storage, 1, at)
        yield (found.admin and found.admin.id, found.locked, found.locks)


async def an_account_unlocked(scene: Scene):
    await _failed(scene)
    yield
    yield await scene.run(lambda tx: administrators.unlock(tx, "小陈"))


# The second factor


async def codes(scene: Scene):
    """Of this half minute, the one before and the next; none twice, and none older than the last."""
    await scene.set("administrators", 1, totp_sealed=scene.vault.seal(SECRET, "administrators.totp"))
    step = NOON // second_factor.STEP

    async def accept(of: int, at: int = NOON) -> bool:
        code = pyotp.TOTP(SECRET).generate_otp(of)
        return await second_factor.accept_code(
            scene.storage, scene.vault, await administrator(scene), f"{code[:3]} {code[3:]}", at
        )

    yield
    for of in (step - 2, step - 1, step - 1, step + 2, step + 1, step):
        yield await accept(of)


async def no_code_needed(scene: Scene):
    yield
    yield await second_factor.accept_code(scene.storage, scene.vault, await administrator(scene), "", NOON)


async def created(scene: Scene):
    yield
    yield await scene.run(
        lambda tx: tx.administrators.add("会计", "hash", Role.ACCOUNTANT, NOON - HOUR, True)
    )


async def test_an_act_changes_just_these_rows(scene: Scene, act: Act, check_act) -> None:
    await check_act(scene, act)
