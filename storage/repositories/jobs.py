"""Recurring work that one process at a time does, and messages waiting to be sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from clock import HOUR
from storage.claims import CLOCK_WAS_WRONG, ends_by, too_late
from storage.errors import Duplicate
from storage.models import Job, OutboxMessage
from storage.repositories.base import Mapped, Repository, in_list
from storage.repositories.queues import Queue

_JOBS = Mapped("jobs", Job)
_OUTBOX = Mapped("outbox", OutboxMessage)
MAX_HELD = HOUR
"""No run takes, and no pause after it lasts, longer at once (ms)."""


def _new_job(name: str, owner: str, at: int, until: int) -> dict[str, Any]:
    numbers = {"runs": 0, "failures": 0, "last_error": "", "last_result": ""}
    return {"name": name, "owner": owner, "claimed_until": until, "started_at": at, **numbers}


class Jobs(Repository):
    async def claim(self, name: str, owner: str, at: int, until: int) -> bool:
        """Take the job until ``until``; False while another process holds it. A claim that began in the future, or ends
        later than any may, was made by a clock that was wrong: nobody waits until then. Raises ValueError for a claim
        that is too long."""
        future, never = at + CLOCK_WAS_WRONG, too_late(at, MAX_HELD)
        until = ends_by(at, until, MAX_HELD)
        parameters = {
            "name": name,
            "owner": owner,
            "at": at,
            "until": until,
            "future": future,
            "never": never,
        }
        if await self.connection.execute(
            "UPDATE jobs SET owner = :owner, claimed_until = :until, started_at = :at "
            "WHERE name = :name AND (claimed_until <= :at OR owner = :owner OR started_at > :future "
            "OR claimed_until > :never)",
            parameters,
        ):
            return True
        try:
            await self._insert("jobs", _new_job(name, owner, at, until))
        except Duplicate:
            return False
        return True

    async def lock(self, name: str, at: int) -> None:
        """Lock the job's row until the transaction ends: for what one at a time decides."""
        await self.connection.certify(f"job:{name}")
        sql = f"SELECT name FROM jobs WHERE name = :name{self.connection.lock}"
        if await self.connection.fetch_one(sql, {"name": name}) is None:
            try:
                await self._insert("jobs", _new_job(name, "", at, 0))
            except Duplicate:  # another process has just made it
                await self.connection.fetch_one(sql, {"name": name})

    async def finish(self, name: str, owner: str, at: int, result: str, error: str, free_at: int) -> None:
        """Say how the run went and let the job go at ``free_at``. Raises ValueError when that is too late."""
        await self.connection.execute(
            "UPDATE jobs SET claimed_until = :free_at, finished_at = :at, runs = runs + 1, "
            "failures = failures + :failed, last_error = :error, last_result = :result "
            "WHERE name = :name AND owner = :owner",
            {
                "name": name,
                "owner": owner,
                "at": at,
                "free_at": ends_by(at, free_at, MAX_HELD),
                "result": result,
                "error": error[:255],
                "failed": 1 if error else 0,
            },
        )

    async def extend(self, name: str, owner: str, until: int) -> bool:
        """Hold the claim longer; False when another process has taken the job meanwhile."""
        return bool(
            await self.connection.execute(
                "UPDATE jobs SET claimed_until = :until WHERE name = :name AND owner = :owner",
                {"name": name, "owner": owner, "until": until},
            )
        )

    async def remove(self, names: Sequence[str]) -> None:
        """Of work that is switched off: it is neither late nor failing."""
        listed, marks = in_list("name", names)
        await self.connection.execute(f"DELETE FROM jobs WHERE name IN {listed}", marks)

    async def release(self, name: str, owner: str, at: int) -> None:
        """Let the job go without an outcome: the run was cut short by the end of its process."""
        await self.connection.execute(
            "UPDATE jobs SET claimed_until = :at WHERE name = :name AND owner = :owner AND claimed_until > :at",
            {"name": name, "owner": owner, "at": at},
        )

    async def note(self, name: str, owner: str, at: int, result: str, error: str) -> None:
        """Say how a round went of work that every process does, its items claimed one by one; left out while another
        process is noting its own."""
        if await self.claim(name, owner, at, at):
            await self.finish(name, owner, at, result, error, at)

    async def get(self, name: str) -> Job | None:
        return _JOBS.one(
            await self.connection.fetch_one(f"{_JOBS.select} WHERE name = :name", {"name": name})
        )

    async def all(self) -> list[Job]:
        return _JOBS.all(await self.connection.fetch_all(f"{_JOBS.select} ORDER BY name"))


