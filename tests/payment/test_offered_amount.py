"""What comes back by the rule: after money that was paid twice, in the time of grace, and to the fen."""

from __future__ import annotations

import pytest

from clock import DAY, HOUR, MINUTE, shanghai_date
from orders.visit_time import visit_begin_ms
from payment import problems
from storage.models import OrderState, RefundKind, RefundState
from tests.payment.conftest import ADMIN, PRICE, Shop
from tests.payment.test_refund_values import made
from tests.payment.visit_money import assigned, before_visit, pay_out

# Paid twice


@pytest.mark.promise(12)
async def test_surplus_that_goes_back_takes_nothing_from_the_offer(shop: Shop) -> None:
    """Paid twice: the one payment stays the order's and is offered in full, the other goes back besides."""
    user = await shop.user()
    order_id = await shop.placed(user)
    first = (await shop.attempt(order_id)).out_trade_no
    await shop.placed(user, service_name="全心全程陪诊服务")  # another name: a second payment
    second = (await shop.attempt(order_id)).out_trade_no
    assert first != second
    for number in (second, first):
        shop.wechat.charges[number].state = "NOTPAY"
        shop.wechat.pay(number)
        await shop.payments.notify({}, shop.wechat.paid_notice(number))
    surplus = await shop.refund(order_id)
    order = await shop.order(order_id)
    assert (surplus.amount_fen, surplus.state) == (PRICE, RefundState.APPROVED)
    assert surplus.attempt_id != order.paid_attempt_id
    offered = await shop.payments.quote(order)
    assert (offered.amount_fen, offered.remaining_fen) == (PRICE, PRICE)
    await shop.payments.approve_refund(await shop.payments.request_refund(order_id, user, "", PRICE), ADMIN)


@pytest.mark.promise(12)
@pytest.mark.parametrize(("gone", "percent"), [(PRICE - 1, 50), (PRICE, 0), (PRICE + 1, 0)])
async def test_of_what_is_gone_entirely_no_part_is_offered(shop: Shop, gone: int, percent: int) -> None:
    order_id = await shop.paid()
    await before_visit(shop, order_id, 3 * HOUR)
    order = await shop.order(order_id)
    offered = await shop.payments.quote(order, known=[made("succeeded", gone, order.paid_attempt_id or 0)])
    assert (offered.amount_fen, offered.percent, offered.remaining_fen) == (0, percent, max(PRICE - gone, 0))


@pytest.mark.promise(14)
@pytest.mark.parametrize("shown", [0, 1, PRICE // 2 - 1, PRICE // 2 + 1, PRICE])
async def test_any_amount_but_the_offered_one_is_refused(shop: Shop, shown: int) -> None:
    user = await shop.user()
    order_id = await shop.paid(user)
    await before_visit(shop, order_id, 3 * HOUR)
    with pytest.raises(problems.RefundAmountChanged) as refusal:
        await shop.payments.request_refund(order_id, user, "", shown, kind=RefundKind.CANCEL)
    assert refusal.value.amount_fen == PRICE // 2
    assert await shop.refunds(order_id) == []


# Grace


@pytest.mark.promise(14)
@pytest.mark.parametrize(
    ("after", "assign", "percent"),
    [(0, False, 100), (30 * MINUTE, False, 100), (30 * MINUTE + 1, False, 0), (MINUTE, True, 0)],
)
async def test_soon_after_paying_everything_comes_back_while_nobody_is_assigned(
    shop: Shop, after: int, assign: bool, percent: int
) -> None:
    """For a visit today, whose tiers are all over."""
    shop.at = visit_begin_ms(shanghai_date(shop.at)) + 2 * HOUR
    user = await shop.user()
    order_id = await shop.paid(user, visit_date=shanghai_date(shop.at))
    if assign:
        await assigned(shop, order_id)
    paid_at = (await shop.order(order_id)).paid_at
    assert paid_at is not None
    shop.at = paid_at + after
    offered = await shop.payments.quote(await shop.order(order_id))
    assert (offered.percent, offered.amount_fen) == (percent, PRICE * percent // 100)
    refund_id = await shop.payments.request_refund(order_id, user, "下错单了", PRICE * percent // 100)
    await shop.payments.approve_refund(refund_id, ADMIN)
    if percent:
        await pay_out(shop, order_id)
    state = OrderState.REFUNDED if percent else OrderState.CANCELLED
    assert (await shop.order(order_id)).state == state


@pytest.mark.promise(14)
async def test_without_a_grace_time_the_tiers_hold_from_the_first_moment(shop: Shop) -> None:
    shop.settings = shop.settings.replace("orders", refund_grace_minutes=0)
    shop.payments = shop.another()
    order_id = await shop.paid()
    await before_visit(shop, order_id, -DAY)
    assert (await shop.payments.quote(await shop.order(order_id))).percent == 0
