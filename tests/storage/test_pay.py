"""Rules of pay, earnings, statements and closed months: which rows each statement is about."""

from __future__ import annotations

from typing import Any

import pytest

from storage import Storage, Transaction
from storage.models import ClosedMonth
from storage.pay_views import PayHold
from storage.writes import NewEarning, NewPayRule, NewPayStatement, PayStatementMove, columns
from tests.storage.contract import Added, Counted, Found, Listed, Promise, Swept, Written
from tests.storage.rows import Row, all_rows, fill, made

FIRST, MIDDLE, LAST = "2026-11-02", "2026-11-03", "2026-11-04"
HERS: Row = {"escort_id": 3}
ANOTHERS: Row = {"escort_id": 4}
RULE: Row = {"service_id": 8, "escort_id": 3, "valid_from": FIRST}
MONTH: Row = {**HERS, "month": "2026-11"}
FINISHED: Row = {
    "id": 5,
    "state": "finished",
    "escort_id": 3,
    "visit_date": FIRST,
    "service_id": 8,
    "price_fen": 700,
}
NEW_RULE = made(NewPayRule)
CLOSED = ClosedMonth("2026-11", 2, 9, 77, "{}")


async def _move(tx: Transaction, row: Row) -> Any:
    read = await tx.pay_statements.get(row["id"])
    if read is None:
        return False
    if row["answer"] == "moved":
        await tx.connection.execute(
            "UPDATE pay_statements SET state = 'paying' WHERE id = :id", {"id": row["id"]}
        )
    told = await tx.pay_statements.move(read, "confirmed", 9, PayStatementMove(confirmed_at=8))
    await tx.connection.execute(
        "UPDATE pay_statements SET state = 'issued' WHERE id = :id AND state = 'paying'", {"id": row["id"]}
    )
    return told


PROMISES: dict[str, Promise] = {
    "a new rule": Added(
        "pay_rules", lambda tx: tx.escort_pay.add_rule(NEW_RULE, 2, 9),
        {**columns(NEW_RULE), "created_by": 2, "created_at": 9},
    ),
    "rules that may hold": Listed(
        "pay_rules", RULE, lambda tx: tx.escort_pay.rules_for(8, 3, FIRST),
        wrong=[{"service_id": 9}, {"escort_id": 4}, {"valid_from": MIDDLE}],
        also=[{"service_id": 0}, {"escort_id": 0}, {"valid_from": "2026-11-01"}],
    ),
    "all rules": Listed("pay_rules", RULE, lambda tx: tx.escort_pay.all_rules(), also=[{"service_id": 0}, ANOTHERS]),
    "corrections without an order": Counted(
        "earnings", HERS, lambda tx: tx.escort_pay.corrections_without_order(3), wrong=[ANOTHERS, {"order_id": 5}]
    ),
    "the newest earning": Counted(
        "earnings", HERS, lambda tx: tx.escort_pay.newest_id(3), wrong=[ANOTHERS],
        total=lambda rows: rows[-1]["id"] if rows else 0,
    ),
    "the newest earnings": Listed(
        "earnings", HERS, limited=lambda tx, _, limit: tx.escort_pay.of_escort(3, limit), wrong=[ANOTHERS],
        order=("-id",)
    ),
    "a statement": Found("pay_statements", {}, lambda tx, row: tx.pay_statements.get(row["id"])),
    "the statement of a month": Found(
        "pay_statements", {**MONTH, "state": "issued", "number": 2},
        lambda tx, row: tx.pay_statements.live(row["escort_id"], "2026-11"),
        [{"escort_id": 4, "number": 1}, {"month": "2026-10", "number": 1}, {"state": "withdrawn", "number": 1}],
        by="escort_id",
    ),
    "the next number": Counted(
        "pay_statements", {**MONTH, "number": 2}, lambda tx: tx.pay_statements.next_number(3, "2026-11"),
        wrong=[{"escort_id": 4, "number": 7}, {"month": "2026-10", "number": 8}], also=[{"number": 1}],
        total=lambda rows: 3 if rows else 1,
    ),
    "statements of a month": Listed(
        "pay_statements", {"month": "2026-11"}, lambda tx: tx.pay_statements.of_month("2026-11"),
        wrong=[{"month": "2026-10"}], also=[{"state": "withdrawn"}, {}],
    ),
    "statements of an escort": Listed(
        "pay_statements", HERS, page=lambda tx, behind, limit: tx.pay_statements.of_escort(3, behind, limit),
        wrong=[ANOTHERS], order=("-id",),
    ),
    "questioned statements": Listed(
        "pay_statements", {"state": "questioned", "updated_at": 9}, lambda tx: tx.pay_statements.questioned(),
        wrong=[{"state": "issued"}], also=[{"updated_at": 7}, {"updated_at": 8}, {}], order=("updated_at", "id"),
    ),
    "a moved statement": Written(
        "pay_statements", {"state": "issued"}, _move, {"state": "confirmed", "confirmed_at": 8, "updated_at": 9},
        wrong=[{"answer": "moved"}],
    ),
    "questions erased": Swept(
        "pay_statements", {**HERS, "question": "q", "answer": "a"}, lambda tx: tx.pay_statements.erase_of_escort(3),
        {"question": "", "answer": ""}, wrong=[ANOTHERS],
    ),
    "closed months": Listed(
        "closed_months", {"month": "2026-11"}, lambda tx: tx.months.all(),
        also=[{"month": "2026-09"}, {"month": "2026-10"}],
        order=("month",), told=lambda found: [each.month for each in found], key="month",
    ),
    "a closed month": Found(
        "closed_months", {"month": "2026-11"}, lambda tx, row: tx.months.closed(row["month"]), by="month", key="month",
        order=("month",), told=lambda found: found and found.month,
    ),
    "a month that is closed": Added(
        "closed_months", lambda tx: tx.months.close(CLOSED),
        {"month": "2026-11", "closed_by": 2, "closed_at": 9, "last_ledger_id": 77, "totals_json": "{}"},
        told=lambda row: None,
    ),
}  # fmt: skip


