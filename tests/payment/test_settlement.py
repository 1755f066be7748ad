"""Notifications and queries: what pays an order, what does not, and what survives a failure."""

from __future__ import annotations

import asyncio
import json
import logging

import pytest

from clock import DAY
from payment.payables import of_order
from payment.settlement import Settled
from storage import Duplicate
from storage.models import AttemptState, OrderState
from tests.payment.conftest import PRICE, Shop
from tests.payment.fake_wechat import MERCHANT

AMOUNT = {"total": PRICE, "currency": "CNY"}


@pytest.mark.promise(4)
@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("amount", {"amount": AMOUNT | {"total": 1}}),
        ("amount", {"amount": AMOUNT | {"total": PRICE + 1}}),
        ("amount", {"amount": AMOUNT | {"total": 1, "payer_total": PRICE}}),
        ("currency", {"amount": AMOUNT | {"currency": "USD"}}),
        ("currency", {"amount": {"total": PRICE}}),
        ("appid", {"appid": "wx0000000000000002"}),
        ("mchid", {"mchid": "1900000002"}),
        ("openid", {"payer": {"openid": "oSomebodyElse"}}),
        ("openid", {"payer": {}}),
        ("trade_type", {"trade_type": "NATIVE"}),
    ],
)
async def test_a_payment_that_differs_in_anything_fulfils_nothing_and_is_kept_as_evidence(
    shop: Shop, caplog: pytest.LogCaptureFixture, name: str, change: dict[str, object]
) -> None:
    order_id = await shop.placed()
    number = (await shop.attempt(order_id)).out_trade_no
    shop.wechat.pay(number)
    with caplog.at_level(logging.INFO):
        assert await shop.payments.notify({}, shop.wechat.paid_notice(number, **change)) == Settled.MISMATCH
    order, attempt = await shop.order(order_id), await shop.attempt(order_id)
    assert (order.state, order.paid_fen, attempt.state) == (OrderState.UNPAID, 0, AttemptState.MISMATCH)
    async with shop.storage.reading() as reader:
        (case,) = await reader.finance.cases()
    assert case.kind == "payment_mismatch"
    assert list(json.loads(case.detail)["differs"]) == [name]
    assert await shop.balance() == {}
    alarm = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert name in alarm[0].getMessage()
    assert "oUser1" not in caplog.text
    assert "oSomebodyElse" not in caplog.text


@pytest.mark.promise(4)
@pytest.mark.parametrize("state", ["NOTPAY", "CLOSED", "PAYERROR", "USERPAYING"])
async def test_no_other_trade_state_pays_an_order(shop: Shop, state: str) -> None:
    order_id = await shop.placed()
    number = (await shop.attempt(order_id)).out_trade_no
    await shop.payments.notify({}, shop.wechat.paid_notice(number, trade_state=state))
    assert (await shop.order(order_id)).state == OrderState.UNPAID


@pytest.mark.promise(4)
async def test_a_transaction_of_another_payment_pays_nothing_twice(shop: Shop) -> None:
    first = await shop.paid()
    transaction_id = (await shop.attempt(first)).transaction_id
    second = await shop.placed(await shop.user("oUser2"))
    number = (await shop.attempt(second)).out_trade_no
    shop.wechat.pay(number)
    notice = shop.wechat.paid_notice(number, transaction_id=transaction_id)
    assert await shop.payments.notify({}, notice) == Settled.MISMATCH
    assert (await shop.order(second)).state == OrderState.UNPAID


@pytest.mark.promise(4)
async def test_a_number_that_was_never_given_out_is_a_case_and_is_acknowledged(shop: Shop) -> None:
    order_id = await shop.placed()
    number = (await shop.attempt(order_id)).out_trade_no
    shop.wechat.pay(number)
    notice = shop.wechat.paid_notice(number, out_trade_no="20260101000000NOBODYKNOWSTHIS")
    assert await shop.payments.notify({}, notice) == Settled.UNKNOWN
    assert (await shop.order(order_id)).state == OrderState.UNPAID
    assert await shop.cases() == ["payment_unknown"]
    async with shop.storage.reading() as reader:
        (case,) = await reader.finance.cases()
    assert json.loads(case.detail)["source"] == "notification"


async def test_a_mismatch_blocks_the_order_until_a_human_has_looked(shop: Shop) -> None:
    from payment import problems

    user = await shop.user()
    order_id = await shop.placed(user)
    number = (await shop.attempt(order_id)).out_trade_no
    shop.wechat.pay(number)
    await shop.payments.notify({}, shop.wechat.paid_notice(number, trade_type="NATIVE"))
    shop.wechat.charges[number].parameters["openid"] = "oSomebodyElse"
    for act in (shop.payments.resume, shop.payments.cancel):
        with pytest.raises(problems.PaymentPending):
            await act(order_id, user)
    with pytest.raises(problems.PaymentPending):
        await shop.placed(user, price_fen=1)
    shop.pass_time(2 * DAY)
    await shop.sweep()
    assert (await shop.order(order_id)).state == OrderState.UNPAID
    assert await shop.payments.review_mismatch(number) == Settled.MISMATCH
    shop.wechat.charges[number].parameters["openid"] = "oUser1"
    assert await shop.payments.review_mismatch(number) == Settled.PAID
    assert (await shop.order(order_id)).state == OrderState.PAID
    await shop.assert_books_agree()


