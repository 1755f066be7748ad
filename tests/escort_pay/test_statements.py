"""A month's statement: issued, questioned, confirmed, paid, withdrawn; always the sum of its lines."""

from __future__ import annotations

import asyncio

import pytest

from orders.escort_pay import statements
from orders.escort_pay.rules import PayInput
from orders.escort_pay.statements import (
    NegativeStatement,
    NothingToIssue,
    PayChanged,
    StatementChanged,
    StatementExists,
)
from storage import Storage
from tests.core.escorts import messages
from tests.core.rows import count
from tests.escort_pay.paying import (
    IN_DECEMBER,
    add_row,
    adds_up,
    amounts,
    an_escort,
    confirm,
    correct,
    finish,
    finished,
    issue,
    lines,
    mark_of,
    pay,
    preview,
    reopen,
    served,
    set_state,
    statement,
    withdraw,
)

pytestmark = pytest.mark.promise(40)
IN_JANUARY = IN_DECEMBER + 31 * 86_400_000


async def test_a_statement_takes_the_month_and_what_was_left_over_from_before(storage: Storage) -> None:
    escort = await an_escort(storage)
    left_over = await finished(storage, escort, IN_DECEMBER - 60 * 86_400_000)
    await finished(storage, escort)
    await correct(storage, escort, left_over, -1_500)
    await correct(storage, escort, None, 300)
    await finished(storage, escort, IN_DECEMBER)
    issued = await issue(storage, escort)
    assert (issued.orders_fen, issued.corrections_fen, issued.total_fen) == (16_000, -1_200, 14_800)
    assert (issued.line_count, issued.number, issued.state) == (4, 1, "issued")
    assert await lines(storage, issued.id) == [8_000, 8_000, -1_500, 300]
    assert (await preview(storage, escort, "2026-12")).total_fen == 8_000
    assert (900, "statement", "to_confirm") in await messages(storage)
    await adds_up(storage)


async def test_a_month_has_one_statement_and_an_empty_or_a_coming_one_none(storage: Storage) -> None:
    escort = await an_escort(storage)
    with pytest.raises(NothingToIssue):
        await issue(storage, escort)
    await finished(storage, escort)
    with pytest.raises(PayInput):
        await issue(storage, escort, "2027-01")
    for month in ("2026-13", "", "november", "2026-11-01"):
        with pytest.raises(PayInput):
            await storage.run(lambda tx, m=month: statements.issue(tx, escort, m, "", 1, IN_DECEMBER))  # type: ignore[misc]
    await issue(storage, escort)
    await correct(storage, escort, None, 500)
    with pytest.raises(StatementExists):
        await issue(storage, escort)
    assert await count(storage, "pay_statements") == 1


async def test_a_negative_sum_waits_for_what_is_earned_next(storage: Storage) -> None:
    escort = await an_escort(storage)
    await correct(storage, escort, None, -5_000)
    with pytest.raises(NegativeStatement):
        await issue(storage, escort)
    await finished(storage, escort, IN_DECEMBER)
    assert (await issue(storage, escort, "2026-12", IN_JANUARY)).total_fen == 3_000
    await adds_up(storage)


async def test_of_two_owners_who_issue_at_once_one_does(storage: Storage) -> None:
    escort = await an_escort(storage)
    for _ in range(3):
        await finished(storage, escort)
    answers = await asyncio.gather(*(issue(storage, escort) for _ in range(6)), return_exceptions=True)
    refused = [each for each in answers if isinstance(each, StatementExists | PayChanged | NothingToIssue)]
    assert len(refused) == 5, answers
    assert await count(storage, "pay_statement_lines") == 3
    await adds_up(storage)


async def test_orders_that_finish_while_a_statement_is_issued_are_on_it_or_on_the_next(
    storage: Storage,
) -> None:
    escort = await an_escort(storage)
    await finished(storage, escort)
    waiting = [await served(storage, escort) for _ in range(8)]

    async def issued_meanwhile() -> bool:
        try:
            found = await issue(storage, escort)
        except PayChanged:
            return False
        assert found.total_fen == 8_000 * found.line_count
        return True

    there, *_ = await asyncio.gather(issued_meanwhile(), *(finish(storage, order) for order in waiting))
    if not there:
        await issue(storage, escort)
    async with storage.reading() as reader:
        totals = await reader.pay_statements.totals()
    assert totals.earned_fen == 72_000
    assert totals.open_fen == (await preview(storage, escort)).total_fen
    await adds_up(storage)


