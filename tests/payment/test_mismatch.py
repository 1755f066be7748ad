"""A payment that did not agree, and what ends that: later news that agrees, by whichever road, or a human."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest

from clock import DAY, MINUTE
from handlers.admin.money.evidence import lines
from payment.books import ledger
from payment.reconciliation.bill_comparison import settle_missing
from payment.settlement import Settled
from payment.wechatpay.bills.parsing import parse_trade_bill
from storage.models import AttemptState, FinanceCase, OrderState, RefundState
from tests.payment.bills import rows_of, trade_bill
from tests.payment.conftest import PRICE, Shop

AMOUNT = {"total": PRICE, "currency": "CNY"}
DIFFERENT: list[dict[str, Any]] = [
    {"amount": AMOUNT | {"total": 1}},
    {"amount": AMOUNT | {"currency": "USD"}},
    {"payer": {"openid": "oSomebodyElse"}},
    {"appid": "wx0000000000000002"},
    {"mchid": "1900000002"},
    {"trade_type": "NATIVE"},
]
ROADS = ["notification", "sweeper", "opening", "bill", "office", "review"]


async def mismatched(shop: Shop, change: dict[str, Any] = DIFFERENT[0]) -> tuple[int, str]:
    """An unpaid order whose money came with something else in its news: its id and the payment's number."""
    order_id = await shop.placed()
    number = (await shop.attempt(order_id)).out_trade_no
    shop.wechat.pay(number)
    assert await shop.payments.notify({}, shop.wechat.paid_notice(number, **change)) == Settled.MISMATCH
    return order_id, number


async def take(shop: Shop, road: str, order_id: int, number: str) -> None:
    """Let the news of the payment come by this road, as WeChat has it now."""
    if road == "notification":
        await shop.payments.notify({}, shop.wechat.paid_notice(number, attach="again"))
    elif road == "sweeper":
        shop.pass_time(2 * MINUTE)
        await shop.sweep()
    elif road == "opening":
        await shop.payments.refresh(order_id)
    elif road == "bill":
        rows, _ = parse_trade_bill(trade_bill(rows_of(shop.wechat)))
        await settle_missing(shop.payments.context, rows)
    elif road == "office":
        await shop.payments.query_payment(order_id)
    else:
        await shop.payments.review_mismatch(number)


async def the_case(shop: Shop) -> FinanceCase:
    async with shop.storage.reading() as reader:
        (case,) = await reader.finance.cases()
    return case


@pytest.mark.promise(4)
@pytest.mark.parametrize("change", DIFFERENT, ids=lambda change: next(iter(change)))
async def test_a_later_notification_that_agrees_pays_the_order(shop: Shop, change: dict[str, object]) -> None:
    order_id, number = await mismatched(shop, change)
    assert await shop.payments.notify({}, shop.wechat.paid_notice(number)) == Settled.PAID
    order = await shop.order(order_id)
    assert (order.state, order.paid_fen) == (OrderState.PAID, PRICE)
    await shop.assert_books_agree()


@pytest.mark.promise(4, 8)
@pytest.mark.parametrize("road", ROADS)
async def test_whichever_road_the_agreeing_news_takes_it_pays_and_the_case_says_so(
    shop: Shop, road: str
) -> None:
    order_id, number = await mismatched(shop)
    await take(shop, road, order_id, number)
    order, attempt = await shop.order(order_id), await shop.attempt(order_id)
    assert (order.state, attempt.state) == (OrderState.PAID, AttemptState.PAID)
    assert await shop.states(order_id) == ["unpaid", "paid"]
    case = await the_case(shop)
    detail = json.loads(case.detail)
    assert (case.kind, case.state) == ("payment_mismatch", "open")
    assert detail["settled_as"] == "paid"
    assert detail["settled_source"] == {"notification": "notification", "bill": "bill"}.get(road, "query")
    assert detail["differs"]["amount"] == {"expected": PRICE, "found": 1}
    await shop.payments.notify({}, shop.wechat.paid_notice(number, attach="once more"))
    await shop.assert_books_agree()
    await shop.payments.close_case(case.id, 1, "核对过")


@pytest.mark.promise(4)
@pytest.mark.parametrize("road", ["notification", "sweeper", "opening"])
async def test_news_that_still_differs_pays_nothing_and_alarms_once(
    shop: Shop, road: str, caplog: pytest.LogCaptureFixture
) -> None:
    order_id, number = await mismatched(shop)
    shop.wechat.charges[number].parameters["openid"] = "oSomebodyElse"
    caplog.clear()
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            await take(shop, road, order_id, number)
    assert (await shop.order(order_id)).state == OrderState.UNPAID
    attempt = await shop.attempt(order_id)
    assert (attempt.state, attempt.last_error) == (AttemptState.MISMATCH, "mismatch: amount")
    assert "settled_as" not in json.loads((await the_case(shop)).detail)
    assert caplog.text == ""
    assert await shop.balance() == {}


async def test_the_sweeper_goes_on_asking_about_it_ever_more_rarely(shop: Shop) -> None:
    order_id, number = await mismatched(shop)
    shop.wechat.charges[number].parameters["openid"] = "oSomebodyElse"
    for _ in range(3):
        shop.pass_time(8 * DAY)
        asked = shop.wechat.calls["query"]
        await shop.sweep()
        assert shop.wechat.calls["query"] == asked + 1
    assert shop.wechat.calls["close"] == 0
    shop.wechat.charges[number].parameters["openid"] = "oUser1"
    shop.pass_time(DAY)
    await shop.sweep()
    assert (await shop.order(order_id)).state == OrderState.PAID


