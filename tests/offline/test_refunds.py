"""Refunds of money outside of WeChat: decided like every refund, done when a person says that they paid it back."""

from __future__ import annotations

import asyncio

import pytest

from clock import DAY, HOUR
from payment import problems
from payment.offline.problems import NotOffline, WrongMoment
from payment.refunds.amount_checks import DecisionChecks
from payment.refunds.cancellation import OrderEnding
from storage.models import Ending, OrderState, RefundState
from tests.offline.conftest import assert_books_balance, booked, entries, handling, mark, paid_offline
from tests.payment.conftest import ADMIN, PRICE, Shop


@pytest.mark.promise(39)
async def test_a_refund_waits_for_a_person_and_is_then_booked_as_its_own_kind(shop: Shop) -> None:
    order_id = await paid_offline(shop)
    refund_id = await shop.payments.start_refund(order_id, ADMIN, 1_000, "协商退款")
    refund = await shop.refund(order_id)
    assert (refund.state, refund.next_query_at) == (RefundState.APPROVED, None)
    assert (await shop.order(order_id)).state == OrderState.REFUNDING
    await shop.payments.offline.confirm_refund(refund_id, handling(shop, reference="退款收条 8"), ADMIN)
    refund, order = await shop.refund(order_id), await shop.order(order_id)
    assert (refund.state, refund.submitted_at) == (RefundState.SUCCEEDED, None)
    assert (order.state, order.refunded_fen) == (OrderState.PAID, 1_000)
    assert await booked(shop, order_id) == [("offline_payment", PRICE), ("offline_refund", -1_000)]
    last = (await entries(shop, order_id))[-1]
    assert (last.kind, last.refund_id, last.amount_fen, last.reference) == (
        "refund",
        refund_id,
        -1_000,
        "退款收条 8",
    )
    await assert_books_balance(shop)


@pytest.mark.promise(39)
async def test_a_cancellation_gives_everything_back_by_hand_and_the_order_is_refunded(shop: Shop) -> None:
    user = await shop.user()
    order_id = await paid_offline(shop)
    await shop.payments.request_refund(order_id, user, "行程有变", PRICE)
    refund = await shop.refund(order_id)
    await shop.payments.approve_refund(refund.id, ADMIN, note="同意")
    assert (await shop.order(order_id)).state == OrderState.REFUNDING
    await shop.payments.offline.confirm_refund(refund.id, handling(shop), ADMIN)
    order = await shop.order(order_id)
    assert (order.state, order.refunded_fen, order.ending) == (
        OrderState.REFUNDED,
        PRICE,
        Ending.CANCELLED_BY_USER,
    )
    async with shop.storage.reading() as reader:
        assert await reader.outbox.count_waiting() >= 1
    await assert_books_balance(shop)


async def test_the_office_cancels_and_keeps_a_part(shop: Shop) -> None:
    order_id = await paid_offline(shop)
    ending = OrderEnding(Ending.CUSTOMER_ABSENT, 10_000, "没来")
    refund_id = await shop.payments.end_order(order_id, ADMIN, ending)
    assert refund_id is not None
    assert (await shop.order(order_id)).state == OrderState.CANCELLED
    await shop.payments.offline.confirm_refund(refund_id, handling(shop), ADMIN)
    order = await shop.order(order_id)
    assert (order.state, order.refunded_fen) == (OrderState.CANCELLED, 10_000)
    await assert_books_balance(shop)


@pytest.mark.promise(39)
async def test_a_refund_is_confirmed_once(shop: Shop) -> None:
    order_id = await paid_offline(shop)
    refund_id = await shop.payments.start_refund(order_id, ADMIN, PRICE, "全退")
    results = await asyncio.gather(
        *(
            way.offline.confirm_refund(refund_id, handling(shop), ADMIN)
            for way in (shop.payments, shop.another(), shop.another())
        ),
        return_exceptions=True,
    )
    assert sorted(type(each).__name__ for each in results) == [
        "Refund",
        "RefundAlreadyDecided",
        "RefundAlreadyDecided",
    ]
    assert await booked(shop, order_id) == [("offline_payment", PRICE), ("offline_refund", -PRICE)]


