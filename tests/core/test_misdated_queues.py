"""Rows of queues whose next moment a process with a wrong clock has written: nobody waits for it. On both engines."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from accounts.content import rounds
from clock import DAY, HOUR
from payment import query_schedule
from payment.complaints import reading, sending
from payment.refunds.decisions import MIN_REFUND_INTERVAL, last_before
from payment.shipping import context as shipping
from payment.transfers import schedule
from storage import Reader, Storage
from storage.claims import CLOCK_WAS_WRONG, is_due
from storage.models import ContentState
from storage.repositories import content, jobs, wechat_complaints
from storage.repositories.jobs import Outbox
from storage.repositories.payments import Attempts
from storage.repositories.pushed_events import PushedEvents
from storage.repositories.queues import QueryQueue, Queue
from storage.repositories.refunds import Refunds
from storage.repositories.shipments import Shipments
from storage.repositories.transfers import Transfers
from storage.schema import metadata
from tests.core.test_claims_of_rows import _subclasses
from tests.escort_pay.paying import add_row
from wechat import outbox
from wechat.push import inbox

AT = 1_796_000_000_000
IN_2090 = 3_800_000_000_000
Due = Callable[[Reader, int, int], Awaitable[list[Any]]]


def of_queue(name: str) -> Due:
    async def due(reader: Reader, at: int, limit: int) -> list[Any]:
        found: list[Any] = await getattr(reader, name).due(at, limit)
        return found

    return due


async def unsent(reader: Reader, at: int, limit: int) -> list[Any]:
    return list(await reader.content.due(ContentState.UNSENT, at, limit))


async def asked(reader: Reader, at: int, limit: int) -> list[Any]:
    return list(await reader.content.due(ContentState.ASKED, at, limit))


async def acts(reader: Reader, at: int, limit: int) -> list[Any]:
    return list(await reader.wechat_complaints.due_acts(at, limit))


QUEUES: dict[str, tuple[str, str, int, Due, dict[str, Any]]] = {
    "attempts": ("payment_attempts", "next_query_at", Attempts.max_pause, of_queue("attempts"), {}),
    "refunds": ("refunds", "next_query_at", Refunds.max_pause, of_queue("refunds"), {}),
    "transfers": ("pay_transfers", "next_query_at", Transfers.max_pause, of_queue("transfers"), {}),
    "outbox": ("outbox", "next_at", Outbox.max_pause, of_queue("outbox"), {}),
    "shipments": ("shipments", "next_at", Shipments.max_pause, of_queue("shipments"), {}),
    "pushed events": ("pushed_events", "next_at", PushedEvents.max_pause, of_queue("pushed_events"), {}),
    "content, unsent": ("content_checks", "next_at", content.MAX_PAUSE, unsent, {"state": "unsent"}),
    "content, asked": ("content_checks", "next_at", content.MAX_PAUSE, asked, {"state": "asked"}),
    "complaints": (
        "wechat_complaints",
        "read_due_at",
        wechat_complaints.MAX_PAUSE,
        of_queue("wechat_complaints"),
        {},
    ),
    "acts": ("complaint_acts", "due_at", wechat_complaints.MAX_ACT_PAUSE, acts, {"state": "planned"}),
}
"""Table, column, longest pause, what is due, what else a row needs."""
UNIQUE = {
    "payment_attempts": "out_trade_no",
    "refunds": "out_refund_no",
    "pay_transfers": "out_bill_no",
    "outbox": "reference",
    "shipments": "attempt_id",
    "pushed_events": "event_key",
    "wechat_complaints": "external_id",
    "complaint_acts": "action_id",
}


@pytest.mark.promise(44)
@pytest.mark.parametrize("queue", QUEUES)
async def test_a_row_that_is_planned_for_later_than_any_pause_is_due_now(
    storage: Storage, queue: str
) -> None:
    table, column, pause, due, more = QUEUES[queue]
    moments = (IN_2090, AT + pause, AT, AT + pause + CLOCK_WAS_WRONG + 1, AT + 1, AT - 1)
    ids = []
    for number, moment in enumerate(moments):
        unique = {UNIQUE[table]: number} if table in UNIQUE else {}
        ids.append(await add_row(storage, table, **{column: moment}, **unique, **more))
    expected = [ids[5], ids[2], ids[3], ids[0]]
    async with storage.reading() as reader:
        assert [each.id for each in await due(reader, AT, 10)] == expected, (
            "what nobody can have meant comes last"
        )
        assert [each.id for each in await due(reader, AT, 3)] == expected[:3]
        repository = getattr(reader, queue.replace(" ", "_"), None)
        if isinstance(repository, Queue):
            assert await repository.backlog(AT) == 4


@pytest.mark.promise(44)
@pytest.mark.parametrize(
    "queue", [name for name in QUEUES if "content" not in name and name not in ("acts", "complaints")]
)
async def test_such_a_row_is_claimed_by_one_process(storage: Storage, queue: str) -> None:
    table, column, _, due, more = QUEUES[queue]
    await add_row(storage, table, **{column: IN_2090}, **more)
    async with storage.reading() as reader:
        (row,) = await due(reader, AT, 10)
    repository = queue.replace(" ", "_")
    taken = [
        await storage.run(lambda tx: getattr(tx, repository).claim(row, AT, AT + 60_000)) for _ in range(2)
    ]
    assert taken == [True, False]


def test_no_pause_is_longer_than_its_queue_allows() -> None:
    assert max(outbox.PAUSES) <= Outbox.max_pause
    assert max(inbox.PAUSES) <= PushedEvents.max_pause
    assert max(*shipping.BUSY_PAUSES, *shipping.UNKNOWN_PAUSES, shipping.RECHECK) <= Shipments.max_pause
    assert max(schedule.retry_delay(tries) for tries in range(99)) <= Transfers.max_pause
    assert max(rounds.MAX_PAUSE, rounds.ANSWER_WITHIN) <= content.MAX_PAUSE
    assert (
        max(reading.READ_AGAIN, reading.READ_SETTLED_AGAIN, reading.read_again_after(99))
        <= wechat_complaints.MAX_PAUSE
    )
    assert max(sending.MAX_WAIT, sending.CLAIM, sending.LOOK_AFTER) <= wechat_complaints.MAX_ACT_PAUSE
    assert query_schedule.first_query_at(AT) - AT <= Attempts.max_pause == Refunds.max_pause == DAY


def test_every_table_with_a_next_moment_goes_by_the_rule() -> None:
    """Who adds one adds it to the cases above, too."""
    planned = {
        (table.name, column.name)
        for table in metadata.sorted_tables
        for column in table.columns
        if column.name in ("next_at", "next_query_at", "read_due_at", "due_at")
    }
    once = {("reminders", "due_at"), ("trade_management", "due_at")}
    assert planned - once == {(table, column) for table, column, *_ in QUEUES.values()}
    queues = {each.mapped.table for each in _subclasses(Queue) - {QueryQueue}}
    assert queues <= {table for table, *_ in QUEUES.values()}


@pytest.mark.parametrize(
    ("planned", "due"),
    [(AT - 1, True), (AT, True), (AT + 1, False), (AT + HOUR + CLOCK_WAS_WRONG, False), (IN_2090, True)],
)
def test_code_reads_a_moment_as_the_queries_do(planned: int, due: bool) -> None:
    assert is_due(planned, AT, HOUR) is due


def test_a_refund_does_not_wait_for_one_that_was_sent_in_the_future() -> None:
    assert last_before([], AT, 0) == 0
    assert last_before([AT - 5, IN_2090, AT - 9], AT, 0) == AT - 5
    planned = AT + 3 * MIN_REFUND_INTERVAL
    assert last_before([planned, IN_2090], AT, 50 * MIN_REFUND_INTERVAL) == planned


@pytest.mark.promise(44)
async def test_a_job_that_is_held_longer_than_any_may_be_is_free(storage: Storage) -> None:
    async def claim(at: int) -> bool:
        return await storage.run(lambda tx: tx.jobs.claim("job", "second", at, at + 1))

    await storage.run(lambda tx: tx.jobs.claim("job", "first", AT, AT + jobs.MAX_HELD))
    assert not await claim(AT + 1)
    for held, free in ((AT + jobs.MAX_HELD + CLOCK_WAS_WRONG, False), (IN_2090, True)):
        async with storage.transaction() as tx:
            await tx.connection.execute(
                "UPDATE jobs SET owner = 'first', claimed_until = :held", {"held": held}
            )
            await tx.commit()
        assert await claim(AT) is free
    with pytest.raises(ValueError, match="longer"):
        await storage.run(lambda tx: tx.jobs.claim("job", "third", AT, AT + jobs.MAX_HELD + 1))
