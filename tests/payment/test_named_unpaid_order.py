"""A form that changes an existing order says which: whatever became of that order, no second one is made for it."""

from __future__ import annotations

import asyncio

import pytest

from clock import DAY, MINUTE
from payment import problems
from refusals import OrderNotFound
from storage.models import OrderState
from tests.payment.conftest import PRICE, Shop


async def test_the_order_that_the_form_believes_in_is_changed(shop: Shop) -> None:
    user = await shop.user()
    order_id = await shop.placed(user)
    content = shop.content(wishes="轮椅")
    assert (await shop.payments.place(user, content, unpaid_id=order_id))[0] == order_id
    assert (await shop.order(order_id)).wishes == "轮椅"


@pytest.mark.promise(9)
async def test_an_order_that_was_paid_meanwhile_is_not_ordered_a_second_time(shop: Shop) -> None:
    user = await shop.user()
    order_id = await shop.paid(user)
    with pytest.raises(problems.OrderAlreadyPaid):
        await shop.payments.place(user, shop.content(), unpaid_id=order_id)
    async with shop.storage.reading() as reader:
        assert [order.id for order in await reader.orders.of_user(user.id)] == [order_id]
    assert len(await shop.attempts(order_id)) == 1
    assert await shop.balance() == {"payment": PRICE}


@pytest.mark.promise(9)
async def test_a_tap_and_the_notification_at_once_give_one_order(shop: Shop) -> None:
    """Whichever of the two is first: the tap signs the same payment again, or hears that it is paid."""
    user = await shop.user()
    order_id = await shop.placed(user)
    number = (await shop.attempt(order_id)).out_trade_no
    shop.wechat.pay(number)
    told = asyncio.ensure_future(shop.payments.notify({}, shop.wechat.paid_notice(number)))
    taps = (shop.another().place(user, shop.content(), unpaid_id=order_id) for _ in range(5))
    for result in await asyncio.gather(*taps, return_exceptions=True):
        if isinstance(result, BaseException):
            assert isinstance(result, problems.OrderAlreadyPaid), result
        else:
            assert result[0] == order_id
    await told
    async with shop.storage.reading() as reader:
        assert [order.state for order in await reader.orders.of_user(user.id)] == [OrderState.PAID]
    assert shop.wechat.money_fen == PRICE


async def test_another_unpaid_order_is_not_changed_in_its_place(shop: Shop) -> None:
    user = await shop.user()
    paid = await shop.paid(user)
    waiting = await shop.placed(user)
    with pytest.raises(problems.OrderAlreadyPaid):
        await shop.payments.place(user, shop.content(wishes="轮椅"), unpaid_id=paid)
    assert (await shop.order(waiting)).wishes == ""


@pytest.mark.parametrize("end", ["deleted", "expired"])
async def test_an_order_that_has_ended_is_not_placed_again(shop: Shop, end: str) -> None:
    user = await shop.user()
    order_id = await shop.placed(user)
    if end == "deleted":
        await shop.payments.cancel(order_id, user)
    else:
        shop.pass_time(DAY + MINUTE)
        await shop.sweep()
    with pytest.raises(OrderNotFound):
        await shop.payments.place(user, shop.content(), unpaid_id=order_id)
    async with shop.storage.reading() as reader:
        assert [order.id for order in await reader.orders.of_user(user.id, hidden=True)] == [order_id]


@pytest.mark.promise(18)
async def test_a_strangers_order_looks_as_if_it_did_not_exist(shop: Shop) -> None:
    waiting = await shop.placed()
    stranger = await shop.user("oStranger")
    for order_id in (waiting, waiting + 1000):
        with pytest.raises(OrderNotFound):
            await shop.payments.place(stranger, shop.content(wishes="轮椅"), unpaid_id=order_id)
    assert (await shop.order(waiting)).wishes == ""
