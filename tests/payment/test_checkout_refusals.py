"""What a user hears of an order that cannot be changed, paid or deleted, and who is named in its history."""

from __future__ import annotations

import pytest

from clock import DAY, MINUTE
from payment import problems
from payment.refunds.cancellation import OrderEnding
from refusals import OrderNotFound
from storage.models import Ending, OrderState
from tests.payment.conftest import ADMIN, Shop

NOWHERE = 999_999


async def test_an_order_that_does_not_exist_is_not_found(shop: Shop) -> None:
    user = await shop.user()
    with pytest.raises(OrderNotFound):
        await shop.payments.resume(NOWHERE, user)
    with pytest.raises(OrderNotFound):
        await shop.payments.cancel(NOWHERE, user)
    with pytest.raises(OrderNotFound):
        await shop.payments.place(user, shop.content(), shop.at, NOWHERE)


@pytest.mark.promise(16)
async def test_the_history_names_the_user_who_made_and_deleted_an_order(shop: Shop) -> None:
    user = await shop.user()
    order_id = await shop.placed(user)
    await shop.payments.cancel(order_id, user)
    async with shop.storage.reading() as reader:
        steps = await reader.orders.history(order_id)
    assert [(step.to_state, step.actor_kind, step.actor_id) for step in steps] == [
        (OrderState.UNPAID, "user", user.id),
        (OrderState.CANCELLED, "user", user.id),
    ]


@pytest.mark.promise(9)
async def test_a_form_for_an_order_that_was_paid_and_cancelled_since_says_that_it_was_paid(
    shop: Shop,
) -> None:
    """Told that it was never paid, the user would pay a second time for a visit whose money is on its way back."""
    user = await shop.user()
    order_id = await shop.paid(user)
    await shop.payments.end_order(order_id, ADMIN, OrderEnding(Ending.CANCELLED_BY_USER, 0))
    assert (await shop.order(order_id)).state == OrderState.CANCELLED
    with pytest.raises(problems.OrderAlreadyPaid):
        await shop.payments.place(user, shop.content(), shop.at, order_id)
    async with shop.storage.transaction() as tx:
        assert await tx.orders.unpaid_of_user(user.id) == []


async def test_an_expired_order_under_review_is_left_alone_for_a_day(shop: Shop) -> None:
    order_id = await shop.placed()
    number = (await shop.attempt(order_id)).out_trade_no
    shop.wechat.pay(number)
    await shop.payments.notify({}, shop.wechat.paid_notice(number, amount={"total": 1, "currency": "CNY"}))
    order = await shop.order(order_id)
    shop.at = order.expires_at
    until = shop.at + 5 * MINUTE
    assert await shop.storage.run(lambda tx: tx.orders.claim_expiry(order_id, shop.at, until))
    assert await shop.payments.closing.expire(order_id, until) is False
    order = await shop.order(order_id)
    assert (order.state, order.expiry_claimed_until) == (OrderState.UNPAID, shop.at + DAY)


async def test_of_two_unpaid_orders_a_form_for_the_first_changes_the_first(shop: Shop) -> None:
    """Without a name of the order, it is the patient's own, in whatever order they were made."""
    user = await shop.user()
    first, _ = await shop.payments.place(user, shop.content(patient_id=1), shop.at)
    second, _ = await shop.payments.place(user, shop.content(patient_id=2), shop.at, None, True)
    assert first != second
    changed, _ = await shop.payments.place(user, shop.content(patient_id=1, wishes="轮椅"), shop.at)
    assert changed == first
    assert (await shop.order(second)).wishes == ""
