"""Refunds and WeChat: lost answers, the minute between two, notifications and queries of every state."""

from __future__ import annotations

import asyncio
import itertools

import pytest

from clock import MINUTE, SECOND
from payment import problems
from payment.wechatpay import errors
from storage.models import OrderState, RefundState
from tests.payment.conftest import ADMIN, PRICE, Shop
from tests.payment.fake_wechat import lost
from tests.payment.refunding import refunded_part


@pytest.mark.promise(12)
@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_refund_whose_answer_is_lost_is_repeated_with_its_number(shop: Shop, when: str) -> None:
    order_id = await shop.paid()
    refund_id = await shop.payments.start_refund(order_id, ADMIN, 10_000)
    number = (await shop.refund(order_id)).out_refund_no
    getattr(shop.wechat, when)["refund"] += [lost(), errors.Busy(status=429), lost()]
    for _ in range(4):
        await shop.sweep()
        shop.pass_time(10 * MINUTE)
    refund = await shop.refund(order_id)
    assert (refund.id, refund.state) == (refund_id, RefundState.PROCESSING)
    assert shop.wechat.numbers["refund"] == [number] * 4
    assert list(shop.wechat.refunds) == [number]


@pytest.mark.promise(12)
async def test_the_number_is_committed_before_wechat_is_asked(shop: Shop) -> None:
    order_id = await shop.paid()
    await shop.payments.start_refund(order_id, ADMIN, 10_000)
    seen = []

    async def look() -> None:
        seen.append(await shop.refund(order_id))

    shop.wechat.before["refund"].append(look)
    await shop.sweep()
    assert (seen[0].state, seen[0].amount_fen) == (RefundState.APPROVED, 10_000)
    assert shop.wechat.numbers["refund"] == [seen[0].out_refund_no]


@pytest.mark.promise(12)
async def test_several_sweepers_send_a_refund_once(shop: Shop) -> None:

    order_id = await shop.paid()
    await shop.payments.start_refund(order_id, ADMIN, PRICE)
    sweepers = [shop.another().sweeper(f"p{count}") for count in range(6)]
    await asyncio.gather(*(sweeper.run_once() for sweeper in sweepers))
    assert shop.wechat.calls["refund"] == 1


async def test_partial_refunds_keep_a_minute_between_them(shop: Shop) -> None:
    order_id = await shop.paid()
    for _ in range(3):
        await shop.payments.start_refund(order_id, ADMIN, 1_000)
    await shop.sweep()
    assert shop.wechat.calls["refund"] == 1
    for _ in range(20):
        shop.pass_time(20 * SECOND)
        await shop.sweep()
        sent = [back.created_at for back in shop.wechat.refunds.values()]
    assert len(sent) == 3
    gaps = [later - earlier for earlier, later in itertools.pairwise(sent)]
    assert all(gap >= MINUTE for gap in gaps), gaps


async def test_no_more_than_fifty_partial_refunds(shop: Shop) -> None:
    order_id = await shop.paid()
    for _ in range(50):
        await shop.payments.start_refund(order_id, ADMIN, 1)
    with pytest.raises(problems.RefundNotAllowed):
        await shop.payments.start_refund(order_id, ADMIN, 1)


@pytest.mark.promise(13)
async def test_an_accepted_refund_is_not_a_refunded_one(shop: Shop) -> None:
    order_id = await shop.paid()
    await shop.payments.start_refund(order_id, ADMIN, PRICE)

    async def done_at_once() -> None:
        shop.wechat.finish_refund(next(iter(shop.wechat.refunds)))

    shop.wechat.after["refund"].append(done_at_once)
    await shop.sweep()
    order, refund = await shop.order(order_id), await shop.refund(order_id)
    assert (order.state, refund.state) == (OrderState.REFUNDING, RefundState.PROCESSING)
    assert await shop.balance() == {"payment": PRICE}
    shop.pass_time(10 * SECOND)
    await shop.sweep()
    assert (await shop.order(order_id)).state == OrderState.REFUNDED
    await shop.assert_books_agree()


