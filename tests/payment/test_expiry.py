"""When an unpaid order ends: never before its time, never beyond the visit's day, once, and not while it is changed."""

from __future__ import annotations

import asyncio

import pytest

from clock import DAY, HOUR, MINUTE, day_bounds, shanghai_date
from payment import problems
from payment.closing import EXPIRED_REASON
from storage.models import AttemptState, OrderState
from tests.payment.conftest import Shop
from tests.payment.fake_wechat import lost


def with_hours(shop: Shop, hours: int) -> None:
    shop.settings = shop.settings.replace("orders", unpaid_hours=hours)
    shop.payments = shop.another()
    shop.sweeper = shop.payments.sweeper("test")


async def claim(shop: Shop, order_id: int) -> int:
    """Claim the order's expiry as a sweeper does; until when."""
    until = shop.at + 5 * MINUTE
    assert await shop.storage.run(lambda tx: tx.orders.claim_expiry(order_id, shop.at, until))
    return until


@pytest.mark.parametrize("hours", [24, 72, 24 * 30])
async def test_nobody_pays_for_a_day_that_is_over(shop: Shop, hours: int) -> None:
    with_hours(shop, hours)
    user = await shop.user()
    today = shanghai_date(shop.at)
    order_id = await shop.placed(user, visit_date=today)
    over = day_bounds(today)[1]
    assert (await shop.order(order_id)).expires_at == over
    shop.at = over - 1
    assert (await shop.sweep()).expired == 0
    assert await shop.payments.resume(order_id, user)
    shop.at = over
    with pytest.raises(problems.OrderNotPayable):
        await shop.payments.resume(order_id, user)
    assert (await shop.sweep()).expired == 1
    assert (await shop.order(order_id)).state == OrderState.CANCELLED


async def test_an_edit_to_an_earlier_day_brings_the_end_forward_and_one_to_a_later_day_does_not_delay_it(
    shop: Shop,
) -> None:
    with_hours(shop, 72)
    user = await shop.user()
    order_id = await shop.placed(user, visit_date=shanghai_date(shop.at + 9 * DAY))
    assert (await shop.order(order_id)).expires_at == shop.at + 72 * HOUR
    tomorrow = shanghai_date(shop.at + DAY)
    await shop.placed(user, visit_date=tomorrow)
    assert (await shop.order(order_id)).expires_at == day_bounds(tomorrow)[1]
    await shop.placed(user, visit_date=shanghai_date(shop.at + 20 * DAY))
    assert (await shop.order(order_id)).expires_at == shop.at + 72 * HOUR


@pytest.mark.parametrize("hours", [1, 24])
async def test_the_time_is_over_to_the_millisecond(shop: Shop, hours: int) -> None:
    with_hours(shop, hours)
    user = await shop.user()
    order_id = await shop.placed(user)
    shop.pass_time(hours * HOUR - 1)
    assert (await shop.sweep()).expired == 0
    assert await shop.payments.resume(order_id, user)
    shop.pass_time(1)
    with pytest.raises(problems.OrderNotPayable):
        await shop.payments.resume(order_id, user)
    assert (await shop.sweep()).expired == 1
    async with shop.storage.reading() as reader:
        step = (await reader.orders.history(order_id))[-1]
    assert (step.actor_kind, step.reason) == ("system", EXPIRED_REASON)


async def test_an_order_edited_between_claim_and_expiry_lives_on(shop: Shop) -> None:
    user = await shop.user()
    order_id = await shop.placed(user)
    shop.pass_time(DAY)
    until = await claim(shop, order_id)
    assert await shop.placed(user, wishes="轮椅") == order_id
    closed = shop.wechat.calls["close"]
    assert not await shop.payments.closing.expire(order_id, until)
    assert (await shop.order(order_id)).state == OrderState.UNPAID
    assert shop.wechat.calls["close"] == closed
    assert (await shop.attempt(order_id)).state == AttemptState.PREPAID


async def test_an_order_edited_while_its_payment_is_being_closed_lives_on(shop: Shop) -> None:
    user = await shop.user()
    order_id = await shop.placed(user)
    shop.pass_time(DAY)

    async def edit() -> None:
        async with shop.storage.transaction() as tx:
            await tx.orders.edit(order_id, shop.content(wishes="轮椅"), shop.at, shop.at + DAY)
            await tx.commit()

    shop.wechat.before["close"].append(edit)
    assert (await shop.sweep()).expired == 0
    order = await shop.order(order_id)
    assert (order.state, order.wishes) == (OrderState.UNPAID, "轮椅")
    assert await shop.payments.resume(order_id, user)


