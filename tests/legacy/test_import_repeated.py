"""Rows that the older system has written twice, that name each other's patients, or that changed between two runs."""

from __future__ import annotations

from typing import Any

import pytest

from payment.books.ledger import self_check
from startup.legacy.money import CASE
from storage import Storage
from storage.models import OrderState
from tests.core.rows import count, order_of
from tests.legacy.older_system import LATER, OlderSystem
from tests.legacy.test_import import rows_of, run

PAID = "4200000001202611010000000101"


async def test_a_payment_written_twice_is_booked_once(storage: Storage, older: OlderSystem) -> None:
    older.user(1)
    older.patient(11, 1)
    older.paid_order(101, 1, 11, LATER, 19800)
    older.payment(102, 101, 19800, treadNum="20261101LEGACY000101", transactionId=PAID)
    older.payment(103, 101, 0, treadNum="20261101LEGACY000101", transactionId="")
    dry = await run(storage, older, dry_run=True)
    report = await run(storage, older)
    assert dry.lines()[1:] == report.lines()[1:]
    assert rows_of(report, "app_money") == {"imported": 1, "already_there": 2}
    assert (report.received_fen, report.booked_fen, report.case_fen) == (19800, 19800, 0)
    assert await self_check(storage) == []
    again = await run(storage, older)
    assert rows_of(again, "app_money") == {"already_there": 3}
    assert await count(storage, "ledger") == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"transactionId": PAID},
        {"treadNum": "20261101LEGACY000101"},
        {"treadNum": "20261101LEGACY000101", "transactionId": PAID, "moneyTimes100": 1},
        {"logid": 4711, "transactionId": PAID},
    ],
    ids=["WeChat's number twice", "our number twice", "another amount", "another order"],
)
async def test_a_number_that_stands_for_two_payments_is_a_case_and_stops_nothing(
    storage: Storage, older: OlderSystem, changes: dict[str, object]
) -> None:
    older.user(1)
    older.patient(11, 1)
    older.paid_order(101, 1, 11, LATER, 19800)
    given: dict[str, Any] = {"order": 101, "fen": 19800, **changes}
    older.payment(102, **given)
    dry = await run(storage, older, dry_run=True)
    report = await run(storage, older)
    assert dry.lines()[1:] == report.lines()[1:]
    assert rows_of(report, "app_money") == {"imported": 1, "case": 1}
    assert report.received_fen == report.booked_fen + report.case_fen
    assert await self_check(storage) == []
    async with storage.reading() as reader:
        assert [(case.kind, case.reference) for case in await reader.finance.cases(limit=9)] == [
            (CASE, "legacy-102")
        ]
    assert (await order_of(storage, 101)).state == OrderState.PAID


async def test_a_stand_in_never_takes_the_number_of_a_patient_who_is_still_to_come(
    storage: Storage, older: OlderSystem
) -> None:
    for number in (1, 2, 3):
        older.user(number)
    older.patient(11, 1)
    older.patient(12, 3)  # the next free number while user 2 is imported
    older.patient(13, 3)
    older.order(101, 1, 13, LATER)  # of user 3, who comes later
    older.order(102, 2, 11, LATER)
    report = await run(storage, older)
    assert rows_of(report, "app_friend") == {"imported": 3}
    async with storage.reading() as reader:
        owners = {number: await reader.patients.get(number) for number in (11, 12, 13)}
    assert {number: patient and patient.user_id for number, patient in owners.items()} == {
        11: 1,
        12: 3,
        13: 3,
    }
    assert (await order_of(storage, 101)).patient_id not in (11, 12, 13)


@pytest.mark.parametrize("paid_row", [101, 102], ids=["the open number", "a closed number"])
async def test_a_number_that_was_paid_after_an_earlier_run_is_booked(
    storage: Storage, older: OlderSystem, paid_row: int
) -> None:
    older.user(1)
    older.patient(11, 1)
    older.order(101, 1, 11, LATER)
    older.payment(101, 101, 19800, transactionId="")
    older.payment(102, 101, 19800, transactionId="")
    await run(storage, older)
    older.execute("UPDATE app_log SET ifpaid = 'y', paidmoneyTimes100 = 19800 WHERE id = 101")
    older.execute("UPDATE app_money SET transactionId = %s WHERE id = %s", (PAID, paid_row))
    report = await run(storage, older)
    order = await order_of(storage, 101)
    assert (order.state, order.paid_fen) == (OrderState.PAID, 19800)
    assert (report.received_fen, report.booked_fen) == (19800, 19800)
    assert await self_check(storage) == []
    assert await count(storage, "finance_cases") == 0
    again = await run(storage, older)
    assert rows_of(again, "app_money") == {"already_there": 2}


async def test_an_order_that_was_called_paid_after_an_earlier_run_is_a_case(
    storage: Storage, older: OlderSystem
) -> None:
    older.user(1)
    older.patient(11, 1)
    older.order(101, 1, 11, LATER)
    await run(storage, older)
    older.execute("UPDATE app_log SET ifpaid = 'y', paidmoneyTimes100 = 19800 WHERE id = 101")
    for _ in range(2):
        report = await run(storage, older)
        assert any("没有微信支付单号" in line and "101" in line for line in report.lines())
    async with storage.reading() as reader:
        assert [(case.kind, case.order_id) for case in await reader.finance.cases(limit=9)] == [(CASE, 101)]
