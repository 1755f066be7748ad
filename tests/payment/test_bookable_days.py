"""A day that is blocked or full takes no order; an unpaid order keeps its place for some time; money that arrives all
the same is kept, and the order is shown to the office."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from clock import DAY, HOUR, MINUTE, day_bounds, shanghai_date
from orders.booking.bookable_days import DayClosed, DayRules, block, check_day, unblock
from orders.booking.day_places import visit_of
from storage.models import BlockedDay, EscortState, OrderState, Takes
from tests.payment.conftest import Shop


def with_visits(shop: Shop, **visits: Any) -> Shop:
    """The same business under other settings."""
    changed = Shop(shop.storage, replace(shop.settings, visits=replace(shop.settings.visits, **visits)))
    changed.at, changed.wechat = shop.at, shop.wechat
    changed.wechat.clock = changed.clock
    changed.payments = changed.another()
    changed.sweeper = changed.payments.sweeper("test")
    return changed


def day(shop: Shop, later: int = 10) -> str:
    return shanghai_date(shop.at + later * DAY)


async def block_day(shop: Shop, later: int = 10, half: str = "day", hospital: int = 0) -> int:
    blocked = BlockedDay(0, day(shop, later), half, hospital, "春节放假", 1, shop.at)
    return await shop.storage.run(lambda tx: block(tx, blocked))


async def refusal(shop: Shop, user: str = "oUser1", **content: Any) -> str:
    with pytest.raises(DayClosed) as refused:
        await shop.placed(await shop.user(user), **content)
    return f"{refused.value.slug}: {refused.value.message}"


@pytest.mark.promise(37)
async def test_of_twenty_who_want_the_last_place_at_once_exactly_one_has_it(shop: Shop) -> None:
    shop = with_visits(shop, capacity="1")
    await shop.placed(await shop.user("oFirst"), visit_time="09:00")
    users = [await shop.user(f"oUser{number}") for number in range(20)]

    async def one(user: Any) -> bool:
        try:
            await shop.another().place(user, shop.content(visit_time="14:00"), shop.at)
        except DayClosed:
            return False
        return True

    assert sorted(await asyncio.gather(*(one(user) for user in users))) == [False] * 19 + [True]
    async with shop.storage.reading() as reader:
        row = await reader.connection.fetch_one("SELECT COUNT(*) FROM orders")
        attempts = await reader.connection.fetch_one("SELECT COUNT(*) FROM payment_attempts")
    assert (row, attempts) == ((2,), (2,)), "who was too late left nothing behind"


@pytest.mark.promise(37)
async def test_the_refusal_of_a_full_half_names_the_other_half_and_then_the_next_day(shop: Shop) -> None:
    shop = with_visits(shop, capacity="1")
    await shop.placed(await shop.user("oFirst"), visit_time="09:00")
    said = await refusal(shop, visit_time="10:00")
    assert said.startswith("day_full: ")
    assert "上午不能预约：已约满" in said
    assert "当天下午还可以约" in said
    await shop.placed(await shop.user("oSecond"), visit_time="15:00")
    said = await refusal(shop, visit_time="10:00")
    month, date = day(shop, 11)[5:].split("-")
    assert f"最近可以选 {int(month)}月{int(date)}日" in said


@pytest.mark.promise(37)
@pytest.mark.parametrize(
    ("half", "hospital", "open_"),
    [
        ("day", 0, {}),
        ("day", 1, {"hospital_id": 2}),
        ("am", 0, {"visit_time": "14:00"}),
        ("am", 0, {"visit_time": ""}),
    ],
)
async def test_a_blocked_day_takes_no_order_that_it_is_about(
    shop: Shop, half: str, hospital: int, open_: dict[str, Any]
) -> None:
    await block_day(shop, half=half, hospital=hospital)
    said = await refusal(shop, visit_time="09:00")
    assert said.startswith("day_blocked: ")
    assert "春节放假" in said
    async with shop.storage.reading() as reader:
        assert await reader.connection.fetch_one("SELECT COUNT(*) FROM orders") == (0,)
    if open_:
        await shop.placed(**open_)


@pytest.mark.promise(37)
async def test_a_whole_day_needs_both_halves(shop: Shop) -> None:
    await block_day(shop, half="pm")
    assert (await refusal(shop, takes=Takes.DAY)).startswith("day_blocked: ")
    shop = with_visits(shop, capacity="1")
    await shop.placed(await shop.user("oFirst"), visit_time="09:00", visit_date=day(shop, 12))
    assert (await refusal(shop, takes=Takes.DAY, visit_date=day(shop, 12))).startswith("day_full: ")


@pytest.mark.promise(37)
async def test_a_day_that_was_blocked_after_the_order_takes_no_payment_until_it_is_open_again(
    shop: Shop,
) -> None:
    user = await shop.user()
    order_id = await shop.placed(user)
    blocked = await block_day(shop)
    with pytest.raises(DayClosed):
        await shop.payments.resume(order_id, user)
    assert shop.wechat.calls["create"] == 1, "its young prepay_id was not signed again either"
    await shop.storage.run(lambda tx: unblock(tx, blocked))
    await shop.payments.resume(order_id, user)


@pytest.mark.promise(37)
async def test_an_edit_into_a_full_day_is_refused_and_closes_no_payment(shop: Shop) -> None:
    shop = with_visits(shop, capacity="1")
    full = day(shop, 12)
    for number, time in enumerate(("09:00", "15:00")):
        await shop.placed(await shop.user(f"oOther{number}"), visit_time=time, visit_date=full)
    user = await shop.user()
    order_id = await shop.placed(user)
    before = await shop.order(order_id)
    with pytest.raises(DayClosed):
        await shop.placed(user, visit_date=full, service_name="另一项服务", price_fen=1_000)
    assert await shop.order(order_id) == before
    assert shop.wechat.calls["close"] == 0


@pytest.mark.promise(37)
async def test_an_unpaid_order_keeps_its_place_for_its_time_and_no_longer(shop: Shop) -> None:
    shop = with_visits(shop, capacity="1")
    user = await shop.user()
    order_id = await shop.placed(user, visit_time="09:00")
    shop.pass_time(30 * MINUTE - 1)
    await refusal(shop, "oLate", visit_time="10:00", visit_date=(await shop.order(order_id)).visit_date)
    shop.pass_time(1)
    await shop.placed(
        await shop.user("oLate"), visit_time="10:00", visit_date=(await shop.order(order_id)).visit_date
    )
    with pytest.raises(DayClosed):
        await shop.payments.resume(order_id, user)


@pytest.mark.promise(37)
async def test_money_that_arrives_for_a_place_that_is_gone_pays_the_order_and_is_shown(shop: Shop) -> None:
    shop = with_visits(shop, capacity="1")
    order_id = await shop.placed(visit_time="09:00")
    number = (await shop.attempt(order_id)).out_trade_no
    shop.pass_time(31 * MINUTE)
    day_of_first = (await shop.order(order_id)).visit_date
    second = await shop.placed(await shop.user("oSecond"), visit_time="10:00", visit_date=day_of_first)
    shop.wechat.pay(number)
    await shop.payments.notify({}, shop.wechat.paid_notice(number))
    paid = await shop.order(order_id)
    assert (paid.state, paid.overbooked_open) == (OrderState.PAID, True)
    shop.wechat.pay((await shop.attempt(second)).out_trade_no)
    await shop.payments.notify({}, shop.wechat.paid_notice((await shop.attempt(second)).out_trade_no))
    in_time = await shop.order(second)
    assert (in_time.state, in_time.overbooked_open) == (OrderState.PAID, False), "its place was held for it"
    await shop.assert_books_agree()


@pytest.mark.promise(37)
async def test_money_for_a_day_that_is_blocked_by_now_pays_the_order_and_is_shown(shop: Shop) -> None:
    order_id = await shop.placed()
    await block_day(shop)
    number = (await shop.attempt(order_id)).out_trade_no
    shop.wechat.pay(number)
    for _ in range(3):
        await shop.payments.notify({}, shop.wechat.paid_notice(number))
    paid = await shop.order(order_id)
    assert (paid.state, paid.overbooked_open) == (OrderState.PAID, True)
    assert await shop.states(order_id) == ["unpaid", "paid"]
    await shop.assert_books_agree()


@pytest.mark.promise(37)
async def test_an_order_that_is_paid_in_time_is_not_in_the_queue(shop: Shop) -> None:
    shop = with_visits(shop, capacity="1")
    assert not (await shop.order(await shop.paid(visit_time="09:00"))).overbooked_open


@pytest.mark.promise(37)
async def test_as_many_visits_as_approved_escorts_who_are_not_on_leave(shop: Shop) -> None:
    shop = with_visits(shop, capacity="escorts")
    assert (await refusal(shop, visit_time="09:00")).startswith("day_full: ")
    async with shop.storage.transaction() as tx:
        for user_id in (901, 902, 903):
            await tx.escorts.apply(user_id, "王芳", "", "2222", 1)
            escort = await tx.escorts.of_user(user_id)
            assert escort is not None
            if user_id != 903:
                await tx.escorts.move(escort.id, EscortState.PENDING, EscortState.APPROVED, 1)
            await tx.connection.execute(
                "INSERT INTO escort_leaves (escort_id, visit_date, half, reason, created_at) "
                "VALUES (:id, :day, 'am', '', 1)",
                {"id": escort.id, "day": day(shop) if user_id != 902 else "2020-01-01"},
            )
        await tx.commit()
    await shop.placed(visit_time="09:00")
    await refusal(shop, "oSecond", visit_time="09:30")
    for number in range(2):
        await shop.placed(await shop.user(f"oPm{number}"), visit_time="14:00")
    await refusal(shop, "oThird", visit_time="14:30")


@pytest.mark.promise(37)
async def test_visits_of_today_are_booked_until_the_notice_and_not_in_its_second(shop: Shop) -> None:
    shop = with_visits(shop, same_day_until="10:00")
    begin = day_bounds(shanghai_date(shop.at + DAY))[0]
    shop.at = begin + 10 * HOUR - 1
    await shop.placed(await shop.user("oEarly"), visit_date=day(shop, 0), visit_time="15:00")
    shop.at = begin + 10 * HOUR
    said = await refusal(shop, visit_date=day(shop, 0), visit_time="15:00")
    assert said.startswith("same_day_over: ")
    assert "10:00" in said
    await shop.placed(visit_date=day(shop, 1))


@pytest.mark.promise(37)
@pytest.mark.parametrize("capacity", ["0", "9"])
async def test_who_orders_waits_for_another_only_where_places_are_counted_and_who_blocks_the_day_always(
    shop: Shop, engine: str, capacity: str
) -> None:
    rules = DayRules(replace(shop.settings.visits, capacity=capacity), 90)
    visit = visit_of(shop.content())
    await shop.storage.run(lambda tx: check_day(tx, rules, visit, shop.at))
    async with shop.storage.transaction() as first:
        await check_day(first, rules, visit, shop.at)
        second = asyncio.create_task(shop.storage.run(lambda tx: check_day(tx, rules, visit, shop.at)))
        if engine != "sqlite" and capacity == "0":
            await asyncio.wait_for(second, 5)
        blocking = asyncio.create_task(block_day(shop))
        waiting = {blocking} if second.done() else {second, blocking}
        finished, _ = await asyncio.wait(waiting, timeout=0.3)
        assert finished == set(), "one writer at a time, or the lock of the day"
        await first.commit()
    await asyncio.gather(second, blocking, return_exceptions=True)
    with pytest.raises(DayClosed):
        await shop.storage.run(lambda tx: check_day(tx, rules, visit, shop.at))
