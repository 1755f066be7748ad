"""Cancelling is not refunding: an approved cancellation ends the order whatever comes back; money back does not."""

from __future__ import annotations

import asyncio
import json

import pytest

from clock import DAY, HOUR, MINUTE, shanghai_date
from orders import serving
from orders.visit_time import visit_begin_ms
from payment import problems
from payment.refunds.amount_checks import DecisionChecks
from payment.refunds.cancellation import OrderEnding
from payment.refunds.fingerprints import order_fingerprint
from refusals import OrderNotFound
from storage.models import Cause, Ending, EscortState, OrderState, RefundKind, RefundState
from tests.payment.conftest import ADMIN, PRICE, Shop

TIERS = [(48 * HOUR, 100), (3 * HOUR, 50), (HOUR, 0)]
"""How long before the visit, and what a cancellation gives back then."""


async def escort(shop: Shop) -> int:
    """An approved escort's id."""
    user = await shop.user("oEscort")
    async with shop.storage.transaction() as tx:
        await tx.escorts.apply(user.id, "陪诊员", "sealed", "0000", shop.at)
        found = await tx.escorts.of_user(user.id)
        assert found is not None
        await tx.escorts.move(found.id, EscortState.PENDING, EscortState.APPROVED, shop.at)
        await tx.commit()
    return found.id


async def assigned(shop: Shop, order_id: int) -> int:
    escort_id = await escort(shop)
    await shop.storage.run(lambda tx: serving.assign(tx, order_id, escort_id, "am", Cause(ADMIN, shop.at)))
    return escort_id


async def before_visit(shop: Shop, order_id: int, before: int) -> None:
    shop.at = visit_begin_ms((await shop.order(order_id)).visit_date) - before


async def pay_out(shop: Shop, order_id: int, status: str = "SUCCESS") -> None:
    """WeChat takes the newest refund to its end."""
    shop.pass_time(2 * MINUTE)
    await shop.sweep()
    number = (await shop.refund(order_id)).out_refund_no
    shop.wechat.finish_refund(number, status)
    await shop.payments.notify({}, shop.wechat.refund_notice(number))


async def is_free(shop: Shop, escort_id: int, order_id: int) -> bool:
    order = await shop.order(order_id)
    async with shop.storage.reading() as reader:
        booked = await reader.escorts.is_booked(escort_id)
        visits = await reader.escorts.visits(order.visit_date, order.visit_date)
    return not booked and not visits


async def messages(shop: Shop, user_id: int, kind: str) -> list[str]:
    async with shop.storage.reading() as reader:
        found = await reader.outbox.of_user(user_id)
    return [json.loads(each.payload)["outcome"] for each in found if each.kind == kind]


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
    seen = order_fingerprint(await shop.order(order_id), await shop.refunds(order_id))
    await shop.payments.withdraw_request(order_id, user)
    await assigned(shop, order_id)
    again = await shop.payments.request_refund(order_id, user, "", 1_000, kind=RefundKind.MONEY_BACK)
    for decide in (shop.payments.approve_refund, shop.payments.reject_refund):
        with pytest.raises(problems.ChangedSinceSeen, match=r"陪诊员.*退款记录"):
            await decide(again, ADMIN, checks=DecisionChecks(seen))
    assert again != refund_id
    fresh = order_fingerprint(await shop.order(order_id), await shop.refunds(order_id))
    await shop.payments.approve_refund(again, ADMIN, checks=DecisionChecks(fresh))


@pytest.mark.parametrize("act", ["start", "end"])
async def test_both_roads_to_an_orders_money_look_at_what_was_seen(shop: Shop, act: str) -> None:
    order_id = await shop.paid()
    seen = order_fingerprint(await shop.order(order_id), await shop.refunds(order_id))
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
    fresh = order_fingerprint(await shop.order(order_id), await shop.refunds(order_id))
    await pay_out(shop, order_id)  # WeChat's steps are no news for a decision
    await shop.payments.start_refund(
        order_id, ADMIN, 1_000, checks=DecisionChecks(fresh, confirmed_fen=1_000)
    )


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
