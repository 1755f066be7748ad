"""The filter that the query of the list of orders asks for, key by key; what makes no sense is left out."""

from __future__ import annotations

from typing import Any

import pytest

from clock import MINUTE, day_bounds
from handlers.admin.orders.listing import query_of, read_filter
from privacy import PATIENT_PHONE, Vault
from storage.filters import OrderFilter

TODAY = "2026-11-18"
AT = day_bounds(TODAY)[0]
FIRST, LAST = "2026-11-01", "2026-11-30"
VAULT = Vault("ab" * 32)


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ({}, {}),
        ({"state": "serving"}, {"state": "serving"}),
        ({"state": "asleep"}, {}),
        ({"from": FIRST, "to": LAST}, {"first_date": FIRST, "last_date": LAST}),
        ({"from": FIRST}, {"first_date": FIRST}),
        ({"to": LAST, "by": "visit"}, {"last_date": LAST}),
        ({"from": "2026-02-30", "to": "x"}, {}),
        ({"from": "20261101"}, {}),
        (
            {"by": "made", "from": FIRST, "to": LAST},
            {"made_from": day_bounds(FIRST)[0], "made_before": day_bounds(LAST)[1]},
        ),
        ({"by": "made", "from": FIRST}, {"made_from": day_bounds(FIRST)[0]}),
        ({"by": "made", "to": LAST}, {"made_before": day_bounds(LAST)[1]}),
        ({"by": "made"}, {}),
        ({"hospital": "0"}, {"hospital_id": 0}),
        ({"hospital": "7", "service": "8"}, {"hospital_id": 7, "service_id": 8}),
        ({"hospital": "9" * 18, "service": "9" * 19}, {"hospital_id": int("9" * 18)}),
        ({"hospital": "-1", "service": "x", "user": "", "escort": "٧"}, {}),
        ({"user": "5", "escort": "6"}, {"user_id": 5, "escort_id": 6}),
        ({"escort": "none"}, {"unassigned": True}),
        ({"wait": "overdue"}, {"overdue_before": TODAY}),
        ({"wait": "escort"}, {"escort_off_from": TODAY}),
        ({"wait": "rating"}, {"low_rated": True}),
        ({"wait": "unanswered"}, {"unanswered": True}),
        ({"wait": "weather"}, {}),
        (
            {"offered": "no"},
            {"not_offered": True, "waits_at": AT, "waits_until": AT + 10 * MINUTE},
        ),
        ({"offered": "yes"}, {}),
        ({"q": "  李\u200b  雷 "}, {"search": "李 雷", "today": TODAY}),
        ({"q": "ＡＢ１"}, {"search": "AB1", "today": TODAY}),
        ({"q": "字" * 65}, {"search": "字" * 64, "today": TODAY}),
        ({"q": "  "}, {}),
    ],
)
def test_a_query_asks_for_these_orders(query: dict[str, str], wanted: dict[str, Any]) -> None:
    assert read_filter(query, AT) == OrderFilter(**wanted)


def test_a_phone_is_looked_for_by_its_hash_where_there_is_a_key() -> None:
    hashes = VAULT.hashes("+8613800001234", PATIENT_PHONE)
    assert read_filter({"q": "138 0000 1234"}, AT, VAULT).phone_hashes == tuple(hashes)
    assert read_filter({"q": "李雷"}, AT, VAULT).phone_hashes == ()
    assert read_filter({"q": "138 0000 1234"}, AT).phone_hashes == ()


def test_what_waits_is_asked_for_by_one_name() -> None:
    assert query_of(OrderFilter()) == {}
    paid = OrderFilter("paid", FIRST, LAST, unassigned=True, not_offered=True)
    assert query_of(paid) == {"state": "paid", "escort": "none", "from": FIRST, "to": LAST, "offered": "no"}
    for name, wanted in (
        ("overdue", {"overdue_before": TODAY}),
        ("escort", {"escort_off_from": TODAY}),
        ("rating", {"low_rated": True}),
        ("unanswered", {"unanswered": True}),
        ("moves", {"waits_for": "moves", "low_rated": True}),
    ):
        assert query_of(OrderFilter(**wanted)) == {"wait": name}
