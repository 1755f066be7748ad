"""An order that ends: what becomes of its supplements, and what can be invoiced of it."""

from __future__ import annotations

import pytest

from payment import problems
from payment.invoicing import issuing, requests
from payment.invoicing.amounts import read_sum
from payment.invoicing.requests import Wanted
from storage.models import Invoice, InvoiceKind, InvoiceState, OrderState, RefundKind, SupplementState
from tests.office.conftest import dispute, in_cash, served
from tests.offline.conftest import assert_books_balance, handling, paid_offline
from tests.offline.phone import VAULT
from tests.payment.conftest import ADMIN, PRICE, Shop
from tests.payment.supplements.desk import EXTRA, Desk
from tests.payment.visit_money import pay_out

NUMBER = "24312000000000000001"


async def asked_for(shop: Shop, order_id: int) -> Invoice:
    order = await shop.order(order_id)
    wanted = Wanted(InvoiceKind.PERSON, "个人", "", "")
    invoice_id = await shop.storage.run(
        lambda tx: requests.request(tx, VAULT, order_id, order.user_id, wanted, (365, shop.at))
    )
    return await invoice(shop, invoice_id)


async def invoice(shop: Shop, invoice_id: int) -> Invoice:
    async with shop.storage.reading() as reader:
        found = await reader.invoices.get(invoice_id)
    assert found is not None
    return found


async def issued(shop: Shop, order_id: int, number: str = NUMBER) -> Invoice:
    wanted = await asked_for(shop, order_id)
    async with shop.storage.reading() as reader:
        seen = issuing.mark(wanted, await read_sum(reader, await shop.order(order_id)))
    await shop.storage.run(lambda tx: issuing.issue(tx, wanted.id, (number, "a.pdf"), 1, seen, shop.at))
    return await invoice(shop, wanted.id)


@pytest.mark.promise(38)
async def test_a_cancelled_order_takes_what_is_not_paid_along_and_keeps_what_was_paid(
    shop: Shop, desk: Desk
) -> None:
    user = await shop.user()
    order_id = await shop.paid(user)
    proposed = await desk.opened(order_id, state=SupplementState.PROPOSED, opened_at=None)
    begun, disputed = await desk.begun(user, order_id=order_id), await desk.opened(order_id)
    paid, cash = await desk.paid(user, order_id=order_id), await in_cash(shop, desk, order_id)
    await dispute(shop, disputed, user.id)
    refund_id = await shop.payments.request_refund(order_id, user, "不去了", PRICE, kind=RefundKind.CANCEL)
    await shop.payments.approve_refund(refund_id, ADMIN, PRICE)
    for supplement_id in (proposed, begun, disputed):
        assert (await desk.get(supplement_id)).state == SupplementState.WITHDRAWN
    for supplement_id in (paid, cash):
        assert (await desk.get(supplement_id)).state == SupplementState.PAID
    with pytest.raises(problems.PaymentError):
        await shop.payments.pay_supplement(begun, user)
    await pay_out(shop, order_id)
    assert (await shop.order(order_id)).state == OrderState.REFUNDED
    assert shop.wechat.charges[(await desk.attempt(begun)).out_trade_no].state == "CLOSED"
    for supplement_id in (paid, cash):
        assert await shop.payments.start_supplement_refund(supplement_id, ADMIN, EXTRA, "没有用到")


async def test_a_supplement_given_back_in_cash_after_the_invoice_asks_for_its_reversal(
    shop: Shop, desk: Desk
) -> None:
    order_id = await paid_offline(shop)
    supplement_id = await in_cash(shop, desk, order_id)
    await served(shop, order_id)
    known = await issued(shop, order_id)
    assert (known.state, known.amount_fen) == (InvoiceState.ISSUED, PRICE + EXTRA)
    refund_id = await shop.payments.start_supplement_refund(supplement_id, ADMIN, 100, "多收了")
    assert (await invoice(shop, known.id)).state == InvoiceState.ISSUED  # not back yet
    await shop.payments.offline.confirm_refund(refund_id, handling(shop), ADMIN)
    assert (await invoice(shop, known.id)).state == InvoiceState.TO_REVERSE
    await assert_books_balance(shop)


async def test_what_is_paid_after_the_invoice_can_be_invoiced_by_itself_and_goes_back_without_reversing_the_other(
    shop: Shop, desk: Desk
) -> None:
    order_id = await shop.paid()
    await served(shop, order_id)
    first = await issued(shop, order_id)
    assert first.amount_fen == PRICE
    supplement_id = await desk.paid(order_id=order_id)
    second = await issued(shop, order_id, "24312000000000000002")
    assert second.amount_fen == EXTRA
    await shop.payments.start_supplement_refund(supplement_id, ADMIN, EXTRA, "多收了")
    await desk.given_back(supplement_id)
    assert (await invoice(shop, second.id)).state == InvoiceState.TO_REVERSE
    assert (await invoice(shop, first.id)).state == InvoiceState.ISSUED
