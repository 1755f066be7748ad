"""Notifications and queries: what pays an order, what does not, and what survives a failure."""

from __future__ import annotations

import asyncio
import json
import logging

import pytest

from clock import DAY, HOUR, MINUTE
from payment import notification_inbox
from payment.settlement import Settled
from storage import Duplicate, StorageUnavailable
from storage.models import AttemptState, OrderState, RefundState
from tests.payment.conftest import PRICE, Shop
from tests.payment.fake_wechat import MERCHANT, lost
from tests.payment.flaky_storage import FlakyStorage

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


@pytest.mark.promise(6)
async def test_a_database_failure_at_any_statement_leaves_nothing_and_the_retry_succeeds(shop: Shop) -> None:
    order_id = await shop.placed()
    number = (await shop.attempt(order_id)).out_trade_no
    shop.wechat.pay(number)
    notice = shop.wechat.paid_notice(number)
    working, failures = shop.storage, 0
    for fail_at in range(100):
        shop.storage = FlakyStorage(working, fail_at)
        flaky = shop.another()
        shop.storage = working
        try:
            await flaky.notify({}, notice)
            break
        except StorageUnavailable:
            failures += 1
        assert (await shop.order(order_id)).state == OrderState.UNPAID
        assert (await shop.attempt(order_id)).state == AttemptState.PREPAID
        assert await shop.states(order_id) == ["unpaid"]
        assert await shop.balance() == {}
        async with shop.storage.reading() as reader:
            assert not await reader.payment_events.seen(json.loads(notice)["id"])
    assert failures >= 10  # every statement, and the commit
    assert (await shop.order(order_id)).state == OrderState.PAID
    await shop.assert_books_agree()


@pytest.mark.promise(6)
async def test_a_failure_at_any_statement_of_a_refund_notification_leaves_nothing(shop: Shop) -> None:
    from tests.payment.conftest import ADMIN

    order_id = await shop.paid()
    await shop.payments.start_refund(order_id, ADMIN, PRICE)
    await shop.sweep()
    refund = await shop.refund(order_id)
    shop.wechat.finish_refund(refund.out_refund_no)
    notice = shop.wechat.refund_notice(refund.out_refund_no)
    working, failures = shop.storage, 0
    for fail_at in range(100):
        shop.storage = FlakyStorage(working, fail_at)
        flaky = shop.another()
        shop.storage = working
        try:
            await flaky.notify({}, notice)
            break
        except StorageUnavailable:
            failures += 1
        assert (await shop.order(order_id)).state == OrderState.REFUNDING
        assert (await shop.refund(order_id)).state == RefundState.PROCESSING
        assert await shop.balance() == {"payment": PRICE}
    assert failures >= 10
    assert (await shop.order(order_id)).state == OrderState.REFUNDED
    await shop.assert_books_agree()


@pytest.mark.promise(7)
async def test_a_notification_is_answered_while_wechat_itself_hangs(shop: Shop) -> None:
    user = await shop.user()
    order_id = await shop.placed(user)
    number = (await shop.attempt(order_id)).out_trade_no
    shop.wechat.pay(number)
    frozen, asked = asyncio.Event(), asyncio.Event()

    async def hang() -> None:
        asked.set()
        await frozen.wait()

    for method in ("create", "query", "close", "refund", "query_refund"):
        shop.wechat.before[method] += [hang] * 5
    hanging = asyncio.ensure_future(shop.payments.cancel(order_id, user))
    await asyncio.wait_for(asked.wait(), 5)
    calls = shop.wechat.calls.total()
    began = asyncio.get_running_loop().time()
    assert await shop.payments.notify({}, shop.wechat.paid_notice(number)) == Settled.PAID
    assert asyncio.get_running_loop().time() - began < 2
    assert shop.wechat.calls.total() == calls
    hanging.cancel()
    await asyncio.gather(hanging, return_exceptions=True)
    assert (await shop.order(order_id)).state == OrderState.PAID


