"""Money that an order has no use for: late, twice, of an older price. It is booked and goes back."""

from __future__ import annotations

import asyncio

import pytest

from clock import DAY, HOUR
from payment.settlement import Settled
from storage.models import AttemptState, OrderState, RefundState
from tests.payment.conftest import PRICE, Shop


async def _late_money(shop: Shop, order_id: int) -> str:
    """Money arrives on the order's first attempt although WeChat had confirmed its close."""
    number = (await shop.attempts(order_id))[0].out_trade_no
    shop.wechat.charges[number].state = "NOTPAY"
    shop.wechat.pay(number)
    await shop.payments.notify({}, shop.wechat.paid_notice(number))
    return number


async def _assert_sent_back(shop: Shop, order_id: int) -> None:
    refund = await shop.refund(order_id)
    assert (refund.state, refund.source, refund.amount_fen) == (RefundState.APPROVED, "system", PRICE)
    await shop.assert_books_agree()
    await shop.sweep()
    shop.wechat.finish_refund(refund.out_refund_no)
    await shop.payments.notify({}, shop.wechat.refund_notice(refund.out_refund_no))
    assert (await shop.refund(order_id)).state == RefundState.SUCCEEDED
    await shop.assert_books_agree()


@pytest.mark.promise(10)
@pytest.mark.parametrize("end", ["cancel", "expire"])
async def test_money_after_cancel_or_expiry_is_booked_and_sent_back(shop: Shop, end: str) -> None:
    user = await shop.user()
    order_id = await shop.placed(user)
    if end == "cancel":
        await shop.payments.cancel(order_id, user)
    else:
        shop.pass_time(DAY + HOUR)
        await shop.sweep()
    assert (await shop.order(order_id)).state == OrderState.CANCELLED
    await _late_money(shop, order_id)
    assert await shop.balance() == {"payment": PRICE}
    await _assert_sent_back(shop, order_id)
    assert sum((await shop.balance()).values()) == 0
    assert (await shop.order(order_id)).state == OrderState.CANCELLED


@pytest.mark.promise(10)
async def test_money_that_comes_twice_pays_once_and_the_second_goes_back(shop: Shop) -> None:
    user = await shop.user()
    order_id = await shop.placed(user)
    await shop.placed(user, service_name="全心全程陪诊服务")
    second = await shop.attempt(order_id)
    shop.wechat.pay(second.out_trade_no)
    await shop.payments.notify({}, shop.wechat.paid_notice(second.out_trade_no))
    await _late_money(shop, order_id)
    assert await shop.balance() == {"payment": 2 * PRICE}
    await _assert_sent_back(shop, order_id)
    order = await shop.order(order_id)
    assert (order.state, order.paid_fen, order.refunded_fen) == (OrderState.PAID, PRICE, 0)
    assert order.paid_attempt_id == second.id


@pytest.mark.promise(10)
async def test_two_payments_at_the_same_moment_pay_once_and_one_goes_back(shop: Shop) -> None:
    user = await shop.user()
    order_id = await shop.placed(user)
    await shop.placed(user, service_name="全心全程陪诊服务")
    numbers = [attempt.out_trade_no for attempt in await shop.attempts(order_id)]
    shop.wechat.charges[numbers[0]].state = "NOTPAY"
    for number in numbers:
        shop.wechat.pay(number)
    outcomes = await asyncio.gather(
        *(shop.another().notify({}, shop.wechat.paid_notice(number)) for number in numbers * 3)
    )
    assert outcomes.count(Settled.PAID) == outcomes.count(Settled.SURPLUS) == 1
    assert len(await shop.refunds(order_id)) == 1
    await _assert_sent_back(shop, order_id)


@pytest.mark.promise(10)
async def test_money_of_an_older_price_goes_back_and_the_order_stays_unpaid(shop: Shop) -> None:
    user = await shop.user()
    order_id = await shop.placed(user)
    await shop.placed(user, price_fen=60_000)
    await _late_money(shop, order_id)
    assert (await shop.order(order_id)).state == OrderState.UNPAID
    await _assert_sent_back(shop, order_id)
    fresh = await shop.attempt(order_id)
    shop.wechat.pay(fresh.out_trade_no)
    await shop.payments.notify({}, shop.wechat.paid_notice(fresh.out_trade_no))
    assert (await shop.order(order_id)).paid_fen == 60_000
    await shop.assert_books_agree()


@pytest.mark.promise(10)
async def test_the_second_open_payment_of_an_order_that_was_paid_late_is_closed(shop: Shop) -> None:
    user = await shop.user()
    order_id = await shop.placed(user)
    await shop.placed(user, service_name="全心全程陪诊服务")
    await _late_money(shop, order_id)
    assert (await shop.order(order_id)).state == OrderState.PAID
    await shop.sweep()
    assert (await shop.attempt(order_id)).state == AttemptState.CLOSED
    assert shop.wechat.charges[(await shop.attempt(order_id)).out_trade_no].state == "CLOSED"
