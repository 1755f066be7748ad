"""The page of a statement pays it through WeChat: with the password, once, and says what came of it."""

from __future__ import annotations

from typing import Any

import pytest

from payment.wechatpay.errors import NotEnoughMoney, Refused, Unknown
from storage.models import PayTransfer
from tests.admin.acts_about_pay import confirmed_statement, forgotten_transfer
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


async def test_an_owner_records_what_became_of_a_transfer_that_wechat_tells_nothing_of(
    owner: Client, scenario: Scenario
) -> None:
    ready = await forgotten_transfer("paid")(scenario, owner)
    path, page = f"admin/pay/transfers/{ready.id}/decide/", f"admin/pay/statements/{ready.subject_id}/"
    assert "核实结果" in await owner.page(page)
    for given, says in (
        ({"day": "2026-11-18", "note": " "}, "凭证"),
        ({"day": "2026-11-19", "note": "x"}, "今天"),
    ):
        refused = await owner.post(f"{path}paid/", {**ready.fields, **given})
        assert (refused.code, says in refused.body.decode()) == (400, True)
    note = "电子回单 <8801>"
    done = await owner.post(f"{path}paid/", {**ready.fields, "day": "2026-11-18", "note": note})
    assert done.code == 302
    shown = await owner.page(page)
    assert "电子回单 &lt;8801&gt;" in shown
    assert "核实结果" not in shown
    again = await owner.post(f"{path}unpaid/", {**ready.fields, "note": "没有付"})
    assert (again.code, "有了变化" in again.body.decode()) == (409, True)
    assert (await scenario.audited())[-1:] == ["pay.transfer_decide"]


async def test_the_password_is_asked_for_before_a_transfer_is_decided_about(
    owner: Client, scenario: Scenario
) -> None:
    ready = await forgotten_transfer("unpaid")(scenario, owner)
    scenario.clock.at += HOUR
    path = f"admin/pay/transfers/{ready.id}/decide/unpaid/"
    asked = await owner.post(path, {**ready.fields, "note": "已退回"})
    assert (asked.code, "没有付成" in asked.body.decode()) == (403, True)
    number = int(ready.subject_id or 0)
    assert (await statement(scenario.storage, number)).state == "paying"


async def test_a_transfer_under_way_has_no_form_to_decide_about_it(owner: Client, scenario: Scenario) -> None:
    number = await confirmed_statement(scenario)
    await start(owner, number)
    assert "核实结果" not in await owner.page(f"admin/pay/statements/{number}/")


async def test_the_case_of_a_transfer_leads_to_its_statement(
    owner: Client, clerk: Client, scenario: Scenario
) -> None:
    number = await confirmed_statement(scenario)
    await start(owner, number)
    reference = (await transfer_of(scenario, number)).out_bill_no
    async with scenario.storage.transaction() as tx:
        await tx.finance.open_case("transfer_mismatch", reference, "{}", scenario.clock())
        await tx.commit()
    link = f"pay/statements/{number}/"
    assert f'{link}"' in await owner.page("admin/cases/1/")
    assert f'{link}"' not in await clerk.page("admin/cases/1/")
    shown = await owner.page(f"admin/{link}")
    assert "cases/1/" in shown
    assert "核实结果" in shown


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
    for path in (
        "statements/77/transfer",
        "transfers/77/ask",
        "transfers/77/cancel",
        "transfers/77/give-up",
        "transfers/77/decide/paid",
    ):
        assert (await owner.post(f"admin/pay/{path}/", {"fingerprint": "x"})).code == 404
