"""Which half of a day is left, and what the refusal offers instead, where one half is blocked or full."""

from __future__ import annotations

from dataclasses import replace

import pytest

from clock import DAY, HOUR, MINUTE, day_bounds, shanghai_date
from orders.booking.bookable_days import DayRules, days_from, is_overbooked
from orders.booking.day_places import Visit
from storage.models import Takes
from tests.payment.conftest import Shop
from tests.payment.test_bookable_days import block_day, day, refusal, with_visits

pytestmark = pytest.mark.promise(37)


async def test_a_visit_whose_hour_is_open_goes_where_there_is_room(shop: Shop) -> None:
    shop = with_visits(shop, capacity="1")
    await shop.placed(await shop.user("oMorning"), visit_time="09:00")
    await shop.placed(await shop.user("oOpen"), visit_time="")
    assert (await refusal(shop, "oLate", visit_time="")).startswith("day_full: ")


async def test_a_visit_whose_hour_is_open_needs_room_in_the_half_that_is_not_blocked(shop: Shop) -> None:
    shop = with_visits(shop, capacity="1")
    await shop.placed(await shop.user("oAfternoon"), visit_time="15:00")
    await block_day(shop, half="am")
    assert (await refusal(shop, visit_time="")).startswith("day_full: ")
    await shop.placed(visit_time="", visit_date=day(shop, 11))


async def test_on_a_day_with_one_blocked_half_the_other_is_offered_and_a_whole_day_is_not_taken(
    shop: Shop,
) -> None:
    await block_day(shop, half="am")
    assert "当天下午还可以约" in await refusal(shop, visit_time="10:00")
    said = await refusal(shop, takes=Takes.DAY, visit_time="09:00")
    assert said.startswith("day_blocked: ")
    assert "春节放假" in said
    assert "上午" not in said
    assert "下午" not in said


async def test_a_whole_day_of_whose_halves_none_is_blocked_is_taken(shop: Shop) -> None:
    await block_day(shop, half="day", hospital=2)
    await shop.placed(takes=Takes.DAY)


async def test_the_last_day_that_can_be_booked_is_offered_and_never_the_refused_one(shop: Shop) -> None:
    horizon = shop.settings.orders.horizon_days
    refused = shanghai_date(shop.at + DAY)
    begin = shop.at
    for later in range(horizon):
        await block_day(shop, later)
    said = await refusal(shop, visit_date=refused, visit_time="10:00")
    month, date = shanghai_date(begin + horizon * DAY)[5:].split("-")
    assert f"最近可以选 {int(month)}月{int(date)}日（周" in said
    await block_day(shop, horizon)
    assert "近期都已约满，请联系客服" in await refusal(shop, "oOther", visit_date=refused, visit_time="10:00")


async def test_the_notice_for_today_counts_for_today_alone(shop: Shop) -> None:
    shop = with_visits(shop, same_day_until="10:00")
    shop.at = day_bounds(shanghai_date(shop.at + DAY))[0] + 23 * HOUR
    await shop.placed(visit_date=day(shop, 1), visit_time="09:00")


async def test_from_noon_on_the_morning_of_today_is_over(shop: Shop) -> None:
    """As the form's calendar shows it: the last minute before noon, and noon."""
    rules = DayRules(replace(shop.settings.visits, same_day_until="24:00"), 30)
    noon = day_bounds(shanghai_date(shop.at + DAY))[0] + 12 * HOUR
    for at, slug in ((noon - MINUTE, None), (noon, "half_day_over")):
        async with shop.storage.reading() as reader:
            visit = Visit(shanghai_date(at), "", Takes.HALF, 0)
            today, tomorrow = await days_from(reader, rules, visit, 2, at)
        morning = today.halves["am"]
        assert (morning.slug if morning else None) == slug
        assert (today.closed, today.halves["pm"]) == (None, None)
        assert (tomorrow.closed, tomorrow.halves) == (None, {"am": None, "pm": None})


async def test_days_behind_the_horizon_say_so_and_its_last_day_is_open(shop: Shop) -> None:
    rules = DayRules(shop.settings.visits, 5)
    async with shop.storage.reading() as reader:
        visit = Visit(day(shop, 5), "", Takes.HALF, 0)
        last, behind = await days_from(reader, rules, visit, 2, shop.at)
    assert last.closed is None
    assert behind.closed is not None
    assert (behind.closed.slug, behind.closed.reason) == ("beyond_horizon", "最多提前 5 天预约")
    assert behind.halves == {"am": behind.closed, "pm": behind.closed}


@pytest.mark.parametrize(("left", "overbooked"), [(1, False), (0, True)])
async def test_a_place_is_kept_until_the_moment_in_which_its_time_ends(
    shop: Shop, left: int, overbooked: bool
) -> None:
    """Of two orders for the last place, the first is paid just before or just when its time has ended."""
    shop = with_visits(shop, capacity="1")
    order_id = await shop.placed(await shop.user("oFirst"), visit_time="09:00")
    order = await shop.order(order_id)
    rules = DayRules(shop.settings.visits, 90)
    shop.at = order.place_held_until
    await shop.placed(await shop.user("oSecond"), visit_time="10:00", visit_date=order.visit_date)
    assert (
        await shop.storage.run(lambda tx: is_overbooked(tx, rules, order, order.place_held_until - left))
        is overbooked
    )