async def test_a_released_one_is_asked_about_no_more(shop: Shop) -> None:
    _, number = await mismatched(shop)
    await shop.payments.release_mismatch(number)
    asked = shop.wechat.calls["query"]
    for _ in range(3):
        shop.pass_time(DAY // 3)
        await shop.sweep()
    assert shop.wechat.calls["query"] == asked


@pytest.mark.promise(10)
async def test_money_that_agrees_after_the_order_went_another_way_goes_back(shop: Shop) -> None:
    user = await shop.user()
    order_id, number = await mismatched(shop)
    await shop.payments.release_mismatch(number)
    case = await the_case(shop)
    await shop.payments.close_case(case.id, 1, "用户同意重新付款")
    await shop.payments.resume(order_id, user)
    second = (await shop.attempt(order_id)).out_trade_no
    shop.wechat.pay(second)
    await shop.payments.notify({}, shop.wechat.paid_notice(second))
    assert await shop.payments.notify({}, shop.wechat.paid_notice(number)) == Settled.SURPLUS
    assert (await shop.refund(order_id)).state == RefundState.APPROVED
    reopened = await the_case(shop)
    detail = json.loads(reopened.detail)
    assert (reopened.id, reopened.state) == (case.id, "open")
    assert (detail["settled_as"], detail["note_before"]) == ("surplus", "用户同意重新付款")
    (entry,) = detail["reopened"]
    assert (entry["note"], reopened.opened_at) == ("用户同意重新付款", case.opened_at)
    assert case.opened_at <= entry["closed_at"] <= entry["at"]
    assert ("再次打开", "用户同意重新付款") in [(a, b.rpartition("：")[2]) for a, b in lines(reopened.detail)]
    await shop.assert_books_agree()


@pytest.mark.promise(10)
async def test_a_closed_payment_whose_late_money_first_disagreed_is_booked_and_sent_back(shop: Shop) -> None:
    user = await shop.user()
    order_id = await shop.placed(user)
    number = (await shop.attempt(order_id)).out_trade_no
    await shop.payments.cancel(order_id, user)
    shop.wechat.charges[number].state = "NOTPAY"
    shop.wechat.pay(number)
    await shop.payments.notify({}, shop.wechat.paid_notice(number, **DIFFERENT[2]))
    assert (await shop.attempt(order_id)).state == AttemptState.MISMATCH
    shop.pass_time(2 * MINUTE)
    await shop.sweep()
    assert (await shop.attempt(order_id)).state == AttemptState.PAID
    assert (await shop.refund(order_id)).amount_fen == PRICE
    await shop.assert_books_agree()


# REFUND as the first news


@pytest.mark.promise(16)
@pytest.mark.parametrize("road", ["notification", "sweeper", "opening"])
async def test_a_payment_first_heard_of_as_refunded_is_booked_both_ways_and_serves_nobody(
    shop: Shop, road: str
) -> None:
    order_id = await shop.placed()
    number = (await shop.attempt(order_id)).out_trade_no
    shop.wechat.pay(number)
    shop.wechat.charges[number].state = "REFUND"
    await take(shop, road, order_id, number)
    order = await shop.order(order_id)
    assert (order.state, order.paid_fen, order.refunded_fen) == (OrderState.REFUNDED, PRICE, PRICE)
    assert await shop.states(order_id) == ["unpaid", "paid", "refunding", "refunded"]
    assert await shop.balance() == {"payment": PRICE, "refund": -PRICE}
    refund = await shop.refund(order_id)
    assert (refund.state, refund.source, refund.submitted_at) == (RefundState.SUCCEEDED, "system", None)
    case = await the_case(shop)
    assert (case.kind, case.order_id) == ("refund_made_elsewhere", order_id)
    async with shop.storage.reading() as reader:
        messages = await reader.outbox.of_user((await shop.user()).id)
    assert [message.kind for message in messages] == ["refund"]
    shop.pass_time(10 * MINUTE)
    await shop.sweep()
    await take(shop, "notification", order_id, number)
    assert len(await shop.refunds(order_id)) == 1
    assert shop.wechat.calls["refund"] == shop.wechat.calls["query_refund"] == 0
    assert await ledger.self_check(shop.storage) == []


@pytest.mark.promise(10)
async def test_money_for_a_cancelled_order_that_went_back_at_wechat_is_not_sent_back_again(
    shop: Shop,
) -> None:
    user = await shop.user()
    order_id = await shop.placed(user)
    number = (await shop.attempt(order_id)).out_trade_no
    await shop.payments.cancel(order_id, user)
    shop.wechat.charges[number].state = "NOTPAY"
    shop.wechat.pay(number)
    news = shop.wechat.paid_notice(number, trade_state="REFUND")
    assert await shop.payments.notify({}, news) == Settled.REFUNDED
    await shop.sweep()
    assert (await shop.order(order_id)).state == OrderState.CANCELLED
    assert [refund.state for refund in await shop.refunds(order_id)] == [RefundState.SUCCEEDED]
    assert shop.wechat.calls["refund"] == 0
    assert await shop.balance() == {"payment": PRICE, "refund": -PRICE}
    assert await shop.cases() == ["refund_made_elsewhere"]
