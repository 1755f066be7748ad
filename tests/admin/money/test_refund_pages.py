"""What the page of a refund offers and says, and that a refused form keeps what was typed."""

from __future__ import annotations

import re

import pytest

from clock import HOUR, MINUTE, shanghai_date
from storage.models import OrderState, RefundState
from tests.admin.act_preparations import hidden
from tests.admin.clients import Client
from tests.admin.scenario import Scenario
from tests.payment.conftest import ADMIN, PRICE, Shop
from tests.payment.fake_wechat import lost


async def surplus(shop: Shop, end: str) -> int:
    """An order whose money is not needed, late or double, and whose automatic refund WeChat closes."""
    user = await shop.user()
    order_id = await shop.placed(user)
    late = (await shop.attempt(order_id)).out_trade_no
    if end == "late":
        await shop.payments.cancel(order_id, user)
    else:
        await shop.placed(user, service_name="全心全程陪诊服务")
        await _pay(shop, (await shop.attempt(order_id)).out_trade_no)
        await shop.payments.start_refund(order_id, ADMIN, PRICE)
        await _finish(shop, order_id, "SUCCESS")
    shop.wechat.charges[late].state = "NOTPAY"
    await _pay(shop, late)
    await _finish(shop, order_id, "CLOSED")
    return order_id


async def _pay(shop: Shop, number: str) -> None:
    shop.wechat.pay(number)
    await shop.payments.notify({}, shop.wechat.paid_notice(number))


async def _finish(shop: Shop, order_id: int, status: str) -> None:
    await shop.sweep()
    number = (await shop.refund(order_id)).out_refund_no
    shop.wechat.finish_refund(number, status)
    await shop.payments.notify({}, shop.wechat.refund_notice(number))


@pytest.mark.promise(10)
@pytest.mark.parametrize("end", ["late", "double"])
async def test_surplus_money_whose_refund_wechat_closed_is_sent_back_from_the_page(
    owner: Client, shop: Shop, scenario: Scenario, end: str
):
    order_id = await surplus(shop, end)
    closed = await shop.refund(order_id)
    assert closed.state == RefundState.CLOSED
    page = await owner.page(f"admin/refunds/{closed.id}/")
    assert f"refunds/{closed.id}/renew/" in page
    assert "微信关闭了这笔退款" in page
    assert "<dt>多收的款项</dt><dd>￥588</dd>" in page
    assert (await owner.post(f"admin/refunds/{closed.id}/renew/")).code == 302
    shop.pass_time(2 * MINUTE)
    await _finish(shop, order_id, "SUCCESS")
    assert f"refunds/{closed.id}/renew/" not in await owner.page(f"admin/refunds/{closed.id}/")
    assert sum((await shop.balance()).values()) == 0
    await shop.assert_books_agree()


async def test_a_refund_that_a_clerk_took_back_is_not_called_closed_by_wechat(owner: Client, shop: Shop):
    order_id = await shop.paid()
    refund_id = await shop.payments.start_refund(order_id, ADMIN, PRICE)
    assert (await owner.post(f"admin/refunds/{refund_id}/withdraw/", {"note": "改为转账"})).code == 302
    page = await owner.page(f"admin/refunds/{refund_id}/")
    assert "已由店员撤回" in page
    assert "微信关闭了这笔退款" not in page


async def test_a_refund_that_may_be_on_its_way_stays_and_the_note_with_it(owner: Client, shop: Shop):
    order_id = await shop.paid()
    refund_id = await shop.payments.start_refund(order_id, ADMIN, PRICE)
    shop.wechat.before["refund"].append(lost())
    await shop.sweep()
    page = await owner.page(f"admin/refunds/{refund_id}/")
    assert "微信没有及时答复" in page
    assert "wechat_unknown" not in page
    shop.pass_time(MINUTE)
    answer = await owner.post(f"admin/refunds/{refund_id}/withdraw/", {"note": "改为转账"})
    assert answer.code == 409
    assert "可能还在路上" in answer.body.decode()
    assert 'value="改为转账"' in answer.body.decode()


