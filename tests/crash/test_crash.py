"""A short run of ``make crash`` on each engine, and proof that its comparison of the books would notice."""

from __future__ import annotations

import asyncio
import copy
import random
from pathlib import Path
from typing import Any

import pytest

from bench.books import violations
from bench.crash import crash
from bench.people import Extra, Purchase
from bench.rows import Books

PAYMENTS = 12
KILLS = 4
KINDS = ("payment", "refund", "offline_payment", "offline_refund")


@pytest.mark.promise(28, 38)
def test_payments_survive_kill_9(engine: str, tmp_path: Path) -> None:
    """The server dies during payments and refunds, with MariaDB the database too: nothing is lost or doubled."""
    seed = random.SystemRandom().randrange(1_000_000)
    report = asyncio.run(crash(engine, PAYMENTS, KILLS, seed, tmp_path))
    assert not report.violations, report.text()
    assert report.counts["payments"] == PAYMENTS
    paid = PAYMENTS + report.counts["supplements paid"]
    ledger = {kind: report.counts[f"{kind}s in the ledger"] for kind in KINDS}
    assert ledger["payment"] + ledger["offline_payment"] == paid
    assert ledger["offline_payment"] == report.counts["received in cash"]
    wanted = report.counts["refunds asked"] - report.counts["requests withdrawn"]
    wanted += report.counts["supplements refunded"]
    assert wanted == ledger["refund"] + ledger["offline_refund"]
    assert ledger["offline_refund"] == report.counts["paid back by hand"]
    assert report.counts["kills of the server"] + report.counts["kills of the database"] >= 2, report.text()
    assert report.counts["retries"], "no request met a dead server"


# ---------------------------------------------------------------- a comparison that finds nothing proves nothing

PURCHASES = [
    Purchase("a", 1, 58800, 58800),
    Purchase("b", 2, 10000, extra=Extra(5, 700, 300)),
    Purchase("c", 4, 20000, 9000, in_cash=True),
]
MONEY = {
    "paid_fen": 69500,
    "refunded_fen": 59100,
    "by_order": {
        "P1": {"paid_fen": 58800, "refunded_fen": 58800},
        "P2": {"paid_fen": 10000, "refunded_fen": 0},
        "P3": {"paid_fen": 700, "refunded_fen": 300},
    },
}
ORDER = {"paid_at": 1, "paid_attempt_id": 1}
ATTEMPT: dict[str, Any] = {"supplement_id": None, "state": "paid", "channel": "wechat"}
CASH = {"order_id": 4, "attempt_id": 4, "refund_id": None}
SOUND = Books(
    orders={
        1: {
            **ORDER,
            "id": 1,
            "state": "refunded",
            "price_fen": 58800,
            "paid_fen": 58800,
            "refunded_fen": 58800,
        },
        2: {**ORDER, "id": 2, "state": "paid", "price_fen": 10000, "paid_fen": 10000, "refunded_fen": 0},
        4: {
            **ORDER,
            "id": 4,
            "state": "cancelled",
            "price_fen": 20000,
            "paid_fen": 20000,
            "refunded_fen": 9000,
        },
    },
    supplements={
        5: {
            "id": 5,
            "order_id": 2,
            "state": "paid",
            "amount_fen": 700,
            "paid_fen": 700,
            "refunded_fen": 300,
            "paid_attempt_id": 3,
        }
    },
    attempts=[
        {**ATTEMPT, "id": 1, "order_id": 1, "out_trade_no": "P1", "amount_fen": 58800},
        {**ATTEMPT, "id": 2, "order_id": 2, "out_trade_no": "P2", "amount_fen": 10000},
        {**ATTEMPT, "id": 3, "order_id": 2, "out_trade_no": "P3", "amount_fen": 700, "supplement_id": 5},
        {
            **ATTEMPT,
            "id": 4,
            "order_id": 4,
            "out_trade_no": "P4",
            "amount_fen": 20000,
            "channel": "offline",
        },
    ],
    refunds=[
        {
            "id": 9,
            "order_id": 1,
            "attempt_id": 1,
            "out_refund_no": "R1",
            "state": "succeeded",
            "amount_fen": 58800,
        },
        {
            "id": 8,
            "order_id": 2,
            "attempt_id": 3,
            "out_refund_no": "R3",
            "state": "succeeded",
            "amount_fen": 300,
        },
        {
            "id": 7,
            "order_id": 4,
            "attempt_id": 4,
            "out_refund_no": "R5",
            "state": "succeeded",
            "amount_fen": 9000,
        },
    ],
    ledger=[
        {"kind": "payment", "reference": "P1", "amount_fen": 58800},
        {"kind": "payment", "reference": "P2", "amount_fen": 10000},
        {"kind": "refund", "reference": "R1", "amount_fen": -58800},
        {"kind": "payment", "reference": "P3", "amount_fen": 700},
        {"kind": "refund", "reference": "R3", "amount_fen": -300},
        {"kind": "offline_payment", "reference": "P4", "amount_fen": 20000},
        {"kind": "offline_refund", "reference": "R5", "amount_fen": -9000},
    ],
    history=[
        {"order_id": 1, "from_state": "", "to_state": "unpaid"},
        {"order_id": 1, "from_state": "unpaid", "to_state": "paid"},
        {"order_id": 1, "from_state": "paid", "to_state": "refunding"},
        {"order_id": 1, "from_state": "refunding", "to_state": "refunded"},
        {"order_id": 2, "from_state": "", "to_state": "unpaid"},
        {"order_id": 2, "from_state": "unpaid", "to_state": "paid"},
    ],
    cases=[],
    approvals={"9": 1, "7": 1},
    offline=[
        {**CASH, "kind": "receipt", "amount_fen": 20000},
        {**CASH, "kind": "refund", "amount_fen": -9000, "refund_id": 7},
    ],
)


