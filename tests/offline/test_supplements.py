"""A supplement is paid in cash, reversed, corrected and paid back like its order, whose state does not move."""

from __future__ import annotations

import pytest

from payment import problems
from payment.offline.problems import NotOffline, WrongAmount
from payment.payables import PayableKey
from storage.models import OrderState, RefundState, SupplementState
from tests.offline.conftest import assert_books_balance, booked, handling, paid_offline, receipt
from tests.payment.conftest import ADMIN, PRICE, Shop
from tests.payment.supplements.desk import EXTRA, Desk


@pytest.fixture
def desk(shop: Shop) -> Desk:
    return Desk(shop)


@pytest.mark.promise(38, 39)
async def test_a_supplement_is_paid_in_cash_and_paid_back_by_hand(shop: Shop, desk: Desk) -> None:
    order_id = await paid_offline(shop)
    supplement_id = await desk.opened(order_id)
    key = PayableKey(order_id, supplement_id)
    with pytest.raises(WrongAmount):
        await shop.payments.offline.record(key, receipt(shop, EXTRA + 1), ADMIN)
    await shop.payments.offline.record(key, receipt(shop, EXTRA), ADMIN)
    paid = await desk.get(supplement_id)
    assert (paid.state, paid.paid_fen) == (SupplementState.PAID, EXTRA)
    with pytest.raises(problems.PaymentError):
        await shop.payments.offline.record(key, receipt(shop, EXTRA), ADMIN)
    assert await booked(shop, order_id) == [("offline_payment", PRICE), ("offline_payment", EXTRA)]
    await assert_books_balance(shop)


@pytest.mark.promise(38, 39)
async def test_a_receipt_of_a_supplement_is_reversed_and_it_is_open_again(shop: Shop, desk: Desk) -> None:
    order_id = await shop.paid()
    supplement_id = await desk.opened(order_id)
    key = PayableKey(order_id, supplement_id)
    await shop.payments.offline.record(key, receipt(shop, EXTRA), ADMIN)
    await shop.payments.offline.correct(key, receipt(shop, EXTRA, handled_by="李"), "是李收的", ADMIN)
    await shop.payments.offline.reverse(key, "没收到", ADMIN)
    back = await desk.get(supplement_id)
    assert (back.state, back.paid_fen, back.paid_at, back.paid_attempt_id) == (
        SupplementState.OPEN,
        0,
        None,
        None,
    )
    assert (await shop.order(order_id)).state == OrderState.PAID
    with pytest.raises(NotOffline):
        await shop.payments.offline.reverse(key, "再撤一次", ADMIN)
    await assert_books_balance(shop)


@pytest.mark.promise(38, 39)
async def test_a_refund_of_a_supplement_in_cash_waits_for_a_person(shop: Shop, desk: Desk) -> None:
    order_id = await shop.paid()
    supplement_id = await desk.opened(order_id)
    key = PayableKey(order_id, supplement_id)
    await shop.payments.offline.record(key, receipt(shop, EXTRA), ADMIN)
    refund_id = await shop.payments.start_supplement_refund(supplement_id, ADMIN, 2_000, "多收了")
    (refund,) = await desk.refunds(supplement_id)
    assert (refund.id, refund.state, refund.next_query_at) == (refund_id, RefundState.APPROVED, None)
    await shop.payments.offline.confirm_refund(refund_id, handling(shop), ADMIN)
    assert (await desk.get(supplement_id)).refunded_fen == 2_000
    assert (await shop.order(order_id)).state == OrderState.PAID
    await assert_books_balance(shop)
