"""What is kept for a time only, deleted in small steps. Each step is a transaction of its own.

Rows are walked along their ids, which rise with time: a step ends at the first row that is recent enough, so an hour
without anything to delete costs one short read a table.
"""

from __future__ import annotations

from storage.models import AttemptState, ContentState, RefundState
from storage.repositories.base import Repository

_TIMES = {
    "admin_sessions": "created_at",
    "payment_events": "received_at",
    "outbox": "created_at",
    "member_links": "created_at",
    "reminders": "queued_at",
    "pushed_events": "received_at",
    "content_checks": "submitted_at",
    "message_answers": "at",
}


class Retention(Repository):
    async def step(self, table: str, after: int, before: int, limit: int) -> int:
        """The last id of the next ``limit`` rows behind ``after`` that are all older than ``before`` (ms); 0 when the
        next one is more recent, or there is none."""
        rows = await self.connection.fetch_all(
            f"SELECT id, {_TIMES[table]} FROM {table} WHERE id > :after ORDER BY id LIMIT :limit",
            {"after": after, "limit": limit},
        )
        last = 0
        for row in rows:
            if row[1] >= before:
                break
            last = int(row[0])
        return last

    async def delete_admin_sessions(self, after: int, last: int, before: int) -> int:
        """Administrators' sessions of these ids that ended before a moment."""
        return await self.connection.execute(
            "DELETE FROM admin_sessions WHERE id > :after AND id <= :last "
            "AND (expires_at < :before OR ended_at < :before)",
            {"after": after, "last": last, "before": before},
        )

    async def delete_member_links(self, after: int, last: int, before: int) -> int:
        """Cards of these ids whose time was over before a moment."""
        return await self.connection.execute(
            "DELETE FROM member_links WHERE id > :after AND id <= :last AND expires_at < :before",
            {"after": after, "last": last, "before": before},
        )

    async def delete_reminders(self, after: int, last: int, before: int) -> int:
        """Reminders of these ids of visits that were before a moment."""
        return await self.connection.execute(
            "DELETE FROM reminders WHERE id > :after AND id <= :last AND visit_at < :before",
            {"after": after, "last": last, "before": before},
        )

    async def delete_content_checks(self, after: int, last: int, before: int) -> int:
        """Of what users wanted others to read, what was decided before a moment or replaced by something else."""
        return await self.connection.execute(
            "DELETE FROM content_checks WHERE id > :after AND id <= :last "
            "AND (decided_at < :before OR state = :replaced)",
            {"after": after, "last": last, "before": before, "replaced": ContentState.REPLACED},
        )

    async def delete_messages(self, after: int, last: int, before: int) -> int:
        """Subscribe messages of these ids that were sent or given up."""
        return await self.connection.execute(
            "DELETE FROM outbox WHERE id > :after AND id <= :last AND created_at < :before AND next_at IS NULL",
            {"after": after, "last": last, "before": before},
        )

    async def delete_message_answers(self, after: int, last: int, before: int) -> int:
        """Single answers of these ids: what they came to stays counted."""
        return await self.connection.execute(
            "DELETE FROM message_answers WHERE id > :after AND id <= :last AND at < :before",
            {"after": after, "last": last, "before": before},
        )

    async def delete_pushed_events(self, after: int, last: int, before: int) -> int:
        """Pushed events of these ids that are not to be worked on any more, or that nobody has seen to in time."""
        return await self.connection.execute(
            "DELETE FROM pushed_events WHERE id > :after AND id <= :last AND received_at < :before "
            "AND next_at IS NULL",
            {"after": after, "last": last, "before": before},
        )

    async def delete_payment_events(self, after: int, last: int, before: int) -> int:
        """Notifications of these ids, but for those that are evidence: of a payment or refund that is not final, or
        of one with an open case."""
        return await self.connection.execute(
            "DELETE FROM payment_events WHERE id > :after AND id <= :last AND received_at < :before "
            "AND NOT EXISTS (SELECT 1 FROM payment_attempts a WHERE a.out_trade_no = payment_events.reference "
            "AND (a.state NOT IN (:paid, :closed) OR EXISTS "
            "(SELECT 1 FROM finance_cases c WHERE c.order_id = a.order_id AND c.state = 'open'))) "
            "AND NOT EXISTS (SELECT 1 FROM refunds r WHERE r.out_refund_no = payment_events.reference "
            "AND (r.state NOT IN (:succeeded, :ended, :rejected) OR EXISTS "
            "(SELECT 1 FROM finance_cases c WHERE c.order_id = r.order_id AND c.state = 'open'))) "
            "AND NOT EXISTS (SELECT 1 FROM finance_cases c WHERE c.state = 'open' "
            "AND (c.reference = payment_events.reference OR INSTR(c.detail, payment_events.reference) > 0))",
            {
                "after": after,
                "last": last,
                "before": before,
                "paid": AttemptState.PAID,
                "closed": AttemptState.CLOSED,
                "succeeded": RefundState.SUCCEEDED,
                "ended": RefundState.CLOSED,
                "rejected": RefundState.REJECTED,
            },
        )
