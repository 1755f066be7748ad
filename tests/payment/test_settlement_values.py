"""What settling a payment writes down, value by value, and what it answers."""

from __future__ import annotations

import json

import pytest

from clock import MINUTE
from payment.query_schedule import first_query_at
from payment.settlement import Settled
from payment.wechatpay.results import parse_transaction
from storage.models import AttemptState, OrderState, RefundState
from tests.payment.conftest import PRICE, Shop


async def settle(shop: Shop, number: str, **changes: object) -> Settled:
    """What a query would have said, with these changes."""
    return await shop.payments.attempts.settle(parse_transaction(shop.wechat.transaction(number, **changes)))


async def number_of(shop: Shop, order_id: int) -> str:
    return (await shop.attempt(order_id)).out_trade_no


@pytest.mark.promise(4, 16)
async def test_a_paid_order_keeps_when_how_much_and_by_which_payment(shop: Shop) -> None:
    order_id = await shop.placed()
    attempt = await shop.attempt(order_id)
    shop.wechat.pay(attempt.out_trade_no)
    paid_at = shop.at // 1000 * 1000
    shop.pass_time(3 * MINUTE)
    assert await settle(shop, attempt.out_trade_no) == Settled.PAID
    order, paid = await shop.order(order_id), await shop.attempt(order_id)
    assert (order.state, order.paid_at, order.paid_fen) == (OrderState.PAID, paid_at, PRICE)
    assert order.paid_attempt_id == attempt.id
    charge = shop.wechat.charges[attempt.out_trade_no]
    assert (paid.state, paid.paid_at, paid.transaction_id) == (
        AttemptState.PAID,
        paid_at,
        charge.transaction_id,
    )
    assert (paid.last_error, paid.next_query_at) == ("", None)
    async with shop.storage.reading() as reader:
        step = (await reader.orders.history(order_id))[-1]
        (message,) = await reader.outbox.due(shop.at, 10)
        (entry,) = await reader.ledger.after(0, 10)
    assert (step.to_state, step.at) == (OrderState.PAID, shop.at)
    assert step.reason
    assert (message.kind, message.user_id) == ("paid", order.user_id)
    assert (entry.occurred_at, entry.booked_at) == (paid_at, shop.at)


@pytest.mark.promise(5)
async def test_what_is_settled_is_not_settled_again(shop: Shop) -> None:
    order_id = await shop.paid()
    number = await number_of(shop, order_id)
    assert await settle(shop, number) == Settled.ALREADY
    assert await shop.cases() == []


@pytest.mark.parametrize("state", ["CLOSED", "REVOKED", "PAYERROR"])
async def test_a_payment_that_cannot_be_made_any_more_is_closed_and_a_paid_one_is_not(
    shop: Shop, state: str
) -> None:
    order_id = await shop.placed()
    number = await number_of(shop, order_id)
    for _ in range(2):  # a second time changes nothing
        assert await settle(shop, number, trade_state=state) == Settled.CLOSED
        assert (await shop.attempt(order_id)).state == AttemptState.CLOSED
    other_id = await shop.paid(await shop.user("oUser2"))
    other = await number_of(shop, other_id)
    assert await settle(shop, other, trade_state=state) == Settled.ALREADY
    assert (await shop.attempt(other_id)).state == AttemptState.PAID


@pytest.mark.parametrize("state", ["NOTPAY", "USERPAYING"])
async def test_what_is_not_final_is_waited_for_while_the_payment_is_open(shop: Shop, state: str) -> None:
    user = await shop.user()
    order_id = await shop.placed(user)
    number = await number_of(shop, order_id)
    assert await settle(shop, number, trade_state=state) == Settled.PENDING
    await shop.payments.cancel(order_id, user)
    assert await settle(shop, number, trade_state=state) == Settled.ALREADY
    assert (await shop.attempt(order_id)).state == AttemptState.CLOSED


async def test_a_number_of_nobody_is_a_case_once_there_is_money_on_it(shop: Shop) -> None:
    number = await number_of(shop, await shop.placed())
    stranger = number[:-1] + ("A" if number[-1] != "A" else "B")
    assert await settle(shop, number, out_trade_no=stranger) == Settled.UNKNOWN
    assert await shop.cases() == []
    shop.wechat.pay(number)
    for _ in range(2):
        assert await settle(shop, number, out_trade_no=stranger) == Settled.UNKNOWN
        assert await shop.cases() == ["payment_unknown"]


@pytest.mark.promise(4)
async def test_a_payment_that_does_not_agree_is_asked_about_in_a_minute_and_says_what_differs(
    shop: Shop,
) -> None:
    order_id = await shop.placed()
    number = await number_of(shop, order_id)
    shop.wechat.pay(number)
    wrong = {"amount": {"total": 1, "currency": "USD"}}
    for _ in range(2):
        assert await settle(shop, number, **wrong) == Settled.MISMATCH
    attempt = await shop.attempt(order_id)
    assert (attempt.state, attempt.next_query_at) == (AttemptState.MISMATCH, shop.at + MINUTE)
    assert attempt.last_error == "mismatch: amount, currency"
    async with shop.storage.reading() as reader:
        (case,) = await reader.finance.cases()
    assert (case.kind, case.reference, case.order_id) == ("payment_mismatch", number, order_id)


