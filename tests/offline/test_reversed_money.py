"""A receipt that is reversed leaves nothing that can still be paid, or is invoiced, without a reason."""

from __future__ import annotations

import pytest

from clock import DAY, HOUR
from orders import serving
from payment import problems
from payment.offline.problems import NotReversible
from payment.payables import PayableKey
from storage.models import InvoiceState, OrderState, SupplementState
from tests.offline.conftest import assert_books_balance, booked, paid_offline, receipt
from tests.offline.racing import invoice, invoice_asked, invoice_mark, issue
from tests.payment.conftest import ADMIN, PRICE, Shop
from tests.payment.supplements.desk import EXTRA, Desk
from tests.payment.visit_money import assigned

pytestmark = pytest.mark.promise(38, 39)


@pytest.fixture
def desk(shop: Shop) -> Desk:
    return Desk(shop)


async def in_cash(shop: Shop, desk: Desk, order_id: int) -> PayableKey:
    """A supplement of the order, paid in cash."""
    key = PayableKey(order_id, await desk.opened(order_id))
    await shop.payments.offline.record(key, receipt(shop, EXTRA), ADMIN)
    return key


async def test_of_an_order_that_was_cancelled_a_reversed_supplement_is_withdrawn(
    shop: Shop, desk: Desk
) -> None:
    user = await shop.user()
    order_id = await paid_offline(shop)
    key = await in_cash(shop, desk, order_id)
    refund_id = await shop.payments.request_refund(order_id, user, "不去了", PRICE)
    await shop.payments.approve_refund(refund_id, ADMIN)
    await shop.payments.offline.reverse(key, "没收到", ADMIN)
    assert (await desk.get(key.supplement_id or 0)).state == SupplementState.WITHDRAWN
    with pytest.raises(problems.PaymentError):
        await shop.payments.pay_supplement(key.supplement_id or 0, user)
    await assert_books_balance(shop)


async def test_of_a_user_who_is_gone_a_reversed_supplement_is_withdrawn(shop: Shop, desk: Desk) -> None:
    order_id = await paid_offline(shop)
    key = await in_cash(shop, desk, order_id)
    await shop.storage.run(lambda tx: serving.finish(tx, order_id, ADMIN, shop.at))
    owner = (await shop.order(order_id)).user_id
    await shop.storage.run(lambda tx: tx.users.erase(owner, shop.at))
    await shop.payments.offline.reverse(key, "没收到", ADMIN)
    assert (await desk.get(key.supplement_id or 0)).state == SupplementState.WITHDRAWN
    await assert_books_balance(shop)


async def test_an_order_with_a_paid_supplement_is_not_reversed_before_that(shop: Shop, desk: Desk) -> None:
    order_id = await paid_offline(shop)
    key = await in_cash(shop, desk, order_id)
    with pytest.raises(NotReversible, match="补款"):
        await shop.payments.offline.reverse(PayableKey(order_id), "记错了订单", ADMIN)
    assert (await shop.order(order_id)).state == OrderState.PAID
    await shop.payments.offline.reverse(key, "记错了订单", ADMIN)
    await shop.payments.offline.reverse(PayableKey(order_id), "记错了订单", ADMIN)
    assert (await shop.order(order_id)).state == OrderState.UNPAID
    await assert_books_balance(shop)


async def test_what_was_given_back_of_a_supplement_holds_no_reversal_of_its_order(
    shop: Shop, desk: Desk
) -> None:
    order_id = await paid_offline(shop)
    supplement_id = await desk.paid(order_id=order_id)
    await shop.payments.start_supplement_refund(supplement_id, ADMIN, EXTRA, "多收了")
    with pytest.raises(NotReversible, match="补款"):  # the money is not back yet
        await shop.payments.offline.reverse(PayableKey(order_id), "记错了订单", ADMIN)
    await desk.given_back(supplement_id)
    await shop.payments.offline.reverse(PayableKey(order_id), "记错了订单", ADMIN)
    await assert_books_balance(shop)


async def test_no_supplement_of_an_order_that_waits_for_its_money_can_be_paid(shop: Shop, desk: Desk) -> None:
    user = await shop.user()
    order_id = await paid_offline(shop)
    supplement_id = await desk.begun(order_id=order_id)
    number = (await desk.attempt(supplement_id)).out_trade_no
    await shop.payments.offline.reverse(PayableKey(order_id), "记错了订单", ADMIN)
    assert (await desk.get(supplement_id)).state == SupplementState.WITHDRAWN
    with pytest.raises(problems.PaymentError):
        await shop.payments.pay_supplement(supplement_id, user)
    shop.wechat.pay(number)  # the cashier was open
    await shop.payments.notify({}, shop.wechat.paid_notice(number))
    (refund,) = await desk.refunds(supplement_id)
    assert (refund.source, refund.amount_fen) == ("system", EXTRA)
    shop.pass_time(DAY + HOUR)
    await shop.sweep()
    assert (await shop.order(order_id)).state == OrderState.CANCELLED
    assert [kind for kind, _ in await booked(shop, order_id)][:2] == ["offline_payment"] * 2


async def test_an_invoice_about_a_reversed_supplement_is_to_be_reversed_too(shop: Shop, desk: Desk) -> None:
    order_id = await paid_offline(shop)
    key = await in_cash(shop, desk, order_id)
    await assigned(shop, order_id)
    await shop.storage.run(lambda tx: serving.finish(tx, order_id, ADMIN, shop.at))
    invoice_id = await invoiced(shop, order_id, PRICE + EXTRA)
    await shop.payments.offline.reverse(key, "没收到", ADMIN)
    assert (await invoice(shop, invoice_id)).state == InvoiceState.TO_REVERSE


async def test_an_invoice_about_a_reversed_order_is_to_be_reversed_too(shop: Shop) -> None:
    order_id = await paid_offline(shop)
    await shop.storage.run(lambda tx: serving.finish(tx, order_id, ADMIN, shop.at))
    invoice_id = await invoiced(shop, order_id, PRICE)
    await shop.storage.run(lambda tx: serving.reopen(tx, order_id, ADMIN, shop.at))
    await shop.payments.offline.reverse(PayableKey(order_id), "没收到", ADMIN)
    assert (await shop.order(order_id)).state == OrderState.UNPAID
    assert (await invoice(shop, invoice_id)).state == InvoiceState.TO_REVERSE
    await assert_books_balance(shop)


async def invoiced(shop: Shop, order_id: int, fen: int) -> int:
    """An invoice about so much is issued; its id."""
    invoice_id = await invoice_asked(shop, order_id)
    await issue(shop, invoice_id, await invoice_mark(shop, invoice_id))
    assert (await invoice(shop, invoice_id)).amount_fen == fen
    return invoice_id
