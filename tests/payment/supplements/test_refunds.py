"""A paid supplement is given back like an order, by the office or asked for; its order's state never moves with it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any

import pytest

from clock import MINUTE
from payment import payables, problems
from payment.refunds.amount_checks import DecisionChecks
from payment.refunds.cancellation import OrderEnding
from payment.refunds.fingerprints import payable_fingerprint
from payment.wechatpay import errors
from refusals import InvalidInput, SupplementNotFound
from storage.models import Ending, OrderState, RefundKind, RefundState, SupplementState
from tests.payment.conftest import ADMIN, PRICE, Shop
from tests.payment.supplements.desk import EXTRA, Desk
from tests.payment.test_payers import share

pytestmark = pytest.mark.promise(38)


@pytest.mark.promise(12, 13)
@pytest.mark.parametrize("amount", [EXTRA, 1_000])
async def test_the_office_gives_a_supplement_back_and_the_order_stays(
    shop: Shop, desk: Desk, amount: int
) -> None:
    supplement_id = await desk.paid()
    order_id = await desk.order_id(supplement_id)
    before, history = await shop.order(order_id), await shop.states(order_id)
    await shop.payments.start_supplement_refund(supplement_id, ADMIN, amount, "没有加时")
    assert (await desk.get(supplement_id)).refunded_fen == 0, "accepted is not refunded"
    await desk.given_back(supplement_id)
    supplement = await desk.get(supplement_id)
    assert (supplement.state, supplement.paid_fen, supplement.refunded_fen) == (
        SupplementState.PAID,
        EXTRA,
        amount,
    )
    assert await shop.order(order_id) == before
    assert await shop.states(order_id) == history
    assert sum((await shop.balance()).values()) == PRICE + EXTRA - amount
    await shop.assert_books_agree()


@pytest.mark.promise(12)
async def test_never_more_goes_back_than_was_paid_for_it(shop: Shop, desk: Desk) -> None:
    supplement_id = await desk.paid()
    with pytest.raises(problems.RefundExceedsPaid):
        await shop.payments.start_supplement_refund(supplement_id, ADMIN, EXTRA + 1)
    with pytest.raises(problems.NothingToRefund):
        await shop.payments.start_supplement_refund(supplement_id, ADMIN, 0)
    part = EXTRA // 5
    outcomes = await asyncio.gather(
        *(shop.another().start_supplement_refund(supplement_id, ADMIN, part) for _ in range(9)),
        return_exceptions=True,
    )
    assert sum(isinstance(outcome, int) for outcome in outcomes) == 5
    assert sum(refund.amount_fen for refund in await desk.refunds(supplement_id)) == EXTRA


@pytest.mark.promise(12)
async def test_a_retry_of_a_lost_refund_has_the_same_number(shop: Shop, desk: Desk) -> None:
    supplement_id = await desk.paid()
    await shop.payments.start_supplement_refund(supplement_id, ADMIN, EXTRA)
    shop.wechat.after["refund"].append(errors.Unknown("cut"))
    shop.pass_time(2 * MINUTE)
    await shop.sweep()
    shop.pass_time(2 * MINUTE)
    await shop.sweep()
    (refund,) = await desk.refunds(supplement_id)
    assert refund.state == RefundState.PROCESSING
    assert set(shop.wechat.numbers["refund"]) == {refund.out_refund_no}


@pytest.mark.parametrize("state", [state for state in SupplementState if state != SupplementState.PAID])
async def test_what_was_not_paid_is_not_given_back(shop: Shop, desk: Desk, state: SupplementState) -> None:
    supplement_id = await desk.opened(state=state)
    with pytest.raises(problems.RefundNotAllowed):
        await shop.payments.start_supplement_refund(supplement_id, ADMIN, 1)
    with pytest.raises(problems.RefundNotAllowed):
        await shop.payments.request_supplement_refund(supplement_id, await shop.user(), 1, "不对")
    with pytest.raises(SupplementNotFound):
        await shop.payments.start_supplement_refund(999, ADMIN, 1)


async def test_who_paid_asks_and_a_person_decides_while_the_order_goes_on(shop: Shop, desk: Desk) -> None:
    supplement_id = await desk.paid()
    order_id = await desk.order_id(supplement_id)
    user = await shop.user()
    refund_id = await shop.payments.request_supplement_refund(supplement_id, user, 5_000, "没有加时")
    assert (await shop.order(order_id)).state == OrderState.PAID
    (refund,) = await desk.refunds(supplement_id)
    assert (refund.state, refund.kind, refund.policy_fen) == (
        RefundState.REQUESTED,
        RefundKind.MONEY_BACK,
        0,
    )
    async with shop.storage.reading() as reader:
        assert await reader.refunds.waiting_kinds({order_id}) == {}, "the order itself waits for nothing"
    with pytest.raises(problems.RefundNotAllowed):
        await shop.payments.request_supplement_refund(supplement_id, user, 1, "再来一次")
    with pytest.raises(problems.RefundNotAllowed):
        await shop.payments.start_supplement_refund(supplement_id, ADMIN, 1)
    await shop.payments.approve_refund(refund_id, ADMIN, 4_000, "按半小时算")
    await desk.given_back(supplement_id)
    assert (await desk.get(supplement_id)).refunded_fen == 4_000
    assert (await shop.order(order_id)).state == OrderState.PAID
    await shop.assert_books_agree()


@pytest.mark.parametrize("end", ["reject", "withdraw"])
async def test_a_request_that_is_rejected_or_withdrawn_changes_no_money(
    shop: Shop, desk: Desk, end: str
) -> None:
    supplement_id = await desk.paid()
    user = await shop.user()
    refund_id = await shop.payments.request_supplement_refund(supplement_id, user, EXTRA, "没有加时")
    if end == "reject":
        await shop.payments.reject_refund(refund_id, ADMIN, "有签字的单子")
    else:
        await shop.payments.withdraw_supplement_request(supplement_id, user)
        with pytest.raises(problems.RefundAlreadyDecided):
            await shop.payments.withdraw_supplement_request(supplement_id, user)
    (refund,) = await desk.refunds(supplement_id)
    assert refund.state == (RefundState.REJECTED if end == "reject" else RefundState.WITHDRAWN)
    assert (await shop.order(await desk.order_id(supplement_id))).state == OrderState.PAID
    await shop.payments.request_supplement_refund(supplement_id, user, 1_000, "再申请")


async def test_requests_about_the_order_and_its_supplement_do_not_meet(shop: Shop, desk: Desk) -> None:
    supplement_id = await desk.paid()
    order_id = await desk.order_id(supplement_id)
    user = await shop.user()
    await shop.payments.request_supplement_refund(supplement_id, user, EXTRA, "没有加时")
    own = await shop.payments.request_refund(order_id, user, "不去了", PRICE, kind=RefundKind.CANCEL)
    await shop.payments.withdraw_supplement_request(supplement_id, user)
    assert (await shop.order(order_id)).state == OrderState.REFUNDING
    again = await shop.payments.request_supplement_refund(supplement_id, user, EXTRA, "没有加时")
    await shop.payments.withdraw_request(order_id, user)
    states = {refund.id: refund.state for refund in await shop.refunds(order_id)}
    assert (states[own], states[again]) == (RefundState.WITHDRAWN, RefundState.REQUESTED)
    assert (await shop.order(order_id)).state == OrderState.PAID


async def test_an_order_that_ends_is_not_held_by_a_request_about_its_supplement(
    shop: Shop, desk: Desk
) -> None:
    supplement_id = await desk.paid()
    order_id = await desk.order_id(supplement_id)
    await shop.payments.request_supplement_refund(supplement_id, await shop.user(), EXTRA, "没有加时")
    await shop.payments.end_order(order_id, ADMIN, OrderEnding(Ending.CANCELLED_BY_COMPANY, PRICE))
    shop.pass_time(2 * MINUTE)
    await shop.sweep()
    own = next(refund for refund in await shop.refunds(order_id) if refund.state == RefundState.PROCESSING)
    shop.wechat.finish_refund(own.out_refund_no)
    await shop.payments.notify({}, shop.wechat.refund_notice(own.out_refund_no))
    order = await shop.order(order_id)
    assert (order.state, order.refunded_fen) == (OrderState.REFUNDED, PRICE)
    (asked,) = await desk.refunds(supplement_id)
    await shop.payments.approve_refund(asked.id, ADMIN)
    await desk.given_back(supplement_id)
    assert (await desk.get(supplement_id)).refunded_fen == EXTRA
    assert await shop.order(order_id) == order
    await shop.assert_books_agree()


@pytest.mark.promise(18)
async def test_who_may_ask_for_a_supplements_money(shop: Shop, desk: Desk) -> None:
    owner = await shop.user()
    order_id = await shop.paid(owner)
    payer, other = await share(shop, order_id), await share(shop, order_id, "oPayer2")
    family = await share(shop, order_id, "oFamily", role="family")
    supplement_id = await desk.paid(payer, order_id=order_id)
    for user in (family, await shop.user("oStranger")):
        with pytest.raises(SupplementNotFound):
            await shop.payments.request_supplement_refund(supplement_id, user, EXTRA, "退")
    with pytest.raises(problems.RefundNotAllowed, match="refund_not_allowed"):
        await shop.payments.request_supplement_refund(supplement_id, other, EXTRA, "退")
    with pytest.raises(InvalidInput):
        await shop.payments.request_supplement_refund(supplement_id, payer, None, "退")
    with pytest.raises(problems.RefundExceedsPaid):
        await shop.payments.request_supplement_refund(supplement_id, payer, EXTRA + 1, "退")
    await shop.payments.request_supplement_refund(supplement_id, payer, EXTRA, "退")
    await shop.payments.withdraw_supplement_request(supplement_id, owner)
    await shop.payments.request_supplement_refund(supplement_id, owner, EXTRA, "退")


async def test_a_clerk_gives_back_up_to_the_limit_and_an_unusual_amount_is_confirmed(
    shop: Shop, desk: Desk
) -> None:
    supplement_id = await desk.paid()

    def start(amount: int, **checks: Any) -> Awaitable[int]:
        return shop.payments.start_supplement_refund(
            supplement_id, ADMIN, amount, "", DecisionChecks(**checks)
        )

    with pytest.raises(problems.AboveClerkLimit):
        await start(5_001, limit_fen=5_000)
    with pytest.raises(problems.AmountUnusual):
        await start(100)
    await start(100, confirmed_fen=100)


async def test_a_decision_on_an_old_page_is_refused(shop: Shop, desk: Desk) -> None:
    supplement_id = await desk.paid()
    order = await shop.order(await desk.order_id(supplement_id))

    async def seen() -> DecisionChecks:
        payable = payables.of_supplement(order, await desk.get(supplement_id))
        return DecisionChecks(payable_fingerprint(payable, await shop.refunds(order.id)), EXTRA // 2)

    old = await seen()
    await shop.payments.start_supplement_refund(supplement_id, ADMIN, EXTRA // 2, "", old)
    with pytest.raises(problems.ChangedSinceSeen):
        await shop.payments.start_supplement_refund(supplement_id, ADMIN, EXTRA // 2, "", old)
    await shop.payments.start_supplement_refund(supplement_id, ADMIN, EXTRA // 2, "", await seen())


async def test_a_refund_of_a_supplement_is_withdrawn_and_one_that_wechat_closed_is_made_again(
    shop: Shop, desk: Desk
) -> None:
    supplement_id = await desk.paid()
    order_id = await desk.order_id(supplement_id)
    refund_id = await shop.payments.start_supplement_refund(supplement_id, ADMIN, EXTRA)
    shop.pass_time(11 * MINUTE)
    await shop.payments.withdraw_refund(refund_id, ADMIN, "算错了")
    await shop.payments.start_supplement_refund(supplement_id, ADMIN, EXTRA)
    shop.pass_time(2 * MINUTE)
    await shop.sweep()
    closed = (await desk.refunds(supplement_id))[-1]
    shop.wechat.finish_refund(closed.out_refund_no, "CLOSED")
    await shop.payments.notify({}, shop.wechat.refund_notice(closed.out_refund_no))
    await shop.payments.renew_refund(closed.id, ADMIN)
    await desk.given_back(supplement_id)
    assert (await desk.get(supplement_id)).refunded_fen == EXTRA
    assert (await shop.order(order_id)).state == OrderState.PAID
    await shop.assert_books_agree()


async def test_a_first_report_that_says_refund_books_both_and_sends_nothing_back(
    shop: Shop, desk: Desk
) -> None:
    supplement_id = await desk.begun()
    number = (await desk.attempt(supplement_id)).out_trade_no
    shop.wechat.pay(number)
    shop.wechat.charges[number].state = "REFUND"
    shop.pass_time(2 * MINUTE)
    await shop.sweep()
    supplement = await desk.get(supplement_id)
    assert (supplement.state, supplement.paid_fen, supplement.refunded_fen) == (
        SupplementState.PAID,
        EXTRA,
        EXTRA,
    )
    assert (await shop.order(supplement.order_id)).state == OrderState.PAID
    assert await shop.cases() == ["refund_made_elsewhere"]
    assert shop.wechat.calls["refund"] == 0