async def test_nothing_is_issued_that_the_owner_has_not_seen(storage: Storage) -> None:
    escort = await an_escort(storage)
    order = await finished(storage, escort)
    seen = (await preview(storage, escort)).mark
    refund = await add_row(storage, "refunds", order_id=order, state="requested", out_refund_no="R1")
    await finished(storage, escort)
    with pytest.raises(PayChanged):
        await issue(storage, escort, seen=seen)
    await set_state(storage, "refunds", refund, "rejected")
    with pytest.raises(PayChanged):
        await issue(storage, escort, seen=seen)
    assert (await issue(storage, escort)).total_fen == 16_000


async def test_a_refund_after_the_statement_changes_nothing_on_it_and_is_corrected_on_the_next(
    storage: Storage,
) -> None:
    escort = await an_escort(storage)
    order = await finished(storage, escort)
    issued = await issue(storage, escort)
    await confirm(storage, issued.id, escort)
    await pay(storage, issued.id)
    await add_row(storage, "refunds", order_id=order, state="succeeded", out_refund_no="R1")
    assert (await statement(storage, issued.id)).total_fen == 8_000
    await correct(storage, escort, order, -3_000, "服务时间不够，退了一半", IN_DECEMBER)
    await finished(storage, escort, IN_DECEMBER)
    second = await issue(storage, escort, "2026-12", IN_JANUARY)
    assert (second.orders_fen, second.corrections_fen, second.total_fen) == (8_000, -3_000, 5_000)
    assert await lines(storage, issued.id) == [8_000], "the paid one is what it was"
    assert await amounts(storage, order) == [8_000, -3_000]
    await adds_up(storage)


async def test_an_order_that_is_reopened_after_the_statement_is_taken_off_the_next(storage: Storage) -> None:
    escort = await an_escort(storage)
    order = await finished(storage, escort)
    issued = await issue(storage, escort)
    await pay(storage, issued.id)
    await reopen(storage, order, IN_DECEMBER + 1)
    assert await lines(storage, issued.id) == [8_000]
    assert (await preview(storage, escort, "2026-12")).total_fen == -8_000
    await adds_up(storage)
    await finish(storage, order, IN_DECEMBER + 2)
    await finished(storage, escort, IN_DECEMBER + 2)
    second = await issue(storage, escort, "2026-12", IN_JANUARY)
    assert await lines(storage, second.id) == [-8_000, 8_000, 8_000]
    await adds_up(storage)


async def test_a_withdrawn_statement_frees_its_lines_for_the_next_number(storage: Storage) -> None:
    escort = await an_escort(storage)
    await finished(storage, escort)
    first = await issue(storage, escort)
    await correct(storage, escort, None, 700)
    await withdraw(storage, first.id)
    second = await issue(storage, escort)
    assert (second.number, second.total_fen) == (2, 8_700)
    assert await lines(storage, first.id) == [8_000], "what the withdrawn one said stays readable"
    with pytest.raises(StatementChanged):
        await confirm(storage, first.id, escort)
    await adds_up(storage)
    told = [outcome for _, kind, outcome in await messages(storage) if kind == "statement"]
    assert told == ["to_confirm", "withdrawn", "to_confirm"]


async def test_of_confirming_and_withdrawing_at_once_the_first_counts(storage: Storage) -> None:
    escort = await an_escort(storage)
    await finished(storage, escort)
    issued = await issue(storage, escort)
    seen = await mark_of(storage, issued.id)  # both have read the page
    outcome = await asyncio.gather(
        withdraw(storage, issued.id, seen=seen), confirm(storage, issued.id, escort), return_exceptions=True
    )
    refused = [each for each in outcome if isinstance(each, StatementChanged)]
    now = await statement(storage, issued.id)
    assert len(refused) == 1, outcome
    assert now.state == ("withdrawn" if outcome[0] is None else "confirmed")
    await adds_up(storage)
