"""Cases about money: none is closed while its order waits, each is found where it is looked for, no note is lost."""

from __future__ import annotations

import json
import re

import pytest

from payment import problems
from storage.models import FinanceCase, OrderState
from tests.admin.clients import Client
from tests.admin.scenario import Scenario
from tests.payment.conftest import Shop


async def mismatched(shop: Shop) -> tuple[int, str, int]:
    """An unpaid order for which another sum came: the order, the payment's number, the case."""
    order_id = await shop.placed()
    number = (await shop.attempt(order_id)).out_trade_no
    shop.wechat.pay(number)
    await shop.payments.notify({}, shop.wechat.paid_notice(number, amount={"total": 1, "currency": "CNY"}))
    async with shop.storage.reading() as reader:
        (case,) = await reader.finance.cases()
    return order_id, number, case.id


async def read(shop: Shop, case_id: int) -> FinanceCase:
    async with shop.storage.reading() as reader:
        case = await reader.finance.case(case_id)
    assert case is not None
    return case


async def test_a_case_is_not_closed_while_its_order_waits_for_it(
    owner: Client, shop: Shop, scenario: Scenario
):
    order_id, _, case = await mismatched(shop)
    answer = await owner.post(f"admin/cases/{case}/close/", {"note": "已在商户平台退回"})
    page = answer.body.decode()
    assert answer.code == 409
    assert "还不能关闭" in page
    assert ">已在商户平台退回</textarea>" in page
    assert (await read(shop, case)).state == "open"
    assert (await owner.post(f"admin/cases/{case}/release/")).code == 302
    assert (await owner.post(f"admin/cases/{case}/close/", {"note": "已在商户平台退回"})).code == 302
    await shop.payments.cancel(order_id, await shop.user())
    assert (await shop.order(order_id)).state == OrderState.CANCELLED
    assert (await scenario.audited())[-2:] == ["case.release", "case.close"]


async def test_an_order_that_a_closed_case_still_locks_can_be_freed(owner: Client, shop: Shop):
    order_id, number, case = await mismatched(shop)
    async with shop.storage.transaction() as tx:  # as an older version let it happen
        await tx.finance.close_case(case, "看过了", 1, shop.at)
        await tx.commit()
    with pytest.raises(problems.PaymentPending):
        await shop.payments.cancel(order_id, await shop.user())
    assert f"cases/{case}/" in await owner.page(f"admin/orders/{order_id}/")
    page = await owner.page(f"admin/cases/{case}/")
    assert f"cases/{case}/review/" in page
    assert f"cases/{case}/release/" in page
    assert "released" in (await owner.post(f"admin/cases/{case}/release/")).headers["Location"]
    page = await owner.page(f"admin/cases/{case}/")
    assert f"cases/{case}/release/" not in page
    assert f"cases/{case}/review/" not in page
    assert f"cases/{case}/" not in await owner.page(f"admin/orders/{order_id}/")
    await shop.payments.cancel(order_id, await shop.user())
    assert (await shop.attempt(order_id)).out_trade_no == number


@pytest.mark.promise(25)
async def test_what_was_not_done_is_not_in_the_log(owner: Client, shop: Shop, scenario: Scenario):
    _, _, case = await mismatched(shop)
    await owner.post(f"admin/cases/{case}/release/")
    before = await scenario.audited()
    assert (await owner.post(f"admin/cases/{case}/release/")).code == 409, "it is free already"
    async with shop.storage.transaction() as tx:
        await tx.finance.open_case("refund_closed", "R1", "{}", shop.at)
        await tx.commit()
    for act in ("release", "review"):
        assert (await owner.post(f"admin/cases/{case + 1}/{act}/")).code == 409, "of another kind"
    assert await scenario.audited() == before


