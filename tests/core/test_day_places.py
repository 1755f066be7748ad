"""The places of a day: the formula of docs/visit.md, against every combination of few visits."""

from __future__ import annotations

from itertools import product

import pytest

from orders.booking.day_places import DayPlaces, Visit
from storage.models import Takes
from storage.views import PlacesTaken

DAY = "2026-12-24"


def places(capacity: int | dict[str, int], *taken: tuple[str, str, int], errands: int = 4) -> DayPlaces:
    given = capacity if isinstance(capacity, dict) else {"am": capacity, "pm": capacity}
    return DayPlaces(given, [PlacesTaken(DAY, takes, half, count) for takes, half, count in taken], errands)


def fits(day: DayPlaces, takes: str, half: str = "") -> bool:
    return day.fits(Visit(DAY, half, takes, 1))


def test_a_day_that_is_not_overfull_is_closed_exactly_by_the_formula() -> None:
    tried = 0
    for capacity, morning, afternoon, unsettled, whole in product(
        range(4), range(4), range(4), range(4), range(3)
    ):

        def full(a: int, p: int, u: int, d: int, c: int = capacity) -> bool:
            return a + d > c or p + d > c or a + p + u + 2 * d > 2 * c

        if full(morning, afternoon, unsettled, whole):
            continue
        day = places(
            capacity,
            (Takes.HALF, "am", morning),
            (Takes.HALF, "pm", afternoon),
            (Takes.HALF, "", unsettled),
            (Takes.DAY, "", whole),
        )
        assert fits(day, Takes.HALF, "am") is not full(morning + 1, afternoon, unsettled, whole)
        assert fits(day, Takes.HALF, "pm") is not full(morning, afternoon + 1, unsettled, whole)
        assert fits(day, Takes.HALF) is not full(morning, afternoon, unsettled + 1, whole)
        assert fits(day, Takes.DAY) is not full(morning, afternoon, unsettled, whole + 1)
        tried += 1
    assert tried > 50


def test_a_morning_with_too_many_visits_leaves_the_afternoon_open() -> None:
    day = places(1, (Takes.HALF, "am", 3))
    assert not fits(day, Takes.HALF, "am")
    assert fits(day, Takes.HALF, "pm")
    assert fits(day, Takes.HALF)
    assert not fits(day, Takes.DAY)


def test_errands_fill_one_place_before_they_take_another() -> None:
    assert fits(places(1, (Takes.ERRAND, "am", 3)), Takes.ERRAND, "am")
    assert not fits(places(1, (Takes.ERRAND, "am", 4)), Takes.ERRAND, "am")
    assert not fits(places(1, (Takes.ERRAND, "am", 1)), Takes.HALF, "am")
    assert fits(places(1, (Takes.ERRAND, "", 8)), Takes.ERRAND) is False
    assert fits(places(1, (Takes.ERRAND, "", 7)), Takes.ERRAND)
    assert fits(places(1, (Takes.ERRAND, "am", 1), (Takes.ERRAND, "", 6)), Takes.ERRAND)


def test_errands_whose_hour_is_open_go_into_places_that_others_have_begun() -> None:
    assert fits(places(1, (Takes.ERRAND, "am", 1), (Takes.ERRAND, "", 3)), Takes.HALF, "pm")
    assert not fits(places(1, (Takes.ERRAND, "am", 1), (Takes.ERRAND, "", 4)), Takes.HALF, "pm")
    assert fits(
        places(2, (Takes.ERRAND, "am", 5), (Takes.ERRAND, "pm", 3), (Takes.ERRAND, "", 4)), Takes.HALF, "pm"
    )
    assert fits(places(1, (Takes.ERRAND, "am", 4), (Takes.ERRAND, "", 4)), Takes.HALF, "pm") is False


@pytest.mark.parametrize(("half", "open_"), [("am", False), ("pm", True), ("", True)])
def test_halves_may_have_different_numbers_of_places(half: str, open_: bool) -> None:
    assert fits(places({"am": 0, "pm": 1}), Takes.HALF, half) is open_
