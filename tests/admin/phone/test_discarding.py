"""An unpaid order by phone is cancelled by the office, as its customer cannot: never a paid one or a user's own."""

from __future__ import annotations

import asyncio

import pytest

from orders.sharing import claims
from orders.sharing.claims import ClaimNotValid, Secret
from storage.models import Order
from tests.admin.acts_about_cash import receipt_fields
from tests.admin.acts_by_phone import phone_fields, phone_order
from tests.admin.clients import Client
from tests.admin.phone.test_claim_page import _code
from tests.admin.scenario import Scenario

WRONG = {"reason": "日期记错了"}


async def order(scenario: Scenario, order_id: int = 1) -> Order:
    async with scenario.storage.reading() as reader:
        found = await reader.orders.get(order_id)
    assert found is not None
    return found


async def test_it_ends_with_its_link_and_the_patient_can_be_ordered_for_again(
    owner: Client, clerk: Client, scenario: Scenario
) -> None:
    await phone_order(scenario, owner)
    code = _code((await clerk.post("admin/orders/1/claim/")).body.decode())
    refused = await clerk.post("admin/orders/new/", phone_fields(scenario))
    assert "已有一笔待付款的订单" in refused.body.decode()
    assert (await clerk.post("admin/orders/1/discard/", {"reason": ""})).code == 400
    done = await clerk.post("admin/orders/1/discard/", WRONG)
    assert done.code == 302, done.body.decode()
    assert (await order(scenario)).state == "cancelled"
    assert (await scenario.log())[0][0] == "order.discard"
    page = await clerk.page("admin/orders/1/")
    assert "日期记错了" in page
    assert "取消这个订单" not in page
    user_id, vault = await scenario.user(), scenario.services.vault
    with pytest.raises(ClaimNotValid):
        await scenario.storage.run(
            lambda tx: claims.use(tx, vault, Secret(code=code), user_id, scenario.clock())
        )
    assert (await clerk.post("admin/orders/new/", phone_fields(scenario))).code == 302
    assert (await order(scenario, 2)).state == "unpaid"


async def test_what_is_paid_or_claimed_or_a_users_own_is_refused(
    owner: Client, clerk: Client, scenario: Scenario
) -> None:
    await phone_order(scenario, owner)
    own = await scenario.order("unpaid")
    refused = await clerk.post(f"admin/orders/{own}/discard/", WRONG)
    assert refused.code == 409
    assert (await order(scenario, own)).state == "unpaid"
    assert (await clerk.post("admin/orders/1/receipt/", receipt_fields(scenario))).code == 302
    refused = await clerk.post("admin/orders/1/discard/", WRONG)
    assert refused.code == 409
    assert (await order(scenario)).state == "paid"
    assert "order.discard" not in await scenario.audited()


async def test_of_a_claim_and_a_cancellation_at_once_one_counts(owner: Client, scenario: Scenario) -> None:
    await phone_order(scenario, owner)
    code = _code((await owner.post("admin/orders/1/claim/")).body.decode())
    user_id, vault = await scenario.user(), scenario.services.vault

    async def claim() -> bool:
        try:
            await scenario.storage.run(
                lambda tx: claims.use(tx, vault, Secret(code=code), user_id, scenario.clock())
            )
        except ClaimNotValid:
            return False
        return True

    claimed, answer = await asyncio.gather(claim(), owner.post("admin/orders/1/discard/", WRONG))
    now = await order(scenario)
    assert claimed == (now.user_id == user_id) == (now.state == "unpaid") == (answer.code == 409)


async def test_a_page_from_before_the_claim_says_why_it_is_refused(owner: Client, scenario: Scenario) -> None:
    await phone_order(scenario, owner)
    code = _code((await owner.post("admin/orders/1/claim/")).body.decode())
    user_id, vault = await scenario.user(), scenario.services.vault
    await scenario.storage.run(lambda tx: claims.use(tx, vault, Secret(code=code), user_id, scenario.clock()))
    refused = await owner.post("admin/orders/1/discard/", WRONG)
    assert refused.code == 409
    assert "由客户自己删除" in refused.body.decode()
    again = await owner.post("admin/orders/1/claim/")
    assert "不能认领" in again.body.decode()
