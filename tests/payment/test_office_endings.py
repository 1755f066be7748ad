"""Orders that the office ends, how that is kept, and decisions about what has changed since it was shown."""

from __future__ import annotations

import pytest

from clock import HOUR
from payment import problems
from payment.payables import of_order
from payment.refunds.amount_checks import DecisionChecks
from payment.refunds.cancellation import OrderEnding
from payment.refunds.fingerprints import payable_fingerprint
from storage.models import Ending, OrderState, RefundKind
from tests.payment.conftest import ADMIN, PRICE, Shop
from tests.payment.visit_money import assigned, before_visit, is_free, messages, pay_out


@pytest.mark.promise(33)
@pytest.mark.parametrize(
    ("ending", "amount"),
    [
        (Ending.CANCELLED_BY_USER, PRICE // 2),
        (Ending.CANCELLED_BY_COMPANY, PRICE),
        (Ending.CUSTOMER_ABSENT, 0),
        (Ending.ESCORT_ABSENT, PRICE),
    ],
)
async def test_the_office_ends_an_order_and_keeps_how(shop: Shop, ending: Ending, amount: int) -> None:
    user = await shop.user()
    order_id = await shop.paid(user)
    escort_id = await assigned(shop, order_id)
    await shop.payments.end_order(order_id, ADMIN, OrderEnding(ending, amount, "电话里说的"))
    assert await is_free(shop, escort_id, order_id)
    assert await messages(shop, user.id, "refund") == ["cancelled"]
    if amount:
        await pay_out(shop, order_id)
    order = await shop.order(order_id)
    assert (order.ending, order.refunded_fen) == (ending, amount)
    assert order.state == (OrderState.REFUNDED if amount == PRICE else OrderState.CANCELLED)
    with pytest.raises(problems.OrderNotEndable):
        await shop.payments.end_order(order_id, ADMIN, OrderEnding(ending, 0))
    await shop.assert_books_agree()


async def test_only_orders_that_go_on_are_ended_by_the_office(shop: Shop) -> None:
    user = await shop.user()
    order_id = await shop.paid(user)
    with pytest.raises(problems.OrderNotEndable):
        await shop.payments.end_order(order_id, ADMIN, OrderEnding(Ending.SERVED, 0))
    with pytest.raises(problems.RefundExceedsPaid):
        await shop.payments.end_order(order_id, ADMIN, OrderEnding(Ending.CANCELLED_BY_COMPANY, PRICE + 1))
    await shop.payments.request_refund(order_id, user, "", PRICE)
    with pytest.raises(problems.RefundNotAllowed, match="申请"):
        await shop.payments.end_order(order_id, ADMIN, OrderEnding(Ending.CANCELLED_BY_COMPANY, 0))
    unpaid = await shop.placed(await shop.user("oOther"))
    with pytest.raises(problems.OrderNotEndable):
        await shop.payments.end_order(unpaid, ADMIN, OrderEnding(Ending.CANCELLED_BY_USER, 0))
    assert (await shop.order(unpaid)).state == OrderState.UNPAID


async def test_an_order_whose_partial_refund_hangs_can_still_be_ended(shop: Shop) -> None:
    order_id = await shop.paid()
    escort_id = await assigned(shop, order_id)
    await shop.payments.start_refund(order_id, ADMIN, 1_000)
    await pay_out(shop, order_id, "ABNORMAL")
    await shop.payments.end_order(order_id, ADMIN, OrderEnding(Ending.CANCELLED_BY_COMPANY, PRICE - 1_000))
    assert await is_free(shop, escort_id, order_id)
    await pay_out(shop, order_id)
    assert (await shop.order(order_id)).state == OrderState.REFUNDING
    abnormal = (await shop.refunds(order_id))[0].out_refund_no
    shop.wechat.finish_refund(abnormal)
    await shop.payments.notify({}, shop.wechat.refund_notice(abnormal))
    order = await shop.order(order_id)
    assert (order.state, order.ending) == (OrderState.REFUNDED, Ending.CANCELLED_BY_COMPANY)


async def test_a_cancelled_order_may_get_more_back_later(shop: Shop) -> None:
    user = await shop.user()
    order_id = await shop.paid(user)
    await before_visit(shop, order_id, 3 * HOUR)
    await shop.payments.approve_refund(
        await shop.payments.request_refund(order_id, user, "", PRICE // 2), ADMIN
    )
    await pay_out(shop, order_id)
    await shop.payments.start_refund(order_id, ADMIN, PRICE // 4)
    await pay_out(shop, order_id)
    assert (await shop.order(order_id)).state == OrderState.CANCELLED
    await shop.payments.start_refund(order_id, ADMIN, PRICE // 4)
    await pay_out(shop, order_id)
    assert (await shop.order(order_id)).state == OrderState.REFUNDED
    await shop.assert_books_agree()


async def test_surplus_money_of_an_order_that_was_cancelled_unpaid_changes_nothing_about_it(
    shop: Shop,
) -> None:
    user = await shop.user()
    order_id = await shop.placed(user)
    number = (await shop.attempt(order_id)).out_trade_no
    await shop.payments.cancel(order_id, user)
    shop.wechat.charges[number].state = "NOTPAY"
    shop.wechat.pay(number)
    await shop.payments.notify({}, shop.wechat.paid_notice(number))
    await pay_out(shop, order_id, "CLOSED")
    assert (await shop.order(order_id)).state == OrderState.CANCELLED
    await shop.payments.renew_refund((await shop.refund(order_id)).id, ADMIN)
    await pay_out(shop, order_id)
    order = await shop.order(order_id)
    assert (order.state, order.ending) == (OrderState.CANCELLED, "")


# What was seen


async def test_a_decision_about_what_has_changed_is_refused_and_says_what(shop: Shop) -> None:
    user = await shop.user()
    order_id = await shop.paid(user)
    refund_id = await shop.payments.request_refund(order_id, user, "", PRICE)
    seen = payable_fingerprint(of_order(await shop.order(order_id)), await shop.refunds(order_id))
    await shop.payments.withdraw_request(order_id, user)
    await assigned(shop, order_id)
    again = await shop.payments.request_refund(order_id, user, "", 1_000, kind=RefundKind.MONEY_BACK)
    for decide in (shop.payments.approve_refund, shop.payments.reject_refund):
        with pytest.raises(problems.ChangedSinceSeen, match=r"陪诊员.*退款记录"):
            await decide(again, ADMIN, checks=DecisionChecks(seen))
    assert again != refund_id
    fresh = payable_fingerprint(of_order(await shop.order(order_id)), await shop.refunds(order_id))
    await shop.payments.approve_refund(again, ADMIN, checks=DecisionChecks(fresh))


@pytest.mark.parametrize("act", ["start", "end"])
async def test_both_roads_to_an_orders_money_look_at_what_was_seen(shop: Shop, act: str) -> None:
    order_id = await shop.paid()
    seen = payable_fingerprint(of_order(await shop.order(order_id)), await shop.refunds(order_id))
    await shop.payments.start_refund(order_id, ADMIN, 1_000)
    again = (
        shop.payments.start_refund(order_id, ADMIN, 1_000, checks=DecisionChecks(seen))
        if act == "start"
        else shop.payments.end_order(
            order_id, ADMIN, OrderEnding(Ending.CANCELLED_BY_USER, 0), DecisionChecks(seen)
        )
    )
    with pytest.raises(problems.ChangedSinceSeen, match="退款记录"):
        await again
    assert len(await shop.refunds(order_id)) == 1
    fresh = payable_fingerprint(of_order(await shop.order(order_id)), await shop.refunds(order_id))
    await pay_out(shop, order_id)  # WeChat's steps are no news for a decision
    await shop.payments.start_refund(
        order_id, ADMIN, 1_000, checks=DecisionChecks(fresh, confirmed_fen=1_000)
    )
