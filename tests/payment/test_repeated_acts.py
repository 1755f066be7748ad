"""Acts that are sent twice, asked for again and again, or too late: a form must not cost money by itself."""

from __future__ import annotations

import asyncio
import datetime

import pytest

from clock import DAY, HOUR, shanghai_date
from payment import problems
from payment.reconciliation.reconcile_job import catch_up
from payment.refunds.fingerprints import order_fingerprint
from payment.refunds.policy import visit_begin_ms
from storage.models import OrderState, RefundState
from tests.payment.conftest import ADMIN, PRICE, Shop


async def _seen(shop: Shop, order_id: int) -> str:
    """The marks of a page that is opened now."""
    return order_fingerprint(await shop.order(order_id), await shop.refunds(order_id))


async def _start(shop: Shop, order_id: int, seen: str) -> object:
    try:
        return await shop.another().start_refund(order_id, ADMIN, 10_000, "", shop.at, seen)
    except problems.ChangedSinceSeen as error:
        return error


@pytest.mark.promise(12)
async def test_a_refund_form_that_is_sent_many_times_refunds_once(shop: Shop) -> None:
    order_id = await shop.paid()
    seen = await _seen(shop, order_id)
    outcomes = await asyncio.gather(*(_start(shop, order_id, seen) for _ in range(8)))
    assert sum(isinstance(outcome, int) for outcome in outcomes) == 1
    assert len(await shop.refunds(order_id)) == 1
    fresh = await _seen(shop, order_id)
    assert isinstance(await _start(shop, order_id, fresh), int)  # another one, on purpose, after a fresh look


@pytest.mark.promise(12)
async def test_a_refund_that_wechat_closed_is_renewed_once(shop: Shop) -> None:
    order_id = await shop.paid()
    await shop.payments.start_refund(order_id, ADMIN, 10_000)
    await shop.sweep()
    closed = await shop.refund(order_id)
    shop.wechat.finish_refund(closed.out_refund_no, "CLOSED")
    await shop.payments.refund_notify({}, shop.wechat.refund_notice(closed.out_refund_no))
    tries = await asyncio.gather(
        *(shop.another().renew_refund(closed.id, ADMIN) for _ in range(4)), return_exceptions=True
    )
    assert sum(isinstance(outcome, int) for outcome in tries) == 1
    assert [type(each) for each in tries if not isinstance(each, int)] == [problems.RefundAlreadyDecided] * 3
    approved = [each for each in await shop.refunds(order_id) if each.state == RefundState.APPROVED]
    assert [each.renews_refund_id for each in approved] == [closed.id]


@pytest.mark.promise(14)
async def test_asking_again_never_adds_up_to_more_than_the_tier(shop: Shop) -> None:
    order_id = await shop.paid()
    order = await shop.order(order_id)
    shop.at = visit_begin_ms(order.visit_date) - 3 * HOUR
    half = (await shop.payments.quote(order)).amount_fen
    assert half == PRICE // 2
    await shop.payments.start_refund(order_id, ADMIN, half)
    await shop.sweep()
    number = (await shop.refund(order_id)).out_refund_no
    shop.wechat.finish_refund(number)
    await shop.payments.refund_notify({}, shop.wechat.refund_notice(number))
    order = await shop.order(order_id)
    assert (order.state, order.refunded_fen) == (OrderState.PAID, half)
    assert (await shop.payments.quote(order)).amount_fen == 0


async def test_a_bill_that_cannot_be_read_is_a_case_and_holds_up_no_other_day(shop: Shop) -> None:
    await shop.placed()
    shop.pass_time(3 * DAY + 12 * HOUR)
    bad = datetime.date.fromisoformat(shanghai_date(shop.at - 3 * DAY))
    shop.wechat.bills["trade", bad] = b"not a bill"
    done = await catch_up(shop.payments, "test")
    assert bad.isoformat() not in done
    assert shanghai_date(shop.at - DAY) in done
    assert await shop.cases() == ["bill_unusable"]