class Outbox(Queue[OutboxMessage]):
    mapped = _OUTBOX
    due_column = "next_at"
    max_pause = 2 * HOUR

    async def add(
        self,
        kind: str,
        reference: str,
        user_id: int,
        payload: str,
        at: int,
        order_id: int | None = None,
    ) -> bool:
        """Queue a message, once per kind and reference; False when it was there already. ``order_id``: the order that
        it tells of."""
        try:
            await self._insert(
                "outbox",
                {
                    "kind": kind,
                    "reference": reference,
                    "user_id": user_id,
                    "payload": payload,
                    "state": "pending",
                    "tries": 0,
                    "next_at": at,
                    "claimed_until": 0,
                    "last_error": "",
                    "created_at": at,
                    "order_id": order_id,
                },
            )
        except Duplicate:
            return False
        return True

    async def finish(
        self, message_id: int, state: str, at: int, next_at: int | None, error: str = ""
    ) -> None:
        """Record a try: ``sent``, ``refused``, ``failed`` (all final) or ``pending`` with the next moment."""
        parameters: dict[str, Any] = {
            "id": message_id,
            "state": state,
            "next_at": next_at,
            "error": error[:127],
            "sent_at": at if state == "sent" else None,
        }
        await self.connection.execute(
            "UPDATE outbox SET state = :state, next_at = :next_at, tries = tries + 1, claimed_until = 0, "
            "last_error = :error, sent_at = :sent_at WHERE id = :id",
            parameters,
        )

    async def taken(self, message_id: int, number: str) -> None:
        """WeChat has taken the message, and calls it so."""
        await self._update("outbox", {"message_id": number}, "id = :id", {"id": message_id})

    async def by_message_id(self, number: str) -> OutboxMessage | None:
        """The message that WeChat calls so."""
        row = await self.connection.fetch_one(
            f"{_OUTBOX.select} WHERE message_id = :number ORDER BY id DESC LIMIT 1", {"number": number}
        )
        return _OUTBOX.one(row)

    async def not_delivered(self, message_id: int, error: str) -> bool:
        """WeChat had taken the message and did not deliver it; False when that is known already."""
        return bool(
            await self._update(
                "outbox",
                {"state": "undelivered", "last_error": error[:127]},
                "id = :id AND state = 'sent'",
                {"id": message_id},
            )
        )

    async def count_waiting(self) -> int:
        """How many messages are still to be sent."""
        return await self._count("SELECT COUNT(*) FROM outbox WHERE next_at IS NOT NULL")

    async def of_order(self, order_id: int) -> list[OutboxMessage]:
        """Everything that was or will be told about the order, while it is kept; oldest first."""
        rows = await self.connection.fetch_all(
            f"{_OUTBOX.select} WHERE order_id = :id ORDER BY id", {"id": order_id}
        )
        return _OUTBOX.all(rows)

    async def newest_of_user(self, user_id: int, limit: int) -> list[OutboxMessage]:
        """What was or will be told to the user, while it is kept; newest first."""
        return await self._newest(_OUTBOX, ["user_id = :user_id"], {"user_id": user_id}, None, limit)

    async def of_user(self, user_id: int) -> list[OutboxMessage]:
        rows = await self.connection.fetch_all(
            f"{_OUTBOX.select} WHERE user_id = :id ORDER BY id", {"id": user_id}
        )
        return _OUTBOX.all(rows)

    async def erase_of_user(self, user_id: int) -> int:
        return await self.connection.execute("DELETE FROM outbox WHERE user_id = :id", {"id": user_id})
