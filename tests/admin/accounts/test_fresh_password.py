"""Dangerous acts ask for the password again when it was given more than ten minutes ago, and until then do nothing."""

from __future__ import annotations

from typing import Any

import pytest

from clock import MINUTE
from tests.admin.acts import ACTS, Act
from tests.admin.clients import PASSWORD, Client
from tests.admin.scenario import Scenario
from tests.payment.conftest import Shop

pytestmark = pytest.mark.promise(20)
DANGEROUS = {
    "account.create",
    "account.disable",
    "account.enable",
    "account.end_sessions",
    "account.password",
    "account.role",
    "account.totp_off",
    "account.totp_on",
    "case.release",
    "order.cancel",
    "patient.reveal.id_number",
    "pay.transfer",
    "refund.approve",
    "refund.start",
    "user.delete",
    "user.export",
}


def test_every_dangerous_act_is_tried_here() -> None:
    assert {act.name for act in ACTS} >= DANGEROUS


async def contents(scenario: Scenario) -> dict[str, Any]:
    """What an act could change or write down."""
    tables = (
        "orders",
        "refunds",
        "finance_cases",
        "payment_attempts",
        "users",
        "administrators",
        "audit_log",
    )
    async with scenario.storage.reading() as reader:
        return {table: await reader.connection.fetch_all(f"SELECT * FROM {table}") for table in tables}


@pytest.mark.parametrize(
    "act", [act for act in ACTS if act.name in DANGEROUS], ids=lambda act: f"{act.path}:{act.name}"
)
async def test_a_dangerous_act_waits_for_the_password(
    act: Act, owner: Client, scenario: Scenario, shop: Shop
) -> None:
    ready = await act.ready(scenario, owner)
    path, fields = "admin/" + act.path.replace("{id}", str(ready.id)), {**ready.fields, **act.fields}
    scenario.clock.at += 11 * MINUTE
    before = await contents(scenario)
    for given in ({}, {"confirm_password": ""}, {"confirm_password": "not the password"}):
        answer = await owner.post(path, {**fields, **given})
        assert answer.code == 403, answer.body.decode()[-1000:]
        assert "请再次输入密码" in answer.body.decode()
        assert await contents(scenario) == before, given
    answer = await owner.post_json(path, fields)
    assert answer.code == 403
    assert await contents(scenario) == before
    confirmed = await owner.post(path, {**fields, "confirm_password": PASSWORD})
    assert "请再次输入密码" not in confirmed.body.decode()
    assert confirmed.code != 403