@pytest.mark.parametrize("promise", PROMISES)
async def test_a_statement_is_about_these_rows_alone(storage: Storage, promise: str) -> None:
    await PROMISES[promise].check(storage)


async def _earned(tx: Transaction, number: int, **given: Any) -> int:
    values = {
        "escort_id": 3,
        "order_id": None,
        "kind": "correction",
        "earned_date": FIRST,
        "amount_fen": 7,
        **given,
    }
    return await tx.escort_pay.add(made(NewEarning, reference=f"r{number}", **values))


async def test_what_was_earned_is_open_until_it_is_on_a_statement_and_open_again_when_that_is_withdrawn(
    storage: Storage,
) -> None:
    async with storage.transaction() as tx:
        first, second, other = [await _earned(tx, number) for number in range(3)]
        for statement, earnings in ((1, [first, second]), (2, [other])):
            new = made(NewPayStatement, escort_id=3, month=f"2026-0{statement}", number=1)
            made_id = await tx.pay_statements.add(new, earnings)
            (row,) = [row for row in await all_rows(tx, "pay_statements") if row["id"] == made_id]
            fresh = {
                "state": "issued",
                "question": "",
                "answer": "",
                "paid_reference": "",
                "updated_at": new.issued_at,
            }
            assert {name: row[name] for name in (*columns(new), *fresh)} == {**columns(new), **fresh}
            if statement == 1:
                kept = made_id
                assert [each["earning_id"] for each in await all_rows(tx, "open_earnings")] == [other]
        assert await all_rows(tx, "open_earnings") == []
        assert [each.earning.id for each in await tx.escort_pay.lines_of(kept, 0, 9)] == [first, second]
        assert [each.earning.id for each in await tx.escort_pay.lines_of(kept, 0, 1)] == [first]
        assert [each.earning.id for each in await tx.escort_pay.lines_of(kept, first, 9)] == [second]
        assert await tx.pay_statements.free_lines(kept) == 2
        assert await all_rows(tx, "open_earnings") == [
            {"earning_id": number, "escort_id": 3, "earned_date": FIRST} for number in (first, second)
        ]
        lines = await all_rows(tx, "pay_statement_lines")
        assert [each["live_earning_id"] for each in lines] == [None, None, other]
        assert [each.earning.id for each in await tx.escort_pay.lines_of(kept, 0, 9)] == [first, second]


async def test_open_lines_and_sums_up_to_a_day(storage: Storage) -> None:
    async with storage.transaction() as tx:
        await fill(tx, "orders", {**FINISHED, "service_name": "s", "hospital_name": "h"})
        await fill(tx, "refunds", {"order_id": 5, "state": "approved"})
        held = await _earned(tx, 1, order_id=5, kind="order", amount_fen=50)
        late = await _earned(tx, 2, earned_date=LAST)
        await _earned(tx, 3, earned_date="2026-11-05")
        await _earned(tx, 4, escort_id=4, amount_fen=9)
        free = await _earned(tx, 5, kind="order", amount_fen=30)
        lines = await tx.escort_pay.open_lines(3, LAST)
        assert [(each.earning.id, each.visit_date, each.service_name, each.hospital_name) for each in lines] == [
            (held, FIRST, "s", "h"), (late, "", "", ""), (free, "", "", ""),
        ]  # fmt: skip
        assert [bool(each.hold) for each in lines] == [True, False, False]
        sums = [
            (each.escort_id, each.held, each.orders_fen, each.corrections_fen, each.count)
            for each in await tx.escort_pay.open_sums(LAST)
        ]
        assert sums == [(3, False, 30, 7, 2), (3, True, 50, 0, 1), (4, False, 0, 9, 1)]


