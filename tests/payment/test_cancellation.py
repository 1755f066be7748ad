"""Cancelling is not refunding: an approved cancellation ends the order whatever comes back; money back does not."""

from __future__ import annotations

import asyncio

import pytest

from clock import HOUR
from orders import serving
from payment import problems
from refusals import OrderNotFound
from storage.models import Ending, OrderState, RefundKind, RefundState
from tests.payment.conftest import ADMIN, PRICE, Shop
from tests.payment.visit_money import assigned, before_visit, is_free, messages, pay_out

TIERS = [(48 * HOUR, 100), (3 * HOUR, 50), (HOUR, 0)]
"""How long before the visit, and what a cancellation gives back then."""


@pytest.mark.promise(33)
@pytest.mark.parametrize("assign", [False, True])
@pytest.mark.parametrize(("before", "percent"), TIERS)
async def test_an_approved_cancellation_ends_the_order_whatever_the_percentage(
    shop: Shop, before: int, percent: int, assign: bool
) -> None:
    user = await shop.user()
    order_id = await shop.paid(user)
    escort_id = await assigned(shop, order_id) if assign else 0
    await before_visit(shop, order_id, before)
    back = PRICE * percent // 100
    refund_id = await shop.payments.request_refund(order_id, user, "不去了", back, kind=RefundKind.CANCEL)
    assert (await shop.order(order_id)).state == OrderState.REFUNDING
    if assign:
        assert not await is_free(shop, escort_id, order_id)  # nobody has agreed yet
    await shop.payments.approve_refund(refund_id, ADMIN)

    order = await shop.order(order_id)
    assert order.state == (OrderState.REFUNDING if percent == 100 else OrderState.CANCELLED)
    assert order.ending == Ending.CANCELLED_BY_USER
    assert await messages(shop, user.id, "refund") == ["cancelled"]
    if assign:
        assert await is_free(shop, escort_id, order_id)
        assert await messages(shop, (await shop.user("oEscort")).id, "cancelled") == ["cancelled"]
    if back:
        await pay_out(shop, order_id)
    else:
        assert (await shop.sweep()).refunds_sent == 0
        assert (await shop.refund(order_id)).state == RefundState.NOTHING_DUE
    order = await shop.order(order_id)
    assert order.state == (OrderState.REFUNDED if percent == 100 else OrderState.CANCELLED)
    assert order.refunded_fen == back
    await shop.assert_books_agree()


@pytest.mark.promise(33)
@pytest.mark.parametrize("status", ["CLOSED", "ABNORMAL"])
async def test_a_cancelled_order_stays_cancelled_when_wechat_does_not_pay_the_refund_out(
    shop: Shop, status: str
) -> None:
    user = await shop.user()
    order_id = await shop.paid(user)
    escort_id = await assigned(shop, order_id)
    await before_visit(shop, order_id, 48 * HOUR)
    await shop.payments.approve_refund(
        await shop.payments.request_refund(order_id, user, "不去了", PRICE), ADMIN
    )
    await pay_out(shop, order_id, status)
    order = await shop.order(order_id)
    assert order.state == (OrderState.CANCELLED if status == "CLOSED" else OrderState.REFUNDING)
    assert await is_free(shop, escort_id, order_id)
    if status == "CLOSED":
        await shop.payments.renew_refund((await shop.refund(order_id)).id, ADMIN)
        assert (await shop.order(order_id)).state == OrderState.CANCELLED
        await pay_out(shop, order_id)
        order = await shop.order(order_id)
        assert (order.state, order.refunded_fen, order.ending) == (
            OrderState.REFUNDED,
            PRICE,
            Ending.CANCELLED_BY_USER,
        )
        await shop.assert_books_agree()


@pytest.mark.promise(33)
async def test_the_booking_is_freed_with_the_approval_or_not_at_all(shop: Shop) -> None:
    user = await shop.user()
    order_id = await shop.paid(user)
    escort_id = await assigned(shop, order_id)
    refund_id = await shop.payments.request_refund(order_id, user, "不去了", PRICE)

    async def fail(*_: object) -> None:
        raise RuntimeError("the log is full")

    with pytest.raises(RuntimeError):
        await shop.payments.approve_refund(refund_id, ADMIN, hook=fail)
    assert not await is_free(shop, escort_id, order_id)
    assert (await shop.order(order_id)).ending == ""
    assert (await shop.refund(order_id)).state == RefundState.REQUESTED


@pytest.mark.promise(33)
async def test_money_back_returns_the_order_to_where_it_was(shop: Shop) -> None:
    user = await shop.user()
    order_id = await shop.paid(user)
    escort_id = await assigned(shop, order_id)
    await before_visit(shop, order_id, 3 * HOUR)
    refund_id = await shop.payments.request_refund(
        order_id, user, "轮椅没有", 5_000, kind=RefundKind.MONEY_BACK
    )
    await shop.payments.approve_refund(refund_id, ADMIN)
    await pay_out(shop, order_id)
    order = await shop.order(order_id)
    assert (order.state, order.ending, order.refunded_fen) == (OrderState.SERVING, "", 5_000)
    assert not await is_free(shop, escort_id, order_id)


@pytest.mark.promise(33)
async def test_a_cancellation_after_a_partial_refund_gives_back_what_the_tier_leaves(shop: Shop) -> None:
    user = await shop.user()
    order_id = await shop.paid(user)
    await shop.payments.start_refund(order_id, ADMIN, 10_000)
    await pay_out(shop, order_id)
    refund_id = await shop.payments.request_refund(order_id, user, "不去了", PRICE - 10_000)
    await shop.payments.approve_refund(refund_id, ADMIN)
    await pay_out(shop, order_id)
    assert (await shop.order(order_id)).state == OrderState.REFUNDED
    await shop.assert_books_agree()


