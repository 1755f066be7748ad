"""What the books of a month ask: which entries count to it, to the millisecond."""

from __future__ import annotations

import pytest

from clock import DAY
from storage import Storage
from storage.filters import BookSpan
from tests.storage.contract import Counted, Listed, Promise
from tests.storage.rows import Row, fill

FIRST, MIDDLE, LAST = "2026-11-02", "2026-11-03", "2026-11-04"
ENTRY: Row = {"occurred_at": 100, "kind": "payment", "amount_fen": 7}
SPAN = BookSpan(100, 200, last_id=5_000_000)
CASE: Row = {"state": "open", "opened_at": 100, "detail": "{}"}
PROMISES: dict[str, Promise] = {
    "how many entries": Counted(
        "ledger", ENTRY, lambda tx: tx.books.count(SPAN, ("payment", "refund")),
        wrong=[{"occurred_at": 99}, {"occurred_at": 200}, {"kind": "fee"}, {"id": 5_000_001}],
        also=[{"occurred_at": 199}, {"kind": "refund"}, {"id": 5_000_000}],
    ),
    "is there a later entry": Counted(
        "ledger", {**ENTRY, "id": 5_000_011}, lambda tx: tx.books.has_above(BookSpan(100, 200), 5_000_010),
        wrong=[{"id": 5_000_010}, {"occurred_at": 99, "id": 5_000_020}, {"occurred_at": 200, "id": 5_000_021}],
        also=[], total=bool,
    ),
    "entries that count to no month": Counted(
        "ledger", {**ENTRY, "id": 5_000_011, "booked_at": 299},
        lambda tx: tx.books.count_left_out(BookSpan(100, 200), 5_000_010, 300),
        wrong=[{"id": 5_000_010}, {"occurred_at": 99, "id": 5_000_020}, {"booked_at": 300, "id": 5_000_021}],
        also=[{"id": 5_000_012}],
    ),
    "the last entry booked before": Counted(
        "ledger", {"id": 50, "booked_at": 99}, lambda tx: tx.books.last_id_booked_before(100),
        wrong=[{"booked_at": 100, "id": 60}, {"booked_at": 101, "id": 61}], also=[{"id": 40}],
        total=lambda rows: 50 if rows else 0,
    ),
    "cases by day": Counted(
        "finance_cases", CASE, lambda tx: tx.books.open_cases_by_day(100, 100 + 2 * DAY),
        wrong=[{"state": "closed"}, {"opened_at": 99}, {"opened_at": 100 + 2 * DAY}, {"detail": '{"day": "2026'}],
        also=[{"opened_at": 99 + DAY}, {"opened_at": 100 + DAY}],
        total=lambda rows: {100: 2, 100 + DAY: 1} if rows else {},
    ),
    "cases of days": Listed(
        "finance_cases", {**CASE, "detail": f'{{"day": "{FIRST}"}}'},
        limited=lambda tx, _, limit: tx.finance.cases_of_days(FIRST, LAST, (100, 200), limit),
        wrong=[{"opened_at": 99}, {"opened_at": 200}, {"detail": '{"day": "2026-11-01"}'},
        {"detail": '{"day": "2026-11-05"}'}, {"detail": "{}"}],
        also=[{"detail": f'{{"day": "{LAST}"}}'}, {"state": "closed"}, {"opened_at": 199}], order=("-state", "-id"),
        told=lambda found: [each[1].id for each in found],
    ),
    "how many cases of days": Counted(
        "finance_cases", {**CASE, "detail": f'{{"day": "{FIRST}"}}'},
        lambda tx: tx.finance.count_cases_of_days(FIRST, LAST, (100, 200)),
        wrong=[{"opened_at": 99}, {"opened_at": 200}, {"detail": "{}"}],
        also=[{"detail": f'{{"day": "{LAST}"}}'}, {"state": "closed"}, {"opened_at": 199}],
        total=lambda rows: {FIRST: {"open": 2, "closed": 1}, LAST: {"open": 1}} if rows else {},
    ),
}  # fmt: skip


@pytest.mark.parametrize("promise", PROMISES)
async def test_a_statement_is_about_these_rows_alone(storage: Storage, promise: str) -> None:
    await PROMISES[promise].check(storage)


LATE = BookSpan(100, 200, closed=((0, 100, 5_000_010),), late_above=5_000_010, late_up_to=5_000_090)
LATE_ENTRY: Row = {**ENTRY, "occurred_at": 99, "booked_at": 100}
LATE_ROWS: dict[int, tuple[Row, bool]] = {
    5_000_011: ({}, True),
    5_000_010: ({}, False),
    5_000_090: ({"occurred_at": 0, "booked_at": 199}, True),
    5_000_091: ({}, False),
    5_000_012: ({"booked_at": 99}, False),
    5_000_013: ({"booked_at": 200}, False),
    5_000_014: ({"occurred_at": 100, "booked_at": 300}, False),
}  # fmt: skip


async def test_entries_of_a_closed_month_count_to_the_one_in_which_they_were_booked(storage: Storage) -> None:
    async with storage.transaction() as tx:
        for number, (change, _) in LATE_ROWS.items():
            await fill(tx, "ledger", {**LATE_ENTRY, "id": number, **change})
        expected = [number for number, (_, late) in LATE_ROWS.items() if late]
        own = [5_000_014]
        assert [each.id for each in await tx.books.late_lines(LATE, (), 0, 9)] == expected
        assert [each.id for each in await tx.books.late_lines(LATE, (), 0, 1)] == expected[:1]
        assert [each.id for each in await tx.books.late_lines(LATE, (), expected[0], 9)] == expected[1:]
        assert await tx.books.late_lines(LATE, ("fee",), 0, 9) == []
        assert await tx.books.late_lines(BookSpan(100, 200), (), 0, 9) == []
        assert [each.id for each in await tx.books.lines(LATE, (), None, 9)] == own
        assert await tx.books.count(LATE) == len(expected) + len(own)
        sums = await tx.books.sums(LATE, ("day",))
        assert [(each.late, each.day_at, each.amount_fen, each.entries) for each in sums] == [
            (False, 100, 7, 1),
            (True, 100, 14, 2),
        ]