async def test_a_refused_decision_keeps_what_was_typed(owner: Client, clerk: Client, shop: Shop):
    user = await shop.user()
    refund_id = await shop.payments.request_refund(await shop.paid(user), user, "", PRICE)
    page = f"admin/refunds/{refund_id}/"
    for amount, status, sentence in (("六百", 400, "应为金额"), ("600", 409, "退款金额超过可退余额")):
        answer = await owner.post(f"{page}approve/", {"amount": amount, "note": "全退"})
        text = answer.body.decode()
        assert (answer.code, sentence in text) == (status, True)
        assert f'value="{amount}"' in text
        assert 'value="全退"' in text
    assert (await owner.post(f"{page}reject/", {"note": "已经服务"})).code == 302
    answer = await clerk.post(f"{page}approve/", {"amount": "588", "note": "同意退"})
    assert answer.code == 409
    assert "588 元　同意退" in answer.body.decode(), "the form is gone, what was typed is not"
    answer = await clerk.post(f"{page}reject/", {"note": "我也拒绝"})
    assert (answer.code, "我也拒绝" in answer.body.decode()) == (409, True)


async def test_a_refused_refund_of_an_order_keeps_what_was_typed(owner: Client, shop: Shop):
    order_id = await shop.paid()
    path = f"admin/orders/{order_id}/refund/"
    seen = (await hidden(owner, f"admin/orders/{order_id}/"))["fingerprint"]
    answer = await owner.post(path, {"amount": "600", "reason": "服务缩短", "fingerprint": seen})
    text = answer.body.decode()
    assert answer.code == 409
    assert "没有退款：退款金额超过可退余额" in text
    assert 'name="amount" inputmode="decimal" value="600"' in text
    assert 'value="服务缩短"' in text
    assert (await owner.post(path, {"amount": "588", "reason": "服务缩短", "fingerprint": seen})).code == 302
    answer = await owner.post(path, {"amount": "88", "reason": "再补一点", "fingerprint": seen})
    assert answer.code == 409
    assert "88 元，再补一点" in answer.body.decode()


@pytest.mark.promise(25)
async def test_what_wechat_was_asked_and_what_it_answered_is_in_the_log(
    owner: Client, shop: Shop, scenario: Scenario
):
    unpaid = await shop.placed()
    assert "asked-unpaid" in (await owner.post(f"admin/orders/{unpaid}/ask/")).headers["Location"]
    shop.pass_time(HOUR)
    shop.wechat.pay((await shop.attempt(unpaid)).out_trade_no)
    assert "asked-paid" in (await owner.post(f"admin/orders/{unpaid}/ask/")).headers["Location"]
    assert (await shop.order(unpaid)).state == OrderState.PAID
    assert (await scenario.audited()) == ["order.ask"] * 3, "asked, asked again, paid"
    refund_id = await shop.payments.start_refund(unpaid, ADMIN, PRICE)
    await owner.post(f"admin/refunds/{refund_id}/retry/")
    assert (await shop.refund(unpaid)).state == RefundState.PROCESSING
    page = await owner.page("admin/audit/")
    assert page.count('data-label="操作">重试或查询退款') == 2
    assert "已询问微信" in page
    assert page.count('data-label="操作">向微信查询付款') == 3


async def test_a_clerk_is_not_sent_to_customer_service(owner: Client, shop: Shop):
    order_id = await shop.paid(visit_date=shanghai_date(shop.at))  # the afternoon of that day
    shop.pass_time(HOUR)  # the grace time is over
    page = await owner.page(f"admin/orders/{order_id}/")
    assert "就诊时间已到，不予退款" in page
    assert "联系客服" not in page
    cancelled = await shop.placed(await shop.user("oUser2"))
    answer = await owner.post(f"admin/orders/{cancelled}/refund/", {"amount": "1", "reason": "退"})
    assert answer.code == 409
    assert "联系客服" not in answer.body.decode()


async def test_nobody_is_asked_for_a_password_for_more_than_can_be_given_back(
    owner: Client, scenario: Scenario
):
    order = await scenario.order()
    scenario.clock.at += 11 * MINUTE
    path, form = f"admin/orders/{order}/refund/", {"reason": "来不了"}
    answer = await owner.post(path, {**form, "amount": "588.01"})
    assert answer.code == 409
    assert "退款金额超过可退余额" in answer.body.decode()
    assert "confirm_password" not in answer.body.decode()
    answer = await owner.post(path, {**form, "amount": "588"})
    assert answer.code == 403
    assert "confirm_password" in answer.body.decode()


async def test_frequent_amounts_are_offered_once_each(owner: Client, scenario: Scenario):
    page = await owner.page(f"admin/orders/{await scenario.order()}/")
    offered = re.search(r'data-fills="amount" hidden>(.*?)</div>', page)
    assert offered
    assert re.findall(r'value="([0-9.]+)">(\S+) ', offered[1]) == [("588", "按规则"), ("294", "一半")]
