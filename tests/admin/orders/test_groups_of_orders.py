"""The list of orders as a diary: under which days its rows stand, where a page begins, which shortcut is shown."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from handlers.admin.orders import listing
from handlers.admin.orders.listing import Shortcut, groups
from storage.filters import OrderFilter


def order(number: int, day: str, state: str = "paid") -> Any:
    return SimpleNamespace(id=number, visit_date=day, state=state)


FIRST, SECOND, THIRD = order(1, "2026-11-18"), order(2, "2026-11-18"), order(3, "2026-11-19")


def grouped(orders: list[Any], **wanted: Any) -> list[tuple[str, list[int]]]:
    found = groups(orders, OrderFilter(**wanted))
    return [(day, [cast(Any, each).id for each in of_day]) for day, of_day in found]


@pytest.mark.parametrize(
    ("wanted", "by_day"),
    [
        ({}, True),
        ({"unassigned": True}, True),
        ({"state": "paid", "unassigned": True}, True),
        ({"unassigned": True, "made_from": 1}, False),
        ({"made_from": 1}, False),
        ({"first_date": "2026-11-18"}, True),
        ({"last_date": "2026-11-19", "user_id": 7}, False),
        ({"user_id": 7}, False),
        ({"escort_id": 7}, False),
    ],
)
def test_rows_stand_under_their_days_where_the_list_is_by_them(wanted: dict[str, Any], by_day: bool) -> None:
    days = [("2026-11-18", [1, 2]), ("2026-11-19", [3])]
    assert grouped([FIRST, SECOND, THIRD], **wanted) == (days if by_day else [("", [1, 2, 3])])


def test_in_a_list_by_states_a_day_begins_anew_with_another_state_and_ended_ones_have_none() -> None:
    serving, finished = order(4, "2026-11-18", "serving"), order(5, "2026-11-18", "finished")
    assert OrderFilter().by_rank
    assert grouped([FIRST, serving, finished, order(6, "2026-11-19", "cancelled")]) == [
        ("2026-11-18", [1]),
        ("2026-11-18", [4]),
        ("", [5, 6]),
    ]
    of_days = {"first_date": "2026-11-18", "last_date": "2026-11-18"}
    assert grouped([FIRST, serving, finished], **of_days) == [("2026-11-18", [1, 4, 5])]
    assert grouped([]) == []


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("1.2", (1, 2)),
        (f"{'9' * 18}.{'8' * 18}", (int("9" * 18), int("8" * 18))),
        (f"{'9' * 19}.1", None),
        (f"1.{'9' * 19}", None),
        ("1", None),
        ("1.", None),
        (".2", None),
        ("1-2", None),
        ("", None),
    ],
)
def test_a_page_begins_behind_two_numbers(text: str, place: tuple[int, int] | None) -> None:
    assert listing.place(text) == place


@pytest.mark.parametrize(
    ("given", "chosen"),
    [
        ({"state": "paid", "escort": "none"}, True),
        ({"state": "paid", "escort": "none", "q": "李", "hospital": "1"}, True),
        ({"state": "paid", "escort": ""}, False),
        ({"state": "paid"}, False),
        ({"state": "paid", "escort": "none", "from": "2026-11-18"}, False),
        ({"state": "paid", "escort": "none", "wait": "overdue"}, False),
        ({"state": "paid", "escort": "none", "wait": ""}, True),
        ({}, False),
    ],
)
def test_a_shortcut_is_the_one_shown_when_nothing_else_of_its_kind_is_asked_for(
    given: dict[str, str], chosen: bool
) -> None:
    assert Shortcut("等待安排", {"state": "paid", "escort": "none"}).chosen(given) is chosen
    assert Shortcut("全部", {}).chosen({"q": "李"})
