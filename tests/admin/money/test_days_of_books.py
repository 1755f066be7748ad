"""A day of the books: its colour and words in each case, which days are told together, and how many a page has."""

from __future__ import annotations

from typing import Any, cast

import pytest

from clock import DAY, day_bounds
from handlers.admin.money import books
from handlers.admin.money.books import DayOfBooks, read_days, runs
from payment.reconciliation.bill_days import ready_at
from storage import Storage
from storage.models import Bill
from storage.writes import NewBill

BILL = Bill(1, "2026-11-01", "trade", "", "", "", 0)
OPEN, DONE, BOTH = {"open": 2}, {"closed": 3}, {"open": 1, "closed": 3}


@pytest.mark.parametrize(
    ("bill", "due", "counts", "summed_up"),
    [
        (None, True, {}, ("red", "没有核对", True)),
        (None, True, OPEN, ("red", "没有核对", False)),
        (None, True, DONE, ("red", "没有核对", False)),
        (None, False, {}, ("grey", "账单 10 点后才有", False)),
        (None, False, OPEN, ("red", "账单 10 点后才有", False)),
        (None, False, DONE, ("grey", "账单 10 点后才有", False)),
        (BILL, True, {}, ("green", "没有差异", False)),
        (BILL, True, OPEN, ("red", "2 项待处理", False)),
        (BILL, True, BOTH, ("red", "1 项待处理", False)),
        (BILL, True, DONE, ("green", "3 项差异，都已处理", False)),
        (BILL, True, {"open": 0, "closed": 1}, ("green", "1 项差异，都已处理", False)),
        (BILL, False, {}, ("green", "没有差异", False)),
    ],
)
def test_a_day_is_summed_up(
    bill: Bill | None, due: bool, counts: dict[str, int], summed_up: tuple[str, str, bool]
) -> None:
    day = DayOfBooks("2026-11-01", bill, counts, due=due)
    assert (day.tone, day.words, day.plainly_missing) == summed_up


def test_what_a_page_does_not_list_is_counted() -> None:
    assert DayOfBooks("2026-11-01", BILL, BOTH, cast(Any, ["case"])).unlisted == 3
    assert DayOfBooks("2026-11-01", BILL, BOTH).unlisted == 4


def test_days_of_which_the_same_is_to_be_said_are_told_together() -> None:
    missed = [DayOfBooks(f"2026-11-0{number}", None, {}, retried=True) for number in (9, 8)]
    older = [DayOfBooks(f"2026-11-0{number}", None, {}) for number in (7, 6)]
    gone = [DayOfBooks("2026-11-05", None, {}, gone=True)]
    compared = [DayOfBooks(f"2026-11-0{number}", BILL, {}) for number in (4, 3)]
    early = [DayOfBooks(f"2026-11-0{number}", None, {}, due=False) for number in (2, 1)]
    days = [*missed, *older, *gone, *compared, *early]
    assert runs(days) == [missed, older, gone, *([each] for each in (*compared, *early))]


async def test_a_page_has_a_month_of_days_and_says_where_the_next_one_begins(storage: Storage) -> None:
    at = day_bounds("2026-11-30")[0]

    async def found(begin: str, last: str) -> tuple[list[str], str]:
        async with storage.reading() as reader:
            days, before = await read_days(reader, begin, last, at)
        return [each.day for each in days], before

    whole = [f"2026-10-{number:02d}" for number in range(31, 0, -1)]
    assert await found("2026-10-01", "2026-10-31") == (whole, "")
    assert await found("2026-09-30", "2026-10-31") == (whole, "2026-10-01")
    assert await found("2026-10-31", "2026-10-31") == (["2026-10-31"], "")
    assert await found("2026-11-01", "2026-10-31") == ([], "")
    assert await found("", "2026-10-31") == ([], "")


async def test_a_day_is_due_retried_and_gone_by_its_own_hours(storage: Storage) -> None:
    day = "2026-10-31"

    async def at(moment: int) -> DayOfBooks:
        async with storage.reading() as reader:
            [only], _ = await read_days(reader, day, day, moment)
        return only

    assert [(await at(ready_at(day) + late)).due for late in (-1, 0)] == [False, True]
    end = day_bounds(day)[1]
    assert [(await at(end + 7 * DAY + late)).retried for late in (-1, 0)] == [True, False]
    assert [(await at(end + 90 * DAY + late)).gone for late in (0, 1)] == [False, True]
    assert (await at(end)).bill is None
    async with storage.transaction() as tx:
        await tx.finance.save_bill(NewBill(day, "fund_flow", "", "", "", 1))
        await tx.commit()
    assert (await at(end)).bill is None, "no bill of trades"
    async with storage.transaction() as tx:
        await tx.finance.save_bill(NewBill(day, "trade", "", "", "", 2))
        await tx.commit()
    bill = (await at(end)).bill
    assert bill is not None
    assert bill.fetched_at == 2


async def test_no_more_cases_are_listed_than_a_page_can_show(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = "2026-10-31"
    async with storage.transaction() as tx:
        for number in range(3):
            await tx.finance.open_case(
                "bill_amount_differs", f"n{number}", f'{{"day": "{day}"}}', day_bounds(day)[1] + 1
            )
        await tx.commit()

    async def shown() -> tuple[dict[str, int], int, int]:
        async with storage.reading() as reader:
            [only], _ = await read_days(reader, day, day, day_bounds(day)[1] + DAY)
        return only.counts, len(only.cases), only.unlisted

    assert await shown() == ({"open": 3}, 3, 0)
    monkeypatch.setattr(books, "MAX_CASES", 2)
    assert await shown() == ({"open": 3}, 2, 1)
