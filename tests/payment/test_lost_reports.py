"""Reports of payments that fail half-way, are late or never come: nothing is left half done, and all of it heals."""

from __future__ import annotations

import asyncio
import json

import pytest

from clock import MINUTE
from payment import notification_inbox, problems
from payment.settlement import Settled
from storage import StorageUnavailable
from storage.models import AttemptState, OrderState, RefundState
from tests.payment.conftest import PRICE, Shop
from tests.payment.fake_wechat import lost
from tests.payment.flaky_storage import FlakyStorage


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


async def test_opening_an_order_asks_only_about_a_payment_that_somebody_could_have_made(shop: Shop) -> None:
    """One that WeChat was asked to make without an answer is the sweeper's business: nobody holds a prepay_id of it."""
    shop.wechat.after["create"] += [lost(), lost()]
    with pytest.raises(problems.WeChatTimeout):
        await shop.placed()
    order = await shop.unpaid(await shop.user())
    asked = shop.wechat.calls["query"]
    await shop.payments.refresh(order.id)
    assert shop.wechat.calls["query"] == asked
    assert (await shop.attempt(order.id)).claimed_until == 0


@pytest.mark.promise(8)
async def test_a_lost_create_that_was_paid_is_found_although_no_prepay_id_is_known(shop: Shop) -> None:
    user = await shop.user()
    shop.wechat.after["create"] += [lost(), lost()]
    with pytest.raises(problems.WeChatTimeout):
        await shop.placed(user)
    order = await shop.unpaid(user)
    shop.wechat.pay((await shop.attempt(order.id)).out_trade_no)
    shop.pass_time(2 * MINUTE)
    await shop.sweep()
    assert (await shop.order(order.id)).state == OrderState.PAID
