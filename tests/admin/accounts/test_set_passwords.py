"""Passwords that an owner has set, and codes of the second factor."""

from __future__ import annotations

import pyotp
import pytest

from accounts import second_factor
from privacy import ADMINISTRATOR_TOTP
from storage.writes import AdministratorChange
from tests.admin.clients import Client
from tests.admin.scenario import Scenario

# Passwords that another person has set


async def test_a_password_that_an_owner_has_set_is_changed_before_anything_else(
    owner: Client, visitor: Client, scenario: Scenario
) -> None:
    given, own = "a third Passphrase 9", "my own Passphrase 10"
    await owner.post("admin/accounts/", {"name": "小陈", "role": "owner", "password": given})
    assert (await visitor.log_in("小陈", given)).code == 302
    for path in ("admin/", "admin/orders/", "admin/accounts/", "admin/orders/export/"):
        answer = await visitor.get(path)
        assert (answer.code, answer.headers["Location"].endswith("admin/me/")) == (302, True), path
    before = await scenario.audited()
    assert (await visitor.post("admin/accounts/2/end-sessions/")).code == 409
    assert (await visitor.post("admin/me/totp/start/")).code == 409
    answer = await visitor.post_json("admin/orders/edit/notes/", {"id": 1, "notes": "x"})
    assert answer.code == 409
    assert await scenario.audited() == before
    assert "店主为您设置的" in await visitor.page("admin/me/")
    same = {"old": given, "password": given, "again": given}
    assert (await visitor.post("admin/me/password/", same)).code == 400
    assert (
        await visitor.post("admin/me/password/", {"old": given, "password": own, "again": own})
    ).code == 302
    assert (await visitor.get("admin/orders/")).code == 200
    assert (await visitor.post("admin/logout/")).code == 302
    assert (await visitor.log_in("小陈", own)).code == 302
    assert (await visitor.get("admin/orders/")).code == 200


async def test_a_reset_password_is_changed_and_one_may_leave_without(owner: Client, visitor: Client) -> None:
    given = "a third Passphrase 9"
    assert (await owner.post("admin/accounts/2/password/", {"password": given})).code == 302
    assert (await visitor.log_in("clerk", given)).code == 302
    assert (await visitor.get("admin/orders/")).code == 302
    assert (await visitor.post("admin/logout/")).code == 302
    assert (await owner.get("admin/orders/")).code == 200


# Codes of the second factor


@pytest.mark.parametrize(
    ("steps", "status"), [(-3, 401), (-2, 401), (-1, 302), (0, 302), (1, 302), (2, 401), (3, 401)]
)
async def test_a_code_is_taken_in_its_own_half_minute_and_in_the_one_before_and_after(
    visitor: Client, scenario: Scenario, steps: int, status: int
) -> None:
    secret = second_factor.new_secret()
    async with scenario.storage.transaction() as tx:
        await tx.administrators.change(
            1, AdministratorChange(totp_sealed=scenario.services.vault.seal(secret, ADMINISTRATOR_TOTP))
        )
        await tx.commit()
    code = pyotp.TOTP(secret).generate_otp(scenario.clock() // second_factor.STEP + steps)
    assert (await visitor.log_in(code=code)).code == status


async def test_an_older_code_is_not_taken_after_a_newer_one(visitor: Client, scenario: Scenario) -> None:
    secret = second_factor.new_secret()
    async with scenario.storage.transaction() as tx:
        await tx.administrators.change(
            1, AdministratorChange(totp_sealed=scenario.services.vault.seal(secret, ADMINISTRATOR_TOTP))
        )
        await tx.commit()
    step = scenario.clock() // second_factor.STEP
    codes = [pyotp.TOTP(secret).generate_otp(step + steps) for steps in (0, -1, 1)]
    answers = [(await visitor.log_in(code=code)).code for code in codes]
    assert answers == [302, 401, 302]
