"""What a search looks for, and how many alarms nobody has seen."""

from __future__ import annotations

import pytest

from storage.filters import OrderFilter, kind_of_search
from storage.models import Alarm

KINDS = {
    "P" * 27 + "1": "number",
    "1234": "phone end or order",
    "#1234": "phone end or order",
    "12345": "order",
    "7654321": "phone end or order",
    "1654321": "order",
    "王小芳": "name",
}


@pytest.mark.parametrize("text", KINDS)
def test_a_search_is_for_this(text: str) -> None:
    assert kind_of_search(OrderFilter(search=text)) == KINDS[text]


def test_a_search_is_for_a_phone_when_it_is_one() -> None:
    assert kind_of_search(OrderFilter(search="13800001234", phone_hashes=("h",))) == "phone"


@pytest.mark.parametrize(("count", "seen", "unseen"), [(5, 2, 3), (5, 5, 0), (5, 6, 0)])
def test_alarms_that_nobody_has_seen(count: int, seen: int, unseen: int) -> None:
    alarm = Alarm(
        day="2026-11-02", event="e", reason="r", count=count, seen_count=seen, last_address="", last_at=0
    )
    assert alarm.unseen == unseen
