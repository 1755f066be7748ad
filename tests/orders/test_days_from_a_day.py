"""Where a list of days begins and ends, what each of its days says, and which day a refusal proposes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from clock import HOUR, day_bounds
from orders.booking.bookable_days import DayClosed, DayRules, DayState, block, check_day, days_from
from orders.booking.day_places import Visit
from orders.escorts import leaves
from orders.escorts.leaves import HalfDays
from storage.models import BlockedDay, Takes
from tests.orders.scene import NOON, Scene

TODAY = "2026-11-19"
FIRST = "2026-12-20"


def day(later: int, begin: str = FIRST) -> str:
    return (date.fromisoformat(begin) + timedelta(later)).isoformat()


def rules_of(scene: Scene, capacity: str = "0", **visits: Any) -> DayRules:
    rules = DayRules.of(scene.settings)
    return replace(rules, visits=replace(rules.visits, capacity=capacity, **visits))


async def blocked(
    scene: Scene, when: str, half: str = "day", hospital: int = 0, reason: str = "放假"
) -> None:
    row = BlockedDay(0, when, half, hospital, reason, 1, NOON)
    await scene.run(lambda tx: block(tx, row))


async def listed(scene: Scene, rules: DayRules, visit: Visit, days: int, at: int = NOON) -> list[DayState]:
    async with scene.storage.reading() as reader:
        return await days_from(reader, rules, visit, days, at)


def halves(states: list[DayState]) -> list[tuple[str, ...]]:
    """The slugs of what is closed, by day: of the day, the morning, the afternoon."""
    return [
        tuple(each.slug if each else "" for each in (state.closed, state.halves["am"], state.halves["pm"]))
        for state in states
    ]


OPEN, WHOLE_DAY = ("", "", ""), ("day_blocked",) * 3
VISIT = Visit(FIRST, "", Takes.HALF, 1)


async def test_a_list_has_its_first_day_its_last_one_and_so_many(scene: Scene) -> None:
    for later in (-1, 0, 3, 4):
        await blocked(scene, day(later))
    for capacity in ("0", "9"):
        states = await listed(scene, rules_of(scene, capacity), VISIT, 4)
        assert [each.day for each in states] == [FIRST, day(1), day(2), day(3)]
        assert halves(states) == [WHOLE_DAY, OPEN, OPEN, WHOLE_DAY], capacity
    (only,) = await listed(scene, rules_of(scene), VISIT, 1)
    assert only.day == FIRST


async def test_what_is_booked_counts_on_its_own_day_on_the_first_and_the_last_one_too(scene: Scene) -> None:
    for later in (-1, 0, 2, 3):
        await scene.add_order(scene.own, visit_date=day(later))
    states = await listed(scene, rules_of(scene, "1"), VISIT, 3)
    taken = ("", "day_full", "")
    assert halves(states) == [taken, OPEN, taken]


async def test_a_leave_takes_a_place_of_its_own_day_on_the_first_and_the_last_one_too(scene: Scene) -> None:
    for escort in scene.escorts[:3]:
        for later in (0, 2):
            when = HalfDays(day(later), "pm")
            await scene.run(
                lambda tx, escort=escort, when=when: leaves.take(tx, escort, when, "", scene.clock)
            )
    states = await listed(scene, rules_of(scene, "escorts"), VISIT, 3)
    away = ("", "", "day_full")
    assert halves(states) == [away, OPEN, away]


async def test_the_half_of_the_visit_that_is_asked_for_closes_no_day(scene: Scene) -> None:
    await blocked(scene, FIRST, "am")
    for half in ("am", "pm", ""):
        (state,) = await listed(scene, rules_of(scene), replace(VISIT, half=half), 1)
        assert halves([state]) == [("", "day_blocked", "")], half


async def test_a_hospital_s_own_day_off_is_its_own(scene: Scene) -> None:
    await blocked(scene, FIRST, hospital=2, reason="检修")
    for hospital, closed in ((1, False), (2, True), (3, False)):
        (state,) = await listed(scene, rules_of(scene), replace(VISIT, hospital_id=hospital), 1)
        assert (state.closed is not None) is closed, hospital


async def test_of_a_visit_for_the_whole_day_both_halves_are_as_the_day(scene: Scene) -> None:
    await blocked(scene, FIRST, "pm")
    await blocked(scene, day(1), "am", reason="开会")
    states = await listed(scene, rules_of(scene), replace(VISIT, takes=Takes.DAY), 3)
    assert halves(states) == [WHOLE_DAY, WHOLE_DAY, OPEN]
    assert [each.closed and each.closed.reason for each in states] == ["放假", "开会", None]


async def test_the_last_day_that_can_be_booked_is_open_and_the_next_one_says_how_far_one_may_plan(
    scene: Scene,
) -> None:
    horizon = scene.settings.orders.horizon_days
    visit = replace(VISIT, day=day(horizon, TODAY))
    last, beyond = await listed(scene, rules_of(scene), visit, 2)
    assert (last.closed, last.halves) == (None, {"am": None, "pm": None})
    assert beyond.closed is not None
    assert (beyond.closed.slug, beyond.closed.reason) == ("beyond_horizon", f"最多提前 {horizon} 天预约")
    assert beyond.halves == {"am": beyond.closed, "pm": beyond.closed}


async def test_the_calendar_ends_with_the_year_9999(scene: Scene) -> None:
    visit = replace(VISIT, day="9999-12-30")
    assert [each.day for each in await listed(scene, rules_of(scene), visit, 1)] == ["9999-12-30"]
    for days in (2, 3, 400):
        states = await listed(scene, rules_of(scene), visit, days)
        assert [each.day for each in states] == ["9999-12-30", "9999-12-31"], days


BEGIN = day_bounds(TODAY)[0]


@pytest.mark.parametrize(
    ("until", "at", "morning", "afternoon"),
    [
        ("18:00", BEGIN, "", ""),
        ("18:00", BEGIN + 12 * HOUR - 1, "", ""),
        ("18:00", BEGIN + 12 * HOUR, "上午已经过去", ""),
        ("18:00", BEGIN + 18 * HOUR - 1, "上午已经过去", ""),
        ("18:00", BEGIN + 18 * HOUR, "当天的预约到 18:00 截止", "当天的预约到 18:00 截止"),
        ("00:00", BEGIN, "今天不接受当天预约", "今天不接受当天预约"),
        ("18:00", BEGIN + 24 * HOUR, "已经过去", "已经过去"),
        ("18:00", BEGIN - 1, "", ""),
    ],
)
async def test_today_is_closed_from_the_settled_hour_on_and_its_morning_from_noon_on(
    scene: Scene, until: str, at: int, morning: str, afternoon: str
) -> None:
    rules, visit = rules_of(scene, same_day_until=until), replace(VISIT, day=TODAY)
    (state,) = await listed(scene, rules, visit, 1, at)
    found = [each.reason if each else "" for each in (state.halves["am"], state.halves["pm"])]
    assert found == [morning, afternoon]
    assert (state.closed.reason if state.closed else "") == afternoon


async def refusal(scene: Scene, rules: DayRules, visit: Visit, at: int = NOON) -> str:
    with pytest.raises(DayClosed) as refused:
        await scene.run(lambda tx: check_day(tx, rules, visit, at))
    return refused.value.message


async def test_a_refused_day_proposes_its_other_half_then_the_next_day_then_an_earlier_one(
    scene: Scene,
) -> None:
    rules = replace(rules_of(scene), horizon_days=4)
    third, last = day(2, TODAY), day(4, TODAY)
    visit = replace(VISIT, day=third, half="am")
    await blocked(scene, third, "am")
    assert await refusal(scene, rules, visit) == "11月21日（周六）上午不能预约：放假。当天下午还可以约"
    await blocked(scene, third, "pm")
    await blocked(scene, day(3, TODAY), "am")
    assert await refusal(scene, rules, visit) == (
        "11月21日（周六）上午不能预约：放假。最近可以选 11月23日（周一）上午"
    )
    await blocked(scene, last)
    assert await refusal(scene, rules, visit) == (
        "11月21日（周六）上午不能预约：放假。最近可以选 11月20日（周五）上午"
    )
    await blocked(scene, day(1, TODAY))
    assert await refusal(scene, rules, visit) == (
        "11月21日（周六）上午不能预约：放假。近期都已约满，请联系客服"
    ), "this morning is over"
    assert await refusal(scene, rules, replace(visit, half="pm")) == (
        "11月21日（周六）下午不能预约：放假。最近可以选 11月22日（周日）下午"
    )
    await blocked(scene, day(3, TODAY), "pm")
    assert await refusal(scene, rules, replace(visit, half="pm")) == (
        "11月21日（周六）下午不能预约：放假。最近可以选 11月19日（周四）下午"
    )
    whole_day = replace(visit, takes=Takes.DAY)
    assert await refusal(scene, rules, whole_day) == (
        "11月21日（周六）不能预约：放假。近期都已约满，请联系客服"
    )
    assert await refusal(scene, rules, replace(whole_day, half="")) == (
        "11月21日（周六）不能预约：放假。最近可以选 11月19日（周四）"
    )


async def test_an_order_s_own_place_is_not_counted_when_it_is_changed(scene: Scene) -> None:
    order_id = await scene.add_order(scene.own, visit_date=FIRST)
    rules, visit = rules_of(scene, "1"), replace(VISIT, half="am")
    await scene.run(lambda tx: check_day(tx, rules, visit, NOON, order_id))
    assert "已约满" in await refusal(scene, rules, visit)


async def test_the_notice_for_today_can_be_waived_and_a_day_that_is_over_cannot(scene: Scene) -> None:
    rules, evening = rules_of(scene, same_day_until="10:00"), BEGIN + 20 * HOUR
    for half in ("am", "pm", ""):
        today = Visit(TODAY, half, Takes.HALF, 1)
        assert "10:00" in await refusal(scene, rules, today, evening)
        await scene.run(lambda tx, today=today: check_day(tx, rules, today, evening, notice=False))
    yesterday = replace(VISIT, day=day(-1, TODAY))
    with pytest.raises(DayClosed) as refused:
        await scene.run(lambda tx: check_day(tx, rules, yesterday, NOON, notice=False))
    assert refused.value.slug == "same_day_over"