async def test_nothing_expires_without_a_claim_or_by_the_claim_of_another_process(shop: Shop) -> None:
    order_id = await shop.placed()
    shop.pass_time(DAY)
    assert not await shop.payments.closing.expire(order_id, shop.at + 5 * MINUTE)
    first = await claim(shop, order_id)
    assert not await shop.storage.run(lambda tx: tx.orders.claim_expiry(order_id, shop.at, shop.at + MINUTE))
    shop.at = first
    second = await claim(shop, order_id)
    assert not await shop.payments.closing.expire(order_id, first)
    assert (await shop.order(order_id)).state == OrderState.UNPAID
    assert shop.wechat.calls["close"] == 0
    assert await shop.payments.closing.expire(order_id, second)
    assert (await shop.order(order_id)).state == OrderState.CANCELLED


async def test_a_claim_does_not_end_an_order_before_its_time(shop: Shop) -> None:
    order_id = await shop.placed()
    until = shop.at + 5 * MINUTE
    assert not await shop.storage.run(lambda tx: tx.orders.claim_expiry(order_id, shop.at, until))
    assert not await shop.payments.closing.expire(order_id, until)
    assert (await shop.order(order_id)).state == OrderState.UNPAID


async def test_however_many_sweepers_there_are_an_order_expires_once_and_is_closed_once(shop: Shop) -> None:
    order_id = await shop.placed()
    shop.pass_time(DAY)
    sweepers = [shop.another().sweeper(f"p{count}") for count in range(5)]
    going_on = asyncio.Event()
    shop.wechat.before["close"].append(going_on.wait)  # type: ignore[arg-type]
    rounds = [asyncio.ensure_future(each.run_once()) for each in sweepers]
    done, waiting = await asyncio.wait(rounds, timeout=2, return_when=asyncio.ALL_COMPLETED)
    assert (len(done), len(waiting)) == (4, 1)
    going_on.set()
    results = await asyncio.gather(*rounds)
    assert sum(result.expired for result in results) == 1
    assert shop.wechat.calls["close"] == 1
    assert await shop.states(order_id) == ["unpaid", "cancelled"]


async def test_an_expired_order_is_not_payable_while_wechat_keeps_it_from_ending(shop: Shop) -> None:
    user = await shop.user()
    order_id = await shop.placed(user)
    shop.pass_time(DAY)
    for _ in range(4):
        shop.wechat.before["query"] += [lost()] * 4
        await shop.sweep()
        shop.wechat.before.clear()
        with pytest.raises(problems.OrderNotPayable):
            await shop.payments.resume(order_id, user)
        shop.pass_time(5 * MINUTE)
    assert len(await shop.attempts(order_id)) == 1
    assert (await shop.sweep()).expired == 1


async def test_an_expired_order_under_review_says_that_and_ends_when_it_is_released(shop: Shop) -> None:
    user = await shop.user()
    order_id = await shop.placed(user)
    number = (await shop.attempt(order_id)).out_trade_no
    shop.wechat.pay(number)
    shop.wechat.charges[number].parameters["openid"] = "oSomebodyElse"
    await shop.payments.notify({}, shop.wechat.paid_notice(number))
    shop.pass_time(DAY)
    await shop.sweep()
    for act in (shop.payments.resume, shop.payments.cancel):
        with pytest.raises(problems.PaymentPending):
            await act(order_id, user)
    before = await shop.order(order_id)
    with pytest.raises(problems.PaymentPending):
        await shop.placed(user, wishes="轮椅")
    assert await shop.order(order_id) == before
    await shop.payments.release_mismatch(number)
    shop.pass_time(DAY)
    assert (await shop.sweep()).expired == 1


# Who may order and pay


@pytest.mark.promise(24)
@pytest.mark.parametrize("column", ["disabled_at", "deleted_at"])
async def test_a_disabled_or_erased_user_orders_and_pays_nothing(shop: Shop, column: str) -> None:
    user = await shop.user()
    order_id = await shop.placed(user)
    other = await shop.user("oUser2")
    async with shop.storage.transaction() as tx:
        for person in (user, other):
            await tx.connection.execute(f"UPDATE users SET {column} = 1 WHERE id = :id", {"id": person.id})
        await tx.commit()
    created = shop.wechat.calls["create"]
    before = await shop.order(order_id)
    for person in (user, other):
        with pytest.raises(problems.OrderNotPayable, match="已停用或已注销"):
            await shop.placed(person, wishes="轮椅")
    with pytest.raises(problems.OrderNotPayable, match="已停用或已注销"):
        await shop.payments.resume(order_id, user)
    assert await shop.order(order_id) == before
    async with shop.storage.reading() as reader:
        assert await reader.orders.of_user(other.id, hidden=True) == []
    assert shop.wechat.calls["create"] == created


@pytest.mark.promise(24)
async def test_a_user_erased_amid_the_tap_gets_no_order(shop: Shop) -> None:
    """The erasure holds the user's row: an order waits for it, and then finds no user."""
    user = await shop.user()
    async with shop.storage.transaction() as tx:
        await tx.connection.execute("UPDATE users SET deleted_at = 1 WHERE id = :id", {"id": user.id})
        tap = asyncio.ensure_future(shop.placed(user))
        done, _ = await asyncio.wait([tap], timeout=0.3)
        assert not done
        await tx.commit()
    with pytest.raises(problems.OrderNotPayable):
        await tap
