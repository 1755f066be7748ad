"""The office gives up an unpaid order by phone: once, with all that leads to it, and no order of a user's own."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from orders.sharing.claims import ClaimNotValid, Secret
from payment import problems
from refusals import OrderNotFound
from storage.models import Cause, OrderState
from tests.offline.conftest import paid_offline
from tests.offline.phone import claim, given, phone_order
from tests.payment.conftest import ADMIN, Shop

pytestmark = pytest.mark.promise(39)


class Stopped(Exception):
    """A hook that takes everything back."""


async def test_an_order_by_phone_is_given_up_and_nobody_can_claim_it_any_more(shop: Shop) -> None:
    order_id = await phone_order(shop)
    secrets = await given(shop, order_id)
    cause = Cause(ADMIN, shop.at, "客户不来了")
    told: list[Any] = []

    async def stop(tx: object, outcome: Any) -> None:
        told.append(outcome.id)
        raise Stopped

    async def note(tx: object, outcome: Any) -> None:
        told.append(outcome.id)

    with pytest.raises(Stopped):
        await shop.payments.closing.discard(order_id, cause, stop)
    assert (await shop.order(order_id)).state == OrderState.UNPAID
    await shop.payments.closing.discard(order_id, cause, note)
    assert told == [order_id, order_id]
    order = await shop.order(order_id)
    assert (order.state, order.hidden_at) == (OrderState.CANCELLED, shop.at)
    async with shop.storage.reading() as reader:
        step = (await reader.orders.history(order_id))[-1]
    assert (step.actor_kind, step.actor_id, step.reason, step.at) == (
        "admin",
        ADMIN.id,
        "客户不来了",
        shop.at,
    )
    user = await shop.user()
    with pytest.raises(ClaimNotValid):
        await claim(shop, Secret(token=secrets.token), user.id)
    with pytest.raises(problems.OrderNotDeletable):
        await shop.payments.closing.discard(order_id, cause)


async def test_an_order_of_a_user_is_theirs_to_delete(shop: Shop) -> None:
    order_id = await shop.placed()
    with pytest.raises(problems.OrderNotDeletable, match="由客户自己删除"):
        await shop.payments.closing.discard(order_id, Cause(ADMIN, shop.at, ""))
    with pytest.raises(OrderNotFound):
        await shop.payments.closing.discard(order_id + 99, Cause(ADMIN, shop.at, ""))
    assert (await shop.order(order_id)).state == OrderState.UNPAID


async def test_of_many_clerks_one_gives_an_order_up(shop: Shop) -> None:
    order_id = await phone_order(shop)
    results = await asyncio.gather(
        *(shop.another().closing.discard(order_id, Cause(ADMIN, shop.at, "")) for _ in range(4)),
        return_exceptions=True,
    )
    assert [type(each) for each in results if each is not None] == [problems.OrderNotDeletable] * 3


async def test_an_order_that_was_paid_after_its_end_was_claimed_lives_on(shop: Shop) -> None:
    order_id = await paid_offline(shop)
    until = shop.at + 1
    async with shop.storage.transaction() as tx:
        await tx.connection.execute(
            "UPDATE orders SET expiry_claimed_until = :until, expires_at = :at",
            {"until": until, "at": shop.at},
        )
        await tx.commit()
    assert not await shop.payments.closing.expire(order_id, until)
    assert not await shop.payments.closing.expire(order_id + 99, until)
    assert (await shop.order(order_id)).state == OrderState.PAID
