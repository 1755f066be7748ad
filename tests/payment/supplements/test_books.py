"""Supplements in the ledger, in WeChat's bills, in half-finished transactions: the same checks as of orders."""

from __future__ import annotations

import datetime

import pytest

from clock import DAY, HOUR, shanghai_date
from payment.books import ledger
from storage import StorageUnavailable
from storage.models import AttemptState, SupplementState
from tests.payment.bills import Row, flow_bill, rows_of, trade_bill
from tests.payment.conftest import ADMIN, PRICE, Shop
from tests.payment.flaky_storage import FlakyStorage
from tests.payment.supplements.desk import EXTRA, Desk

pytestmark = pytest.mark.promise(38)


async def a_day(shop: Shop, desk: Desk) -> tuple[str, int, list[Row]]:
    """An order and its supplement paid, some of that given back, and WeChat's rows; it is noon of the next day."""
    supplement_id = await desk.paid()
    await shop.payments.start_supplement_refund(supplement_id, ADMIN, 2_000)
    await desk.given_back(supplement_id)
    day = shanghai_date(shop.at)
    shop.pass_time(DAY + 2 * HOUR)
    return day, supplement_id, rows_of(shop.wechat)


async def found(shop: Shop, day: str, rows: list[Row]) -> dict[str, str]:
    """Kind and number of each difference between these bills and the books."""
    date = datetime.date.fromisoformat(day)
    shop.wechat.bills["trade", date] = trade_bill(rows)
    shop.wechat.bills["fund_flow", date] = flow_bill(rows)
    result = await shop.payments.reconcile(day)
    return {difference.kind: difference.reference for difference in result.differences}


@pytest.mark.promise(30)
async def test_a_bill_with_supplements_agrees_and_its_fees_are_booked(shop: Shop, desk: Desk) -> None:
    day, supplement_id, rows = await a_day(shop, desk)
    assert await found(shop, day, rows) == {}
    assert (await shop.balance())["fee"] == -sum(row.fee_fen for row in rows)
    async with shop.storage.reading() as reader:
        of_order = await reader.ledger.of_order(await desk.order_id(supplement_id))
    assert sum(entry.amount_fen for entry in of_order if entry.kind != "fee") == PRICE + EXTRA - 2_000


@pytest.mark.promise(30)
@pytest.mark.parametrize("what", ["payment lacks", "refund lacks", "payment differs", "refund differs"])
async def test_each_difference_about_a_supplement_is_found_and_named(
    shop: Shop, desk: Desk, what: str
) -> None:
    day, supplement_id, rows = await a_day(shop, desk)
    number = (await desk.attempt(supplement_id)).out_trade_no
    (refund,) = await desk.refunds(supplement_id)
    is_refund = what.startswith("refund")
    altered = next(row for row in rows if row.trade_no == number and bool(row.refund_no) == is_refund)
    others = [row for row in rows if row is not altered]
    changed = [] if what.endswith("lacks") else [altered.changed(amount_fen=altered.amount_fen - 1)]
    kind = {
        "payment lacks": "bill_payment_missing_there",
        "refund lacks": "bill_refund_missing_there",
        "payment differs": "bill_amount_differs",
        "refund differs": "bill_refund_amount_differs",
    }[what]
    differences = await found(shop, day, others + changed)
    reference = refund.out_refund_no if is_refund else number
    assert differences[kind] == reference
    async with shop.storage.reading() as reader:
        assert await reader.supplements.of_numbers({reference, "unknown"}) == {reference: supplement_id}


@pytest.mark.promise(6)
async def test_a_database_that_fails_during_a_notification_saves_nothing_of_it(
    shop: Shop, desk: Desk
) -> None:
    """At every statement in turn; the retry succeeds."""
    working = shop.storage
    supplement_id = await desk.begun()
    number = (await desk.attempt(supplement_id)).out_trade_no
    shop.wechat.pay(number)
    notice = shop.wechat.paid_notice(number)
    failures = 0
    while True:
        shop.storage = FlakyStorage(working, failures)
        process = shop.another()
        shop.storage = working
        try:
            await process.notify({}, notice)
        except StorageUnavailable:
            failures += 1
            assert (await desk.get(supplement_id)).state == SupplementState.OPEN
            assert (await desk.attempt(supplement_id)).state == AttemptState.PREPAID
            assert (await shop.balance())["payment"] == PRICE
        else:
            break
    assert failures > 5
    assert (await desk.get(supplement_id)).state == SupplementState.PAID
    await shop.assert_books_agree()


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ({"paid_fen": EXTRA - 1}, "another paid_fen than the ledger"),
        ({"refunded_fen": 1}, "another refunded_fen than the ledger"),
        ({"paid_attempt_id": None}, "is not unpaid but has no payment"),
        ({"state": SupplementState.OPEN}, "is not unpaid but has no payment"),
        ({"paid_attempt_id": 1}, "is not unpaid but has no payment"),
    ],
)
async def test_the_self_check_names_a_supplement_that_does_not_add_up(
    shop: Shop, desk: Desk, columns: dict, says: str
) -> None:
    supplement_id = await desk.paid()
    assert await ledger.self_check(shop.storage) == []
    await desk.set(supplement_id, **columns)
    problems = await ledger.self_check(shop.storage)
    assert any(problem.startswith(f"supplement {supplement_id} ") and says in problem for problem in problems)
    text, code = await ledger.ledger_report(shop.storage)
    assert code == 1
    assert f"supplement {supplement_id}" in text