def lose_entry(books: Books) -> None:
    del books.ledger[1]


def book_twice(books: Books) -> None:
    books.ledger.append(dict(books.ledger[0]))


def lose_order(books: Books) -> None:
    del books.orders[2]


def forget_payment(books: Books) -> None:
    books.orders[2].update(state="unpaid", paid_fen=0, paid_at=None, paid_attempt_id=None)


def invent_order(books: Books) -> None:
    books.orders[3] = {**books.orders[2], "id": 3, "state": "unpaid", "paid_fen": 0}


def refund_twice(books: Books) -> None:
    books.refunds.append({**books.refunds[0], "id": 10, "out_refund_no": "R2"})


def leave_refund(books: Books) -> None:
    books.refunds[0]["state"] = "processing"


def approve_twice(books: Books) -> None:
    books.approvals = {"9": 2}


def skip_step(books: Books) -> None:
    del books.history[1]


def pay_twice(books: Books) -> None:
    books.history += [
        {"order_id": 2, "from_state": "paid", "to_state": "unpaid"},
        {"order_id": 2, "from_state": "unpaid", "to_state": "paid"},
    ]


def lose_supplement(books: Books) -> None:
    del books.supplements[5]


def forget_payment_of_supplement(books: Books) -> None:
    books.supplements[5].update(state="open", paid_fen=0)


def invent_supplement(books: Books) -> None:
    books.supplements[6] = {**books.supplements[5], "id": 6, "state": "open", "paid_fen": 0}


def refund_supplement_twice(books: Books) -> None:
    books.refunds.append({**books.refunds[1], "id": 10, "out_refund_no": "R4"})


def move_refund_to_the_order(books: Books) -> None:
    books.supplements[5]["refunded_fen"] = 0
    books.orders[2]["refunded_fen"] = 300


def record_cash_twice(books: Books) -> None:
    books.offline.append(dict(books.offline[0]))


def lose_cash(books: Books) -> None:
    del books.offline[0]


def book_cash_twice(books: Books) -> None:
    books.ledger += [dict(books.ledger[5]), {**books.ledger[5], "amount_fen": -20000}]


def lose_cash_that_was_paid_back(books: Books) -> None:
    del books.offline[1]


def reverse_cash(books: Books) -> None:
    books.attempts[3]["state"] = "reversed"


def book_cash_as_wechats(books: Books) -> None:
    books.ledger[5]["kind"] = "payment"


def open_case(books: Books) -> None:
    books.cases.append({"kind": "payment_mismatch", "reference": "P1", "state": "open"})


def test_sound_books_have_no_violation() -> None:
    assert violations(SOUND, PURCHASES, MONEY) == []


@pytest.mark.parametrize(
    "damage",
    [
        lose_entry,
        book_twice,
        lose_order,
        forget_payment,
        invent_order,
        refund_twice,
        leave_refund,
        approve_twice,
        skip_step,
        pay_twice,
        lose_supplement,
        forget_payment_of_supplement,
        invent_supplement,
        refund_supplement_twice,
        move_refund_to_the_order,
        record_cash_twice,
        lose_cash,
        book_cash_twice,
        lose_cash_that_was_paid_back,
        reverse_cash,
        book_cash_as_wechats,
        open_case,
    ],
)
def test_damaged_books_are_noticed(damage: Any) -> None:
    books = copy.deepcopy(SOUND)
    damage(books)
    assert violations(books, PURCHASES, MONEY)


def test_money_at_wechat_alone_is_noticed() -> None:
    money = copy.deepcopy(MONEY)
    money["by_order"]["P9"] = {"paid_fen": 1, "refunded_fen": 0}  # type: ignore[index]
    assert any("P9" in found for found in violations(SOUND, PURCHASES, money))


def test_cash_that_wechat_knows_of_is_noticed() -> None:
    money = copy.deepcopy(MONEY)
    money["by_order"]["P4"] = {"paid_fen": 20000, "refunded_fen": 0}  # type: ignore[index]
    assert "WeChat knows of cash: P4" in violations(SOUND, PURCHASES, money)