@pytest.mark.promise(25)
async def test_a_review_is_in_the_log_with_its_outcome(owner: Client, shop: Shop, scenario: Scenario):
    order_id, _, case = await mismatched(shop)
    assert "reviewed" in (await owner.post(f"admin/cases/{case}/review/")).headers["Location"]
    assert (await shop.order(order_id)).state == OrderState.PAID
    async with shop.storage.reading() as reader:
        (entry,) = await reader.audit.page(act="case.review")
    assert json.loads(entry.after_json) == {"kind": "payment_mismatch", "outcome": "paid"}
    page = await owner.page("admin/audit/?act=case.review")
    assert "收款与订单不符" in page
    assert "payment_mismatch" not in page


async def test_of_two_notes_the_second_stays_on_the_screen(owner: Client, clerk: Client, shop: Shop):
    async with shop.storage.transaction() as tx:
        await tx.finance.open_case("refund_closed", "R1", "{}", shop.at)
        await tx.commit()
    assert (await owner.post("admin/cases/1/close/", {"note": "店主查过了"})).code == 302
    answer = await clerk.post("admin/cases/1/close/", {"note": "店员也查过了"})
    assert answer.code == 409
    assert "店主查过了" in answer.body.decode()
    assert "店员也查过了" in answer.body.decode()
    assert (await read(shop, 1)).note == "店主查过了"


async def test_a_note_that_is_too_short_is_shown_again(owner: Client, shop: Shop):
    async with shop.storage.transaction() as tx:
        await tx.finance.open_case("refund_closed", "R1", "{}", shop.at)
        await tx.commit()
    answer = await owner.post("admin/cases/1/close/", {"note": "好"})
    assert answer.code == 400
    assert ">好</textarea>" in answer.body.decode()
    assert "处理结果：" in answer.body.decode()


async def test_the_overview_counts_a_mismatch_once_and_only_while_it_is_open(owner: Client, shop: Shop):
    _, _, case = await mismatched(shop)
    async with shop.storage.transaction() as tx:
        await tx.finance.open_case("refund_closed", "R1", "{}", shop.at)
        await tx.commit()
    page = await owner.page("admin/")
    assert re.search(r'kind=payment_mismatch"><span class="value">1</span>收款与订单不符', page)
    assert re.search(r'kind=other"><span class="value">1</span>其他收支异常', page)
    shown = await owner.page("admin/cases/?kind=payment_mismatch")
    assert f"cases/{case}/" in shown
    assert f"cases/{case + 1}/" not in shown
    others = await owner.page("admin/cases/?kind=other")
    assert f"cases/{case}/" not in others
    assert f"cases/{case + 1}/" in others
    await owner.post(f"admin/cases/{case}/release/")
    await owner.post(f"admin/cases/{case}/close/", {"note": "已退回"})
    page = await owner.page("admin/")
    assert "收款与订单不符" not in page
    assert "待处理的收支异常" in page


async def test_a_payment_that_does_not_agree_is_found_by_its_number_and_leads_to_its_case(
    owner: Client, shop: Shop
):
    _, number, case = await mismatched(shop)
    for query in (f"q={number}", f"q={number}&state=closed", f"q={number}&from=2020-01-01&to=2020-01-02"):
        page = await owner.page(f"admin/money/?{query}")
        assert number in page.split("<tbody>")[1], query
        assert "与订单不符" in page
        assert f"cases/{case}/" in page
        assert "mismatch: " not in page
        assert "合计" not in page, "the money is not ours"
    assert f"cases/{case}/" in await owner.page("admin/money/?state=mismatch")
    assert "没有符合条件的支付" in await owner.page(f"admin/money/?q={number[:-1]}x")