async def test_a_released_mismatch_lets_the_order_be_paid_again(shop: Shop) -> None:
    user = await shop.user()
    order_id = await shop.placed(user)
    number = (await shop.attempt(order_id)).out_trade_no
    shop.wechat.pay(number)
    await shop.payments.notify({}, shop.wechat.paid_notice(number, amount=AMOUNT | {"total": 1}))
    await shop.payments.release_mismatch(number)
    assert await shop.payments.resume(order_id, user)
    assert len(await shop.attempts(order_id)) == 2


@pytest.mark.promise(5)
async def test_the_same_notification_twenty_times_at_once_is_one_payment(shop: Shop) -> None:
    order_id = await shop.placed()
    number = (await shop.attempt(order_id)).out_trade_no
    shop.wechat.pay(number)
    notice = shop.wechat.paid_notice(number)
    processes = [shop.another() for _ in range(20)]
    outcomes = await asyncio.gather(*(each.notify({}, notice) for each in processes))
    assert outcomes.count(Settled.PAID) == 1
    assert set(outcomes) <= {Settled.PAID, "seen"}
    assert await shop.states(order_id) == ["unpaid", "paid"]
    async with shop.storage.reading() as reader:
        assert len(await reader.payment_events.of_reference(number)) == 1
        assert len(await reader.ledger.of_order(order_id)) == 1
        assert len(await reader.outbox.of_user((await shop.user()).id)) == 1
    await shop.assert_books_agree()


@pytest.mark.promise(5)
async def test_different_notifications_and_queries_of_one_payment_are_one_payment(shop: Shop) -> None:
    order_id = await shop.placed()
    attempt = await shop.attempt(order_id)
    number = attempt.out_trade_no
    shop.wechat.pay(number)
    notices_ = [shop.wechat.paid_notice(number, attach=str(count)) for count in range(10)]
    await asyncio.gather(
        *(shop.another().notify({}, notice) for notice in notices_),
        *(shop.another().attempts.query(attempt) for _ in range(10)),
    )
    assert await shop.states(order_id) == ["unpaid", "paid"]
    assert await shop.refunds(order_id) == []
    await shop.assert_books_agree()


async def test_late_news_of_a_lower_rank_takes_nothing_back(shop: Shop) -> None:
    order_id = await shop.paid()
    number = (await shop.attempt(order_id)).out_trade_no
    for state in ("NOTPAY", "CLOSED"):
        notice = shop.wechat.paid_notice(number, trade_state=state)
        assert await shop.payments.notify({}, notice) == Settled.ALREADY
    assert (await shop.attempt(order_id)).state == AttemptState.PAID
    assert (await shop.order(order_id)).state == OrderState.PAID


async def test_a_booked_payment_that_was_refunded_elsewhere_is_a_case(shop: Shop) -> None:
    order_id = await shop.paid()
    number = (await shop.attempt(order_id)).out_trade_no
    await shop.payments.notify({}, shop.wechat.paid_notice(number, trade_state="REFUND"))
    assert (await shop.order(order_id)).state == OrderState.PAID
    assert await shop.cases() == ["refund_made_elsewhere"]


async def test_a_paid_attempt_about_which_another_story_is_told_is_a_case(shop: Shop) -> None:
    order_id = await shop.paid()
    number = (await shop.attempt(order_id)).out_trade_no
    await shop.payments.notify({}, shop.wechat.paid_notice(number, amount=AMOUNT | {"total": 1}))
    assert await shop.cases() == ["payment_contradicted"]
    assert (await shop.order(order_id)).paid_fen == PRICE
    await shop.assert_books_agree()


async def test_at_most_one_open_attempt_per_order_is_kept_by_the_database(shop: Shop) -> None:
    user = await shop.user()
    order_id = await shop.placed(user)
    payable = of_order(await shop.order(order_id))
    async with shop.storage.transaction() as tx:
        with pytest.raises(Duplicate):
            await shop.payments.attempts.add(tx, payable, user, shop.at)


async def test_the_message_about_a_payment_names_no_person(shop: Shop) -> None:
    await shop.paid(wishes="秘密", patient_name="张三")
    async with shop.storage.reading() as reader:
        (message,) = await reader.outbox.of_user((await shop.user()).id)
    assert message.kind == "paid"
    assert "张三" not in message.payload
    assert MERCHANT.mchid not in message.payload
    assert json.loads(message.payload)["amount_fen"] == PRICE
