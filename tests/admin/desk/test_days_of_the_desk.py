"""The day with which the desk and its agenda begin, the order of waiting visits, what a row of proposals asks for."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from handlers.admin.desk import agenda, board
from handlers.admin.desk.agenda import AgendaHandler
from handlers.admin.desk.board import Card, DeskPage, by_hour
from handlers.admin.desk.proposals import CommitHandler
from handlers.admin.orders.several import Given, visit_mark
from tests.admin.scenario import MovingClock

TODAY = "2026-11-18"


@pytest.mark.parametrize(
    ("asked", "desk", "day"),
    [
        ("", TODAY, TODAY),
        ("2026-12-31", "2026-12-31", "2026-12-31"),
        ("2999-12-01", "2999-12-01", "2999-12-01"),
        ("2999-12-02", "2999-12-01", "2999-12-02"),
        ("2026-02-30", TODAY, TODAY),
        ("1999-12-31", TODAY, TODAY),
        ("2026-12-31x", TODAY, TODAY),
        ("x", TODAY, TODAY),
    ],
)
def test_a_page_begins_with_the_day_that_is_asked_for_or_today(asked: str, desk: str, day: str) -> None:
    clock = MovingClock()
    assert DeskPage.first_day(cast(Any, SimpleNamespace(query_fields={"from": asked}, now=clock))) == desk
    assert AgendaHandler._day(cast(Any, SimpleNamespace(query_fields={"day": asked}, now=clock))) == day
    nothing = cast(Any, SimpleNamespace(query_fields={}, now=clock))
    assert (DeskPage.first_day(nothing), AgendaHandler._day(nothing)) == (TODAY, TODAY)


def test_other_days_are_counted_over_the_ends_of_months() -> None:
    assert [board._later("2026-11-30", days) for days in (-30, 0, 1)] == [
        "2026-10-31",
        "2026-11-30",
        "2026-12-01",
    ]
    assert [agenda._moved("2026-11-30", days) for days in (-1, 1)] == ["2026-11-29", "2026-12-01"]


def order(number: int, day: str, time: str, **more: Any) -> Any:
    return SimpleNamespace(id=number, visit_date=day, visit_time=time, **more)


def test_visits_stand_by_day_and_hour_and_those_without_one_behind_the_morning() -> None:
    orders = [
        order(1, "2026-11-19", "08:00"),
        order(6, TODAY, "12:00"),
        order(5, TODAY, ""),
        order(4, TODAY, ""),
        order(3, TODAY, "11:59"),
        order(2, TODAY, "09:00"),
    ]
    assert [each.id for each in by_hour(orders)] == [2, 3, 4, 5, 6, 1]


@pytest.mark.parametrize(
    ("takes", "time", "halves"),
    [
        ("half", "09:00", "am"),
        ("half", "14:00", "pm"),
        ("half", "", "am pm"),
        ("errand", "09:00", "am"),
        ("day", "09:00", "am pm"),
    ],
)
def test_a_card_names_the_half_days_in_which_it_can_be_put(takes: str, time: str, halves: str) -> None:
    card = Card(order(1, TODAY, time, takes=takes), "", "")
    assert card.halves == halves
    assert (card.is_errand, card.takes_day) == (takes == "errand", takes == "day")


@pytest.mark.parametrize(
    ("escort", "half", "given"),
    [
        ("3", "am", Given(3, "am", "mark")),
        ("3", "pm", Given(3, "pm", "mark")),
        ("3", "day", Given(3, "day", "mark")),
        ("3", "night", Given(3, "", "mark")),
        ("9" * 18, "am", Given(int("9" * 18), "am", "mark")),
        ("9" * 19, "am", None),
        ("", "am", None),
        ("x", "am", None),
        ("٧", "am", None),
    ],
)
def test_a_row_of_proposals_names_an_escort_or_nobody(escort: str, half: str, given: Given | None) -> None:
    page = CommitHandler.__new__(CommitHandler)
    page.body_fields = {"escort_7": escort, "half_7": half, "mark_7": "mark"}
    assert page._given(7) == given
    assert page._given(8) is None


def test_another_visit_has_another_mark() -> None:
    usual = {"hospital_id": 1, "hospital_name": "第一医院", "takes": "half"}
    first = visit_mark(order(1, TODAY, "09:00", **usual))
    assert visit_mark(order(2, TODAY, "09:00", **usual, wishes="x")) == first
    others = [
        order(1, "2026-11-19", "09:00", **usual),
        order(1, TODAY, "", **usual),
        *(
            order(1, TODAY, "09:00", **{**usual, name: value})
            for name, value in (("hospital_id", 2), ("hospital_name", "第二医院"), ("takes", "day"))
        ),
    ]
    assert len({first, *(visit_mark(each) for each in others)}) == len(others) + 1
