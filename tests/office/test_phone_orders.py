"""An order that the office entered, from the call to the end: in cash, claimed, expired, with supplements."""

from __future__ import annotations

import pytest

from clock import HOUR
from config import VisitSettings
from orders import serving
from orders.sharing.claims import Secret
from orders.visits.reminders import remind_due
from payment import problems
from payment.offline.problems import NotOffline
from payment.payables import PayableKey
from storage.models import AttemptState, Cause, OrderState, RefundKind, RefundState
from tests.office.conftest import in_cash
from tests.offline.conftest import assert_books_balance, booked, handling, receipt
from tests.offline.phone import claim, given, phone_order
from tests.payment.conftest import ADMIN, PRICE, Shop
from tests.payment.supplements.desk import EXTRA, Desk
from tests.payment.visit_money import before_visit, escort

CASH, BACK = ("offline_payment", PRICE), ("offline_refund", -PRICE)


async def waiting_messages(shop: Shop, user_id: int) -> list[str]:
    async with shop.storage.reading() as reader:
        return [each.kind for each in await reader.outbox.of_user(user_id)]


@pytest.mark.promise(39)
async def test_cash_that_paid_a_claimed_order_is_paid_back_by_hand_and_wechat_is_never_asked(
    shop: Shop,
) -> None:
    order_id, user = await phone_order(shop), await shop.user()
    await shop.payments.offline.record(PayableKey(order_id), receipt(shop), ADMIN)
    await claim(shop, Secret(token=(await given(shop, order_id)).token), user.id)
    with pytest.raises(problems.OrderAlreadyPaid):
        await shop.payments.resume(order_id, user)
    refund_id = await shop.payments.request_refund(order_id, user, "不去了", PRICE, kind=RefundKind.CANCEL)
    await shop.payments.approve_refund(refund_id, ADMIN, PRICE)
    shop.pass_time(2 * HOUR)
    await shop.sweep()
    assert (await shop.refund(order_id)).state == RefundState.APPROVED
    await shop.payments.offline.confirm_refund(refund_id, handling(shop), ADMIN)
    assert (await shop.order(order_id)).state == OrderState.REFUNDED
    assert await booked(shop, order_id) == [CASH, BACK]
    assert not shop.wechat.charges
    assert "refund" in await waiting_messages(shop, user.id)
    await assert_books_balance(shop)


@pytest.mark.promise(39)
async def test_cash_for_a_claimed_order_closes_the_cashier_that_its_new_owner_has_opened(shop: Shop) -> None:
    order_id, user = await phone_order(shop), await shop.user()
    await claim(shop, Secret(code=(await given(shop, order_id)).code), user.id)
    await shop.payments.resume(order_id, user)
    await shop.payments.offline.record(PayableKey(order_id), receipt(shop), ADMIN)
    closed, cash = await shop.attempts(order_id)
    assert (closed.state, cash.state) == (AttemptState.CLOSED, AttemptState.PAID)
    assert await booked(shop, order_id) == [CASH]
    with pytest.raises(NotOffline):
        await shop.payments.offline.reverse(PayableKey(await shop.paid()), "记错了", ADMIN)


async def test_an_order_by_phone_that_expired_can_still_be_claimed_and_not_be_paid(shop: Shop) -> None:
    order_id, user = await phone_order(shop), await shop.user()
    shop.pass_time(2 * HOUR)
    secrets = await given(shop, order_id)
    shop.pass_time(71 * HOUR)
    await shop.sweep()
    assert (await shop.order(order_id)).state == OrderState.CANCELLED
    await claim(shop, Secret(code=secrets.code), user.id)
    order = await shop.order(order_id)
    assert (order.user_id, order.state) == (user.id, OrderState.CANCELLED)
    with pytest.raises(problems.PaymentError):
        await shop.payments.resume(order_id, user)


async def test_a_customer_who_called_is_told_nothing_and_is_on_the_call_list(shop: Shop, desk: Desk) -> None:
    order_id = await phone_order(shop)
    customer = (await shop.order(order_id)).user_id
    await shop.payments.offline.record(PayableKey(order_id), receipt(shop), ADMIN)
    escort_id = await escort(shop)
    await shop.storage.run(lambda tx: serving.assign(tx, order_id, escort_id, "am", Cause(ADMIN, shop.at)))
    supplement_id = await in_cash(shop, desk, order_id)
    await shop.payments.start_supplement_refund(supplement_id, ADMIN, EXTRA, "多收了")
    await before_visit(shop, order_id, 14 * HOUR)
    assert await remind_due(shop.storage, shop.clock, VisitSettings(), "test") == 2
    assert await waiting_messages(shop, customer) == []
    user = await shop.user()
    await claim(shop, Secret(code=(await given(shop, order_id)).code), user.id)
    assert await remind_due(shop.storage, shop.clock, VisitSettings(), "test") == 1
    assert await waiting_messages(shop, user.id) == ["reminder"]
