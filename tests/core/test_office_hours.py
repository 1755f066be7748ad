"""Invitations are counted in the time in which the office is open."""

from __future__ import annotations

import pytest

from orders.office_hours import after_office_minutes, moment


@pytest.mark.parametrize(
    ("offered", "minutes", "hours", "until"),
    [
        (("2026-11-19", "12:00"), 30, "08:00-20:00", ("2026-11-19", "12:30")),
        (("2026-11-19", "19:30"), 30, "08:00-20:00", ("2026-11-19", "20:00")),
        (("2026-11-19", "19:50"), 30, "08:00-20:00", ("2026-11-20", "08:20")),
        (("2026-11-19", "20:00"), 30, "08:00-20:00", ("2026-11-20", "08:30")),
        (("2026-11-19", "23:59"), 30, "08:00-20:00", ("2026-11-20", "08:30")),
        (("2026-11-20", "00:00"), 30, "08:00-20:00", ("2026-11-20", "08:30")),
        (("2026-11-20", "07:59"), 30, "08:00-20:00", ("2026-11-20", "08:30")),
        (("2026-11-20", "08:00"), 30, "08:00-20:00", ("2026-11-20", "08:30")),
        (("2026-12-31", "19:00"), 780, "08:00-20:00", ("2027-01-01", "20:00")),
        (("2026-11-19", "23:50"), 30, "00:00-24:00", ("2026-11-20", "00:20")),
        (("2026-11-19", "12:00"), 3, "09:00-09:01", ("2026-11-22", "09:01")),
    ],
)
def test_minutes_count_while_the_office_is_open(
    offered: tuple[str, str], minutes: int, hours: str, until: tuple[str, str]
) -> None:
    assert after_office_minutes(moment(*offered), minutes, hours) == moment(*until)
