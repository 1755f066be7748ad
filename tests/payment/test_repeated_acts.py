"""Acts that are sent twice, asked for again and again, or too late: a form must not cost money by itself."""

from __future__ import annotations

import asyncio
import datetime

import pytest

from clock import DAY, HOUR, shanghai_date
from orders.visit_time import visit_begin_ms
from payment import payables, problems
from payment.reconciliation.reconcile_job import catch_up
from payment.refunds.amount_checks import DecisionChecks
from payment.refunds.fingerprints import payable_fingerprint
from payment.refunds.outcome import RANK
from storage.models import OrderState, RefundState
from tests.payment.conftest import ADMIN, PRICE, Shop


async def _seen(shop: Shop, order_id: int) -> str:
    """The marks of a page that is opened now."""
    return payable_fingerprint(payables.of_order(await shop.order(order_id)), await shop.refunds(order_id))


async def _start(shop: Shop, order_id: int, seen: str) -> object:
    try:
        checks = DecisionChecks(seen, confirmed_fen=10_000)
        return await shop.another().start_refund(order_id, ADMIN, 10_000, "", checks)
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
    await shop.payments.notify({}, shop.wechat.refund_notice(closed.out_refund_no))
    tries = await asyncio.gather(
        *(shop.another().renew_refund(closed.id, ADMIN) for _ in range(4)), return_exceptions=True
    )
    assert sum(isinstance(outcome, int) for outcome in tries) == 1
    assert [type(each) for each in tries if not isinstance(each, int)] == [problems.RefundAlreadyDecided] * 3
    approved = [each for each in await shop.refunds(order_id) if each.state == RefundState.APPROVED]
    assert [each.renews_refund_id for each in approved] == [closed.id]
    (renewed,) = approved
    assert (renewed.source, renewed.kind) == ("admin", closed.kind)
    assert renewed.decided_at == shop.at


@pytest.mark.promise(12)
async def test_what_wechat_closed_is_not_renewed_while_a_request_of_the_user_waits(shop: Shop) -> None:
    user = await shop.user()
    order_id = await shop.paid(user)
    await shop.payments.start_refund(order_id, ADMIN, PRICE)
    await shop.sweep()
    closed = await shop.refund(order_id)
    shop.wechat.finish_refund(closed.out_refund_no, "CLOSED")
    await shop.payments.notify({}, shop.wechat.refund_notice(closed.out_refund_no))
    request_id = await shop.payments.request_refund(order_id, user, "不去了", PRICE)
    with pytest.raises(problems.RefundNotAllowed, match="申请"):
        await shop.payments.renew_refund(closed.id, ADMIN)
    assert [each.state for each in await shop.refunds(order_id)] == [
        RefundState.CLOSED,
        RefundState.REQUESTED,
    ]
    await shop.payments.reject_refund(request_id, ADMIN)
    assert await shop.payments.renew_refund(closed.id, ADMIN)


@pytest.mark.promise(12)
@pytest.mark.parametrize("ended", ["rejected", "withdrawn", "nothing_due"])
async def test_money_of_a_request_that_had_ended_without_any_is_seen(shop: Shop, ended: str) -> None:
    user = await shop.user()
    order_id = await shop.paid(user)
    refund_id = await shop.payments.request_refund(order_id, user, "不去了", PRICE)
    if ended == "withdrawn":
        await shop.payments.withdraw_request(order_id, user)
    elif ended == "rejected":
        await shop.payments.reject_refund(refund_id, ADMIN)
    else:
        await shop.payments.approve_refund(refund_id, ADMIN, 0)
    refund = await shop.refund(order_id)
    assert refund.state == ended
    attempt = await shop.attempt(order_id)
    amount = refund.amount_fen or 100
    await shop.wechat.refund(  # nobody but WeChat itself could do that under this number
        out_trade_no=attempt.out_trade_no,
        out_refund_no=refund.out_refund_no,
        refund_fen=amount,
        total_fen=attempt.amount_fen,
        reason="",
    )
    shop.wechat.finish_refund(refund.out_refund_no)
    await shop.payments.notify({}, shop.wechat.refund_notice(refund.out_refund_no))
    if ended == "nothing_due":  # no amount was promised that this could be
        assert "refund_mismatch" in await shop.cases()
        return
    assert "refund_revived" in await shop.cases()
    await shop.assert_books_agree()


def test_every_state_of_a_refund_has_its_rank() -> None:
    assert RANK.keys() == set(RefundState)


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
    await shop.payments.notify({}, shop.wechat.refund_notice(number))
    order = await shop.order(order_id)
    assert (order.state, order.refunded_fen) == (OrderState.PAID, half)
    assert (await shop.payments.quote(order)).amount_fen == 0


async def test_a_bill_that_cannot_be_read_is_a_case_and_holds_up_no_other_day(shop: Shop) -> None:
    await shop.placed()
    shop.pass_time(3 * DAY + 12 * HOUR)
    bad = datetime.date.fromisoformat(shanghai_date(shop.at - 3 * DAY))
    shop.wechat.bills["trade", bad] = b"not a bill"
    done = await catch_up(shop.payments.context, "test")
    assert bad.isoformat() not in done
    assert shanghai_date(shop.at - DAY) in done
    assert await shop.cases() == ["bill_unusable"]
