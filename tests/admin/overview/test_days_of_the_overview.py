"""The numbers of the overview: thirty days of payments and refunds, and what moved since a day."""

from __future__ import annotations

import pytest

from clock import DAY, day_bounds
from handlers.admin.overview.dashboard import Day, last_days, moved_since

FIRST = day_bounds("2026-11-18")[0]


@pytest.mark.parametrize(
    ("kind", "day"),
    [
        ("payment", Day("2026-11-18", 2, 700, 0)),
        ("offline_payment", Day("2026-11-18", 2, 700, 0)),
        ("refund", Day("2026-11-18", 0, 0, -700)),
        ("offline_refund", Day("2026-11-18", 0, 0, -700)),
        ("fee", Day("2026-11-18", 0, 0, 0)),
    ],
)
def test_a_movement_counts_as_received_or_given_back(kind: str, day: Day) -> None:
    assert last_days(FIRST, {(FIRST, kind): (2, 700)})[0] == day


def test_the_days_are_thirty_and_movements_of_others_are_in_none() -> None:
    moved = {
        (FIRST - DAY, "payment"): (1, 1),
        (FIRST, "payment"): (1, 10),
        (FIRST, "offline_payment"): (1, 5),
        (FIRST, "refund"): (1, -3),
        (FIRST, "offline_refund"): (2, -4),
        (FIRST + 29 * DAY, "payment"): (3, 100),
        (FIRST + 30 * DAY, "payment"): (1, 1_000),
    }
    days = last_days(FIRST, moved)
    assert len(days) == 30
    assert days[0] == Day("2026-11-18", 2, 15, 7)
    assert days[29] == Day("2026-12-17", 3, 100, 0)
    assert sum(each.count for each in days) == 5
    assert days[1] == Day("2026-11-19", 0, 0, 0)


def test_what_moved_since_a_day_is_summed_by_its_kind() -> None:
    moved = {
        (FIRST - DAY, "payment"): (1, 1),
        (FIRST, "payment"): (1, 10),
        (FIRST + DAY, "payment"): (1, 100),
        (FIRST + DAY, "refund"): (1, -5),
    }
    assert moved_since(FIRST, moved) == {"payment": 110, "refund": -5}
    assert moved_since(FIRST + 2 * DAY, moved) == {}
