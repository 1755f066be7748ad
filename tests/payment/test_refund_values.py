"""What the steps of a refund write down, value by value, and the limits of WeChat to the fen and the millisecond."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from clock import HOUR
from orders.visit_time import visit_begin_ms
from payment import problems
from payment.refunds import decisions
from payment.refunds.decisions import MIN_REFUND_INTERVAL, REFUND_WINDOW, earliest_send_at, refundable_fen
from payment.refunds.sending import ARRIVAL_MARGIN, CLAIM, may_still_arrive, retry_delay
from payment.wechatpay.results import parse_time
from refusals import OrderNotFound
from storage.models import OrderState, RefundKind, RefundState
from tests.payment.conftest import ADMIN, PRICE, Shop
from tests.payment.refunding import sent, wechat_says

RESERVING = ("approved", "processing", "abnormal", "succeeded")
FREE = ("requested", "closed", "rejected", "withdrawn", "nothing_due")


def made(state: str, fen: int = 100, attempt_id: int = 7, **values: Any) -> Any:
    known = {"submitted_at": None, "next_query_at": None, "query_count": 0, **values}
    return SimpleNamespace(state=state, amount_fen=fen, attempt_id=attempt_id, **known)


ATTEMPT: Any = SimpleNamespace(id=7, amount_fen=1_000, paid_at=0)


# How much


@pytest.mark.promise(12)
@pytest.mark.parametrize("state", RESERVING)
def test_what_is_promised_or_paid_out_is_not_given_back_again(state: str) -> None:
    assert refundable_fen(ATTEMPT, [made(state, 400)]) == 600
    assert refundable_fen(ATTEMPT, [made(state, 400), made(state, 600)]) == 0
    assert refundable_fen(ATTEMPT, [made(state, 1_000), made(state, 1)]) == 0, "never less than nothing"
    assert refundable_fen(ATTEMPT, [made(state, 400, attempt_id=8)]) == 1_000, "another payment's"


@pytest.mark.promise(12)
@pytest.mark.parametrize("state", FREE)
def test_what_was_not_decided_or_came_to_nothing_takes_nothing(state: str) -> None:
    assert refundable_fen(ATTEMPT, [made(state, 400)]) == 1_000


@pytest.mark.promise(12)
async def test_wechat_refunds_within_a_year_to_the_millisecond_and_to_the_last_fen(shop: Shop) -> None:
    order_id = await shop.paid()
    paid_at = (await shop.attempt(order_id)).paid_at
    assert paid_at is not None
    shop.at = paid_at + REFUND_WINDOW + 1
    with pytest.raises(problems.RefundNotAllowed, match="365"):
        await shop.payments.start_refund(order_id, ADMIN, PRICE)
    shop.at -= 1
    for wrong, error in ((PRICE + 1, problems.RefundExceedsPaid), (0, problems.NothingToRefund)):
        with pytest.raises(error):
            await shop.payments.start_refund(order_id, ADMIN, wrong)
    await shop.payments.start_refund(order_id, ADMIN, 1)
    await shop.payments.start_refund(order_id, ADMIN, PRICE - 1)
    assert [each.amount_fen for each in await shop.refunds(order_id)] == [1, PRICE - 1]


def test_what_may_be_refunded_is_what_was_paid_and_goes_on_or_was_cancelled() -> None:
    def may(state: OrderState, paid_attempt_id: int | None = 7) -> bool:
        order = SimpleNamespace(state=state, paid_attempt_id=paid_attempt_id)
        payable: Any = SimpleNamespace(order=order, supplement=None)
        return decisions.may_refund(payable)

    assert [state for state in OrderState if may(state)] == [
        state for state in OrderState if state not in (OrderState.UNPAID, OrderState.REFUNDED)
    ]
    assert not may(OrderState.CANCELLED, None), "it was never paid"


# When


@pytest.mark.parametrize(
    ("existing", "send_at"),
    [
        ([], 10_000_000),
        ([made("succeeded", submitted_at=10_000_000 - 1_000)], 9_999_000 + MIN_REFUND_INTERVAL),
        ([made("succeeded", submitted_at=1_000)], 10_000_000),
        ([made("approved", next_query_at=10_000_500)], 10_000_500 + MIN_REFUND_INTERVAL),
        ([made("approved", next_query_at=10_000_500, query_count=1)], 10_000_000),
        ([made("approved", next_query_at=10_000_500, attempt_id=8)], 10_000_000),
        ([made("requested", next_query_at=10_000_500)], 10_000_000),
        (
            [made("approved", next_query_at=10_000_900), made("approved", next_query_at=10_000_500)],
            10_000_900 + MIN_REFUND_INTERVAL,
        ),
    ],
)
def test_a_refund_is_sent_a_minute_after_the_last_one_of_its_payment(
    existing: list[Any], send_at: int
) -> None:
    assert earliest_send_at(existing, ATTEMPT, 10_000_000) == send_at


def test_a_refund_without_a_time_of_its_own_counts_as_sent_before_all_others() -> None:
    for values in ({}, {"query_count": 1}):
        assert earliest_send_at([made("approved", **values)], ATTEMPT, 0) == MIN_REFUND_INTERVAL


@pytest.mark.parametrize(
    ("tries", "seconds"), [(0, 30), (1, 60), (2, 120), (7, 3_840), (8, 7_200), (9, 7_200), (60, 7_200)]
)
def test_the_wait_doubles_up_to_two_hours(tries: int, seconds: int) -> None:
    assert retry_delay(tries) == seconds * 1_000


@pytest.mark.promise(12)
@pytest.mark.parametrize(
    ("unanswered_at", "claimed_until", "from_at"),
    [
        (50_000_000, 0, 50_000_000 + ARRIVAL_MARGIN),
        (None, 50_000_000 + CLAIM, 50_000_000 + ARRIVAL_MARGIN),
        (40_000_000, 50_000_000 + CLAIM, 50_000_000 + ARRIVAL_MARGIN),
        (50_000_000, 40_000_000 + CLAIM, 50_000_000 + ARRIVAL_MARGIN),
        (None, 0, ARRIVAL_MARGIN),
    ],
)
def test_what_may_still_arrive_may_do_so_for_ten_minutes_and_no_longer(
    unanswered_at: int | None, claimed_until: int, from_at: int
) -> None:
    refund: Any = SimpleNamespace(unanswered_at=unanswered_at, claimed_until=claimed_until)
    assert may_still_arrive(refund, from_at - 1)
    assert not may_still_arrive(refund, from_at)


# Who, why and how much by the rule


@pytest.mark.promise(25)
async def test_a_refund_by_the_office_keeps_who_why_and_what_the_rule_gave(shop: Shop) -> None:
    order_id = await shop.paid()
    shop.at = visit_begin_ms((await shop.order(order_id)).visit_date) - 3 * HOUR
    refund_id = await shop.payments.start_refund(order_id, ADMIN, 700, "太阳很大" * 100)
    refund = await shop.refund(order_id)
    assert (refund.id, refund.state, refund.kind) == (refund_id, RefundState.APPROVED, RefundKind.MONEY_BACK)
    assert (refund.amount_fen, refund.policy_fen) == (700, PRICE // 2)
    assert (refund.source, refund.actor_id, refund.reason) == ("admin", ADMIN.id, ("太阳很大" * 100)[:255])
    assert (refund.decided_at, refund.next_query_at) == (shop.at, shop.at)
    with pytest.raises(OrderNotFound):
        await shop.payments.start_refund(999_999, ADMIN, 1)


@pytest.mark.promise(25)
async def test_a_request_keeps_what_was_asked_for_and_what_was_decided(shop: Shop) -> None:
    user = await shop.user()
    order_id = await shop.paid(user)
    asked_at = shop.at
    refund_id = await shop.payments.request_refund(order_id, user, "改约了", 500, kind=RefundKind.MONEY_BACK)
    asked = await shop.refund(order_id)
    assert (asked.state, asked.source, asked.actor_id) == (RefundState.REQUESTED, "user", user.id)
    assert (asked.amount_fen, asked.policy_fen, asked.reason) == (500, PRICE, "改约了")
    assert (asked.decided_at, asked.next_query_at, asked.requested_at) == (None, None, asked_at)
    shop.pass_time(HOUR)
    await shop.payments.reject_refund(refund_id, ADMIN, "已经去过了")
    rejected = await shop.refund(order_id)
    assert (rejected.state, rejected.decision_note) == (RefundState.REJECTED, "已经去过了")
    assert (rejected.actor_id, rejected.decided_at, rejected.finished_at) == (ADMIN.id, shop.at, shop.at)
    async with shop.storage.reading() as reader:
        steps = await reader.orders.history(order_id)
    assert (steps[-1].to_state, steps[-1].reason) == (OrderState.PAID, "退款申请未通过：已经去过了")


async def test_a_withdrawn_refund_keeps_why_and_is_over(shop: Shop) -> None:
    order_id = await shop.paid()
    refund_id = await shop.payments.start_refund(order_id, ADMIN, 1_000)
    await shop.payments.withdraw_refund(refund_id, ADMIN, "弄错了")
    refund = await shop.refund(order_id)
    assert (refund.state, refund.decision_note) == (RefundState.CLOSED, "弄错了")
    assert (refund.finished_at, refund.next_query_at) == (shop.at, None)
    assert (await shop.order(order_id)).state == OrderState.PAID
    with pytest.raises(problems.RefundAlreadyDecided):
        await shop.payments.withdraw_refund(refund_id, ADMIN, "")
    with pytest.raises(problems.RefundNotFound):
        await shop.payments.withdraw_refund(999_999, ADMIN, "")


@pytest.mark.promise(10)
async def test_surplus_is_not_kept_by_withdrawing_its_refund(shop: Shop) -> None:
    user = await shop.user()
    order_id = await shop.placed(user)
    number = (await shop.attempt(order_id)).out_trade_no
    await shop.payments.cancel(order_id, user)
    shop.wechat.charges[number].state = "NOTPAY"
    shop.wechat.pay(number)
    await shop.payments.notify({}, shop.wechat.paid_notice(number))
    surplus = await shop.refund(order_id)
    with pytest.raises(problems.RefundNotAllowed, match="多收"):
        await shop.payments.withdraw_refund(surplus.id, ADMIN, "")
    assert (await shop.refund(order_id)).state == RefundState.APPROVED


@pytest.mark.promise(12)
async def test_a_renewed_refund_is_the_closed_one_under_another_number(shop: Shop) -> None:
    order_id, refund = await sent(shop)
    with pytest.raises(problems.RefundAlreadyDecided):
        await shop.payments.renew_refund(refund.id, ADMIN)
    shop.wechat.finish_refund(refund.out_refund_no, "CLOSED")
    assert await wechat_says(shop, refund.out_refund_no) == RefundState.CLOSED
    shop.pass_time(HOUR)
    renewed_id = await shop.payments.renew_refund(refund.id, ADMIN)
    renewed = await shop.refund(order_id)
    assert (renewed.id, renewed.renews_refund_id, renewed.state) == (
        renewed_id,
        refund.id,
        RefundState.APPROVED,
    )
    assert renewed.out_refund_no != refund.out_refund_no
    same = ("amount_fen", "policy_fen", "reason", "kind", "attempt_id", "source")
    assert [getattr(renewed, name) for name in same] == [getattr(refund, name) for name in same]
    assert (await shop.order(order_id)).state == OrderState.REFUNDING
    with pytest.raises(problems.RefundAlreadyDecided):
        await shop.payments.renew_refund(refund.id, ADMIN)


@pytest.mark.parametrize("status", ["SUCCESS", "CLOSED"])
@pytest.mark.parametrize("told", [True, False])
async def test_only_a_refund_that_succeeded_ended_when_wechat_says(
    shop: Shop, status: str, told: bool
) -> None:
    order_id, refund = await sent(shop)
    shop.pass_time(HOUR)
    at_wechat = "2026-11-29T08:00:00+08:00"
    success_time = at_wechat if told else None
    await wechat_says(shop, refund.out_refund_no, status=status, success_time=success_time)
    ended = (await shop.refund(order_id)).finished_at
    told_at = parse_time(at_wechat)
    assert ended == (told_at if told and status == "SUCCESS" else shop.at)
    assert told_at != shop.at