@pytest.mark.promise(4)
async def test_a_transaction_that_paid_another_order_is_named_in_the_case(shop: Shop) -> None:
    first = await number_of(shop, await shop.paid())
    order_id = await shop.placed(await shop.user("oUser2"))
    number = await number_of(shop, order_id)
    shop.wechat.pay(number)
    used = shop.wechat.charges[first].transaction_id
    assert await settle(shop, number, transaction_id=used) == Settled.MISMATCH
    async with shop.storage.reading() as reader:
        (case,) = await reader.finance.cases()
    assert json.loads(case.detail)["differs"] == {"transaction_id": {"expected": None, "found": used}}


async def test_another_transaction_of_a_paid_number_is_told_with_both(shop: Shop) -> None:
    order_id = await shop.paid()
    number = await number_of(shop, order_id)
    ours = shop.wechat.charges[number].transaction_id
    assert await settle(shop, number, transaction_id="4200000000000000000000000001") == Settled.ALREADY
    async with shop.storage.reading() as reader:
        (case,) = await reader.finance.cases()
    assert (case.kind, case.reference, case.order_id) == ("payment_contradicted", number, order_id)
    assert json.loads(case.detail)["differs"]["transaction_id"] == {
        "expected": ours,
        "found": "4200000000000000000000000001",
    }


@pytest.mark.promise(10)
@pytest.mark.parametrize(
    ("why", "reason"),
    [
        ("cancelled", "订单已取消，自动退款"),
        ("repriced", "订单金额已变更，自动退款"),
        ("paid", "重复支付，自动退款"),
    ],
)
async def test_surplus_goes_back_by_the_system_with_its_reason_and_at_once(
    shop: Shop, why: str, reason: str
) -> None:
    user = await shop.user()
    order_id = await shop.placed(user)
    old = await shop.attempt(order_id)
    if why == "cancelled":
        await shop.payments.cancel(order_id, user)
    else:
        await shop.placed(user, price_fen=PRICE + 100)
    if why == "paid":
        new = await number_of(shop, order_id)
        shop.wechat.pay(new)
        assert await settle(shop, new) == Settled.PAID
    shop.wechat.charges[old.out_trade_no].state = "NOTPAY"  # paid in the moment of its closing
    shop.wechat.pay(old.out_trade_no)
    assert await settle(shop, old.out_trade_no) == Settled.SURPLUS
    refund = await shop.refund(order_id)
    assert (refund.attempt_id, refund.state) == (old.id, RefundState.APPROVED)
    assert (refund.amount_fen, refund.policy_fen) == (PRICE, PRICE)
    assert (refund.reason, refund.source, refund.actor_id) == (reason, "system", None)
    assert (refund.next_query_at, refund.decided_at) == (shop.at, shop.at)


async def test_the_second_way_to_pay_a_paid_order_is_looked_at_at_once(shop: Shop) -> None:
    """Money came on the payment of before, which was closed; the new one is still open."""
    user = await shop.user()
    order_id = await shop.placed(user)
    old = await shop.attempt(order_id)
    changed = vars(shop.wechat.merchant) | {"notify_url": "https://other.test/notify/"}
    shop.wechat.merchant = type(shop.wechat.merchant)(**changed)
    await shop.payments.resume(order_id, user)
    new = await shop.attempt(order_id)
    assert (new.id, new.next_query_at) == (new.id, first_query_at(shop.at))
    assert new.id != old.id
    shop.wechat.charges[old.out_trade_no].state = "NOTPAY"
    shop.wechat.pay(old.out_trade_no)
    assert await settle(shop, old.out_trade_no) == Settled.PAID
    assert (await shop.attempt(order_id)).next_query_at == shop.at


@pytest.mark.promise(4)
async def test_the_case_of_a_payment_that_agrees_in_the_end_says_how_and_stays_open(shop: Shop) -> None:
    order_id = await shop.placed()
    number = await number_of(shop, order_id)
    shop.wechat.pay(number)
    await settle(shop, number, amount={"total": 1, "currency": "CNY"})
    shop.pass_time(MINUTE)
    assert await settle(shop, number) == Settled.PAID
    async with shop.storage.reading() as reader:
        (case,) = await reader.finance.cases()
    detail = json.loads(case.detail)
    assert case.state == "open"
    assert (detail["settled_source"], detail["settled_at"], detail["settled_as"]) == (
        "query",
        shop.at,
        "paid",
    )
    assert list(detail)[-1] == "wechat", "what WeChat said comes last"
    assert "note_before" not in detail
    assert (await shop.attempt(order_id)).last_error == ""