HOLDS: dict[str, tuple[str, Row, PayHold]] = {
    "a refund under way": ("refunds", {"state": "requested"}, PayHold(True, False, False)),
    "a refund that was carried out": ("refunds", {"state": "succeeded"}, PayHold(False, False, False)),
    "a disputed supplement": ("supplements", {"state": "disputed"}, PayHold(False, True, False)),
    "a paid supplement": ("supplements", {"state": "paid"}, PayHold(False, False, False)),
    "an open complaint": ("complaints", {"state": "open"}, PayHold(False, False, True)),
    "a closed complaint": ("complaints", {"state": "closed"}, PayHold(False, False, False)),
}


@pytest.mark.parametrize("reason", HOLDS)
async def test_pay_is_held_for_a_reason(storage: Storage, reason: str) -> None:
    table, row, hold = HOLDS[reason]
    async with storage.transaction() as tx:
        await fill(tx, table, {"order_id": 5, **row})
        assert await tx.escort_pay.hold_of_order(5) == hold
        assert await tx.escort_pay.hold_of_order(6) == PayHold(False, False, False)


async def test_the_earnings_of_an_order_tell_their_statement(storage: Storage) -> None:
    async with storage.transaction() as tx:
        first = await _earned(tx, 1, order_id=5, kind="order")
        second = await _earned(tx, 2, order_id=5, kind="reversal")
        await _earned(tx, 3, order_id=6, kind="order")
        new = made(NewPayStatement, escort_id=3, month="2026-11", number=1)
        statement = await tx.pay_statements.add(new, [first])
        shown = await tx.escort_pay.shown_of_order(5)
        assert [
            (each.earning.id, each.statement_id, each.statement_month, each.statement_state) for each in shown
        ] == [
            (first, statement, "2026-11", "issued"),
            (second, None, "", ""),
        ]
        assert [each.id for each in await tx.escort_pay.of_order(5)] == [first, second]


async def test_a_finished_order_is_without_pay_until_its_escort_earns_something(storage: Storage) -> None:
    async with storage.transaction() as tx:
        await fill(tx, "orders", FINISHED)
        await fill(tx, "orders", {**FINISHED, "id": 6})
        for number in (5, 6):
            await tx.escort_pay.expect_pay(number)
        assert [each.order_id for each in await tx.escort_pay.without_pay(FIRST, None, 9)] == [6, 5]
        await _earned(tx, 1, order_id=5, kind="order")
        assert [each.order_id for each in await tx.escort_pay.without_pay(FIRST, None, 9)] == [6]
        assert [row["order_id"] for row in await all_rows(tx, "orders_without_pay")] == [6]
        await _earned(tx, 2, order_id=5, kind="reversal")
        await tx.escort_pay.expect_pay(5)
        assert [each.order_id for each in await tx.escort_pay.without_pay(FIRST, None, 9)] == [6, 5]
        await _earned(tx, 4, order_id=5, kind="reversal")
        assert [each.order_id for each in await tx.escort_pay.without_pay(FIRST, None, 9)] == [6, 5], (
            "what is taken back pays nothing"
        )
        await _earned(tx, 5)
        assert [row["order_id"] for row in await all_rows(tx, "orders_without_pay")] == [5, 6]
        await _earned(tx, 3, order_id=5, kind="none")
        await tx.escort_pay.expect_pay(5)
        assert [row["order_id"] for row in await all_rows(tx, "orders_without_pay")] == [6]


async def test_orders_without_pay_are_read_page_by_page(storage: Storage) -> None:
    async with storage.transaction() as tx:
        changes: list[Row] = [
            {}, {"visit_date": LAST}, {}, {"visit_date": "2026-11-01"}, {"state": "serving"}, {"escort_id": None}, {},
        ]  # fmt: skip
        for number, change in enumerate(changes, 11):
            row = await fill(tx, "orders", {**FINISHED, "id": number, **change})
            await fill(tx, "orders_without_pay", {"order_id": number, "visit_date": row["visit_date"]})
        read, behind = list[int](), None
        for _ in range(2):
            found = await tx.escort_pay.without_pay(FIRST, behind, 2)
            read += [each.order_id for each in found]
            behind = read[-1]
        assert read == [12, 17, 13, 11]
        assert await tx.escort_pay.count_without_pay(FIRST) == 4


async def test_what_was_earned_what_is_on_statements_and_what_was_paid(storage: Storage) -> None:
    async with storage.transaction() as tx:
        first = await _earned(tx, 1, amount_fen=100)
        second = await _earned(tx, 2, amount_fen=20)
        await _earned(tx, 3, amount_fen=3)
        for number, earning in ((1, first), (2, second)):
            made_id = await tx.pay_statements.add(
                made(NewPayStatement, escort_id=3, month="2026-11", number=number), [earning]
            )
        await tx.connection.execute(
            "UPDATE pay_statements SET state = 'paid' WHERE id = :id", {"id": made_id}
        )
        totals = await tx.pay_statements.totals()
    assert (totals.earned_fen, totals.on_statements_fen, totals.paid_fen) == (123, 120, 20)
