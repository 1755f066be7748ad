"""Months of the books: every entry of the ledger counts to exactly one, to the fen, whatever is closed when."""

from __future__ import annotations

import asyncio
import random

import pytest

from clock import DAY, HOUR, MINUTE
from payment.books import closing, entry_lines
from payment.books.closing import Closing, close_month, read_books, totals_mark
from payment.books.months import Month, month_at, over_at, read_month, span_of, total, unreconciled_days
from payment.books.reports import BY, read_report
from storage.models import ClosedMonth, LedgerEntry
from storage.views import BookLine
from tests.admin.books import filled_books
from tests.admin.books.filled_books import MONTHS, book, ledger
from tests.admin.scenario import Scenario

EVERY_WAY = ((), ("day",), ("service",), ("hospital",), ("escort",), ("day", "service", "hospital", "escort"))
OCTOBER = MONTHS[2]


async def close(scenario: Scenario, month: Month, *, despite: bool = True, seen: str = "") -> ClosedMonth:
    at = scenario.clock()
    async with scenario.storage.reading() as reader:
        mark = seen or totals_mark(await read_books(reader, month, at, ""))
    wanted = Closing(month, 1, mark, despite)
    return await scenario.storage.run(lambda tx: close_month(tx, wanted, at, ""))


async def sums_of(scenario: Scenario, month: Month, by: tuple[str, ...] = ()) -> int:
    async with scenario.storage.reading() as reader:
        sums = await reader.books.sums(await span_of(reader, month), by)
    assert total(sums).net_fen == sum(entry.amount_fen for entry in sums)
    return total(sums).net_fen


async def lines_of(scenario: Scenario, month: Month) -> list[BookLine]:
    span = await entry_lines.month_span(scenario.storage, month)
    lines = [line async for page in entry_lines.lines_of(scenario.storage, span) for line in page]
    async with scenario.storage.reading() as reader:
        assert await reader.books.count(span) == len(lines)
    return lines


def amount(entries: list[LedgerEntry] | list[BookLine]) -> int:
    return sum(entry.amount_fen for entry in entries)


