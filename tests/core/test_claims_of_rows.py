"""Claims of rows that a process with a wrong clock has left: nobody waits for their end. On both engines."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from storage import Storage, Transaction
from storage.claims import CLOCK_WAS_WRONG, MAX_CLAIM, is_claimed
from storage.models import OrderState
from storage.repositories.order_expiry import MAX_POSTPONED
from storage.repositories.queues import QueryQueue, Queue
from storage.schema import metadata
from storage.writes.wechat_complaints import NewComplaintAct
from tests.core.test_order_rows import two_orders
from tests.core.test_queues import AT, attempts_due_at

VOID = MAX_CLAIM + CLOCK_WAS_WRONG
"""A claim that is longer is void."""
ACT = NewComplaintAct(1, "response", "x", None, 1, "act-1", AT, AT)
Took = tuple[list[int], bool]
"""What is due, and whether it could be claimed."""


async def attempt(storage: Storage) -> int:
    return (await attempts_due_at(storage, AT))[0]


async def take_attempt(storage: Storage, row: int, until: int) -> Took:
    async with storage.reading() as reader:
        due, seen = await reader.attempts.due(AT, 10), await reader.attempts.get(row)
    assert seen is not None
    taken = await storage.run(lambda tx: tx.attempts.claim(seen, AT, until))
    return [each.id for each in due], taken


async def act(storage: Storage) -> int:
    return await storage.run(lambda tx: tx.wechat_complaints.add_act(ACT))


async def take_act(storage: Storage, row: int, until: int) -> Took:
    async with storage.reading() as reader:
        due = await reader.wechat_complaints.due_acts(AT, 10)
        (seen,) = await reader.wechat_complaints.acts(1)
    taken = await storage.run(lambda tx: tx.wechat_complaints.claim_act(seen, AT, until))
    return [each.id for each in due], taken


async def order(storage: Storage) -> int:
    one, _ = await two_orders(storage, OrderState.UNPAID)
    await _set(storage, "orders", one, expires_at=AT)
    return one


async def take_order(storage: Storage, row: int, until: int) -> Took:
    async with storage.reading() as reader:
        due = await reader.orders.expired(AT, 10)
    taken = await storage.run(lambda tx: tx.orders.claim_expiry(row, AT, until))
    return [each for each in due if each == row], taken


async def _set(storage: Storage, table: str, row: int, **values: int) -> None:
    async def write(tx: Transaction) -> None:
        await tx.orders._update(table, values, "id = :id", {"id": row})

    await storage.run(write)


Make = Callable[[Storage], Awaitable[int]]
Take = Callable[[Storage, int, int], Awaitable[Took]]


@pytest.mark.promise(44)
@pytest.mark.parametrize(
    ("table", "column", "make", "take", "void"),
    [
        ("payment_attempts", "claimed_until", attempt, take_attempt, VOID),
        ("complaint_acts", "claimed_until", act, take_act, VOID),
        ("orders", "expiry_claimed_until", order, take_order, MAX_POSTPONED + CLOCK_WAS_WRONG),
    ],
)
async def test_a_claim_longer_than_any_may_be_is_void(
    storage: Storage, table: str, column: str, make: Make, take: Take, void: int
) -> None:
    row = await make(storage)
    for until, free in ((AT + 1, False), (AT + void, False), (AT + void + 1, True), (AT, True)):
        await _set(storage, table, row, **{column: until})
        assert await take(storage, row, AT + MAX_CLAIM) == ([row] if free else [], free), until - AT
    await _set(storage, table, row, **{column: 0})
    with pytest.raises(ValueError, match="longer"):
        await take(storage, row, AT + MAX_CLAIM + 1)


async def test_an_expiry_is_put_off_for_a_day_at_the_most(storage: Storage) -> None:
    row = await order(storage)
    await storage.run(lambda tx: tx.orders.postpone_expiry(row, AT, AT + MAX_POSTPONED))
    assert await take_order(storage, row, AT + 1) == ([], False)
    with pytest.raises(ValueError, match="longer"):
        await storage.run(lambda tx: tx.orders.postpone_expiry(row, AT, AT + MAX_POSTPONED + 1))


@pytest.mark.parametrize(
    ("until", "claimed"), [(AT, False), (AT + 1, True), (AT + VOID, True), (AT + VOID + 1, False)]
)
def test_code_reads_a_claim_as_the_queries_do(until: int, claimed: bool) -> None:
    assert is_claimed(until, AT) == claimed


def test_every_table_with_claims_goes_by_the_rule() -> None:
    """Who adds one to a table of its own adds it to the cases above, too."""
    with_claims = {
        table.name
        for table in metadata.sorted_tables
        if any("claimed_until" in each.name for each in table.columns)
    }
    queues = {each.mapped.table for each in _subclasses(Queue) if hasattr(each, "mapped")}
    assert with_claims - queues == {"jobs", "orders", "complaint_acts"}


def _subclasses(base: type[Any]) -> set[Any]:
    found = set(base.__subclasses__())
    return found | {each for one in found for each in _subclasses(one)} - {QueryQueue}
