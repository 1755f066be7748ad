"""What the office's desk and its lists of money ask: which rows count, to the millisecond."""

from __future__ import annotations

from typing import Any

import pytest

from clock import DAY
from storage import Storage
from storage.filters import MoneyFilter
from tests.storage.contract import Counted, Listed, Promise
from tests.storage.rows import Row, fill

FIRST, MIDDLE, LAST = "2026-11-02", "2026-11-03", "2026-11-04"
WORK: Row = {"escort_id": 3, "state": "finished", "visit_date": FIRST, "hospital_id": 8}
ORDER: tuple[str, Row] = ("orders", {"id": 5, "patient_name": "李", "visit_date": FIRST})
PAID: Row = {"order_id": 5, "state": "paid", "paid_at": 100, "created_at": 50, "amount_fen": 7}
ENTRY: Row = {"occurred_at": 100, "kind": "payment", "amount_fen": 7}


def attempts(found: Any) -> list[Any]:
    return [each[0].id for each in found]


PROMISES: dict[str, Promise] = {
    "orders of a month": Counted(
        "orders", {**WORK, "visit_date": "2026-11-01"}, lambda tx: tx.boards.orders_of_month({3, 5}, "2026-11"),
        wrong=[{"escort_id": 4}, {"state": "cancelled"}, {"visit_date": "2026-10-31"}, {"visit_date": "2026-12-01"}],
        also=[{"state": "serving"}, {"state": "refunding", "visit_date": "2026-11-30"}, {"visit_date": "2026-11-31"}],
        total=lambda rows: {3: 4} if rows else {},
    ),
    "orders paid since": Counted(
        "payment_attempts", {**PAID, "paid_at": 101}, lambda tx: tx.boards.paid_since(100),
        wrong=[{"paid_at": 100}, {"state": "reversed"}, {"supplement_id": 3}], also=[{"order_id": 6}, {}],
        total=lambda rows: len({row["order_id"] for row in rows}),
    ),
    "hospitals that escorts know": Counted(
        "orders", WORK, lambda tx: tx.boards.known_hospitals({3, 5}, {8, 9}, FIRST),
        wrong=[{"escort_id": 4}, {"state": "serving"}, {"visit_date": "2026-11-01"}, {"hospital_id": 7}],
        also=[{"escort_id": 5, "hospital_id": 9}, {}], total=lambda rows: {(3, 8), (5, 9)} if rows else set(),
    ),
    "orders made between": Counted(
        "orders", {"created_at": 100}, lambda tx: tx.desk.orders_between(100, 200),
        wrong=[{"created_at": 99}, {"created_at": 200}], also=[{"created_at": 199}],
    ),
    "finished orders by escort": Counted(
        "orders", WORK, lambda tx: tx.desk.finished_by_escort([3, 5], FIRST),
        wrong=[{"escort_id": 4}, {"state": "serving"}, {"visit_date": "2026-11-01"}], also=[{"escort_id": 5}, {}],
        total=lambda rows: {3: 2, 5: 1} if rows else {},
    ),
    "money by day": Counted(
        "ledger", ENTRY, lambda tx: tx.desk.daily(100, 100 + 2 * DAY),
        wrong=[{"occurred_at": 99}, {"occurred_at": 100 + 2 * DAY}],
        also=[{"occurred_at": 99 + DAY}, {"kind": "refund", "amount_fen": -3}, {"occurred_at": 100 + DAY}],
        total=lambda rows: {
            (100, "payment"): (2, 14), (100, "refund"): (1, -3), (100 + DAY, "payment"): (1, 7),
        } if rows else {},
    ),
    "paid attempts": Listed(
        "payment_attempts", PAID,
        limited=lambda tx, _, limit: tx.desk.money_page(MoneyFilter(first_at=100, last_at=200), None, limit),
        wrong=[{"paid_at": None}, {"paid_at": 99}, {"paid_at": 200}], beside=[ORDER], told=attempts,
        also=[{"paid_at": 199}, {"state": "reversed"}, {}], order=("-paid_at", "-id"),
    ),
    "attempts of a state": Listed(
        "payment_attempts", {**PAID, "state": "closed", "created_at": 100},
        limited=lambda tx, _, limit: tx.desk.money_page(MoneyFilter("closed", 100, 200), None, limit),
        wrong=[{"state": "paid"}, {"created_at": 99}, {"created_at": 200}], beside=[ORDER], told=attempts,
        also=[{"created_at": 199}, {}], order=("-created_at", "-id"),
    ),
    "attempts by number": Listed(
        "payment_attempts", {"order_id": 5, "out_trade_no": "N"},
        lambda tx: tx.desk.money_page(MoneyFilter(number="N"), None, 9),
        wrong=[{"out_trade_no": "M"}, {"out_trade_no": "P", "transaction_id": "Q"}], beside=[ORDER], told=attempts,
        also=[{"out_trade_no": "O", "transaction_id": "N"}], order=("-created_at", "-id"),
    ),
    "the sum of paid attempts": Counted(
        "payment_attempts", PAID, lambda tx: tx.desk.money_sum(MoneyFilter(first_at=100, last_at=200)),
        wrong=[{"paid_at": None}, {"paid_at": 99}, {"paid_at": 200}], total=lambda rows: (len(rows), 7 * len(rows)),
    ),
    "refunds page by page": Listed(
        "refunds", {"order_id": 5, "attempt_id": 1, "state": "requested"},
        page=lambda tx, behind, limit: tx.desk.refunds_page(("requested", "approved"), behind, limit),
        wrong=[{"state": "rejected"}], also=[{"state": "approved"}, {}], order=("-id",), told=attempts,
        beside=[ORDER, ("payment_attempts", {"id": 1, "channel": "offline"})],
    ),
    "all refunds page by page": Listed(
        "refunds", {"order_id": 5, "attempt_id": 1, "state": "requested"},
        page=lambda tx, behind, limit: tx.desk.refunds_page((), behind, limit), told=attempts,
        also=[{"state": "rejected"}, {}], order=("-id",), beside=[ORDER, ("payment_attempts", {"id": 1})],
    ),
    "refunds of a channel": Listed(
        "refunds", {"order_id": 5, "attempt_id": 1}, lambda tx: tx.desk.refunds_page((), None, 9, "offline"),
        wrong=[{"attempt_id": 2}], order=("-id",), told=attempts,
        beside=[ORDER, ("payment_attempts", {"id": 1, "channel": "offline"}),
                ("payment_attempts", {"id": 2, "channel": "wechat"})],
    ),
}  # fmt: skip