@pytest.mark.promise(13)
async def test_a_lost_refund_notification_heals_by_query(shop: Shop) -> None:
    order_id = await shop.paid()
    await shop.payments.start_refund(order_id, ADMIN, PRICE)
    await shop.sweep()
    shop.pass_time(2 * MINUTE)
    await shop.sweep()
    assert (await shop.refund(order_id)).state == RefundState.PROCESSING
    shop.wechat.finish_refund((await shop.refund(order_id)).out_refund_no)
    shop.pass_time(10 * MINUTE)
    assert (await shop.sweep()).refunds_done == 1
    assert (await shop.order(order_id)).state == OrderState.REFUNDED
    await shop.assert_books_agree()


@pytest.mark.promise(13)
async def test_an_abnormal_refund_is_a_case_stays_reserved_and_may_still_succeed(shop: Shop) -> None:
    order_id = await shop.paid()
    await refunded_part(shop, order_id, PRICE, "ABNORMAL")
    assert (await shop.refund(order_id)).state == RefundState.ABNORMAL
    assert (await shop.order(order_id)).state == OrderState.REFUNDING
    assert await shop.cases() == ["refund_abnormal"]
    with pytest.raises(problems.RefundExceedsPaid):
        await shop.payments.start_refund(order_id, ADMIN, 1)
    number = (await shop.refund(order_id)).out_refund_no
    shop.wechat.finish_refund(number)  # an administrator dealt with it at WeChat's merchant platform
    assert await shop.payments.retry_refund((await shop.refund(order_id)).id) == RefundState.SUCCEEDED
    assert (await shop.order(order_id)).state == OrderState.REFUNDED
    await shop.assert_books_agree()


@pytest.mark.promise(13)
async def test_a_closed_refund_releases_the_money_and_a_new_number_may_be_used(shop: Shop) -> None:
    order_id = await shop.paid()
    await refunded_part(shop, order_id, PRICE, "CLOSED")
    closed = await shop.refund(order_id)
    assert (closed.state, (await shop.order(order_id)).state) == (RefundState.CLOSED, OrderState.PAID)
    assert await shop.cases() == ["refund_closed"]
    await shop.payments.renew_refund(closed.id, ADMIN)
    shop.pass_time(2 * MINUTE)
    await shop.sweep()
    fresh = await shop.refund(order_id)
    assert fresh.out_refund_no != closed.out_refund_no
    shop.wechat.finish_refund(fresh.out_refund_no)
    await shop.payments.notify({}, shop.wechat.refund_notice(fresh.out_refund_no))
    assert (await shop.order(order_id)).state == OrderState.REFUNDED
    await shop.assert_books_agree()


@pytest.mark.promise(13)
async def test_late_news_never_takes_a_refund_back(shop: Shop) -> None:
    order_id = await shop.paid()
    await refunded_part(shop, order_id, PRICE)
    number = (await shop.refund(order_id)).out_refund_no
    for status in ("PROCESSING", "ABNORMAL", "CLOSED"):
        shop.wechat.finish_refund(number, status)
        await shop.payments.notify({}, shop.wechat.refund_notice(number))
    assert (await shop.refund(order_id)).state == RefundState.SUCCEEDED
    assert (await shop.order(order_id)).state == OrderState.REFUNDED
    assert await shop.balance() == {"payment": PRICE, "refund": -PRICE}


@pytest.mark.promise(13)
async def test_the_same_refund_notification_twenty_times_at_once_is_one_refund(shop: Shop) -> None:
    order_id = await shop.paid()
    await shop.payments.start_refund(order_id, ADMIN, 10_000)
    await shop.sweep()
    number = (await shop.refund(order_id)).out_refund_no
    shop.wechat.finish_refund(number)
    notice = shop.wechat.refund_notice(number)
    await asyncio.gather(*(shop.another().notify({}, notice) for _ in range(20)))
    order = await shop.order(order_id)
    assert (order.state, order.refunded_fen) == (OrderState.PAID, 10_000)
    await shop.assert_books_agree()
