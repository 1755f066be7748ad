"""Unpaid orders that are deleted by their user or expire: their payment is closed at WeChat first."""

from __future__ import annotations

import pytest

from clock import DAY, MINUTE
from payment import problems
from payment.attempts import ARRIVAL_MARGIN
from payment.wechatpay import errors
from refusals import OrderNotFound
from storage.models import AttemptState, OrderState
from tests.payment.conftest import PRICE, Shop
from tests.payment.fake_wechat import lost


async def test_deleting_closes_at_wechat_first_and_takes_the_order_off_the_list(shop: Shop) -> None:
    user = await shop.user()
    order_id = await shop.placed(user)
    number = (await shop.attempt(order_id)).out_trade_no
    await shop.payments.cancel(order_id, user)
    assert (await shop.order(order_id)).state == OrderState.CANCELLED
    assert shop.wechat.charges[number].state == "CLOSED"
    assert await shop.placed(user) != order_id
    with pytest.raises(problems.OrderNotDeletable):
        await shop.payments.cancel(order_id, user)


async def test_deleting_an_order_whose_money_has_arrived_is_refused_and_settles_it(shop: Shop) -> None:
    user = await shop.user()
    order_id = await shop.placed(user)
    shop.wechat.pay((await shop.attempt(order_id)).out_trade_no)
    with pytest.raises(problems.OrderNotDeletable, match="仅支持删除未支付的订单"):
        await shop.payments.cancel(order_id, user)
    assert (await shop.order(order_id)).state == OrderState.PAID
    await shop.assert_books_agree()


@pytest.mark.parametrize("method", ["query", "close"])
async def test_deleting_while_wechat_does_not_answer_changes_nothing(shop: Shop, method: str) -> None:
    user = await shop.user()
    order_id = await shop.placed(user)
    shop.wechat.before[method].append(lost())
    with pytest.raises(problems.WeChatTimeout):
        await shop.payments.cancel(order_id, user)
    assert (await shop.order(order_id)).state == OrderState.UNPAID
    assert (await shop.attempt(order_id)).state == AttemptState.PREPAID
    await shop.payments.cancel(order_id, user)
    assert (await shop.order(order_id)).state == OrderState.CANCELLED


async def test_a_close_that_is_answered_well_frees_nothing_until_a_query_confirms_it(shop: Shop) -> None:
    user = await shop.user()
    order_id = await shop.placed(user)
    number = (await shop.attempt(order_id)).out_trade_no

    async def not_really() -> None:
        shop.wechat.charges[number].state = "NOTPAY"

    shop.wechat.after["close"].append(not_really)
    with pytest.raises(problems.WeChatTimeout):
        await shop.payments.cancel(order_id, user)
    assert (await shop.order(order_id)).state == OrderState.UNPAID


async def test_a_create_that_never_arrived_is_landed_on_purpose_so_that_it_can_be_closed(shop: Shop) -> None:
    user = await shop.user()
    shop.wechat.before["create"] += [lost(), lost()]
    with pytest.raises(problems.WeChatTimeout):
        await shop.placed(user)
    assert shop.wechat.charges == {}
    order = await shop.unpaid(user)
    number = (await shop.attempt(order.id)).out_trade_no
    await shop.payments.cancel(order.id, user)
    assert shop.wechat.charges[number].state == "CLOSED"
    assert (await shop.order(order.id)).state == OrderState.CANCELLED


async def test_an_order_whose_payment_wechat_refuses_to_make_can_still_be_deleted(shop: Shop) -> None:
    user = await shop.user()
    refusal = errors.Refused(code="PARAM_ERROR", status=400, verified=True)
    shop.wechat.before["create"] += [refusal, refusal]
    with pytest.raises(problems.WeChatRefused):
        await shop.placed(user)
    order = await shop.unpaid(user)
    await shop.payments.cancel(order.id, user)
    assert (await shop.order(order.id)).state == OrderState.CANCELLED
    assert (await shop.attempt(order.id)).state == AttemptState.CLOSED


async def test_a_stranger_cannot_pay_or_delete_an_order(shop: Shop) -> None:
    order_id = await shop.placed()
    stranger = await shop.user("oStranger")
    for act in (shop.payments.resume, shop.payments.cancel):
        with pytest.raises(OrderNotFound):
            await act(order_id, stranger)
    with pytest.raises(OrderNotFound):
        await shop.payments.request_refund(order_id, stranger, "", PRICE)


async def test_an_unpaid_order_expires_after_its_payment_is_closed(shop: Shop) -> None:
    order_id = await shop.placed()
    number = (await shop.attempt(order_id)).out_trade_no
    shop.pass_time(DAY + MINUTE)
    result = await shop.sweep()
    assert result.expired == 1
    assert (await shop.order(order_id)).state == OrderState.CANCELLED
    assert shop.wechat.charges[number].state == "CLOSED"


async def test_an_order_does_not_expire_while_wechat_does_not_answer(shop: Shop) -> None:
    order_id = await shop.placed()
    shop.pass_time(DAY + MINUTE)
    shop.wechat.before["query"] += [lost()] * 4
    assert (await shop.sweep()).failures
    assert (await shop.order(order_id)).state == OrderState.UNPAID
    shop.pass_time(6 * MINUTE)
    shop.wechat.before.clear()
    await shop.sweep()
    assert (await shop.order(order_id)).state == OrderState.CANCELLED


async def test_an_order_that_was_paid_in_its_last_second_does_not_expire(shop: Shop) -> None:
    order_id = await shop.placed()
    shop.wechat.pay((await shop.attempt(order_id)).out_trade_no)
    shop.pass_time(DAY + MINUTE)
    await shop.sweep()
    assert (await shop.order(order_id)).state == OrderState.PAID
    await shop.assert_books_agree()


async def test_an_expired_order_cannot_be_paid_but_placing_again_revives_it(shop: Shop) -> None:
    user = await shop.user()
    order_id = await shop.placed(user)
    shop.pass_time(DAY + 20 * MINUTE)
    with pytest.raises(problems.OrderNotPayable):
        await shop.payments.resume(order_id, user)
    assert await shop.placed(user) == order_id
    old, fresh = await shop.attempts(order_id)
    assert (old.state, fresh.state) == (AttemptState.CLOSED, AttemptState.PREPAID)


async def test_a_create_that_never_arrived_ends_when_it_can_land_no_more(shop: Shop) -> None:
    user = await shop.user()
    shop.wechat.before["create"] += [lost(), lost()]
    with pytest.raises(problems.WeChatTimeout):
        await shop.placed(user)
    order = await shop.unpaid(user)
    attempt = await shop.attempt(order.id)
    shop.at = attempt.expires_at + ARRIVAL_MARGIN + MINUTE
    await shop.sweep()
    assert (await shop.attempt(order.id)).state == AttemptState.CLOSED
    assert (await shop.order(order.id)).state == OrderState.CANCELLED