async def test_everything_given_back_before_the_visit_ends_the_order_too(shop: Shop) -> None:
    """Nobody had cancelled, but nobody pays for the visit any more."""
    order_id = await shop.paid()
    escort_id = await assigned(shop, order_id)
    await shop.payments.start_refund(order_id, ADMIN, PRICE, "医生停诊")
    assert not await is_free(shop, escort_id, order_id)
    await pay_out(shop, order_id)
    order = await shop.order(order_id)
    assert (order.state, order.ending) == (OrderState.REFUNDED, Ending.CANCELLED_BY_COMPANY)
    assert await is_free(shop, escort_id, order_id)
    assert await messages(shop, (await shop.user("oEscort")).id, "cancelled") == ["cancelled"]


async def test_what_a_request_means_that_does_not_say_it(shop: Shop) -> None:
    """Released clients: before the visit is over a cancellation, afterwards money alone."""
    user = await shop.user()
    order_id = await shop.paid(user)
    await shop.payments.request_refund(order_id, user, "", PRICE)
    assert (await shop.refund(order_id)).kind == RefundKind.CANCEL
    await shop.payments.withdraw_request(order_id, user)
    await before_visit(shop, order_id, -16 * HOUR + 1)  # the last millisecond of the visit's day
    await shop.payments.request_refund(order_id, user, "", 0)
    assert (await shop.refund(order_id)).kind == RefundKind.CANCEL
    await shop.payments.withdraw_request(order_id, user)
    await before_visit(shop, order_id, -16 * HOUR)
    with pytest.raises(problems.TooLateToCancel):
        await shop.payments.request_refund(order_id, user, "", 0, kind=RefundKind.CANCEL)
    with pytest.raises(problems.RefundNotAllowed):
        await shop.payments.request_refund(order_id, user, "", 0)
    await shop.payments.request_refund(order_id, user, "", 1_000)
    assert (await shop.refund(order_id)).kind == RefundKind.MONEY_BACK


async def test_a_finished_order_cannot_be_cancelled_but_money_may_be_asked_for(shop: Shop) -> None:
    user = await shop.user()
    order_id = await shop.paid(user)
    await shop.storage.run(lambda tx: serving.finish(tx, order_id, ADMIN, shop.at))
    assert (await shop.order(order_id)).ending == Ending.SERVED
    with pytest.raises(problems.TooLateToCancel):
        await shop.payments.request_refund(order_id, user, "", PRICE, kind=RefundKind.CANCEL)
    for amount in (0, -1):
        with pytest.raises(problems.RefundNotAllowed):
            await shop.payments.request_refund(order_id, user, "", amount)
    with pytest.raises(problems.RefundExceedsPaid):
        await shop.payments.request_refund(order_id, user, "", PRICE + 1)
    refund_id = await shop.payments.request_refund(order_id, user, "服务不好", 2_000)
    await shop.payments.approve_refund(refund_id, ADMIN)
    await pay_out(shop, order_id)
    order = await shop.order(order_id)
    assert (order.state, order.ending) == (OrderState.FINISHED, Ending.SERVED)
    await shop.storage.run(lambda tx: serving.reopen(tx, order_id, ADMIN, shop.at))
    assert (await shop.order(order_id)).ending == ""


async def test_a_request_is_withdrawn_once_and_only_by_its_user(shop: Shop) -> None:
    user, stranger = await shop.user(), await shop.user("oStranger")
    order_id = await shop.paid(user)
    escort_id = await assigned(shop, order_id)
    refund_id = await shop.payments.request_refund(order_id, user, "不去了", PRICE)
    with pytest.raises(OrderNotFound):
        await shop.payments.withdraw_request(order_id, stranger)
    await shop.payments.withdraw_request(order_id, user)
    order = await shop.order(order_id)
    assert (order.state, order.state_before_refund) == (OrderState.SERVING, "")
    assert (await shop.refund(order_id)).state == RefundState.WITHDRAWN
    assert not await is_free(shop, escort_id, order_id)
    assert (await shop.payments.quote(order)).remaining_fen == PRICE
    for decide in (shop.payments.approve_refund, shop.payments.reject_refund):
        with pytest.raises(problems.RefundAlreadyDecided, match="撤回"):
            await decide(refund_id, ADMIN)
    with pytest.raises(problems.RefundAlreadyDecided):
        await shop.payments.withdraw_request(order_id, user)


async def test_of_approval_and_withdrawal_at_once_exactly_one_happens(shop: Shop) -> None:
    user = await shop.user()
    order_id = await shop.paid(user)
    await assigned(shop, order_id)
    await before_visit(shop, order_id, 3 * HOUR)
    refund_id = await shop.payments.request_refund(order_id, user, "", PRICE // 2)
    outcomes = await asyncio.gather(
        shop.another().approve_refund(refund_id, ADMIN),
        shop.another().withdraw_request(order_id, user),
        return_exceptions=True,
    )
    assert sum(isinstance(each, problems.RefundAlreadyDecided) for each in outcomes) == 1
    order, refund = await shop.order(order_id), await shop.refund(order_id)
    assert (order.state, refund.state) in [
        (OrderState.CANCELLED, RefundState.APPROVED),
        (OrderState.SERVING, RefundState.WITHDRAWN),
    ]
