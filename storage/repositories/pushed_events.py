"""Events that WeChat has pushed, until they have been worked on."""

from __future__ import annotations

from clock import HOUR
from storage.errors import Duplicate
from storage.models import InboxEvent, PushedState
from storage.repositories.base import Mapped
from storage.repositories.queues import Queue
from storage.writes import NewInboxEvent, columns

_EVENTS = Mapped("pushed_events", InboxEvent)


class PushedEvents(Queue[InboxEvent]):
    mapped = _EVENTS
    due_column = "next_at"
    max_pause = 6 * HOUR

    async def add(self, new: NewInboxEvent) -> bool:
        """Keep an event, to be worked on from when it happened; False when it is there already."""
        first = {"state": PushedState.PENDING, "tries": 0, "claimed_until": 0, "last_error": ""}
        due_at = min(new.happened_at, new.received_at)  # WeChat's clock may be ahead of ours
        try:
            await self._insert("pushed_events", {**columns(new), **first, "next_at": due_at})
        except Duplicate:
            return False
        return True

    async def get(self, event_id: int) -> InboxEvent | None:
        row = await self.connection.fetch_one(f"{_EVENTS.select} WHERE id = :id", {"id": event_id})
        return _EVENTS.one(row)

    async def settle(self, event_id: int, state: PushedState, claimed_until: int) -> bool:
        """Nothing is left to do: what the event said is forgotten. False when the claim was lost meanwhile."""
        return bool(
            await self._update(
                "pushed_events",
                {"state": state, "openid": "", "fields": "", "next_at": None, "last_error": ""},
                "id = :id AND claimed_until = :claimed AND next_at IS NOT NULL",
                {"id": event_id, "claimed": claimed_until},
            )
        )

    async def failed(self, event_id: int, next_at: int | None, error: str, claimed_until: int) -> None:
        """Record a try that failed; ``next_at`` None: given up. Without effect when the claim was lost meanwhile."""
        await self.connection.execute(
            "UPDATE pushed_events SET state = :state, next_at = :next_at, tries = tries + 1, claimed_until = 0, "
            "last_error = :error WHERE id = :id AND claimed_until = :claimed AND next_at IS NOT NULL",
            {
                "id": event_id,
                "state": PushedState.FAILED if next_at is None else PushedState.PENDING,
                "next_at": next_at,
                "error": error[:127],
                "claimed": claimed_until,
            },
        )

    async def retry(self, event_id: int, at: int) -> bool:
        """Have an event that was given up tried again; False when it is not given up any more."""
        return bool(
            await self._update(
                "pushed_events",
                {"state": PushedState.PENDING, "next_at": at, "tries": 0, "claimed_until": 0},
                "id = :id AND state = :failed",
                {"id": event_id, "failed": PushedState.FAILED},
            )
        )

    async def discard(self, event_id: int) -> bool:
        """The office has seen to an event that was given up; False when it is not given up any more."""
        return bool(
            await self._update(
                "pushed_events",
                {"state": PushedState.DISCARDED, "openid": "", "fields": ""},
                "id = :id AND state = :failed",
                {"id": event_id, "failed": PushedState.FAILED},
            )
        )

    async def given_up(self, before: int | None, limit: int) -> list[InboxEvent]:
        """What was given up and nobody has seen to, newest first, below the id ``before``."""
        return await self._newest(_EVENTS, ["state = :failed"], {"failed": PushedState.FAILED}, before, limit)

    async def count_given_up(self) -> int:
        return await self._count(
            "SELECT COUNT(*) FROM pushed_events WHERE state = :failed", {"failed": PushedState.FAILED}
        )

    async def count_waiting(self) -> int:
        """How many are still to be worked on."""
        return await self._count("SELECT COUNT(*) FROM pushed_events WHERE next_at IS NOT NULL")

    async def erase_of_user(self, openid: str) -> int:
        """Forget what was said about a user and given up. What is still to be worked on is forgotten when that is
        done."""
        return await self._update(
            "pushed_events",
            {"state": PushedState.DISCARDED, "openid": "", "fields": ""},
            "openid = :openid AND next_at IS NULL",
            {"openid": openid},
        )
