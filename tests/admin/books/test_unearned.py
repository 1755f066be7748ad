"""What was paid for visits that are still to come, as of a moment."""

from __future__ import annotations

from typing import Any

from clock import DAY, shanghai_date
from orders.transitions import Action, transition
from payment.books.closing import read_books
from payment.books.months import month_at
from storage.models import SYSTEM, Cause
from tests.admin.scenario import Scenario


async def unearned(scenario: Scenario, last_date: str, before_at: int) -> int:
    async with scenario.storage.reading() as reader:
        return sum(each.amount_fen for each in await reader.books.unearned(last_date, before_at))


async def end(scenario: Scenario, order_id: int, action: Action) -> None:
    async with scenario.storage.transaction() as tx:
        order = await tx.orders.lock(order_id)
        assert order is not None
        await transition(tx, order, action, Cause(SYSTEM, scenario.clock()))
        await tx.commit()


async def test_what_is_paid_is_unearned_until_its_visit_is_over(scenario: Scenario):
    begin = scenario.clock()
    day = scenario.day(3)
    order_id = await scenario.order(visit_date=day, price_fen=58_800)
    await scenario.order("unpaid", visit_date=day, price_fen=10_000)
    scenario.clock.at += 4 * DAY
    await end(scenario, order_id, Action.FINISH)
    assert await unearned(scenario, shanghai_date(begin), begin) == 0, "before it was paid"
    assert await unearned(scenario, shanghai_date(begin), begin + 1) == 58_800
    assert await unearned(scenario, shanghai_date(begin + DAY), begin + 2 * DAY) == 58_800
    assert await unearned(scenario, day, scenario.clock() + 1) == 0


async def test_a_visit_whose_day_is_over_but_that_nobody_has_finished_is_still_unearned(scenario: Scenario):
    await scenario.order(visit_date=scenario.day(1), price_fen=100)
    scenario.clock.at += 40 * DAY
    assert await unearned(scenario, shanghai_date(scenario.clock()), scenario.clock()) == 100


async def test_what_went_back_and_what_was_cancelled_is_not_unearned_and_fees_do_not_count(
    scenario: Scenario,
):
    at = scenario.clock()
    partly = await scenario.order(visit_date=scenario.day(9), price_fen=1_000)
    ended = await scenario.order(visit_date=scenario.day(9), price_fen=500)
    async with scenario.storage.transaction() as tx:
        await tx.ledger.book("refund", "r1", -300, at + 1, at + 1, order_id=partly)
        await tx.ledger.book("fee", "f1", -6, at + 1, at + 1, order_id=partly)
        await tx.ledger.book("offline_payment", "o1", 40, at + 2, at + 2, order_id=partly)
        await tx.connection.execute("UPDATE orders SET state = 'cancelled' WHERE id = :id", {"id": ended})
        step: dict[str, Any] = {"id": ended, "at": at + 5}
        await tx.connection.execute(
            "INSERT INTO order_history (order_id, from_state, to_state, actor_kind, reason, at) "
            "VALUES (:id, 'refunding', 'cancelled', 'admin', '', :at)",
            step,
        )
        await tx.commit()
    today = shanghai_date(at)
    assert await unearned(scenario, today, at + 1) == 1_500
    assert await unearned(scenario, today, at + 3) == 1_240
    assert await unearned(scenario, today, at + 6) == 740


async def test_a_request_for_some_money_back_after_the_visit_makes_nothing_unearned(scenario: Scenario):
    order_id = await scenario.order("finished", visit_date=scenario.day(0), price_fen=900)
    async with scenario.storage.transaction() as tx:
        await tx.connection.execute(
            "UPDATE orders SET state = 'refunding', state_before_refund = 'finished' WHERE id = :id",
            {"id": order_id},
        )
        await tx.connection.execute(
            "UPDATE order_history SET at = at + 1000 WHERE order_id = :id", {"id": order_id}
        )
        await tx.commit()
    async with scenario.storage.reading() as reader:
        books = await read_books(reader, month_at(scenario.clock()), scenario.clock() + 2_000, "")
    assert (books.unearned_fen, books.unearned_orders) == (0, 0)