async def test_a_refund_that_was_not_paid_back_is_withdrawn_and_made_again(shop: Shop) -> None:
    order_id = await paid_offline(shop)
    refund_id = await shop.payments.start_refund(order_id, ADMIN, 1_000, "协商退款")
    await shop.payments.withdraw_refund(refund_id, ADMIN, "客户不要了")
    assert (await shop.refund(order_id)).state == RefundState.CLOSED
    assert (await shop.order(order_id)).state == OrderState.PAID
    again = await shop.payments.renew_refund(refund_id, ADMIN)
    assert (await shop.refund(order_id)).next_query_at is None
    await shop.payments.offline.confirm_refund(again, handling(shop), ADMIN)
    with pytest.raises(problems.RefundAlreadyDecided):
        await shop.payments.withdraw_refund(again, ADMIN)
    assert sum(shop.wechat.calls[name] for name in ("refund", "query_refund")) == 0
    await assert_books_balance(shop)


async def test_wechats_limits_do_not_count_for_money_outside_of_it(shop: Shop) -> None:
    order_id = await paid_offline(shop)
    for _ in range(52):
        refund_id = await shop.payments.start_refund(order_id, ADMIN, 1, "一分")
        await shop.payments.offline.confirm_refund(refund_id, handling(shop), ADMIN)
    shop.pass_time(400 * DAY)
    refund_id = await shop.payments.start_refund(order_id, ADMIN, 100, "一年后")
    await shop.payments.offline.confirm_refund(refund_id, handling(shop), ADMIN)
    with pytest.raises(problems.RefundExceedsPaid):
        await shop.payments.start_refund(order_id, ADMIN, PRICE - 151, "多了一分")
    await assert_books_balance(shop)


async def test_the_clerks_limit_holds_for_money_outside_of_wechat(shop: Shop) -> None:
    order_id = await paid_offline(shop)
    shop.pass_time(15 * DAY)
    with pytest.raises(problems.AboveClerkLimit):
        await shop.payments.start_refund(
            order_id, ADMIN, 50_000, "协商退款", DecisionChecks(limit_fen=20_000)
        )
    assert await shop.refunds(order_id) == []


async def test_a_refund_of_wechats_money_is_never_confirmed_by_hand(shop: Shop) -> None:
    order_id = await shop.paid()
    refund_id = await shop.payments.start_refund(order_id, ADMIN, 1_000, "协商退款")
    with pytest.raises(NotOffline):
        await shop.payments.offline.confirm_refund(refund_id, handling(shop), ADMIN)
    assert (await shop.refund(order_id)).state == RefundState.APPROVED


async def test_a_request_that_is_not_decided_is_not_confirmed(shop: Shop) -> None:
    user = await shop.user()
    order_id = await paid_offline(shop)
    await shop.payments.request_refund(order_id, user, "行程有变", PRICE)
    with pytest.raises(problems.RefundAlreadyDecided):
        await shop.payments.offline.confirm_refund((await shop.refund(order_id)).id, handling(shop), ADMIN)


async def test_an_old_page_or_a_future_moment_confirms_nothing(shop: Shop) -> None:
    order_id = await paid_offline(shop)
    refund_id = await shop.payments.start_refund(order_id, ADMIN, 1_000, "协商退款")
    seen = await mark(shop, order_id)
    await shop.payments.start_refund(order_id, ADMIN, 2_000, "再退")
    with pytest.raises(problems.ChangedSinceSeen):
        await shop.payments.offline.confirm_refund(refund_id, handling(shop), ADMIN, seen)
    with pytest.raises(WrongMoment):
        await shop.payments.offline.confirm_refund(
            refund_id, handling(shop, occurred_at=shop.at + HOUR), ADMIN
        )
    assert (await booked(shop, order_id)) == [("offline_payment", PRICE)]


@pytest.mark.promise(39)
async def test_nothing_is_paid_back_before_it_was_received(shop: Shop) -> None:
    order_id = await paid_offline(shop)
    refund_id = await shop.payments.start_refund(order_id, ADMIN, 1_000, "协商退款")
    with pytest.raises(WrongMoment, match="早于收款"):
        await shop.payments.offline.confirm_refund(
            refund_id, handling(shop, occurred_at=shop.at - HOUR), ADMIN
        )
    assert (await shop.refund(order_id)).state == RefundState.APPROVED
    received_at = (await shop.order(order_id)).paid_at
    await shop.payments.offline.confirm_refund(refund_id, handling(shop, occurred_at=received_at), ADMIN)
    await assert_books_balance(shop)
