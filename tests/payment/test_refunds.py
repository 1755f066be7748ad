"""Refunds: what is offered, what is decided, what WeChat does with it, and that it is never more than was paid."""

from __future__ import annotations

import asyncio

import pytest

from clock import DAY, HOUR, MINUTE
from orders.visit_time import visit_begin_ms
from payment import problems
from payment.wechatpay import errors
from storage.models import Cause, OrderState, RefundKind, RefundState
from tests.payment.conftest import ADMIN, PRICE, Shop
from tests.payment.refunding import refunded_part

NOT_ENOUGH = errors.NotEnoughMoney(code="NOT_ENOUGH", status=403, verified=True)


@pytest.mark.promise(14)
@pytest.mark.parametrize(
    ("before_visit", "percent"),
    [
        (10 * DAY, 100),
        (24 * HOUR, 100),
        (24 * HOUR - 1, 50),
        (2 * HOUR, 50),
        (2 * HOUR - 1, 0),
        (0, 0),
        (-HOUR, 0),
    ],
)
async def test_the_user_is_offered_what_the_tiers_say_to_the_boundary(
    shop: Shop, before_visit: int, percent: int
) -> None:
    user = await shop.user()
    order_id = await shop.paid(user, price_fen=58_801)
    order = await shop.order(order_id)
    shop.at = visit_begin_ms(order.visit_date) - before_visit
    offered = await shop.payments.quote(order)
    assert (offered.percent, offered.amount_fen) == (percent, 58_801 * percent // 100)
    refund_id = await shop.payments.request_refund(order_id, user, "行程有变", offered.amount_fen)
    refund = await shop.refund(order_id)
    assert (refund.id, refund.kind, refund.policy_fen) == (refund_id, RefundKind.CANCEL, offered.amount_fen)


@pytest.mark.promise(14)
async def test_an_amount_other_than_the_one_offered_now_is_refused(shop: Shop) -> None:
    user = await shop.user()
    order_id = await shop.paid(user)
    shop.at = visit_begin_ms((await shop.order(order_id)).visit_date) - 24 * HOUR + 1
    with pytest.raises(problems.RefundAmountChanged) as refusal:
        await shop.payments.request_refund(order_id, user, "", PRICE)
    assert refusal.value.amount_fen == PRICE // 2
    assert await shop.refunds(order_id) == []
    assert (await shop.order(order_id)).state == OrderState.PAID


async def test_asking_approving_and_refunding_everything(shop: Shop) -> None:
    user = await shop.user()
    order_id = await shop.paid(user)
    refund_id = await shop.payments.request_refund(order_id, user, "行程有变", PRICE)
    assert (await shop.order(order_id)).state == OrderState.REFUNDING
    assert (await shop.sweep()).refunds_sent == 0  # nothing moves before it is approved
    await shop.payments.approve_refund(refund_id, ADMIN, note="同意")
    assert shop.payments.wake.is_set()
    assert (await shop.sweep()).refunds_sent == 1
    refund = await shop.refund(order_id)
    assert refund.state == RefundState.PROCESSING
    shop.wechat.finish_refund(refund.out_refund_no)
    await shop.payments.notify({}, shop.wechat.refund_notice(refund.out_refund_no))
    order = await shop.order(order_id)
    assert (order.state, order.refunded_fen) == (OrderState.REFUNDED, PRICE)
    assert await shop.states(order_id) == ["unpaid", "paid", "refunding", "refunded"]
    assert await shop.balance() == {"payment": PRICE, "refund": -PRICE}
    await shop.assert_books_agree()


async def test_a_rejected_request_puts_the_order_back_and_another_may_be_made(shop: Shop) -> None:
    user = await shop.user()
    order_id = await shop.paid(user)
    refund_id = await shop.payments.request_refund(order_id, user, "行程有变", PRICE)
    await shop.payments.reject_refund(refund_id, ADMIN, "已安排陪诊员")
    assert (await shop.order(order_id)).state == OrderState.PAID
    for decide in (shop.payments.reject_refund, shop.payments.approve_refund):
        with pytest.raises(problems.RefundAlreadyDecided):
            await decide(refund_id, ADMIN)
    assert await shop.payments.request_refund(order_id, user, "真的", PRICE) != refund_id


async def test_an_administrator_may_give_another_amount_and_the_order_goes_on(shop: Shop) -> None:
    user = await shop.user()
    order_id = await shop.paid(user)
    refund_id = await shop.payments.request_refund(
        order_id, user, "行程有变", PRICE, kind=RefundKind.MONEY_BACK
    )
    await shop.payments.approve_refund(refund_id, ADMIN, amount_fen=10_000)
    await shop.sweep()
    refund = await shop.refund(order_id)
    shop.wechat.finish_refund(refund.out_refund_no)
    await shop.payments.notify({}, shop.wechat.refund_notice(refund.out_refund_no))
    order = await shop.order(order_id)
    assert (order.state, order.refunded_fen) == (OrderState.PAID, 10_000)
    assert (await shop.payments.quote(order)).remaining_fen == PRICE - 10_000
    await shop.assert_books_agree()


async def _escorted(shop: Shop, order_id: int) -> None:
    from orders import serving

    user = await shop.user("oEscort")
    async with shop.storage.transaction() as tx:
        await tx.escorts.apply(user.id, "陪诊员", "sealed", "0000", shop.at)
        escort = await tx.escorts.of_user(user.id)
        assert escort is not None
        await tx.escorts.move(escort.id, "pending", "approved", shop.at)
        await serving.assign(tx, order_id, escort.id, "am", Cause(ADMIN, shop.at))
        await tx.commit()


async def test_a_partial_refund_of_a_serving_order_keeps_its_escort_and_a_full_one_frees_it(
    shop: Shop,
) -> None:
    order_id = await shop.paid()
    await _escorted(shop, order_id)
    await refunded_part(shop, order_id, 10_000)
    order = await shop.order(order_id)
    assert (order.state, order.refunded_fen) == (OrderState.SERVING, 10_000)
    async with shop.storage.reading() as reader:
        assert await reader.escorts.bookings_of_order(order_id)
    await refunded_part(shop, order_id, PRICE - 10_000)
    assert (await shop.order(order_id)).state == OrderState.REFUNDED
    async with shop.storage.reading() as reader:
        assert not await reader.escorts.bookings_of_order(order_id)
    await shop.assert_books_agree()


@pytest.mark.promise(12)
async def test_parallel_partial_refunds_never_exceed_what_was_paid(shop: Shop) -> None:
    order_id = await shop.paid()
    part = PRICE // 4
    outcomes = await asyncio.gather(
        *(shop.another().start_refund(order_id, ADMIN, part) for _ in range(12)), return_exceptions=True
    )
    refusals = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert len(outcomes) - len(refusals) == 4
    assert {type(refusal) for refusal in refusals} == {problems.RefundExceedsPaid}
    for _ in range(8):
        shop.pass_time(2 * MINUTE)
        await shop.sweep()
    assert len(shop.wechat.refunds) == 4
    for number in list(shop.wechat.refunds):
        shop.wechat.finish_refund(number)
        await shop.payments.notify({}, shop.wechat.refund_notice(number))
    assert (await shop.order(order_id)).state == OrderState.REFUNDED
    await shop.assert_books_agree()


@pytest.mark.promise(12)
async def test_parallel_approvals_of_one_request_send_it_once(shop: Shop) -> None:
    user = await shop.user()
    order_id = await shop.paid(user)
    refund_id = await shop.payments.request_refund(order_id, user, "", PRICE)
    outcomes = await asyncio.gather(
        *(shop.another().approve_refund(refund_id, ADMIN) for _ in range(10)), return_exceptions=True
    )
    assert sum(outcome is None for outcome in outcomes) == 1
    assert len(await shop.refunds(order_id)) == 1


@pytest.mark.promise(13)
async def test_a_refund_that_differs_from_ours_changes_nothing_and_is_a_case(shop: Shop) -> None:
    order_id = await shop.paid()
    await shop.payments.start_refund(order_id, ADMIN, 10_000)
    await shop.sweep()
    number = (await shop.refund(order_id)).out_refund_no
    shop.wechat.finish_refund(number)
    shop.wechat.refunds[number].amount_fen = 9_999
    await shop.payments.notify({}, shop.wechat.refund_notice(number))
    assert (await shop.refund(order_id)).state == RefundState.PROCESSING
    assert await shop.cases() == ["refund_mismatch"]


async def test_a_refund_with_a_number_that_is_not_ours_is_a_case_and_is_acknowledged(shop: Shop) -> None:
    order_id = await shop.paid()
    number = (await shop.attempt(order_id)).out_trade_no
    await shop.wechat.refund(out_trade_no=number, out_refund_no="MADE-BY-HAND", refund_fen=1, total_fen=PRICE)
    shop.wechat.finish_refund("MADE-BY-HAND")
    await shop.payments.notify({}, shop.wechat.refund_notice("MADE-BY-HAND"))
    assert await shop.cases() == ["refund_unknown"]
    assert (await shop.order(order_id)).refunded_fen == 0


async def test_a_lack_of_money_is_seen_by_a_human_and_tried_again_with_the_same_number(shop: Shop) -> None:
    order_id = await shop.paid()
    await shop.payments.start_refund(order_id, ADMIN, PRICE)
    shop.wechat.before["refund"].append(NOT_ENOUGH)
    await shop.sweep()
    refund = await shop.refund(order_id)
    assert (refund.state, await shop.cases()) == (RefundState.APPROVED, ["refund_not_enough"])
    assert "NOT_ENOUGH" in refund.last_error
    shop.pass_time(HOUR)
    await shop.sweep()
    assert (await shop.refund(order_id)).state == RefundState.PROCESSING
    assert shop.wechat.numbers["refund"] == [refund.out_refund_no] * 2


async def test_what_cannot_be_refunded_is_refused_and_changes_nothing(shop: Shop) -> None:
    user = await shop.user()
    unpaid = await shop.placed(user)
    with pytest.raises(problems.RefundNotAllowed):
        await shop.payments.request_refund(unpaid, user, "", 0)
    with pytest.raises(problems.RefundNotAllowed):
        await shop.payments.start_refund(unpaid, ADMIN, 1)
    paid = await shop.paid(await shop.user("oUser2"))
    for amount, refusal in (
        (0, problems.NothingToRefund),
        (-1, problems.NothingToRefund),
        (PRICE + 1, problems.RefundExceedsPaid),
    ):
        with pytest.raises(refusal):
            await shop.payments.start_refund(paid, ADMIN, amount)
    assert await shop.refunds(unpaid) == await shop.refunds(paid) == []
    shop.pass_time(366 * DAY)
    with pytest.raises(problems.RefundNotAllowed):
        await shop.payments.start_refund(paid, ADMIN, 1)


async def test_a_request_for_money_back_is_not_approved_with_nothing(shop: Shop) -> None:
    user = await shop.user()
    order_id = await shop.paid(user)
    refund_id = await shop.payments.request_refund(order_id, user, "", 1_000, kind=RefundKind.MONEY_BACK)
    with pytest.raises(problems.NothingToRefund):
        await shop.payments.approve_refund(refund_id, ADMIN, 0)
    assert (await shop.refund(order_id)).state == RefundState.REQUESTED


@pytest.mark.promise(12)
async def test_money_of_a_refund_that_was_closed_and_replaced_is_booked_and_seen(shop: Shop) -> None:
    order_id = await shop.paid()
    await refunded_part(shop, order_id, PRICE, "CLOSED")
    closed = await shop.refund(order_id)
    await refunded_part(shop, order_id, PRICE)
    assert (await shop.order(order_id)).state == OrderState.REFUNDED
    shop.wechat.finish_refund(closed.out_refund_no)  # WeChat reports otherwise than before
    await shop.payments.notify({}, shop.wechat.refund_notice(closed.out_refund_no))
    assert "refund_revived" in await shop.cases()
    assert (await shop.balance())["refund"] == -2 * PRICE
    await shop.assert_books_agree()


async def test_words_of_any_length_fit(shop: Shop) -> None:
    user = await shop.user()
    order_id = await shop.paid(user)
    refund_id = await shop.payments.request_refund(order_id, user, "长" * 500, PRICE)
    await shop.payments.reject_refund(refund_id, ADMIN, "长" * 500)
    refund_id = await shop.payments.request_refund(order_id, user, "长" * 500, PRICE)
    await shop.payments.approve_refund(refund_id, ADMIN, note="长" * 500)
    assert (await shop.refund(order_id)).state == RefundState.APPROVED
