"""The office gives a supplement back from a page of its own, and every page of money says that it is a supplement."""

from __future__ import annotations

import pytest

from clock import MINUTE
from handlers.services import Services
from storage.models import OrderState, RefundState
from tests.admin.act_preparations import hidden
from tests.admin.clients import Client
from tests.payment.conftest import PRICE, Shop
from tests.payment.supplements.desk import EXTRA, Desk

pytestmark = pytest.mark.promise(38)


@pytest.fixture
def desk(shop: Shop) -> Desk:
    return Desk(shop)


async def send(client: Client, supplement_id: int, **form: str):
    """The form of the page, as it is now."""
    path = f"admin/supplements/{supplement_id}/refund/"
    return await client.post(path, {**await hidden(client, path), "reason": "没有加时", **form})


@pytest.mark.promise(25)
async def test_a_supplement_is_given_back_from_its_page_and_the_order_stays(
    owner: Client, shop: Shop, desk: Desk
) -> None:
    supplement_id = await desk.paid()
    order_id = await desk.order_id(supplement_id)
    page = await owner.page(f"admin/supplements/{supplement_id}/refund/")
    assert "加时，￥120" in page
    assert "多陪了两个小时" in page
    answer = await send(owner, supplement_id, amount="120")
    assert answer.code == 302
    assert f"orders/{order_id}/" in answer.headers["Location"]
    (refund,) = await desk.refunds(supplement_id)
    assert (refund.state, refund.amount_fen, refund.reason) == (RefundState.APPROVED, EXTRA, "没有加时")
    assert (await shop.order(order_id)).state == OrderState.PAID
    audit = await owner.page("admin/audit/")
    assert "发起退款" in audit
    await desk.given_back(supplement_id)
    assert "已经全部退回" in await owner.page(f"admin/supplements/{supplement_id}/refund/")


async def test_what_is_refused_says_why_and_keeps_what_was_typed(
    owner: Client, clerk: Client, shop: Shop, desk: Desk, services: Services
) -> None:
    services.settings = services.settings.replace("orders", clerk_refund_yuan=100)
    supplement_id = await desk.paid(amount_fen=90_000)
    for amount, status, why in (
        ("900.01", 409, "超过"),
        ("0", 400, ""),
        ("x", 400, "应为金额"),
        ("1", 409, "确实退 1 元"),
    ):
        answer = await send(owner, supplement_id, amount=amount)
        assert answer.code == status, amount
        assert why in answer.body.decode(), amount
        assert "没有加时" in answer.body.decode()
    refused = await send(clerk, supplement_id, amount="900")
    assert refused.code == 409
    assert "店主" in refused.body.decode()
    assert await desk.refunds(supplement_id) == []


async def test_a_second_form_of_the_same_page_is_refused(owner: Client, shop: Shop, desk: Desk) -> None:
    supplement_id = await desk.paid()
    path = f"admin/supplements/{supplement_id}/refund/"
    form = {**await hidden(owner, path), "amount": "60", "reason": "一半"}
    assert (await owner.post(path, form)).code == 302
    again = await owner.post(path, form)
    assert again.code == 409
    assert "退款记录变了" in again.body.decode()
    assert len(await desk.refunds(supplement_id)) == 1


async def test_a_request_comes_first(owner: Client, shop: Shop, desk: Desk) -> None:
    supplement_id = await desk.paid()
    order_id = await desk.order_id(supplement_id)
    refund_id = await shop.payments.request_supplement_refund(
        supplement_id, await shop.user(), 5_000, "没有加时"
    )
    page = await owner.page(f"admin/supplements/{supplement_id}/refund/")
    assert f"refunds/{refund_id}/" in page
    assert 'name="amount"' not in page
    assert "（补款）" in await owner.page(f"admin/orders/{order_id}/")
    page = await owner.page(f"admin/refunds/{refund_id}/")
    assert f"#{supplement_id} 加时，￥120" in page
    assert "<dt>实付</dt><dd>￥120</dd>" in page
    assert "订单照常" in page
    answer = await owner.post(
        f"admin/refunds/{refund_id}/approve/",
        {**await hidden(owner, f"admin/refunds/{refund_id}/"), "amount": "50", "note": "好"},
    )
    assert answer.code == 302
    await desk.given_back(supplement_id)
    assert (await shop.order(order_id)).state == OrderState.PAID
    assert (await desk.get(supplement_id)).refunded_fen == 5_000


async def test_lists_of_payments_refunds_and_cases_name_the_supplement(
    owner: Client, shop: Shop, desk: Desk
) -> None:
    supplement_id = await desk.paid()
    order_id = await desk.order_id(supplement_id)
    await shop.payments.start_refund(order_id, desk.admin, 100)
    await shop.payments.start_supplement_refund(supplement_id, desk.admin, EXTRA)
    other = await desk.begun(order_id=order_id)
    number = (await desk.attempt(other)).out_trade_no
    shop.wechat.pay(number)
    await shop.payments.notify({}, shop.wechat.paid_notice(number, payer={"openid": "oOther"}))
    for path in ("money/", "refunds/?tab=moving", "cases/"):
        page = await owner.page(f"admin/{path}")
        assert page.count("</a> 补款</td>") == 1, path
    async with shop.storage.reading() as reader:
        (case,) = await reader.finance.cases()
    page = await owner.page(f"admin/cases/{case.id}/")
    assert f"的补款 #{other}" in page
    assert "放开补款" in page
    assert f"订单 #{order_id}的补款" in page
    shown = await owner.page(f"admin/orders/{order_id}/")
    assert shown.count("</span> 补款 ") == 3, "two payments and a refund"


@pytest.mark.promise(8)
async def test_the_office_asks_wechat_about_a_supplement_whose_notification_was_lost(
    owner: Client, shop: Shop, desk: Desk
) -> None:
    supplement_id = await desk.begun()
    path = f"admin/orders/{await desk.order_id(supplement_id)}/"
    assert f'name="supplement" value="{supplement_id}"' in await owner.page(path)
    shop.wechat.pay((await desk.attempt(supplement_id)).out_trade_no)
    answer = await owner.post(f"{path}ask/", {"supplement": str(supplement_id)})
    assert answer.code == 302
    assert "asked-paid" in answer.headers["Location"]
    assert (await desk.get(supplement_id)).paid_fen == EXTRA
    page = await owner.page(path)
    assert f'admin/supplements/{supplement_id}/refund/"' in page
    assert 'name="supplement"' not in page


async def test_a_supplement_that_is_not_there_or_was_not_paid_offers_nothing(
    owner: Client, shop: Shop, desk: Desk
) -> None:
    assert (await owner.get("admin/supplements/999/refund/")).code == 404
    supplement_id = await desk.opened()
    page = await owner.page(f"admin/supplements/{supplement_id}/refund/")
    assert "没有付过款" in page
    shop.pass_time(2 * MINUTE)
    answer = await owner.post(
        f"admin/supplements/{supplement_id}/refund/", {"amount": "1", "reason": "x", "fingerprint": "x:y"}
    )
    assert answer.code == 409
    assert (await shop.order(await desk.order_id(supplement_id))).paid_fen == PRICE
