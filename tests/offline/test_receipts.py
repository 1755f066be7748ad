"""Money that was received outside of WeChat: what pays an order, what is refused, and what happens at once."""

from __future__ import annotations

import asyncio

import pytest

from clock import DAY, MINUTE, shanghai_date
from payment import problems
from payment.books.closing import MonthClosed
from payment.offline.problems import PaidAtWeChat, WrongAmount, WrongMoment
from payment.payables import PayableKey
from payment.wechatpay import errors
from storage import StorageError
from storage.models import AttemptState, Channel, OfflineKind, OrderState, RefundState
from tests.offline.conftest import assert_books_balance, booked, entries, mark, paid_offline, receipt
from tests.payment.conftest import ADMIN, PRICE, Shop


@pytest.mark.promise(39)
async def test_cash_pays_the_order_and_is_in_the_ledger_as_its_own_kind(shop: Shop) -> None:
    order_id = await shop.placed()
    taken = receipt(shop)
    attempt_id = await shop.payments.offline.record(PayableKey(order_id), taken, ADMIN)
    order, attempt = await shop.order(order_id), await shop.attempt(order_id)
    assert (order.state, order.paid_fen, order.paid_at) == (
        OrderState.PAID,
        PRICE,
        taken.handling.occurred_at,
    )
    assert order.paid_attempt_id == attempt_id == attempt.id
    assert (attempt.channel, attempt.state, attempt.transaction_id) == (
        Channel.OFFLINE,
        AttemptState.PAID,
        None,
    )
    assert (attempt.openid, attempt.appid, attempt.mchid, attempt.next_query_at) == ("", "", "", None)
    assert await booked(shop, order_id) == [("offline_payment", PRICE)]
    (entry,) = await entries(shop, order_id)
    assert (entry.kind, entry.entry_key) == (OfflineKind.RECEIPT, f"receipt:{attempt_id}")
    assert (entry.method, entry.reference, entry.handled_by) == ("cash", "收据 0031", "王店员")
    assert (entry.recorded_by, entry.recorded_at) == (ADMIN.id, shop.at)
    await assert_books_balance(shop)


@pytest.mark.promise(39)
async def test_an_open_payment_is_closed_at_wechat_before_cash_is_recorded(shop: Shop) -> None:
    order_id = await shop.placed()
    number = (await shop.attempt(order_id)).out_trade_no
    await shop.payments.offline.record(PayableKey(order_id), receipt(shop), ADMIN)
    closed, _ = await shop.attempts(order_id)
    assert closed.state == AttemptState.CLOSED
    assert shop.wechat.charges[number].state == "CLOSED"


async def test_money_that_had_arrived_at_wechat_pays_the_order_and_cash_is_refused(shop: Shop) -> None:
    order_id = await shop.placed()
    shop.wechat.pay((await shop.attempt(order_id)).out_trade_no)
    with pytest.raises(PaidAtWeChat, match="已在微信付款"):
        await shop.payments.offline.record(PayableKey(order_id), receipt(shop), ADMIN)
    assert (await shop.order(order_id)).state == OrderState.PAID
    assert await booked(shop, order_id) == [("payment", PRICE)]
    assert await entries(shop, order_id) == []
    with pytest.raises(PaidAtWeChat):
        await shop.payments.offline.record(PayableKey(order_id), receipt(shop), ADMIN)


@pytest.mark.promise(39)
async def test_money_that_arrives_at_wechat_after_cash_goes_back_by_itself(shop: Shop) -> None:
    order_id = await shop.placed()
    number = (await shop.attempt(order_id)).out_trade_no
    await shop.payments.offline.record(PayableKey(order_id), receipt(shop), ADMIN)
    shop.wechat.charges[number].state = "NOTPAY"  # the close and the payment crossed at WeChat
    shop.wechat.pay(number)
    await shop.payments.notify({}, shop.wechat.paid_notice(number))
    refund = await shop.refund(order_id)
    assert (refund.source, refund.amount_fen, refund.state) == ("system", PRICE, RefundState.APPROVED)
    await shop.sweep()
    shop.wechat.finish_refund(refund.out_refund_no)
    await shop.payments.notify({}, shop.wechat.refund_notice(refund.out_refund_no))
    order = await shop.order(order_id)
    assert (order.state, order.paid_fen, order.refunded_fen) == (OrderState.PAID, PRICE, 0)
    await assert_books_balance(shop)


async def test_nothing_is_recorded_while_wechat_does_not_answer(shop: Shop) -> None:
    order_id = await shop.placed()
    shop.wechat.before["query"] += [errors.Unknown("cut short")]
    with pytest.raises(problems.WeChatTimeout):
        await shop.payments.offline.record(PayableKey(order_id), receipt(shop), ADMIN)
    assert (await shop.order(order_id)).state == OrderState.UNPAID
    assert await entries(shop, order_id) == []


@pytest.mark.parametrize("amount", [PRICE - 1, PRICE + 1, 1, 0, -PRICE])
async def test_another_amount_than_the_price_is_refused_and_both_are_named(shop: Shop, amount: int) -> None:
    order_id = await shop.placed()
    with pytest.raises(WrongAmount, match="应收 588 元"):
        await shop.payments.offline.record(PayableKey(order_id), receipt(shop, amount), ADMIN)
    assert await booked(shop, order_id) == []
    assert (await shop.attempt(order_id)).state == AttemptState.PREPAID  # WeChat was not asked to close it