@pytest.mark.parametrize("promise", PROMISES)
async def test_a_statement_is_about_these_rows_alone(storage: Storage, promise: str) -> None:
    await PROMISES[promise].check(storage)


async def test_payments_of_one_moment_are_read_page_by_page_with_their_case(storage: Storage) -> None:
    async with storage.transaction() as tx:
        await fill(tx, *ORDER)
        rows = [
            await fill(tx, "payment_attempts", {**PAID, "paid_at": at, "out_trade_no": f"N{number}"})
            for number, at in enumerate([150, 160, 150, 150, 140])
        ]
        case = await fill(tx, "finance_cases", {"kind": "payment_mismatch", "reference": "N2"})
        await fill(tx, "finance_cases", {"kind": "other", "reference": "N3"})
        expected = [rows[at]["id"] for at in (1, 3, 2, 0, 4)]
        for wanted in (MoneyFilter(), MoneyFilter(last_at=161), MoneyFilter(first_at=140)):
            read, place = list[int](), None
            for _ in range(3):
                found = await tx.desk.money_page(wanted, place, 2)
                for attempt, patient, number in found:
                    assert patient == "李"
                    assert number == (case["id"] if attempt.id == rows[2]["id"] else None)
                read += attempts(found)
                last = found[-1][0]
                place = (last.paid_at or 0, last.id)
            assert read == expected


async def test_what_waits_is_counted_by_what_it_is(storage: Storage) -> None:
    async with storage.transaction() as tx:
        for number, (state, channel) in enumerate(
            [
                ("requested", 1),
                ("requested", 2),
                ("abnormal", 1),
                ("approved", 1),
                ("approved", 2),
                ("approved", 2),
            ]
        ):
            await fill(tx, "refunds", {"state": state, "attempt_id": channel, "out_refund_no": f"R{number}"})
        await fill(tx, "payment_attempts", {"id": 1, "channel": "wechat"})
        await fill(tx, "payment_attempts", {"id": 2, "channel": "offline"})
        for kind, state, reference in (
            ("payment_mismatch", "open", "a"), ("payment_mismatch", "closed", "b"), ("refund_abnormal", "open", "R2"),
            ("refund_abnormal", "open", "R9"), ("other", "open", "c"), ("other", "closed", "d"), ("more", "open", "e"),
        ):  # fmt: skip
            await fill(tx, "finance_cases", {"kind": kind, "state": state, "reference": reference})
        for number, state in ((1, "pending"), (2, "approved"), (3, "approved"), (4, "approved")):
            await fill(tx, "escorts", {"id": number, "state": state})
        await fill(tx, "escort_applications", {"escort_id": 2})
        await fill(tx, "escort_profiles", {"escort_id": 2, "proposed_at": 5})
        await fill(tx, "escort_profiles", {"escort_id": 3, "proposed_at": None})
        await fill(tx, "escort_profiles", {"escort_id": 4, "proposed_at": 5})
        waiting = await tx.desk.waiting()
    assert waiting.refund_requests == 2
    assert waiting.abnormal_refunds == 1
    assert waiting.mismatches == 1
    assert waiting.other_cases == 3
    assert waiting.escorts == 3
    assert waiting.offline_refunds == 2
