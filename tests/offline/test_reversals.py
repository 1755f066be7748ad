"""A receipt that was a mistake: the counter-entry, and the correction in one act."""

from __future__ import annotations

import asyncio

import pytest

from clock import DAY, HOUR
from payment import problems
from payment.offline.problems import NotOffline, NotReversible, WrongAmount
from payment.payables import PayableKey
from storage.models import AttemptState, OfflineMethod, OrderState
from tests.offline.conftest import assert_books_balance, booked, entries, mark, paid_offline, receipt
from tests.payment.conftest import ADMIN, PRICE, Shop
from tests.payment.visit_money import assigned


@pytest.mark.promise(39)
async def test_a_reversal_is_a_counter_entry_and_the_order_waits_for_money_again(shop: Shop) -> None:
    order_id = await paid_offline(shop)
    shop.pass_time(3 * HOUR)
    await shop.payments.offline.reverse(PayableKey(order_id), "记到别人的订单上了", ADMIN)
    order, attempt = await shop.order(order_id), await shop.attempt(order_id)
    assert (order.state, order.paid_fen, order.paid_at, order.paid_attempt_id) == (
        OrderState.UNPAID,
        0,
        None,
        None,
    )
    assert order.expires_at == shop.at + 24 * HOUR
    assert order.unpaid_user_id == order.user_id
    assert (attempt.state, attempt.open_order_id) == (AttemptState.REVERSED, None)
    assert await booked(shop, order_id) == [("offline_payment", PRICE), ("offline_payment", -PRICE)]
    first, second = await entries(shop, order_id)
    assert (first.kind, second.kind, second.amount_fen) == ("receipt", "reversal", -PRICE)
    assert (second.note, second.occurred_at) == ("记到别人的订单上了", shop.at)
    assert (second.method, second.handled_by) == (first.method, first.handled_by)
    await assert_books_balance(shop)


@pytest.mark.promise(39)
async def test_after_a_reversal_the_order_is_paid_at_wechat_as_ever(shop: Shop) -> None:
    user = await shop.user()
    order_id = await paid_offline(shop)
    await shop.payments.offline.reverse(PayableKey(order_id), "客户改用微信", ADMIN)
    await shop.payments.resume(order_id, user)
    number = (await shop.attempt(order_id)).out_trade_no
    shop.wechat.pay(number)
    await shop.payments.notify({}, shop.wechat.paid_notice(number))
    assert (await shop.order(order_id)).state == OrderState.PAID
    await assert_books_balance(shop)


async def test_after_a_reversal_nobody_pays_and_the_order_expires(shop: Shop) -> None:
    order_id = await paid_offline(shop)
    await shop.payments.offline.reverse(PayableKey(order_id), "客户没来付", ADMIN)
    shop.pass_time(DAY + HOUR)
    await shop.sweep()
    assert (await shop.order(order_id)).state == OrderState.CANCELLED
    await assert_books_balance(shop)


async def test_a_receipt_is_reversed_once_by_two_owners(shop: Shop) -> None:
    order_id = await paid_offline(shop)
    results = await asyncio.gather(
        shop.payments.offline.reverse(PayableKey(order_id), "错", ADMIN),
        shop.another().offline.reverse(PayableKey(order_id), "错", ADMIN),
        return_exceptions=True,
    )
    assert sorted(type(each).__name__ for each in results) == ["NotOffline", "int"]
    assert await booked(shop, order_id) == [("offline_payment", PRICE), ("offline_payment", -PRICE)]


async def test_money_that_came_by_wechat_is_never_reversed(shop: Shop) -> None:
    order_id = await shop.paid()
    with pytest.raises(NotOffline):
        await shop.payments.offline.reverse(PayableKey(order_id), "错", ADMIN)
    with pytest.raises(NotOffline):
        await shop.payments.offline.correct(PayableKey(order_id), receipt(shop), "错", ADMIN)
    assert (await shop.order(order_id)).state == OrderState.PAID


async def test_while_an_escort_is_on_it_nothing_is_reversed(shop: Shop) -> None:
    order_id = await paid_offline(shop)
    await assigned(shop, order_id)
    with pytest.raises(NotReversible, match="陪诊员"):
        await shop.payments.offline.reverse(PayableKey(order_id), "错", ADMIN)
    assert await booked(shop, order_id) == [("offline_payment", PRICE)]


async def test_with_a_refund_nothing_is_reversed_or_corrected(shop: Shop) -> None:
    user = await shop.user()
    order_id = await paid_offline(shop)
    await shop.payments.request_refund(order_id, user, "行程有变", PRICE)
    for act in (
        shop.payments.offline.reverse(PayableKey(order_id), "错", ADMIN),
        shop.payments.offline.correct(PayableKey(order_id), receipt(shop), "错", ADMIN),
    ):
        with pytest.raises(NotReversible, match="退款"):
            await act


async def test_a_reversal_waits_while_the_patient_has_another_unpaid_order(shop: Shop) -> None:
    order_id = await paid_offline(shop)
    await shop.placed()
    with pytest.raises(NotReversible, match="另一个待付款订单"):
        await shop.payments.offline.reverse(PayableKey(order_id), "错", ADMIN)
    assert (await shop.order(order_id)).state == OrderState.PAID
    assert await booked(shop, order_id) == [("offline_payment", PRICE)]  # all of it is undone
    await assert_books_balance(shop)


@pytest.mark.promise(39)
async def test_a_correction_puts_the_right_receipt_in_place_and_the_order_stays_paid(shop: Shop) -> None:
    order_id = await paid_offline(shop)
    await assigned(shop, order_id)
    wrong = await shop.attempt(order_id)
    right = receipt(shop, method=OfflineMethod.TRANSFER, reference="银行 778", occurred_at=shop.at - 2 * DAY)
    await shop.payments.offline.correct(PayableKey(order_id), right, "是转账，不是现金", ADMIN)
    order, attempt = await shop.order(order_id), await shop.attempt(order_id)
    assert (order.state, order.paid_attempt_id, order.paid_fen) == (OrderState.SERVING, attempt.id, PRICE)
    assert order.paid_at == shop.at - 2 * DAY
    async with shop.storage.reading() as reader:
        before = await reader.attempts.get(wrong.id)
    assert before is not None
    assert before.state == AttemptState.REVERSED
    assert [fen for _, fen in await booked(shop, order_id)] == [PRICE, -PRICE, PRICE]
    assert [entry.method for entry in await entries(shop, order_id)] == ["cash", "cash", "transfer"]
    await assert_books_balance(shop)


async def test_a_correction_to_another_amount_or_of_an_old_page_changes_nothing(shop: Shop) -> None:
    order_id = await paid_offline(shop)
    seen = await mark(shop, order_id)
    with pytest.raises(WrongAmount):
        await shop.payments.offline.correct(
            PayableKey(order_id), receipt(shop, PRICE - 100), "少收", ADMIN, seen
        )
    await shop.payments.offline.correct(
        PayableKey(order_id), receipt(shop, handled_by="张"), "是张收的", ADMIN, seen
    )
    with pytest.raises(problems.ChangedSinceSeen):
        await shop.payments.offline.correct(
            PayableKey(order_id), receipt(shop, handled_by="李"), "是李收的", ADMIN, seen
        )
    assert len(await entries(shop, order_id)) == 3