@pytest.mark.promise(30)
@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_whatever_is_closed_when_every_entry_counts_to_one_month_and_every_report_equals_the_ledger(
    scenario: Scenario, seed: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(entry_lines, "PAGE", 7)
    chance = random.Random(seed)
    escort_id = await scenario.escort()
    orders = [await filled_books.order(scenario, chance, chance.choice((None, escort_id))) for _ in range(4)]
    await filled_books.random_entries(scenario, chance, orders, 40)
    closed = chance.sample(MONTHS, chance.randrange(1, 4))
    for month in closed:
        scenario.clock.at += 10 * MINUTE
        await close(scenario, month)
        before = await lines_of(scenario, month)
        for _ in range(6):  # what is booked afterwards, for any month
            occurred = chance.choice(MONTHS).first_at + chance.randrange(28 * DAY)
            scenario._made += 1
            at = scenario.clock()
            reference = f"late-{scenario._made}"
            kind = chance.choice(("fee", "refund"))
            amounts = {"amount_fen": -chance.randrange(1, 9_999), "occurred_at": occurred, "booked_at": at}
            await book(scenario, {"kind": kind, "reference": reference, "order_id": orders[0], **amounts})
        assert await lines_of(scenario, month) == before, "a closed month does not change"

    entries = await ledger(scenario)
    months = [*MONTHS, month_at(scenario.clock())]
    lines = {month: await lines_of(scenario, month) for month in months}
    counted = sorted(line.id for found in lines.values() for line in found)
    assert counted == [entry.id for entry in entries], "each once"
    for month in months:
        for way in EVERY_WAY:
            assert await sums_of(scenario, month, way) == amount(lines[month]), (month, way)
    assert sum(map(amount, lines.values())) == amount(entries)
    late = [line for line in lines[months[-1]] if line.late]
    assert {month_at(line.occurred_at) for line in late} <= set(closed)
    for by in BY:
        report = await read_report(
            scenario.storage, months[-1], by, lambda entry: f"{entry.hospital}{entry.unit}"
        )
        assert report.total.totals.net_fen == amount(entries), by
        assert [cell.totals.net_fen for cell in report.sums[-4:]] == [amount(lines[m]) for m in months]
    async with scenario.storage.reading() as reader:
        assert await closing.check_closed_months(reader) == []


async def test_a_month_is_closed_once_when_two_close_it_at_the_same_time(scenario: Scenario):
    await filled_books.random_entries(scenario, random.Random(5), [], 6)
    done = await asyncio.gather(*(close(scenario, OCTOBER) for _ in range(4)), return_exceptions=True)
    assert sum(isinstance(each, ClosedMonth) for each in done) == 1
    assert all(isinstance(each, ClosedMonth | closing.MonthClosedAlready) for each in done), done


async def test_only_a_month_that_is_over_and_whose_last_bill_is_ready_is_closed(scenario: Scenario):
    for at in (OCTOBER.first_at, OCTOBER.before_at - 1, OCTOBER.before_at, over_at(OCTOBER) - 1):
        scenario.clock.at = at
        with pytest.raises(closing.MonthNotOver):
            await close(scenario, OCTOBER)
    scenario.clock.at = over_at(OCTOBER)
    assert scenario.clock.at == OCTOBER.before_at + 10 * HOUR + 5 * MINUTE
    assert (await close(scenario, OCTOBER)).month == "2026-10"


async def test_before_there_are_books_no_day_lacks_its_bill(scenario: Scenario):
    scenario.clock.at = over_at(OCTOBER)
    async with scenario.storage.reading() as reader:
        assert await unreconciled_days(reader, OCTOBER, scenario.clock(), "") == []
        assert len(await unreconciled_days(reader, OCTOBER, scenario.clock(), "2026-01-01")) == 31


@pytest.mark.promise(30)
async def test_days_without_a_bill_or_with_open_cases_are_named_and_keep_the_month_open(scenario: Scenario):
    await filled_books.random_entries(scenario, random.Random(6), [], 12)
    await filled_books.bills(scenario, OCTOBER)
    async with scenario.storage.transaction() as tx:
        await tx.connection.execute("DELETE FROM bills WHERE bill_date = '2026-10-07'", {})
        of_bill = '{"day": "2026-10-09", "x": 1}'
        opened = OCTOBER.before_at + DAY
        await tx.finance.open_case("bill_amount_differs", "n1", of_bill, opened)
        await tx.finance.open_case("payment_mismatch", "n2", '{"why": "amount"}', OCTOBER.first_at + DAY)
        await tx.finance.open_case("payment_mismatch", "n3", '{"why": "amount"}', OCTOBER.before_at)
        await tx.commit()
    async with scenario.storage.reading() as reader:
        days = await unreconciled_days(reader, OCTOBER, scenario.clock(), "2026-01-01")
    assert [(day.day, day.without_bill, day.cases) for day in days] == [
        ("2026-10-02", False, 1),
        ("2026-10-07", True, 0),
        ("2026-10-09", False, 1),
    ]
    with pytest.raises(closing.MonthNotReconciled) as refused:
        await close(scenario, OCTOBER, despite=False)
    assert refused.value.days == days
    assert await close(scenario, OCTOBER, despite=True)


async def test_money_from_before_the_books_began_was_never_compared(scenario: Scenario):
    entry = {"amount_fen": 5, "occurred_at": OCTOBER.first_at + DAY, "booked_at": OCTOBER.first_at + DAY}
    await book(scenario, {"kind": "payment", "reference": "old", **entry})
    await book(
        scenario, {"kind": "offline_payment", "reference": "cash", **entry, "occurred_at": OCTOBER.first_at}
    )
    async with scenario.storage.reading() as reader:
        days = await unreconciled_days(reader, OCTOBER, scenario.clock(), "2026-11-05")
    assert [(day.day, day.without_bill) for day in days] == [("2026-10-02", True)]


async def test_a_month_is_not_closed_by_numbers_that_have_changed_since_they_were_shown(scenario: Scenario):
    await filled_books.random_entries(scenario, random.Random(7), [], 3)
    async with scenario.storage.reading() as reader:
        seen = totals_mark(await read_books(reader, OCTOBER, scenario.clock(), ""))
    entry = {
        "reference": "x",
        "amount_fen": -1,
        "booked_at": OCTOBER.before_at,
        "occurred_at": OCTOBER.first_at,
    }
    await book(scenario, {"kind": "fee", **entry})
    with pytest.raises(closing.MonthChanged):
        await close(scenario, OCTOBER, seen=seen)


async def test_a_month_in_which_something_is_just_being_booked_is_not_closed(scenario: Scenario):
    """What is booked at this moment may not be committed yet: its number could be below the last one that is seen."""
    entry = {
        "reference": "x",
        "amount_fen": -1,
        "occurred_at": OCTOBER.first_at,
        "booked_at": scenario.clock(),
    }
    await book(scenario, {"kind": "fee", **entry})
    with pytest.raises(closing.MonthStillMoves):
        await close(scenario, OCTOBER)
    scenario.clock.at += closing.SETTLING + 1
    assert await close(scenario, OCTOBER)


async def test_money_is_not_dated_into_a_closed_month(scenario: Scenario):
    await close(scenario, OCTOBER)
    async with scenario.storage.reading() as reader:
        for at in (OCTOBER.first_at, OCTOBER.before_at - 1):
            with pytest.raises(closing.MonthClosed, match="month_closed"):
                await closing.check_open(reader, at)
        for at in (OCTOBER.first_at - 1, OCTOBER.before_at):
            await closing.check_open(reader, at)


async def test_a_closed_month_that_the_ledger_contradicts_says_in_what(scenario: Scenario):
    await filled_books.random_entries(scenario, random.Random(8), [], 5)
    await close(scenario, OCTOBER)
    async with scenario.storage.transaction() as tx:
        await tx.connection.execute("UPDATE closed_months SET totals_json = :text", {"text": _wrong()})
        await tx.commit()
    async with scenario.storage.reading() as reader:
        books = await read_books(reader, OCTOBER, scenario.clock(), "")
        problems = await closing.check_closed_months(reader)
    assert books.differences["received_fen"] == (123, books.totals.received_fen)
    assert any("received_fen is 123" in problem for problem in problems)


async def test_an_entry_that_says_it_is_older_than_the_closing_is_reported(scenario: Scenario):
    await close(scenario, OCTOBER)
    moments = {"occurred_at": OCTOBER.first_at, "booked_at": OCTOBER.first_at + DAY}
    await book(scenario, {"kind": "fee", "reference": "x", "amount_fen": -1, **moments})
    async with scenario.storage.reading() as reader:
        [problem] = await closing.check_closed_months(reader)
    assert "1 entries say that they are older" in problem


def _wrong() -> str:
    return '{"received_fen": 123, "unearned_fen": 0, "unearned_orders": 0}'


@pytest.mark.parametrize(
    "text", ["", "2026", "2026-13", "2026-00", "1999-12", "2200-01", "２０２６-01", "2026-1", "x"]
)
def test_what_is_no_month_is_none(text: str):
    assert read_month(text) is None


def test_a_month_goes_from_midnight_to_midnight_in_shanghai():
    month = Month("2026-12")
    assert (month.first_day, month.last_day, month.next().name) == ("2026-12-01", "2026-12-31", "2027-01")
    assert month.shifted(-12).name == "2025-12"
    assert month_at(month.first_at - 1).name == "2026-11"
    assert month_at(month.before_at - 1) == month
