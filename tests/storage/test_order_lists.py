"""Lists of orders: what each filter shows, and in which order, against the same said in Python; page by page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from storage import Storage, Transaction
from storage.filters import OrderFilter
from storage.models import NameKind, Order
from storage.repositories.names import Names
from storage.repositories.order_places import is_diary
from tests.storage.rows import Row, fill

RANKS = ("paid", "refunding", "serving", "unpaid", "finished", "refunded", "cancelled")
TO_COME = RANKS[:3]
DAYS = ("2026-11-02", "2026-11-03", "2026-11-04")
HOURS = ("", "08:30", "14:00")
Rule = Callable[[Row], bool]
Order_ = Callable[[Row], Any]


def by_rank(row: Row) -> Any:
    visit = (row["visit_date"], row["visit_time"]) if row["state"] in TO_COME else ()
    return RANKS.index(row["state"]), visit, -row["id"]


def as_in_a_diary(row: Row) -> Any:
    return row["visit_date"], row["visit_time"], row["id"]


def by_hour(row: Row) -> Any:
    return row["visit_time"], row["id"]


def latest_visit(row: Row) -> Any:
    return [-ord(letter) for letter in row["visit_date"]], -row["id"]


def newest(row: Row) -> Any:
    return -row["id"]


def newest_made(row: Row) -> Any:
    return -row["created_at"], -row["id"]


def of_state(state: str) -> Rule:
    return lambda row: bool(row["state"] == state)


def all_rows_of_business() -> list[Row]:
    """Every state, day and hour, with and without an escort, some of whom may not go any more."""
    rows: list[Row] = []
    for number in range(84):
        state = RANKS[number % 7]
        rows.append(
            {
                "id": 100 + number,
                "state": state,
                "display_rank": RANKS.index(state),
                "visit_date": DAYS[number // 7 % 3],
                "visit_time": HOURS[number // 21 % 3],
                "hospital_id": 1 + number % 2,
                "service_id": 1 + number // 3 % 2,
                "user_id": 1 + number % 5,
                "escort_id": (None, 7, 8, 9)[number % 4],
                "created_at": 1_000 + number // 4,
                "paid_at": 5_000 - number,
                "low_rating_open": int(number % 3 == 0),
                "unpaid_user_id": None,
                "patient_id": 1 + number % 5,
                "patient_name": f"p{number}",
            }
        )
    return rows


ROWS = all_rows_of_business()
FILTERS: dict[str, tuple[OrderFilter, Rule, Order_]] = {
    "everything": (OrderFilter(), lambda row: True, by_rank),
    **{f"state {state}": (OrderFilter(state=state), of_state(state), by_rank) for state in RANKS},
    "hospital": (OrderFilter(hospital_id=1), lambda row: row["hospital_id"] == 1, by_rank),
    "service": (OrderFilter(service_id=2), lambda row: row["service_id"] == 2, by_rank),
    "hospital, service, state": (
        OrderFilter(state="paid", hospital_id=1, service_id=2),
        lambda row: (row["state"], row["hospital_id"], row["service_id"]) == ("paid", 1, 2), by_rank,
    ),
    "days": (
        OrderFilter(first_date=DAYS[0], last_date=DAYS[1]), lambda row: row["visit_date"] <= DAYS[1], as_in_a_diary
    ),
    "from a day on": (OrderFilter(first_date=DAYS[1]), lambda row: row["visit_date"] >= DAYS[1], as_in_a_diary),
    "up to a day": (OrderFilter(last_date=DAYS[1]), lambda row: row["visit_date"] <= DAYS[1], as_in_a_diary),
    "days, state, hospital": (
        OrderFilter(state="paid", hospital_id=2, first_date=DAYS[0], last_date=DAYS[1]),
        lambda row: row["state"] == "paid" and row["hospital_id"] == 2 and row["visit_date"] <= DAYS[1], as_in_a_diary,
    ),
    "a day": (OrderFilter(first_date=DAYS[1], last_date=DAYS[1]), lambda row: row["visit_date"] == DAYS[1], by_hour),
    "made from": (OrderFilter(made_from=1_005), lambda row: row["created_at"] >= 1_005, newest_made),
    "made before": (OrderFilter(made_before=1_005), lambda row: row["created_at"] < 1_005, newest_made),
    "made between, service": (
        OrderFilter(made_from=1_004, made_before=1_012, service_id=1),
        lambda row: 1_004 <= row["created_at"] < 1_012 and row["service_id"] == 1, newest_made,
    ),
    "user": (OrderFilter(user_id=3), lambda row: row["user_id"] == 3, newest),
    "user and state": (
        OrderFilter(user_id=3, state="paid"), lambda row: row["user_id"] == 3 and row["state"] == "paid", newest
    ),
    "escort": (OrderFilter(escort_id=7), lambda row: row["escort_id"] == 7, latest_visit),
    "escort and state": (
        OrderFilter(escort_id=7, state="finished"), lambda row: row["escort_id"] == 7 and row["state"] == "finished",
        latest_visit,
    ),
    "escort and days made": (
        OrderFilter(escort_id=7, made_before=1_012), lambda row: row["escort_id"] == 7 and row["created_at"] < 1_012,
        newest_made,
    ),
    "nobody's": (OrderFilter(unassigned=True), lambda row: row["escort_id"] is None, as_in_a_diary),
    "nobody's and paid": (
        OrderFilter(unassigned=True, state="paid"), lambda row: row["escort_id"] is None and row["state"] == "paid",
        as_in_a_diary,
    ),
    "overdue": (
        OrderFilter(overdue_before=DAYS[1]),
        lambda row: row["state"] in ("paid", "serving") and row["visit_date"] < DAYS[1], by_rank,
    ),
    "overdue and paid": (
        OrderFilter(overdue_before=DAYS[1], state="paid"),
        lambda row: row["state"] == "paid" and row["visit_date"] < DAYS[1], by_rank,
    ),
    "an escort who may not go": (
        OrderFilter(escort_off_from=DAYS[1]),
        lambda row: row["state"] == "serving" and row["visit_date"] >= DAYS[1]
        and (row["escort_id"] in (None, 8) or (row["escort_id"] == 9 and row["visit_date"] > DAYS[1])),
        by_rank,
    ),
    "a low rating": (
        OrderFilter(low_rated=True),
        lambda row: row["low_rating_open"] == 1 and row["state"] in ("unpaid", "finished", "refunded", "cancelled"),
        latest_visit,
    ),
}  # fmt: skip
ESCORTS: list[tuple[str, Row]] = [
    ("escorts", {"id": 7, "state": "approved"}),
    ("escorts", {"id": 8, "state": "suspended"}),
    ("escorts", {"id": 9, "state": "approved"}),
    ("escort_qualifications", {"escort_id": 9, "state": "approved", "expires_date": DAYS[1]}),
    ("escort_qualifications", {"escort_id": 7, "state": "approved", "expires_date": ""}),
    ("escort_qualifications", {"escort_id": 7, "state": "approved", "expires_date": DAYS[2]}),
    ("escort_qualifications", {"escort_id": 7, "state": "rejected", "expires_date": DAYS[0]}),
]


async def business(tx: Transaction) -> None:
    for table, row in ESCORTS:
        await fill(tx, table, row)
    for row in ROWS:
        await fill(tx, "orders", row)


async def read_on(tx: Transaction, wanted: OrderFilter, limit: int) -> list[int]:
    """All pages of so many, each behind the last row of the one before."""
    read, place = list[int](), None
    while found := await tx.order_lists.page(wanted, place, limit):
        assert len(found) <= limit
        read += [order.id for order in found]
        place = tx.order_lists.place(wanted, found[-1])
        assert len(read) <= len(ROWS)
    return read


@pytest.mark.parametrize("name", FILTERS)
async def test_a_filter_shows_these_orders_in_this_order_page_by_page(storage: Storage, name: str) -> None:
    wanted, rule, order = FILTERS[name]
    meant = [row for row in ROWS if rule(row)]
    expected = [row["id"] for row in sorted(meant, key=order)]
    assert len(expected) > 0
    async with storage.transaction() as tx:
        await business(tx)
        found = await tx.order_lists.page(wanted, None, 100)
        assert [each.id for each in found] == expected
        for limit in (2, 5):
            assert await read_on(tx, wanted, limit) == expected
        assert await tx.order_lists.count(wanted) == len(expected)
        assert await tx.order_lists.oldest_payment(wanted) == min(row["paid_at"] for row in meant)


@pytest.mark.parametrize("name", [name for name in FILTERS if not FILTERS[name][0].first_date])
async def test_a_filter_with_a_search_keeps_its_order(storage: Storage, name: str) -> None:
    """What a search finds is little, and sorted by itself."""
    wanted, rule, order = FILTERS[name]
    searched = replace(wanted, search="李")
    named = [row["id"] for row in ROWS if row["id"] % 2]
    expected = [row["id"] for row in sorted((row for row in ROWS if rule(row) and row["id"] % 2), key=order)]
    async with storage.transaction() as tx:
        await business(tx)
        marks = ", ".join(str(number) for number in named)
        await tx.connection.execute(f"UPDATE orders SET patient_name_key = '李' WHERE id IN ({marks})")
        found = await tx.order_lists.page(searched, None, 100)
        assert [each.id for each in found] == expected
        assert await read_on(tx, searched, 3) == expected
        assert await tx.order_lists.count(searched) == len(expected)


DIARIES = [name for name in FILTERS if is_diary(FILTERS[name][0])]


@pytest.mark.parametrize("name", [*DIARIES, "everything", "state paid", "state serving"])
async def test_pages_of_a_name_that_few_have_are_full(storage: Storage, name: str) -> None:
    """Which days a page needs is read from what was found, not from all orders."""
    wanted, rule, order = FILTERS[name]
    named = [row["id"] for row in ROWS if row["id"] % 3]
    expected = [
        row["id"] for row in sorted((row for row in ROWS if rule(row) and row["id"] in named), key=order)
    ]
    assert len(expected) > 1
    async with storage.transaction() as tx:
        await business(tx)
        marks = ", ".join(str(number) for number in named)
        await tx.connection.execute(f"UPDATE orders SET patient_name_key = '李明' WHERE id IN ({marks})")
        await Names(tx.connection).add(NameKind.PATIENT, "李明")
        for search in ("李", "李明"):
            for limit in (2, len(expected) - 1):
                found = await tx.order_lists.page(replace(wanted, search=search), None, limit)
                assert [each.id for each in found] == expected[:limit]


async def test_of_nothing_that_is_found_nothing_is_shown(storage: Storage) -> None:
    wanted = OrderFilter(search="没有")
    async with storage.transaction() as tx:
        await business(tx)
        assert await tx.order_lists.page(wanted, None, 9) == []
        assert await tx.order_lists.count(wanted) == 0
        assert await tx.order_lists.oldest_payment(wanted) is None
        assert await tx.order_lists.longest_wait(replace(wanted, waits_for="moves")) is None


async def test_paid_orders_without_an_escort_are_counted_by_day(storage: Storage) -> None:
    async with storage.transaction() as tx:
        await business(tx)
        found = await tx.order_lists.waiting_by_day(DAYS[0], DAYS[1])
    meant = [row["visit_date"] for row in ROWS if row["state"] == "paid" and row["escort_id"] is None]
    assert found == {day: meant.count(day) for day in DAYS[:2]}
    assert list(found) == sorted(found)


async def test_names_and_ends_of_phones_come_by_order_and_by_patient(storage: Storage) -> None:
    async with storage.transaction() as tx:
        await business(tx)
        for number in (1, 2):
            await fill(tx, "patients", {"id": number, "phone_tail": f"000{number}"})
        assert await tx.order_lists.patient_names({100, 102, 9}) == {100: "p0", 102: "p2"}
        assert await tx.order_lists.patient_names(set()) == {}
        orders: list[Order] = await tx.order_lists.page(OrderFilter(user_id=2), None, 9)
        assert await tx.order_lists.phone_tails(orders) == {2: "0002"}


REMINDED: dict[str, tuple[Row, Row, bool]] = {
    "the user has not answered": ({}, {"audience": "user"}, True),
    "the user has": ({"user_confirmed_at": 5}, {"audience": "user"}, False),
    "the escort has, and was not asked": ({"escort_confirmed_at": 5}, {"audience": "user"}, True),
    "the escort has not answered": ({}, {"audience": "escort"}, True),
    "the escort has": ({"escort_confirmed_at": 5}, {"audience": "escort"}, False),
    "the user has, and was not asked": ({"user_confirmed_at": 5}, {"audience": "escort"}, True),
    "the visit has begun": ({"started_at": 5}, {"audience": "user"}, False),
    "another reminder": ({}, {"audience": "user", "kind": "morning"}, False),
    "a cancelled reminder": ({}, {"audience": "user", "cancelled_at": 5}, False),
    "somebody else": ({}, {"audience": "member"}, False),
    "another order": ({}, {"audience": "user", "order_id": 6}, False),
}


@pytest.mark.parametrize("case", REMINDED)
async def test_an_evening_without_an_answer_is_shown(storage: Storage, case: str) -> None:
    order, reminder, shown = REMINDED[case]
    async with storage.transaction() as tx:
        await fill(
            tx, "orders", {"id": 5, "state": "serving", "display_rank": RANKS.index("serving"), **order}
        )
        await fill(tx, "reminders", {"order_id": 5, "kind": "evening", **reminder})
        found = await tx.order_lists.page(OrderFilter(state="serving", unanswered=True), None, 9)
    assert [each.id for each in found] == ([5] if shown else [])
