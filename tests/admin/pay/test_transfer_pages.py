"""The page of a statement pays it through WeChat: with the password, once, and says what came of it."""

from __future__ import annotations

from typing import Any

import pytest

from payment.wechatpay.errors import NotEnoughMoney, Refused, Unknown
from storage.models import PayTransfer
from tests.admin.acts_about_pay import confirmed_statement
from tests.admin.clients import Client, form_of
from tests.admin.scenario import Scenario
from tests.escort_pay.paying import set_state, statement
from tests.transfers.fake import FakeTransfers

pytestmark = pytest.mark.promise(40)
HOUR = 3_600_000


async def start(owner: Client, number: int, **more: Any) -> Any:
    path = f"pay/statements/{number}/"
    form = form_of(await owner.page(f"admin/{path}"), f"{path}transfer/")
    return await owner.post(f"admin/{path}transfer/", {**form, **more})


async def transfer_of(scenario: Scenario, number: int) -> PayTransfer:
    async with scenario.storage.reading() as reader:
        return (await reader.transfers.of_statement(number))[-1]


async def test_an_owner_pays_a_confirmed_statement_and_cannot_pay_it_otherwise_meanwhile(
    owner: Client, scenario: Scenario
) -> None:
    number = await confirmed_statement(scenario)
    assert (await start(owner, number)).code == 302
    page = await owner.page(f"admin/pay/statements/{number}/")
    assert "微信付款中" in page
    assert "等本人收款" in page
    assert (await transfer_of(scenario, number)).out_bill_no in page
    assert "标记为已付款" not in page
    assert f"pay/statements/{number}/withdraw/" not in page
    assert await scenario.audited() == ["pay.transfer"]
    assert "微信付款中" in await owner.page("admin/pay/?month=2026-11")


async def test_the_password_is_asked_for_again_before_money_leaves(
    owner: Client, scenario: Scenario, transfers_at_wechat: FakeTransfers
) -> None:
    number = await confirmed_statement(scenario)
    path = f"admin/pay/statements/{number}/"
    form = form_of(await owner.page(path), f"pay/statements/{number}/transfer/")
    scenario.clock.at += HOUR
    asked = await owner.post(f"{path}transfer/", form)
    assert asked.code == 403
    assert "￥80" in asked.body.decode()
    assert transfers_at_wechat.requests == {}
    wrong = await owner.post(f"{path}transfer/", {**form, "confirm_password": "not the password"})
    assert (wrong.code, transfers_at_wechat.requests) == (403, {})
    assert (await statement(scenario.storage, number)).state == "confirmed"


async def test_a_second_form_of_the_same_page_pays_nothing_more(
    owner: Client, scenario: Scenario, transfers_at_wechat: FakeTransfers
) -> None:
    number = await confirmed_statement(scenario)
    path = f"admin/pay/statements/{number}/"
    form = form_of(await owner.page(path), f"pay/statements/{number}/transfer/")
    assert (await owner.post(f"{path}transfer/", form)).code == 302
    again = await owner.post(f"{path}transfer/", form)
    assert (again.code, "没有保存" in again.body.decode()) == (409, True)
    assert len(transfers_at_wechat.requests) == 1


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (Unknown(), "同一个单号"),
        (NotEnoughMoney(code="NOT_ENOUGH", status=403, verified=True), "余额不足"),
        (Refused(code="INVALID_REQUEST", status=400, verified=True), "INVALID_REQUEST"),
    ],
)
async def test_what_wechat_has_not_taken_is_told_and_goes_on_with_its_number(
    owner: Client, scenario: Scenario, transfers_at_wechat: FakeTransfers, error: Any, says: str
) -> None:
    number = await confirmed_statement(scenario)
    transfers_at_wechat.failing.append(error)
    assert (await start(owner, number)).code == 302
    page = await owner.page(f"admin/pay/statements/{number}/")
    assert says in page
    assert "等微信答复" in page
    first = await transfer_of(scenario, number)
    asked = await owner.post(f"admin/pay/transfers/{first.id}/ask/")
    assert asked.code == 302
    assert "等本人收款" in await owner.page(f"admin/pay/statements/{number}/")
    assert list(transfers_at_wechat.requests) == [first.out_bill_no]


async def test_a_cancelled_one_is_listed_with_its_reason_and_can_be_paid_again(
    owner: Client, scenario: Scenario, transfers_at_wechat: FakeTransfers
) -> None:
    number = await confirmed_statement(scenario)
    await start(owner, number)
    first = await transfer_of(scenario, number)
    transfers_at_wechat.cancelled_as = "CANCELLED"
    transfers_at_wechat.reasons[first.out_bill_no] = "MCH_CANCEL"
    assert (await owner.post(f"admin/pay/transfers/{first.id}/cancel/")).code == 302
    page = await owner.page(f"admin/pay/statements/{number}/")
    assert "办公室撤销" in page
    assert "用微信付 80" in page
    again = await owner.post(f"admin/pay/transfers/{first.id}/cancel/")
    assert again.code == 409
    await start(owner, number)
    second = await transfer_of(scenario, number)
    assert second.out_bill_no != first.out_bill_no


async def test_a_statement_that_cannot_be_paid_so_says_why_and_has_no_button(
    owner: Client, scenario: Scenario
) -> None:
    number = await confirmed_statement(scenario)
    async with scenario.storage.reading() as reader:
        escort = await reader.pay_statements.get(number)
    assert escort is not None
    await set_state(scenario.storage, "escorts", escort.escort_id, "suspended")
    page = await owner.page(f"admin/pay/statements/{number}/")
    assert "请用银行付款" in page
    assert f"pay/statements/{number}/transfer/" not in page
    assert "标记为已付款" in page


async def test_clerks_and_accountants_start_nothing(
    clerk: Client, accountant: Client, scenario: Scenario, transfers_at_wechat: FakeTransfers
) -> None:
    number = await confirmed_statement(scenario)
    assert (await clerk.post(f"admin/pay/statements/{number}/transfer/")).code == 403
    assert (await accountant.post(f"admin/pay/statements/{number}/transfer/")).code == 403
    assert "transfer/" not in await accountant.page(f"admin/pay/statements/{number}/")
    assert transfers_at_wechat.requests == {}


async def test_nothing_is_offered_where_it_is_not_configured(owner: Client, scenario: Scenario) -> None:
    scenario.services.transfers.settings = scenario.services.settings.replace(
        "transfers", scene_id=""
    ).transfers
    number = await confirmed_statement(scenario)
    page = await owner.page(f"admin/pay/statements/{number}/")
    assert "用微信付" not in page
    assert "标记为已付款" in page


async def test_numbers_that_do_not_exist_are_404(owner: Client) -> None:
    for path in ("statements/77/transfer", "transfers/77/ask", "transfers/77/cancel", "transfers/77/give-up"):
        assert (await owner.post(f"admin/pay/{path}/", {"fingerprint": "x"})).code == 404
