"""The margins around a payment's times, each to the millisecond, and that an unsigned "not found" frees nothing."""

from __future__ import annotations

import pytest

from clock import DAY, HOUR, MINUTE, SECOND
from payment import problems
from payment.attempt_terms import MIN_TIME_TO_EXPIRY, PREPAY_LIFETIME, PREPAY_MARGIN
from payment.attempts import ARRIVAL_MARGIN
from payment.settlement import Settled
from payment.wechatpay import errors
from storage.models import Attempt, AttemptState, OrderState, RefundState, User
from tests.payment.conftest import ADMIN, PRICE, Shop
from tests.payment.fake_wechat import lost


def not_found(*, verified: bool) -> errors.NotFound:
    return errors.NotFound(code="ORDER_NOT_EXIST", status=404, verified=verified)


def test_the_margins_are_those_of_the_documents() -> None:
    """prepay_id: 2 h; time_expire: at least a minute away. Shorter margins would risk money."""
    assert PREPAY_LIFETIME == 2 * HOUR
    assert 5 * MINUTE <= PREPAY_MARGIN <= HOUR
    assert MIN_TIME_TO_EXPIRY > MINUTE
    assert ARRIVAL_MARGIN >= 5 * MINUTE


@pytest.mark.promise(9)
@pytest.mark.parametrize(("early", "calls"), [(1, 1), (0, 2), (-1, 2)])
async def test_a_prepay_id_that_would_die_at_the_cashier_is_renewed(
    shop: Shop, early: int, calls: int
) -> None:
    user = await shop.user()
    order_id = await shop.placed(user)
    (attempt,) = await shop.attempts(order_id)
    assert attempt.prepay_at is not None
    shop.at = attempt.prepay_at + PREPAY_LIFETIME - PREPAY_MARGIN - early
    await shop.payments.resume(order_id, user)
    assert shop.wechat.calls["create"] == calls
    (same,) = await shop.attempts(order_id)
    assert (same.prepay_id == attempt.prepay_id) == (calls == 1)


async def test_a_prepay_id_from_the_future_is_not_believed(shop: Shop) -> None:
    """The clock was set back: how old the prepay_id is, nobody knows."""
    user = await shop.user()
    order_id = await shop.placed(user)
    shop.at -= 1
    await shop.payments.resume(order_id, user)
    assert shop.wechat.calls["create"] == 2


@pytest.mark.parametrize(("late", "numbers"), [(0, 1), (1, 2)])
async def test_a_payment_with_too_little_time_left_is_replaced(shop: Shop, late: int, numbers: int) -> None:
    user = await shop.user()
    order_id = await shop.placed(user)
    shop.pass_time(HOUR)
    await shop.placed(user, wishes="轮椅")  # the order lives an hour longer than its payment
    attempt = await shop.attempt(order_id)
    shop.at = attempt.expires_at - MIN_TIME_TO_EXPIRY + late
    await shop.payments.resume(order_id, user)
    assert len(await shop.attempts(order_id)) == numbers
    told = shop.wechat.charges[(await shop.attempt(order_id)).out_trade_no].parameters["expire_at"]
    assert told >= shop.at + MINUTE


@pytest.mark.parametrize("left", [1, MINUTE, 5 * MINUTE])
async def test_wechat_is_told_an_end_that_it_accepts_and_that_is_a_whole_second(
    shop: Shop, left: int
) -> None:
    user = await shop.user()
    order_id = await shop.placed(user)
    await shop.payments.attempts.close(await shop.attempt(order_id))
    shop.at = (await shop.order(order_id)).expires_at - left
    await shop.payments.resume(order_id, user)
    attempt = await shop.attempt(order_id)
    assert attempt.expires_at % SECOND == 0
    assert shop.at + 4 * MINUTE <= attempt.expires_at <= shop.at + 5 * MINUTE


# A create that WeChat does not know of


async def never_landed(shop: Shop) -> tuple[User, int, Attempt]:
    user = await shop.user()
    shop.wechat.before["create"] += [lost(), lost()]
    with pytest.raises(problems.WeChatTimeout):
        await shop.placed(user)
    order = await shop.unpaid(user)
    attempt = await shop.attempt(order.id)
    assert attempt.state == AttemptState.UNKNOWN
    return user, order.id, attempt


@pytest.mark.promise(10, 11)
@pytest.mark.parametrize(
    "offset", [-MIN_TIME_TO_EXPIRY + 1, -1, 0, ARRIVAL_MARGIN - 1, ARRIVAL_MARGIN], ids=lambda at: f"{at}ms"
)
async def test_what_may_still_land_frees_nothing(shop: Shop, offset: int) -> None:
    user, order_id, attempt = await never_landed(shop)
    shop.at = attempt.expires_at + offset
    with pytest.raises(problems.WeChatTimeout):
        await shop.payments.cancel(order_id, user)
    assert (await shop.attempt(order_id)).state == AttemptState.UNKNOWN
    assert (await shop.order(order_id)).state == OrderState.UNPAID