async def test_wechats_number_of_money_that_did_not_agree_leads_to_its_order_and_case(
    owner: Client, shop: Shop
):
    order_id, number, case = await mismatched(shop)
    wechats = json.loads((await read(shop, case)).detail)["wechat"]["transaction_id"]
    attempt = await shop.attempt(order_id)
    assert attempt.transaction_id is None, "it is not the payment's own"
    page = await owner.page(f"admin/money/?q={wechats}")
    assert "没有这个单号的支付，但有与它有关的异常" in page
    assert f"cases/{case}/" in page
    assert number in page
    assert f'orders/{order_id}/"' in await owner.page(f"admin/orders/?q={wechats}")
    assert "与这个单号有关的异常" in await owner.page(f"admin/money/?q={number}")
    for nothing in (wechats[:-1], wechats[1:], f"{wechats[:-1]}_", "total", f"{wechats}0"):
        assert "没有符合条件的支付" in await owner.page(f"admin/money/?q={nothing}"), nothing
    async with shop.storage.transaction() as tx:
        detail = json.dumps(
            {"day": "2026-11-20", "there": {"transaction_id": "4200009999202611200000000001"}}
        )
        await tx.finance.open_case(
            "bill_payment_missing_here", "4200009999202611200000000001", detail, shop.at
        )
        await tx.commit()
    assert "微信有、我方没有的收款" in await owner.page("admin/money/?q=4200009999202611200000000001")
    assert "没有符合条件的订单" in await owner.page("admin/orders/?q=4200009999202611200000000001")


async def test_either_number_of_a_payment_leads_to_the_cases_about_it(owner: Client, shop: Shop):
    attempt = await shop.attempt(await shop.paid())
    wechats = attempt.transaction_id
    assert wechats
    async with shop.storage.transaction() as tx:
        await tx.finance.open_case("bill_amount_differs", attempt.out_trade_no, "{}", shop.at)
        await tx.finance.open_case("bill_flow_differs", wechats, "{}", shop.at)
        await tx.finance.open_case(
            "bill_amount_differs", "2026112800000000000000000000another", "{}", shop.at
        )
        await tx.commit()
    for number in (attempt.out_trade_no, wechats):
        page = (await owner.page(f"admin/money/?q={number}")).partition("与这个单号有关的异常")[2]
        assert page.count('data-label="异常"') == 2, number
        assert "收款金额不一致" in page
        assert "资金账单金额不一致" in page
    assert "与这个单号有关的异常" not in await owner.page("admin/money/")


async def test_the_list_says_how_much_money_and_whose(owner: Client, shop: Shop, scenario: Scenario):
    order_id, _, _ = await mismatched(shop)
    async with shop.storage.transaction() as tx:
        await tx.finance.open_case("bill_amount_differs", "a", '{"here_fen":100,"there_fen":25050}', shop.at)
        await tx.finance.open_case("bill_unusable", "b", '{"day":"2026-11-20","problem":"x"}', shop.at)
        await tx.commit()
    order = await shop.order(order_id)
    page = (await owner.page("admin/cases/")).split("<tbody>")[1]
    unusable, differs, mismatch = page.split("</tr>")[:3]
    assert 'class="number">0.01<' in mismatch, "what came, not what was due"
    assert f'class="clip">{order.patient_name}</span>' in mismatch
    assert 'class="number">250.50<' in differs
    assert 'class="number"></td>' in unusable


def buttons_and_advice(page: str) -> tuple[set[str], set[str]]:
    """The buttons of a case's page, and those that its instruction names."""
    advice = re.search(r"怎么办</h2><p>(.*?)</p>", page, re.S)
    assert advice
    return set(re.findall(r"<button[^>]*>(.*?)</button>", page)), set(re.findall("「(.*?)」", advice[1]))


async def test_the_instruction_names_only_the_buttons_that_are_there(owner: Client, shop: Shop):
    _, _, case = await mismatched(shop)
    path = f"admin/cases/{case}/"
    there, named = buttons_and_advice(await owner.page(path))
    assert named == {"重新向微信查询", "放开订单"} <= there
    await owner.post(f"{path}release/")
    there, named = buttons_and_advice(await owner.page(path))
    assert named <= there
    assert "放开订单" not in there
    await owner.post(f"{path}close/", {"note": "已在商户平台退回"})
    there, named = buttons_and_advice(await owner.page(path))
    assert named == set()
    async with shop.storage.transaction() as tx:
        await tx.finance.open_case("payment_mismatch", "nothing-of-ours", "{}", shop.at)
        await tx.commit()
    there, named = buttons_and_advice(await owner.page(f"admin/cases/{case + 1}/"))
    assert named == set()
    assert "重新向微信查询" not in there
