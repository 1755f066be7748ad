"""Money outside of WeChat on the pages of orders and refunds."""

from __future__ import annotations

import pytest

from storage.models import OrderState, RefundState
from tests.admin.acts_about_cash import order_in_cash, receipt_fields, refund_by_hand
from tests.admin.clients import Client, form_of
from tests.admin.scenario import HOSTILE, Scenario


async def _order(scenario: Scenario, order_id: int) -> str:
    async with scenario.storage.reading() as reader:
        order = await reader.orders.get(order_id)
    assert order is not None
    return order.state


@pytest.mark.promise(39)
async def test_a_clerk_records_cash_and_the_page_says_who_took_it(scenario: Scenario, clerk: Client) -> None:
    order_id = await scenario.order("unpaid")
    assert "线下收款" in await clerk.page(f"admin/orders/{order_id}/")
    answer = await clerk.post(f"admin/orders/{order_id}/receipt/", receipt_fields(scenario))
    to = f"admin/orders/{order_id}/?done=received"
    assert (answer.code, answer.headers["Location"].partition("admin/")[2]) == (
        302,
        to.removeprefix("admin/"),
    )
    page = await clerk.page(to)
    assert "收款已记录" in page
    assert "王店员" in page
    assert "收据 0031" in page
    assert "receipt/reverse/" not in page  # for owners
    assert "微信不会退，请退现金或转账" in page
    assert "马上发给微信支付" not in page
    assert await _order(scenario, order_id) == OrderState.PAID
    (row,) = await scenario.log()
    assert row[0] == "offline.receipt"
    assert row[2]["amount_fen"] == 58_800
    assert row[2]["handled_by"] == "王店员"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"amount": "58.8"}, "应收 588 元"),
        ({"amount": "五百"}, "应为金额"),
        ({"method": ""}, "方式"),
        ({"handled_by": " "}, "经手人"),
        ({"day": "2099-01-01"}, "还没有到"),
        ({"day": "2020-02-30"}, "日期"),
        ({"time": "25:00"}, "时间"),
    ],
)
async def test_a_refused_form_says_why_and_keeps_what_was_typed(
    scenario: Scenario, owner: Client, changes: dict[str, str], sentence: str
) -> None:
    order_id = await scenario.order("unpaid")
    fields = receipt_fields(scenario, note=HOSTILE, **changes)
    answer = await owner.post(f"admin/orders/{order_id}/receipt/", fields)
    page = answer.body.decode()
    assert answer.code == 400
    assert sentence in page
    assert "没有记录" in page
    assert 'value="收据 0031"' in page
    assert "<script>alert" not in page
    assert await _order(scenario, order_id) == OrderState.UNPAID


async def test_a_form_that_is_sent_again_records_nothing_more(scenario: Scenario, owner: Client) -> None:
    order_id = await scenario.order("unpaid")
    form = form_of(await owner.page(f"admin/orders/{order_id}/"), f"orders/{order_id}/receipt/")
    fields = {**form, **receipt_fields(scenario)}
    first = await owner.post(f"admin/orders/{order_id}/receipt/", fields)
    second = await owner.post(f"admin/orders/{order_id}/receipt/", fields)
    assert (first.code, second.code) == (302, 409)
    assert "已经付款" in second.body.decode() or "已支付" in second.body.decode()
    async with scenario.storage.reading() as reader:
        assert len(await reader.offline.of_order(order_id)) == 1


async def test_a_form_without_the_mark_of_its_page_is_refused(scenario: Scenario, owner: Client) -> None:
    order_id = await scenario.order("unpaid")
    answer = await owner.post(
        f"admin/orders/{order_id}/receipt/", {**receipt_fields(scenario), "fingerprint": ""}
    )
    assert answer.code == 400
    assert await _order(scenario, order_id) == OrderState.UNPAID


@pytest.mark.promise(39)
async def test_an_owner_reverses_and_the_course_tells_it(scenario: Scenario, owner: Client) -> None:
    ready = await order_in_cash(scenario, owner)
    page = await owner.page(f"admin/orders/{ready.id}/")
    assert "撤销收款" in page
    answer = await owner.post(f"admin/orders/{ready.id}/receipt/reverse/", {"reason": "其实没有收到"})
    assert answer.code == 302
    page = await owner.page(f"admin/orders/{ready.id}/")
    assert "收款已撤销：其实没有收到" in page
    assert "撤销收款" in page  # among what was received and paid back
    assert await _order(scenario, int(ready.id)) == OrderState.UNPAID


async def test_a_clerk_neither_reverses_nor_corrects(
    scenario: Scenario, owner: Client, clerk: Client
) -> None:
    ready = await order_in_cash(scenario, owner)
    for act in ("reverse", "correct"):
        answer = await clerk.post(
            f"admin/orders/{ready.id}/receipt/{act}/", {**receipt_fields(scenario), "reason": "x"}
        )
        assert answer.code == 403
    assert await _order(scenario, int(ready.id)) == OrderState.PAID


@pytest.mark.promise(39)
async def test_refunds_by_hand_wait_in_a_queue_of_their_own_until_a_person_confirms(
    scenario: Scenario, owner: Client, clerk: Client
) -> None:
    ready = await refund_by_hand(scenario, owner)
    assert "待线下退款" in await clerk.page("admin/")
    assert "去确认" in await clerk.page("admin/refunds/?tab=offline")
    assert "refunds/1/" not in await clerk.page("admin/refunds/?tab=moving")
    page = await clerk.page("admin/refunds/1/")
    assert "确认已经退给客户" in page
    assert "向微信查询" not in page
    answer = await clerk.post("admin/refunds/1/paid-back/", ready.fields)
    assert answer.code == 302, answer.body.decode()
    async with scenario.storage.reading() as reader:
        refund = await reader.refunds.get(1)
        assert refund is not None
        order = await reader.orders.get(refund.order_id)
    assert refund.state == RefundState.SUCCEEDED
    assert order is not None
    assert (order.state, order.refunded_fen) == (OrderState.REFUNDED, 58_800)
    assert "待线下退款" not in await clerk.page("admin/")


async def test_a_refund_by_hand_that_is_refused_keeps_what_was_typed(
    scenario: Scenario, owner: Client
) -> None:
    ready = await refund_by_hand(scenario, owner)
    answer = await owner.post("admin/refunds/1/paid-back/", {**ready.fields, "day": "2099-01-01"})
    page = answer.body.decode()
    assert answer.code == 400
    assert "还没有到" in page
    assert 'value="收据 0031"' in page


async def test_a_refund_by_hand_is_withdrawn_without_asking_wechat(scenario: Scenario, owner: Client) -> None:
    await refund_by_hand(scenario, owner)
    answer = await owner.post("admin/refunds/1/withdraw/", {"note": "客户不要了"})
    assert answer.code == 302
    assert "钱没有退" in await owner.page("admin/refunds/1/")


async def test_payments_outside_of_wechat_are_shown_as_such(scenario: Scenario, owner: Client) -> None:
    ready = await order_in_cash(scenario, owner)
    page = await owner.page("admin/money/")
    assert f"orders/{ready.id}/" in page
    assert "线下" in page
    await owner.post(f"admin/orders/{ready.id}/receipt/reverse/", {"reason": "错"})
    assert f"orders/{ready.id}/" not in await owner.page("admin/money/")  # nothing came in, after all
    assert f"orders/{ready.id}/" in await owner.page("admin/money/?state=reversed")