@pytest.mark.promise(10, 11)
async def test_before_its_end_it_is_landed_and_closed_and_after_the_margin_it_is_given_up(shop: Shop) -> None:
    user, order_id, attempt = await never_landed(shop)
    shop.at = attempt.expires_at - MIN_TIME_TO_EXPIRY
    await shop.payments.cancel(order_id, user)
    assert shop.wechat.charges[attempt.out_trade_no].state == "CLOSED"

    other = await shop.user("oUser2")
    shop.wechat.before["create"] += [lost(), lost()]
    with pytest.raises(problems.WeChatTimeout):
        await shop.placed(other)
    order = await shop.unpaid(other)
    attempt = await shop.attempt(order.id)
    shop.at = attempt.expires_at + ARRIVAL_MARGIN + 1
    await shop.payments.cancel(order.id, other)
    assert attempt.out_trade_no not in shop.wechat.charges
    assert (await shop.order(order.id)).state == OrderState.CANCELLED


@pytest.mark.promise(10)
async def test_the_sweeper_waits_for_the_margin_before_it_closes(shop: Shop) -> None:
    _, order_id, attempt = await never_landed(shop)
    shop.at = attempt.expires_at + ARRIVAL_MARGIN
    assert await shop.payments.attempts.follow_up(attempt, wanted=True) == Settled.PENDING
    assert (await shop.attempt(order_id)).state == AttemptState.UNKNOWN
    shop.at += 1
    assert await shop.payments.attempts.follow_up(attempt, wanted=True) == Settled.CLOSED
    assert (await shop.attempt(order_id)).state == AttemptState.CLOSED


# An unsigned "not found"


@pytest.mark.promise(10)
@pytest.mark.parametrize("after_end", [-HOUR, ARRIVAL_MARGIN + MINUTE, DAY])
async def test_an_unsigned_not_found_frees_no_payment(shop: Shop, after_end: int) -> None:
    """Another host answers in WeChat's place: the payment may be there, and may be paid."""
    user = await shop.user()
    order_id = await shop.placed(user)
    attempt = await shop.attempt(order_id)
    shop.at = attempt.expires_at + after_end
    shop.wechat.before["query"].append(not_found(verified=False))
    with pytest.raises(problems.WeChatTimeout):
        await shop.payments.cancel(order_id, user)
    shop.wechat.before["query"].append(not_found(verified=False))
    with pytest.raises(problems.WeChatTimeout):
        await shop.placed(user, price_fen=1)
    assert await shop.attempts(order_id) == [attempt]
    order = await shop.order(order_id)
    assert (order.state, order.price_fen) == (OrderState.UNPAID, PRICE)
    assert shop.wechat.calls["close"] == 0


@pytest.mark.promise(10)
async def test_an_unsigned_not_found_lets_no_order_expire(shop: Shop) -> None:
    order_id = await shop.placed()
    attempt = await shop.attempt(order_id)
    shop.at = attempt.expires_at + ARRIVAL_MARGIN + MINUTE
    shop.wechat.before["query"] += [not_found(verified=False)] * 4
    assert (await shop.sweep()).expired == 0
    assert (await shop.order(order_id)).state == OrderState.UNPAID
    assert (await shop.attempt(order_id)).state == AttemptState.PREPAID


@pytest.mark.promise(10, 11)
@pytest.mark.parametrize("verified", [True, False])
async def test_a_refused_number_is_given_up_only_when_wechat_signs_that_it_knows_it_not(
    shop: Shop, verified: bool
) -> None:
    user, order_id, _ = await never_landed(shop)
    shop.wechat.before["create"].append(
        errors.InvalidRequest(code="INVALID_REQUEST", status=400, verified=True)
    )
    shop.wechat.before["query"] += [not_found(verified=True), not_found(verified=verified)]
    if verified:
        await shop.payments.cancel(order_id, user)
    else:
        with pytest.raises(problems.WeChatTimeout):
            await shop.payments.cancel(order_id, user)
    state = AttemptState.CLOSED if verified else AttemptState.UNKNOWN
    assert (await shop.attempt(order_id)).state == state


@pytest.mark.promise(10, 11)
async def test_an_unsigned_refusal_gives_no_number_up(shop: Shop) -> None:
    user, order_id, _ = await never_landed(shop)
    shop.wechat.before["create"].append(errors.Refused(code="PARAM_ERROR", status=400, verified=False))
    with pytest.raises(problems.WeChatRefused):
        await shop.payments.cancel(order_id, user)
    assert (await shop.attempt(order_id)).state == AttemptState.UNKNOWN


@pytest.mark.promise(12)
async def test_an_unsigned_not_found_allows_no_withdrawal(shop: Shop) -> None:
    """The refund may be at WeChat: freed here, its amount could be refunded a second time."""
    order_id = await shop.paid()
    refund_id = await shop.payments.start_refund(order_id, ADMIN, PRICE)
    shop.wechat.after["refund"].append(lost())
    await shop.sweep()
    shop.pass_time(DAY)
    shop.wechat.before["query_refund"].append(not_found(verified=False))
    with pytest.raises(problems.WeChatTimeout):
        await shop.payments.withdraw_refund(refund_id, ADMIN)
    assert (await shop.refund(order_id)).state == RefundState.APPROVED
    assert (await shop.order(order_id)).state == OrderState.REFUNDING
