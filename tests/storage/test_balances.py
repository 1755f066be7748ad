"""What adds up, and what is told of what does not: each fault by itself, in rows that are sound otherwise."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable

import pytest

from storage import Storage, Transaction
from tests.storage.rows import Row, fill

Rows = dict[str, Row]
"""A sound state, row by row, by what each row is called: the table stands before the first blank."""
Check = Callable[[Transaction], Awaitable[list[str]]]
LEFT_OUT: Row = {"": "there is no such row"}

TRANSFERS: Rows = {
    "pay_statements paying": {"id": 1, "escort_id": 3, "total_fen": 700, "state": "paying"},
    "pay_transfers under way": {
        "id": 11, "statement_id": 1, "live_statement_id": 1, "escort_id": 3, "amount_fen": 700, "state": "waiting",
    },
    "pay_statements paid": {"id": 2, "escort_id": 3, "total_fen": 500, "state": "paid"},
    "pay_transfers that succeeded": {
        "id": 12, "statement_id": 2, "live_statement_id": 2, "escort_id": 3, "amount_fen": 500, "state": "succeeded",
    },
    "pay_transfers that failed": {
        "id": 13, "statement_id": 2, "live_statement_id": None, "escort_id": 3, "amount_fen": 500, "state": "failed",
    },
    "pay_statements issued": {"id": 3, "escort_id": 4, "total_fen": 100, "state": "issued"},
}  # fmt: skip
TRANSFER = "transfer {} does not agree with its pay statement"
UNPAID = "pay statement {} is being paid by no transfer"
LEDGER: Rows = {
    "payment_attempts at WeChat": {"id": 1, "paid_at": 5, "channel": "wechat", "amount_fen": 700, "state": "paid"},
    "ledger payment": {"id": 21, "kind": "payment", "attempt_id": 1, "amount_fen": 700},
    "payment_attempts not paid": {"id": 2, "channel": "wechat", "amount_fen": 600, "state": "closed"},
    "refunds of WeChat": {"id": 11, "attempt_id": 1, "state": "succeeded", "amount_fen": 300},
    "ledger refund": {"id": 22, "kind": "refund", "refund_id": 11, "attempt_id": 1, "amount_fen": -300},
    "refunds not carried out": {"id": 12, "attempt_id": 1, "state": "processing", "amount_fen": 100},
    "payment_attempts by hand": {"id": 3, "paid_at": 5, "channel": "offline", "amount_fen": 900, "state": "paid"},
    "ledger by hand": {"id": 23, "kind": "offline_payment", "attempt_id": 3, "amount_fen": 900},
    "offline_entries receipt": {"id": 31, "attempt_id": 3, "amount_fen": 900},
    "refunds by hand": {"id": 13, "attempt_id": 3, "state": "succeeded", "amount_fen": 200},
    "ledger given back by hand": {"id": 24, "kind": "offline_refund", "attempt_id": 3, "refund_id": 13,
    "amount_fen": -200},
    "offline_entries given back": {"id": 32, "attempt_id": 3, "amount_fen": -200},
    "refunds by hand not carried out": {"id": 14, "attempt_id": 3, "state": "approved", "amount_fen": 50},
    "payment_attempts reversed": {"id": 4, "channel": "offline", "amount_fen": 80, "state": "reversed"},
    "ledger received": {"id": 25, "kind": "offline_payment", "attempt_id": 4, "amount_fen": 80},
    "ledger reversed": {"id": 26, "kind": "offline_payment", "attempt_id": 4, "amount_fen": -80},
    "offline_entries received": {"id": 33, "attempt_id": 4, "amount_fen": 80},
    "offline_entries reversed": {"id": 34, "attempt_id": 4, "amount_fen": -80},
}  # fmt: skip
HAND = "offline payment {} is not in the ledger with its amount"
ENTRIES = "offline payment {} has other entries than the ledger"
OUTSIDE = "payment {} at WeChat is in the ledger as money outside of it"
GIVEN_BACK = "offline refund {} is not in the ledger with its amount"
PAYABLES: Rows = {
    "orders paid": {"id": 5, "paid_at": 3, "paid_attempt_id": 1, "paid_fen": 700, "refunded_fen": 300,
    "state": "finished"},
    "orders paid by hand": {
        "id": 6, "paid_at": 3, "paid_attempt_id": 3, "paid_fen": 900, "refunded_fen": 200, "state": "paid",
    },
    "orders not paid": {"id": 7, "state": "unpaid"},
    "orders cancelled": {"id": 8, "state": "cancelled"},
    "payment_attempts of a supplement": {"id": 9, "supplement_id": 41, "state": "paid"},
    "payment_attempts of another": {"id": 10, "supplement_id": 43, "state": "paid"},
    "payment_attempts of an order": {"id": 19, "state": "paid"},
    "supplements paid": {"id": 41, "paid_at": 3, "paid_attempt_id": 9, "paid_fen": 60, "refunded_fen": 10,
    "state": "paid"},
    "supplements not paid": {"id": 42, "state": "open"},
    "ledger payment": {"id": 21, "kind": "payment", "attempt_id": 1, "amount_fen": 700},
    "ledger refund": {"id": 22, "kind": "refund", "attempt_id": 1, "amount_fen": -300},
    "ledger fee": {"id": 23, "kind": "fee", "attempt_id": 1, "amount_fen": -5},
    "ledger by hand": {"id": 24, "kind": "offline_payment", "attempt_id": 3, "amount_fen": 900},
    "ledger given back by hand": {"id": 25, "kind": "offline_refund", "attempt_id": 3, "amount_fen": -200},
    "ledger supplement": {"id": 26, "kind": "payment", "attempt_id": 9, "amount_fen": 60},
    "ledger of the supplement given back": {"id": 27, "kind": "refund", "attempt_id": 9, "amount_fen": -10},
}  # fmt: skip
HAS = "{} {} has another {} than the ledger"
NO_PAYMENT = "{} {} is not unpaid but has no payment"

FAULTS: list[tuple[Rows, Check, dict[str, Row], list[str]]] = [
    (TRANSFERS, lambda tx: tx.transfers.unbalanced(), change, told)
    for change, told in (
        ({}, []),
        ({"pay_statements paid": LEFT_OUT}, [TRANSFER.format(12), TRANSFER.format(13)]),
        ({"pay_transfers that failed": {"escort_id": 4}}, [TRANSFER.format(13)]),
        ({"pay_transfers that failed": {"amount_fen": 501}}, [TRANSFER.format(13)]),
        ({"pay_transfers under way": {"statement_id": 2, "amount_fen": 500}}, [TRANSFER.format(11)]),
        ({"pay_statements paid": {"state": "confirmed"}}, [TRANSFER.format(12)]),
        ({"pay_statements paying": {"state": "confirmed"}}, [TRANSFER.format(11)]),
        ({"pay_transfers under way": {"state": "failed"}}, [TRANSFER.format(11)]),
        ({"pay_transfers under way": {"state": "cancelled"}}, [TRANSFER.format(11)]),
        ({"pay_transfers under way": {"state": "failed", "live_statement_id": None}}, [UNPAID.format(1)]),
        ({"pay_transfers under way": LEFT_OUT}, [UNPAID.format(1)]),
        ({"pay_transfers that succeeded": LEFT_OUT, "pay_transfers that failed": LEFT_OUT}, []),
    )
]  # fmt: skip
FAULTS += [
    (LEDGER, lambda tx: tx.ledger.unbalanced(), change, told)
    for change, told in (
        ({}, []),
        ({"ledger payment": LEFT_OUT}, ["payment 1 is not in the ledger with its amount"]),
        ({"ledger payment": {"amount_fen": 699}}, ["payment 1 is not in the ledger with its amount"]),
        ({"ledger payment": {"amount_fen": -700}}, ["payment 1 is not in the ledger with its amount"]),
        ({"payment_attempts at WeChat": {"paid_at": None}}, ["ledger entry 21 has no payment behind it"]),
        ({"ledger payment": {"kind": "fee"}}, ["payment 1 is not in the ledger with its amount"]),
        ({"ledger refund": LEFT_OUT}, ["refund 11 is not in the ledger with its amount"]),
        ({"ledger refund": {"amount_fen": 300}}, ["refund 11 is not in the ledger with its amount"]),
        ({"refunds of WeChat": {"state": "processing"}}, ["ledger entry 22 has no refund behind it"]),
        ({"refunds not carried out": {"state": "succeeded"}}, ["refund 12 is not in the ledger with its amount"]),
    )
]  # fmt: skip
FAULTS += [
    (LEDGER, lambda tx: tx.offline.unbalanced(), change, told)
    for change, told in (
        ({}, []),
        ({"ledger by hand": LEFT_OUT}, [HAND.format(3), ENTRIES.format(3)]),
        ({"ledger by hand": {"amount_fen": 901}}, [HAND.format(3), ENTRIES.format(3)]),
        ({"payment_attempts reversed": {"state": "paid"}}, [HAND.format(4)]),
        ({"offline_entries receipt": {"amount_fen": 901}}, [ENTRIES.format(3)]),
        ({"offline_entries given back": LEFT_OUT}, [ENTRIES.format(3)]),
        ({"offline_entries reversed": LEFT_OUT}, [ENTRIES.format(4)]),
        ({"ledger payment": {"kind": "offline_payment"}}, [OUTSIDE.format(1)]),
        ({"ledger payment": {"kind": "offline_refund"}}, [OUTSIDE.format(1)]),
        ({"ledger given back by hand": {"refund_id": 99}}, [GIVEN_BACK.format(13)]),
        ({"refunds by hand": {"state": "approved"}}, [GIVEN_BACK.format(13)]),
        ({"refunds by hand": {"amount_fen": 201}}, [GIVEN_BACK.format(13)]),
        ({"refunds by hand not carried out": {"state": "succeeded"}}, [GIVEN_BACK.format(14)]),
    )
]  # fmt: skip
FAULTS += [
    (PAYABLES, lambda tx: tx.ledger.payables_out_of_balance(), change, told)
    for change, told in (
        ({}, []),
        ({"orders paid": {"paid_fen": 699}}, [HAS.format("order", 5, "paid_fen")]),
        ({"orders paid": {"refunded_fen": 299}}, [HAS.format("order", 5, "refunded_fen")]),
        ({"ledger payment": LEFT_OUT}, [HAS.format("order", 5, "paid_fen")]),
        ({"ledger refund": LEFT_OUT}, [HAS.format("order", 5, "refunded_fen")]),
        ({"ledger by hand": LEFT_OUT}, [HAS.format("order", 6, "paid_fen")]),
        ({"ledger given back by hand": LEFT_OUT}, [HAS.format("order", 6, "refunded_fen")]),
        ({"supplements paid": {"paid_fen": 61}}, [HAS.format("supplement", 41, "paid_fen")]),
        ({"supplements paid": {"refunded_fen": 9}}, [HAS.format("supplement", 41, "refunded_fen")]),
        ({"orders not paid": {"state": "paid"}}, [NO_PAYMENT.format("order", 7)]),
        ({"orders not paid": {"paid_at": 3}}, [NO_PAYMENT.format("order", 7)]),
        ({"orders cancelled": {"state": "refunded"}}, [NO_PAYMENT.format("order", 8)]),
        ({"supplements not paid": {"state": "paid"}}, [NO_PAYMENT.format("supplement", 42)]),
        ({"supplements not paid": {"paid_at": 3}}, [NO_PAYMENT.format("supplement", 42)]),
        ({"supplements not paid": {"paid_attempt_id": 10}}, [NO_PAYMENT.format("supplement", 42)]),
        ({"payment_attempts of a supplement": {"supplement_id": 43}}, [NO_PAYMENT.format("supplement", 41)]),
        ({"payment_attempts of a supplement": {"supplement_id": None}}, [NO_PAYMENT.format("supplement", 41)]),
        ({"payment_attempts of a supplement": LEFT_OUT}, [NO_PAYMENT.format("supplement", 41)]),
    )
]  # fmt: skip


@pytest.mark.parametrize("fault", range(len(FAULTS)))
async def test_a_fault_is_told_by_itself(storage: Storage, fault: int) -> None:
    sound, check, change, told = FAULTS[fault]
    async with storage.transaction() as tx:
        for name, row in sound.items():
            if change.get(name) is not LEFT_OUT:
                await fill(tx, name.split(" ")[0], {**row, **change.get(name, {})})
        assert await check(tx) == told


async def test_what_the_ledger_amounts_to_and_when_it_began(storage: Storage) -> None:
    async with storage.transaction() as tx:
        assert await tx.ledger.first_booked_at() is None
        assert await tx.books.first_moment() is None
        for number, (kind, amount, occurred_at) in enumerate(
            [("offline_payment", 7, 60), ("refund", -3, 50), ("payment", 10, 40), ("fee", -1, 70)], 1
        ):
            await tx.ledger.book(
                kind, f"r{number}", amount, occurred_at, 80 + number, order_id=5, attempt_id=number
            )
        await tx.ledger.book("payment", "r9", 20, 90, 99, refund_id=3)
        assert await tx.ledger.totals() == {"offline_payment": 7, "refund": -3, "payment": 30, "fee": -1}
        assert await tx.ledger.first_booked_at() == 82
        assert await tx.books.first_moment() == 40
        first = (await tx.ledger.of_order(5))[0]
        assert dataclasses.asdict(first) == {
            "id": first.id, "kind": "offline_payment", "reference": "r1", "amount_fen": 7, "order_id": 5,
            "attempt_id": 1,
            "refund_id": None, "occurred_at": 60, "booked_at": 81,
        }  # fmt: skip
        page = await tx.ledger.after(first.id, 2)
        assert [each.reference for each in page] == ["r2", "r3"]
        assert [each.refund_id for each in await tx.ledger.after(page[-1].id + 1, 9)] == [3]