async def test_lines_of_one_moment_are_read_page_by_page(storage: Storage) -> None:
    async with storage.transaction() as tx:
        rows = [await fill(tx, "ledger", {**ENTRY, "occurred_at": at}) for at in (150, 120, 150, 150, 199)]
        for wrong in (99, 200):
            await fill(tx, "ledger", {**ENTRY, "occurred_at": wrong})
        read, place = list[int](), None
        for _ in range(3):
            found = await tx.books.lines(SPAN, (), place, 2)
            read += [each.id for each in found]
            place = (found[-1].occurred_at, found[-1].id)
        assert read == [rows[at]["id"] for at in (1, 0, 2, 3, 4)]


async def test_sums_are_taken_by_what_is_asked_for(storage: Storage) -> None:
    async with storage.transaction() as tx:
        await fill(
            tx, "orders",
            {"id": 5, "service_name": "s", "service_unit": "u", "hospital_name": "h", "escort_id": 3,
            "escort_name": "e"},
        )  # fmt: skip
        await fill(tx, "payment_attempts", {"id": 1, "supplement_id": 8})
        for number, (day, kind, amount, order_id, attempt_id) in enumerate(
            [
                (0, "payment", 7, 5, None),
                (0, "payment", 5, 5, 1),
                (1, "payment", 3, None, None),
                (1, "refund", -2, 5, None),
            ]
        ):
            await fill(
                tx, "ledger",
                {"id": 10 + number, "kind": kind, "amount_fen": amount, "occurred_at": 100 + day * DAY,
                 "order_id": order_id, "attempt_id": attempt_id},
            )  # fmt: skip
        span = BookSpan(100, 100 + 2 * DAY)
        plain = {(each.kind, each.supplement): each for each in await tx.books.sums(span)}
        assert {key: (each.amount_fen, each.entries, each.orders) for key, each in plain.items()} == {
            ("payment", False): (10, 2, 1), ("payment", True): (5, 1, 1), ("refund", False): (-2, 1, 0),
        }  # fmt: skip
        some = plain["payment", False]
        assert (some.day_at, some.service, some.unit, some.hospital, some.escort_id, some.escort) == (
            0,
            "",
            "",
            "",
            0,
            "",
        )
        wide = await tx.books.sums(span, ("day", "service", "hospital", "escort"))
        assert sorted(
            (each.day_at, each.service, each.unit, each.hospital, each.escort_id, each.escort, each.kind,
            each.amount_fen)
            for each in wide
        ) == [
            (100, "s", "u", "h", 3, "e", "payment", 5), (100, "s", "u", "h", 3, "e", "payment", 7),
            (100 + DAY, "", "", "", 0, "", "payment", 3), (100 + DAY, "s", "u", "h", 3, "e", "refund", -2),
        ]  # fmt: skip


LATER: Row = {
    "id": 5,
    "state": "paid",
    "visit_date": LAST,
    "created_at": 99,
    "service_name": "s",
    "service_unit": "u",
}
UNEARNED: dict[str, tuple[Row, list[Row], Row, bool]] = {
    "a visit to come": (LATER, [], {}, True),
    "a visit that waits": ({**LATER, "visit_date": FIRST}, [], {}, True),
    "one served later": ({**LATER, "state": "finished"}, [{"to_state": "serving", "at": 99}], {}, True),
    "one finished before": ({**LATER, "state": "finished"}, [{"to_state": "finished", "at": 99}], {}, False),
    "one finished at that moment": ({**LATER, "state": "finished"}, [
        {"to_state": "paid", "at": 50}, {"to_state": "finished", "at": 100},
    ], {}, True),
    "money on its way back": ({**LATER, "state": "refunding"}, [
        {"to_state": "refunding", "from_state": "finished", "at": 50},
    ], {}, False),
    "an imported one": ({**LATER, "state": "refunding", "state_before_refund": "finished"}, [], {}, False),
    "a visit that is over and finished": ({**LATER, "state": "finished", "visit_date": FIRST}, [], {}, False),
    "an order made then": ({**LATER, "created_at": 100}, [], {}, False),
    "money paid then": (LATER, [], {"occurred_at": 100}, False),
    "a fee": (LATER, [], {"kind": "fee"}, False),
}  # fmt: skip


@pytest.mark.parametrize("case", UNEARNED)
async def test_money_is_unearned_until_its_order_is_over(storage: Storage, case: str) -> None:
    order, history, money, counts = UNEARNED[case]
    async with storage.transaction() as tx:
        await fill(tx, "orders", order)
        for step in history:
            await fill(tx, "order_history", {"order_id": 5, **step})
        await fill(
            tx, "ledger", {"order_id": 5, "kind": "payment", "amount_fen": 7, "occurred_at": 99, **money}
        )
        found = await tx.books.unearned(MIDDLE, 100)
    told = [(each.service, each.unit, each.amount_fen, each.orders) for each in found]
    assert told == ([("s", "u", 7, 1)] if counts else [])