@pytest.mark.promise(7)
async def test_a_database_that_does_not_answer_ends_in_an_error_within_the_time(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert notification_inbox.ANSWER_SECONDS < 5
    monkeypatch.setattr(notification_inbox, "ANSWER_SECONDS", 0.3)
    order_id = await shop.placed()
    number = (await shop.attempt(order_id)).out_trade_no
    shop.wechat.pay(number)
    notice = shop.wechat.paid_notice(number)
    async with shop.storage.transaction() as tx:
        await tx.orders.lock(order_id)
        with pytest.raises(StorageUnavailable):
            await shop.payments.notify({}, notice)
    assert await shop.payments.notify({}, notice) == Settled.PAID


@pytest.mark.promise(8)
async def test_a_lost_notification_heals_by_the_sweeper(shop: Shop) -> None:
    order_id = await shop.placed()
    shop.wechat.pay((await shop.attempt(order_id)).out_trade_no)
    shop.pass_time(30_000)
    assert (await shop.sweep()).queried == 0
    shop.pass_time(31_000)
    result = await shop.sweep()
    assert (result.queried, result.settled) == (1, 1)
    assert (await shop.order(order_id)).state == OrderState.PAID
    await shop.assert_books_agree()


@pytest.mark.promise(8)
async def test_a_lost_notification_heals_when_the_order_is_opened(shop: Shop) -> None:
    order_id = await shop.placed()
    shop.wechat.pay((await shop.attempt(order_id)).out_trade_no)
    await shop.payments.refresh(order_id)
    assert (await shop.order(order_id)).state == OrderState.PAID
    await shop.assert_books_agree()


@pytest.mark.promise(8)
async def test_a_lost_create_that_was_paid_is_found_although_no_prepay_id_is_known(shop: Shop) -> None:
    from payment import problems

    user = await shop.user()
    shop.wechat.after["create"] += [lost(), lost()]
    with pytest.raises(problems.WeChatTimeout):
        await shop.placed(user)
    order = await shop.unpaid(user)
    shop.wechat.pay((await shop.attempt(order.id)).out_trade_no)
    shop.pass_time(2 * MINUTE)
    await shop.sweep()
    assert (await shop.order(order.id)).state == OrderState.PAID


async def _late_money(shop: Shop, order_id: int) -> str:
    """Money arrives on the order's first attempt although WeChat had confirmed its close."""
    number = (await shop.attempts(order_id))[0].out_trade_no
    shop.wechat.charges[number].state = "NOTPAY"
    shop.wechat.pay(number)
    await shop.payments.notify({}, shop.wechat.paid_notice(number))
    return number


async def _assert_sent_back(shop: Shop, order_id: int) -> None:
    refund = await shop.refund(order_id)
    assert (refund.state, refund.source, refund.amount_fen) == (RefundState.APPROVED, "system", PRICE)
    await shop.assert_books_agree()
    await shop.sweep()
    shop.wechat.finish_refund(refund.out_refund_no)
    await shop.payments.notify({}, shop.wechat.refund_notice(refund.out_refund_no))
    assert (await shop.refund(order_id)).state == RefundState.SUCCEEDED
    await shop.assert_books_agree()


@pytest.mark.promise(10)
@pytest.mark.parametrize("end", ["cancel", "expire"])
async def test_money_after_cancel_or_expiry_is_booked_and_sent_back(shop: Shop, end: str) -> None:
    user = await shop.user()
    order_id = await shop.placed(user)
    if end == "cancel":
        await shop.payments.cancel(order_id, user)
    else:
        shop.pass_time(DAY + HOUR)
        await shop.sweep()
    assert (await shop.order(order_id)).state == OrderState.CANCELLED
    await _late_money(shop, order_id)
    assert await shop.balance() == {"payment": PRICE}
    await _assert_sent_back(shop, order_id)
    assert sum((await shop.balance()).values()) == 0
    assert (await shop.order(order_id)).state == OrderState.CANCELLED


@pytest.mark.promise(10)
async def test_money_that_comes_twice_pays_once_and_the_second_goes_back(shop: Shop) -> None:
    user = await shop.user()
    order_id = await shop.placed(user)
    await shop.placed(user, service_name="全心全程陪诊服务")
    second = await shop.attempt(order_id)
    shop.wechat.pay(second.out_trade_no)
    await shop.payments.notify({}, shop.wechat.paid_notice(second.out_trade_no))
    await _late_money(shop, order_id)
    assert await shop.balance() == {"payment": 2 * PRICE}
    await _assert_sent_back(shop, order_id)
    order = await shop.order(order_id)
    assert (order.state, order.paid_fen, order.refunded_fen) == (OrderState.PAID, PRICE, 0)
    assert order.paid_attempt_id == second.id


@pytest.mark.promise(10)
async def test_two_payments_at_the_same_moment_pay_once_and_one_goes_back(shop: Shop) -> None:
    user = await shop.user()
    order_id = await shop.placed(user)
    await shop.placed(user, service_name="全心全程陪诊服务")
    numbers = [attempt.out_trade_no for attempt in await shop.attempts(order_id)]
    shop.wechat.charges[numbers[0]].state = "NOTPAY"
    for number in numbers:
        shop.wechat.pay(number)
    outcomes = await asyncio.gather(
        *(shop.another().notify({}, shop.wechat.paid_notice(number)) for number in numbers * 3)
    )
    assert outcomes.count(Settled.PAID) == outcomes.count(Settled.SURPLUS) == 1
    assert len(await shop.refunds(order_id)) == 1
    await _assert_sent_back(shop, order_id)


@pytest.mark.promise(10)
async def test_money_of_an_older_price_goes_back_and_the_order_stays_unpaid(shop: Shop) -> None:
    user = await shop.user()
    order_id = await shop.placed(user)
    await shop.placed(user, price_fen=60_000)
    await _late_money(shop, order_id)
    assert (await shop.order(order_id)).state == OrderState.UNPAID
    await _assert_sent_back(shop, order_id)
    fresh = await shop.attempt(order_id)
    shop.wechat.pay(fresh.out_trade_no)
    await shop.payments.notify({}, shop.wechat.paid_notice(fresh.out_trade_no))
    assert (await shop.order(order_id)).paid_fen == 60_000
    await shop.assert_books_agree()


@pytest.mark.promise(10)
async def test_the_second_open_payment_of_an_order_that_was_paid_late_is_closed(shop: Shop) -> None:
    user = await shop.user()
    order_id = await shop.placed(user)
    await shop.placed(user, service_name="全心全程陪诊服务")
    await _late_money(shop, order_id)
    assert (await shop.order(order_id)).state == OrderState.PAID
    await shop.sweep()
    assert (await shop.attempt(order_id)).state == AttemptState.CLOSED
    assert shop.wechat.charges[(await shop.attempt(order_id)).out_trade_no].state == "CLOSED"


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
    order = await shop.order(order_id)
    async with shop.storage.transaction() as tx:
        with pytest.raises(Duplicate):
            await shop.payments.attempts.add(tx, order, user, shop.at)


async def test_the_message_about_a_payment_names_no_person(shop: Shop) -> None:
    await shop.paid(wishes="秘密", patient_name="张三")
    async with shop.storage.reading() as reader:
        (message,) = await reader.outbox.of_user((await shop.user()).id)
    assert message.kind == "paid"
    assert "张三" not in message.payload
    assert MERCHANT.mchid not in message.payload
    assert json.loads(message.payload)["amount_fen"] == PRICE
