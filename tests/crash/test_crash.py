"""A short run of ``make crash`` on each engine, and proof that its comparison of the books would notice."""

from __future__ import annotations

import asyncio
import copy
import random
from pathlib import Path
from typing import Any

import pytest

from bench.books import Books, violations
from bench.crash import crash
from bench.people import Extra, Purchase

PAYMENTS = 12
KILLS = 4


@pytest.mark.promise(28, 38)
def test_payments_survive_kill_9(engine: str, tmp_path: Path) -> None:
    """The server dies during payments and refunds, with MariaDB the database too: nothing is lost or doubled."""
    seed = random.SystemRandom().randrange(1_000_000)
    report = asyncio.run(crash(engine, PAYMENTS, KILLS, seed, tmp_path))
    assert not report.violations, report.text()
    assert report.counts["payments"] == PAYMENTS
    paid = PAYMENTS + report.counts["supplements paid"]
    assert report.counts["payments in the ledger"] == paid
    wanted = report.counts["refunds asked"] - report.counts["requests withdrawn"]
    wanted += report.counts["supplements refunded"]
    assert wanted == report.counts["refunds in the ledger"]
    assert report.counts["kills of the server"] + report.counts["kills of the database"] >= 2, report.text()
    assert report.counts["retries"], "no request met a dead server"


# ---------------------------------------------------------------- a comparison that finds nothing proves nothing

PURCHASES = [Purchase("a", 1, 58800, 58800), Purchase("b", 2, 10000, extra=Extra(5, 700, 300))]
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
        {"id": 1, "order_id": 1, "out_trade_no": "P1", "state": "paid", "amount_fen": 58800},
        {"id": 2, "order_id": 2, "out_trade_no": "P2", "state": "paid", "amount_fen": 10000},
        {"id": 3, "order_id": 2, "out_trade_no": "P3", "state": "paid", "amount_fen": 700},
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
    ],
    ledger=[
        {"kind": "payment", "reference": "P1", "amount_fen": 58800},
        {"kind": "payment", "reference": "P2", "amount_fen": 10000},
        {"kind": "refund", "reference": "R1", "amount_fen": -58800},
        {"kind": "payment", "reference": "P3", "amount_fen": 700},
        {"kind": "refund", "reference": "R3", "amount_fen": -300},
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
    approvals={"9": 1},
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