@pytest.mark.parametrize("off", [1, DAY, -367 * DAY])
async def test_a_moment_in_the_future_or_long_ago_is_refused(shop: Shop, off: int) -> None:
    order_id = await shop.placed()
    with pytest.raises(WrongMoment):
        await shop.payments.offline.record(
            PayableKey(order_id), receipt(shop, occurred_at=shop.at + off), ADMIN
        )
    assert await entries(shop, order_id) == []


async def test_money_of_a_closed_month_is_refused(shop: Shop) -> None:
    order_id = await shop.placed()
    month = shanghai_date(shop.at - 40 * DAY)[:7]
    async with shop.storage.transaction() as tx:
        await tx.connection.execute(
            "INSERT INTO closed_months (month, closed_by, closed_at, last_ledger_id, totals_json) "
            "VALUES (:month, 1, 1, 0, '{}')",
            {"month": month},
        )
        await tx.commit()
    with pytest.raises(MonthClosed):
        await shop.payments.offline.record(
            PayableKey(order_id), receipt(shop, occurred_at=shop.at - 40 * DAY), ADMIN
        )
    assert await entries(shop, order_id) == []


@pytest.mark.promise(39)
async def test_the_same_form_sent_twice_records_once(shop: Shop) -> None:
    order_id = await shop.placed()
    seen = await mark(shop, order_id)
    await shop.payments.offline.record(PayableKey(order_id), receipt(shop), ADMIN, seen)
    with pytest.raises(problems.OrderAlreadyPaid):
        await shop.payments.offline.record(PayableKey(order_id), receipt(shop), ADMIN, seen)
    await shop.payments.offline.reverse(PayableKey(order_id), "记错了订单", ADMIN)
    with pytest.raises(problems.ChangedSinceSeen):  # the browser's back button, after a reversal
        await shop.payments.offline.record(PayableKey(order_id), receipt(shop), ADMIN, seen)
    assert [entry.kind for entry in await entries(shop, order_id)] == ["receipt", "reversal"]


@pytest.mark.promise(39)
async def test_of_two_clerks_at_once_one_records_the_money(shop: Shop) -> None:
    order_id = await shop.placed()
    ways = [shop.payments, shop.another(), shop.another()]
    results = await asyncio.gather(
        *(way.offline.record(PayableKey(order_id), receipt(shop), ADMIN) for way in ways),
        return_exceptions=True,
    )
    assert [type(result) for result in results].count(int) == 1
    assert all(isinstance(result, int | problems.PaymentError) for result in results)
    assert await booked(shop, order_id) == [("offline_payment", PRICE)]
    await assert_books_balance(shop)


@pytest.mark.promise(39)
async def test_of_a_clerk_and_wechat_at_once_one_pays_and_the_other_money_goes_back(shop: Shop) -> None:
    for number in range(4):
        order_id = await shop.placed(await shop.user(f"oUser{number}"))
        out_trade_no = (await shop.attempt(order_id)).out_trade_no
        shop.wechat.pay(out_trade_no)
        notice = shop.wechat.paid_notice(out_trade_no)
        results = await asyncio.gather(
            shop.another().offline.record(PayableKey(order_id), receipt(shop), ADMIN),
            shop.another().notify({}, notice),
            return_exceptions=True,
        )
        assert not [
            each for each in results if isinstance(each, Exception) and not isinstance(each, PaidAtWeChat)
        ]
        order = await shop.order(order_id)
        assert (order.state, order.paid_fen) == (OrderState.PAID, PRICE)
        kinds = sorted(kind for kind, _ in await booked(shop, order_id))
        assert kinds == ["payment"] or kinds == ["offline_payment", "payment"]
        assert len(await shop.refunds(order_id)) == len(kinds) - 1
        await assert_books_balance(shop)


async def test_an_order_that_is_over_takes_no_cash(shop: Shop) -> None:
    user = await shop.user()
    order_id = await shop.placed(user)
    await shop.payments.cancel(order_id, user)
    with pytest.raises(problems.OrderNotPayable):
        await shop.payments.offline.record(PayableKey(order_id), receipt(shop), ADMIN)


@pytest.mark.promise(39)
async def test_wechat_is_never_asked_about_money_outside_of_it(shop: Shop) -> None:
    order_id = await paid_offline(shop)
    attempt = await shop.attempt(order_id)
    shop.pass_time(2 * MINUTE)
    refund_id = await shop.payments.start_refund(order_id, ADMIN, 1_000, "协商退款")
    number = (await shop.refund(order_id)).out_refund_no
    await shop.payments.retry_refund(refund_id)
    for _ in range(3):
        shop.pass_time(DAY)
        await shop.sweep()
    await shop.payments.refresh(order_id)
    await shop.payments.query_payment(order_id)
    asked = [each for numbers in shop.wechat.numbers.values() for each in numbers]
    assert attempt.out_trade_no not in asked
    assert number not in asked
    assert (await shop.refund(order_id)).state == RefundState.APPROVED


@pytest.mark.promise(39)
async def test_what_is_recorded_can_be_neither_changed_nor_deleted(shop: Shop) -> None:
    order_id = await paid_offline(shop)
    for statement in ("UPDATE offline_entries SET amount_fen = 1", "DELETE FROM offline_entries"):
        with pytest.raises(StorageError):
            await shop.storage.run(lambda tx, sql=statement: tx.connection.execute(sql))  # type: ignore[misc]
    assert len(await entries(shop, order_id)) == 1
