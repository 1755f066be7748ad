"""The reads about visits that come again and again: along an index, asked with EXPLAIN, of tables with rows."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest

from bench.filler import Filled
from clock import DAY, HOUR, MINUTE, shanghai_date
from config.visit_settings import VisitSettings
from orders.escorts import desk as escort_desk
from orders.escorts import leaves
from orders.office_queues import VISIT_QUEUES, OfficeQueue, orders_in
from storage import open_storage
from tests.admin.lists import test_index_use
from tests.admin.lists.test_index_use import Explaining, plenty

__all__ = ["plenty"]
ESCORTS = (1, 2, 3)
FILL = (
    "INSERT INTO visit_steps (order_id, escort_id, action_id, kind, node, note_sealed, place_sealed, at) "
    "SELECT id, escort_id, {key}, 'met', '', '', '', created_at FROM orders WHERE escort_id IS NOT NULL",
    "INSERT INTO visit_photos (order_id, escort_id, step_id, action_id, file, size, at) "
    "SELECT id, escort_id, id, {key}, {key}, 1, created_at FROM orders WHERE escort_id IS NOT NULL",
    "INSERT INTO visit_reports (order_id, escort_id, body_sealed, version, drafted_at, sent_at, confirmed_by) "
    "SELECT id, escort_id, '', 1, created_at, CASE WHEN id % 9 = 0 THEN NULL ELSE 5 END, '' FROM orders "
    "WHERE escort_id IS NOT NULL",
    "INSERT INTO report_entries (order_id, kind, author_kind, author_id, action_id, text_sealed, open, at) "
    "SELECT id, 'question', 'user', user_id, {key}, '', CASE WHEN id % 97 = 0 THEN 1 ELSE 0 END, created_at "
    "FROM orders",
    "INSERT INTO visit_troubles (order_id, escort_id, kind, action_id, note_sealed, at, open, resolution) "
    "SELECT id, 1, CASE WHEN id % 2 = 0 THEN 'late' ELSE 'unwell' END, {key}, '', created_at, "
    "CASE WHEN id % 97 = 0 THEN 1 ELSE 0 END, '' FROM orders",
    "INSERT INTO invitations (order_id, escort_id, open_order_id, state, pay_fen, reason, offered_by, offered_at, "
    "expires_at, half) SELECT id, 1 + id % 40, CASE WHEN id % 97 = 0 THEN id END, "
    "CASE WHEN id % 97 = 0 THEN 'offered' ELSE 'declined' END, 0, '', 1, created_at, {soon}, 'am' FROM orders",
    "INSERT INTO order_changes (order_id, open_order_id, kind, state, actor_kind, reason, before_json, after_json, "
    "asked_at, max_refund_percent, decision_note) SELECT id, CASE WHEN id % 97 = 0 THEN id END, 'request', "
    "CASE WHEN id % 97 = 0 THEN 'asked' ELSE 'done' END, 'user', '', '', '', created_at, 100, '' FROM orders",
    "INSERT INTO reminders (order_id, user_id, audience, kind, visit_at, due_at, queued_at) "
    "SELECT id, user_id, 'user', 'evening', 5, 5, 5 FROM orders",
    "INSERT INTO consents (user_id, kind, version, given_at) SELECT id, 'visit_record', '1', 5 FROM users",
    "INSERT INTO escort_leaves (escort_id, visit_date, half, reason, created_at) "
    "SELECT DISTINCT id % 40 + 1, visit_date, 'am', '', 5 FROM orders WHERE id % 5 = 0",
)
"""Every order has rows of each kind; few of them are open."""


OF_ESCORTS = ("escorts", "e", "escort_records")
"""One row an escort: for some of a few, engines read all."""
MAY_SCAN = ("CONSTANT", *OF_ESCORTS, "short_walk")
"""Of a short walk no more than a page is left."""


class ExplainingVisits(Explaining):
    """Rows that were found along an index may be sorted: they are those of one order, escort or queue."""

    @staticmethod
    def _sqlite(row: tuple[Any, ...], sql: str) -> str:
        found = re.match(r"SCAN (\w+)(?! USING)\b(?!.* USING)", str(row[3]))
        return f"reads all, {row[3]}" if found and found[1] not in MAY_SCAN else ""

    @staticmethod
    def _mysql(row: tuple[Any, ...]) -> str:
        table, kind, key = str(row[2] or ""), row[3], row[5]
        if not table or table.startswith("<") or table in OF_ESCORTS or kind in ("system", "const"):
            return ""
        return f"reads all of {table}" if kind == "ALL" or not key else ""


@pytest.fixture(scope="module")
def visited(plenty: Any) -> Any:
    """``plenty`` with rows about visits."""
    engine, settings, filled, at = plenty

    async def run() -> None:
        storage = open_storage(settings)
        await storage.open()
        try:
            async with storage.transaction() as tx:
                key = "'action-' || id" if engine == "sqlite" else "CONCAT('action-', id)"
                for sql in FILL:
                    await tx.connection.execute(sql.format(key=key, soon=at + 5 * MINUTE))
                await tx.commit()
            async with storage.transaction() as tx:
                tables = ", ".join(sorted({re.split(r"[ (]+", sql)[2] for sql in FILL} | {"orders"}))
                await tx.connection.fetch_all("ANALYZE" if engine == "sqlite" else f"ANALYZE TABLE {tables}")
                await tx.commit()
        finally:
            await storage.close()

    asyncio.run(run())
    return engine, settings, filled, at


def explained(visited: Any, work: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(test_index_use, "Explaining", ExplainingVisits)
    test_index_use.explained(visited, work)


def test_the_desk_of_an_escort_is_read_along_indexes(visited: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async def work(reader: Any, filled: Filled, at: int) -> None:
        for escort in ESCORTS:
            await escort_desk.today(reader, escort, at, 90)
            await escort_desk.missing_reports(reader, escort, at)
            await reader.escort_jobs.count_questions(escort)
            await reader.escort_jobs.rated(escort, None, 20)
            await reader.invitations.open_of_escort(escort, at)
            await reader.invitations.of_escort(escort, 20)
            await leaves.coming(reader, escort, at)
            await reader.escort_profiles.has_served(escort, 7)
        await reader.escort_records.of(set(ESCORTS))
        await reader.escort_records.counted(set(ESCORTS))

    explained(visited, work, monkeypatch)


def test_a_page_about_a_visit_is_read_along_indexes(visited: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async def work(reader: Any, filled: Filled, at: int) -> None:
        for order in (7, 97):
            assert await reader.visits.version(order) is not None
            await reader.visits.steps(order)
            await reader.visits.photos(order)
            await reader.visits.troubles(order)
            await reader.reminders.of_order(order)
            await reader.invitations.of_order(order)
            await reader.invitations.open_of_orders({order}, at)

    explained(visited, work, monkeypatch)


def test_what_the_jobs_and_the_calendars_look_for_is_read_along_indexes(
    visited: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def work(reader: Any, filled: Filled, at: int) -> None:
        today, tomorrow, later = (shanghai_date(at + days * DAY) for days in (0, 1, 7))
        assert await reader.reminders.upcoming(today, tomorrow), "it is about visits that are to come"
        await reader.invitations.offered_between(today, later, at)
        await reader.leaves.between(today, later)
        await reader.visit_days.taken(today, later, at)

    explained(visited, work, monkeypatch)


def test_every_queue_of_the_office_is_read_along_indexes(
    visited: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def work(reader: Any, filled: Filled, at: int) -> None:
        found = set()
        for queue in (*VISIT_QUEUES, OfficeQueue.UNANSWERED):
            wanted = orders_in(queue, at + 12 * HOUR * (queue == OfficeQueue.UNANSWERED), VisitSettings())
            if await reader.order_lists.count(wanted):
                found.add(queue)
            await reader.order_lists.page(wanted, None, 51)
            if wanted.waits_for:
                await reader.order_lists.longest_wait(wanted)
        assert {OfficeQueue.ABSENT, OfficeQueue.UNWELL, OfficeQueue.QUESTIONS} <= found

    explained(visited, work, monkeypatch)
