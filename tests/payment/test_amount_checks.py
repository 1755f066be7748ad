"""How much an administrator may decide is checked under the order's lock, on every road and whatever page asked."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from clock import HOUR
from orders.visit_time import visit_begin_ms
from payment import problems
from payment.refunds.amount_checks import DecisionChecks
from payment.refunds.cancellation import OrderEnding
from storage.models import Ending, OrderState, RefundKind, RefundState
from tests.payment.conftest import ADMIN, PRICE, Shop

LIMIT = 10_000
Road = Callable[[Shop, int, int, DecisionChecks], Awaitable[object]]


async def _request(shop: Shop, kind: RefundKind, wanted: int = PRICE) -> tuple[int, int]:
    user = await shop.user()
    order_id = await shop.paid(user)
    return order_id, await shop.payments.request_refund(order_id, user, "", wanted, kind=kind)


async def _refusal(act: Awaitable[object]) -> problems.PaymentError | None:
    try:
        await act
    except problems.PaymentError as error:
        return error
    return None


def _start(shop: Shop, order_id: int, amount: int, checks: DecisionChecks) -> Awaitable[object]:
    return shop.payments.start_refund(order_id, ADMIN, amount, checks=checks)


def _end(shop: Shop, order_id: int, amount: int, checks: DecisionChecks) -> Awaitable[object]:
    return shop.payments.end_order(order_id, ADMIN, OrderEnding(Ending.CANCELLED_BY_USER, amount), checks)


async def _late(shop: Shop, order_id: int) -> None:
    """So late that the rule gives half."""
    shop.at = visit_begin_ms((await shop.order(order_id)).visit_date) - 3 * HOUR


@pytest.mark.parametrize("road", [_start, _end])
async def test_an_unusual_amount_is_refused_under_the_lock_unless_that_amount_was_confirmed(
    shop: Shop, road: Road
) -> None:
    order_id = await shop.paid()
    for confirmed in (None, 389, PRICE):
        error = await _refusal(road(shop, order_id, 388, DecisionChecks(confirmed_fen=confirmed)))
        assert isinstance(error, problems.AmountUnusual), confirmed
        assert (error.slug, error.status, error.amount_fen) == ("amount_unusual", 409, 388)
        assert "您填的是 3.88 元，按规则或申请应退 588 元" in error.message
    assert await shop.refunds(order_id) == []
    assert (await shop.order(order_id)).state == OrderState.PAID
    await road(shop, order_id, 388, DecisionChecks(confirmed_fen=388))
    assert [each.amount_fen for each in await shop.refunds(order_id)] == [388]


async def test_a_fifth_of_the_proposed_amount_is_usual_and_a_fen_less_is_not(shop: Shop) -> None:
    order_id = await shop.paid()
    assert await _refusal(_start(shop, order_id, PRICE // 5 - 1, DecisionChecks())) is not None
    assert await _refusal(_start(shop, order_id, PRICE // 5, DecisionChecks())) is None


async def test_nothing_for_a_cancellation_that_has_an_amount_is_unusual_too(shop: Shop) -> None:
    order_id, refund_id = await _request(shop, RefundKind.CANCEL)
    with pytest.raises(problems.AmountUnusual):
        await shop.payments.approve_refund(refund_id, ADMIN, 0, checks=DecisionChecks())
    assert (await shop.refund(order_id)).state == RefundState.REQUESTED
    await shop.payments.approve_refund(refund_id, ADMIN, 0, checks=DecisionChecks(confirmed_fen=0))
    assert (await shop.refund(order_id)).state == RefundState.NOTHING_DUE


@pytest.mark.parametrize("road", [_start, _end])
async def test_a_clerk_decides_up_to_the_limit(shop: Shop, road: Road) -> None:
    order_id = await shop.paid()
    await _late(shop, order_id)
    most = LIMIT if road is _start else PRICE // 2  # the policy's own half is free where the order ends
    above = DecisionChecks(confirmed_fen=most + 1, limit_fen=LIMIT)
    error = await _refusal(road(shop, order_id, most + 1, above))
    assert isinstance(error, problems.AboveClerkLimit)
    assert (error.slug, error.status) == ("above_clerk_limit", 409)
    assert error.message.startswith("店员自己决定的退款最多 100 元。退 ")
    assert await shop.refunds(order_id) == []
    await road(shop, order_id, most, DecisionChecks(limit_fen=LIMIT))
    assert [each.amount_fen for each in await shop.refunds(order_id)] == [most]


async def test_of_a_request_only_what_the_policy_gives_for_a_cancellation_is_free(shop: Shop) -> None:
    clerk = DecisionChecks(limit_fen=LIMIT)
    order_id, refund_id = await _request(shop, RefundKind.MONEY_BACK)
    with pytest.raises(problems.AboveClerkLimit):
        await shop.payments.approve_refund(refund_id, ADMIN, checks=clerk)
    assert (await shop.refund(order_id)).state == RefundState.REQUESTED
    await shop.payments.approve_refund(refund_id, ADMIN, checks=DecisionChecks())  # an owner
    order_id, refund_id = await _request(shop, RefundKind.CANCEL)
    await shop.payments.approve_refund(refund_id, ADMIN, checks=clerk)
    assert (await shop.refund(order_id)).amount_fen == PRICE


async def test_the_limit_holds_for_what_the_rule_gives_at_the_moment_of_the_decision(shop: Shop) -> None:
    """The page was opened while everything would have gone back."""
    order_id = await shop.paid()
    await _late(shop, order_id)
    with pytest.raises(problems.AboveClerkLimit):
        await _end(shop, order_id, PRICE, DecisionChecks(limit_fen=LIMIT))
    assert (await shop.order(order_id)).state == OrderState.PAID


async def test_of_two_who_give_the_rest_back_at_once_one_succeeds(shop: Shop) -> None:
    order_id = await shop.paid()
    roads = (_start(shop, order_id, PRICE, DecisionChecks()), _end(shop, order_id, PRICE, DecisionChecks()))
    outcomes = await asyncio.gather(*map(_refusal, roads))
    assert [type(each) for each in outcomes if each] == [problems.RefundExceedsPaid]
