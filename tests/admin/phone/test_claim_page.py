"""The link and the code on the page of an order by phone: shown once, revocable."""

from __future__ import annotations

import re

from orders.sharing import claims
from orders.sharing.claims import Secret
from tests.admin.acts_by_phone import phone_order
from tests.admin.clients import Client
from tests.admin.scenario import Scenario


def _code(page: str) -> str:
    found = re.search(r"value=\"([2-9A-Z]{5}-[2-9A-Z]{5})\"", page)
    assert found, page
    return found[1]


async def test_a_code_is_shown_once_and_works(scenario: Scenario, owner: Client, clerk: Client) -> None:
    ready = await phone_order(scenario, owner)
    page = (await clerk.post(f"admin/orders/{ready.id}/claim/")).body.decode()
    code = _code(page)
    assert "pages/claim/claim?token=" in page
    later = await clerk.page(f"admin/orders/{ready.id}/")
    assert code not in later
    assert "还没有使用" in later
    user_id = await scenario.user()
    vault = scenario.services.vault
    await scenario.storage.run(lambda tx: claims.use(tx, vault, Secret(code=code), user_id, scenario.clock()))
    page = await clerk.page(f"admin/orders/{ready.id}/")
    assert "已在小程序里认领" in page
    assert "生成认领码" not in page
    assert code not in repr(await scenario.log(50))


async def test_a_new_code_makes_the_one_of_before_void(scenario: Scenario, owner: Client) -> None:
    ready = await phone_order(scenario, owner)
    first = _code((await owner.post(f"admin/orders/{ready.id}/claim/")).body.decode())
    second = _code((await owner.post(f"admin/orders/{ready.id}/claim/")).body.decode())
    assert first != second
    async with scenario.storage.reading() as reader:
        known = await reader.claims.of_order(1)
    assert [claim.revoked_at is None for claim in known] == [False, True]


async def test_what_was_revoked_is_revoked_once(scenario: Scenario, owner: Client) -> None:
    ready = await phone_order(scenario, owner)
    await owner.post(f"admin/orders/{ready.id}/claim/")
    assert (await owner.post(f"admin/orders/{ready.id}/claim/revoke/")).code == 302
    answer = await owner.post(f"admin/orders/{ready.id}/claim/revoke/")
    assert answer.code == 404 or "没有可以撤销" in answer.body.decode()


async def test_an_order_of_the_mini_program_has_no_code(scenario: Scenario, owner: Client) -> None:
    order_id = await scenario.order("unpaid")
    assert "认领" not in await owner.page(f"admin/orders/{order_id}/")
    answer = await owner.post(f"admin/orders/{order_id}/claim/")
    assert answer.code == 409
    assert "不能认领" in answer.body.decode() or "没有小程序" not in answer.body.decode()
