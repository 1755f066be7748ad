"""Pushed events: kept when they arrive, each once, and given to their consumer a moment later.

WeChat waits five seconds and repeats three times; then it is silent for ever. So an event is stored and answered, and
everything else is tried again from here, until it is done or given up.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Mapping
from functools import partial

import orjson

from clock import HOUR, MINUTE, SECOND, Clock
from failures import place
from measures import pushed_events
from storage import Storage, StorageUnavailable, Transaction
from storage.models import InboxEvent, PushedState
from storage.writes import NewInboxEvent
from wechat.push.consumers import After, Consumer, NotYet
from wechat.push.events import PushedEvent, event_key, read_event
from wechat.push.parsing import Fields
from wechat.push.refusals import BadMessage, NotProved

logger = logging.getLogger("hospital.wechat.push")

JOB = "pushes"
PAUSES = (5 * SECOND, 30 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 6 * HOUR)
"""How long to wait after each failed try; after the last the event is given up."""
CLAIM = 60 * SECOND
NOTE_EVERY = 30 * SECOND
ROUND_SECONDS = 60.0
AT_A_TIME = 50
MAX_STORED_BYTES = 60_000


class PushInbox:
    """Keeps events that have a consumer, and works on them. Claims go through the database: several processes never
    work on one event at once."""

    def __init__(self, storage: Storage, clock: Clock, consumers: Mapping[str, Consumer]) -> None:
        self._storage = storage
        self._clock = clock
        self._consumers = consumers
        self._noted_at = 0

    @property
    def titles(self) -> dict[str, str]:
        """What each event is about, in words for the office."""
        return {name: consumer.title for name, consumer in self._consumers.items()}

    async def accept(self, message: Fields, proved: bool = True) -> str:
        """Keep what a verified message tells: ``stored``, ``seen`` (it was here already) or ``ignored`` (nobody's
        business here; nothing of it is kept). ``proved``: its signature covers it. Raises BadMessage, NotProved,
        StorageError."""
        at = self._clock()
        event = read_event(message, at)
        if event is None or event.event not in self._consumers:
            name = event.event if event else "message"
            logger.info("pushed %s: ignored", name)
            pushed_events.labels("other", "ignored").inc()
            return "ignored"
        if not proved and self._consumers[event.event].needs_proof:
            raise NotProved(event.event)
        said = orjson.dumps(message)
        if len(said) > MAX_STORED_BYTES:
            raise BadMessage("too long")
        new = NewInboxEvent(event_key(event), event.event, event.openid, event.created_at, said.decode(), at)
        outcome = "stored" if await self._storage.run(lambda tx: tx.pushed_events.add(new)) else "seen"
        logger.info("pushed %s: %s", event.event, outcome)
        pushed_events.labels(event.event, outcome).inc()
        return outcome

    async def run_once(self, owner: str) -> int:
        """Work on the events that are due, the earliest first; how many were tried. One that fails holds up no other.
        Raises StorageError only when the database cannot even be asked, or cannot be told."""
        async with self._storage.reading() as reader:
            due = await reader.pushed_events.due(self._clock(), AT_A_TIME)
        tried, failed = 0, 0
        over = time.monotonic() + ROUND_SECONDS
        for event in due:
            if time.monotonic() > over:
                break
            until = self._clock() + CLAIM
            if await self._storage.run(partial(self._claim, event=event, until=until)):
                tried += 1
                failed += not await self._work_on(event, until)
        if due or self._clock() - self._noted_at >= NOTE_EVERY:
            await self._note(owner, tried, f"{failed} failed" if failed else "")
        return tried

    async def _note(self, owner: str, tried: int, error: str) -> None:
        """Say in the job row how the round went: every one with an event, else one in half a minute."""
        at = self._clock()

        async def note(tx: Transaction) -> None:
            waiting = await tx.pushed_events.count_waiting()
            await tx.jobs.note(JOB, owner[:64], at, json.dumps({"tried": tried, "waiting": waiting}), error)

        await self._storage.run(note)
        self._noted_at = at

    async def _claim(self, tx: Transaction, event: InboxEvent, until: int) -> bool:
        return await tx.pushed_events.claim(event, until - CLAIM, until)

    async def _work_on(self, stored: InboxEvent, claimed_until: int) -> bool:
        """Give an event to its consumer; False when that failed."""
        label = stored.event if stored.event in self._consumers else "other"
        try:
            after = await self._storage.run(lambda tx: self._apply(tx, stored, claimed_until))
            pushed_events.labels(label, "done").inc()
        except StorageUnavailable:
            raise
        except NotYet:
            await self._try_later(stored, claimed_until)
            pushed_events.labels(label, "not_yet").inc()
            return True
        except Exception as error:
            await self._failed(stored, claimed_until, error)
            pushed_events.labels(label, "failed").inc()
            return False
        if after is not None:
            try:
                await after()
            except Exception as error:
                logger.warning(
                    "what follows pushed event %d (%s) failed: %s", stored.id, stored.event, place(error)
                )
        return True

    async def _apply(self, tx: Transaction, stored: InboxEvent, claimed_until: int) -> After | None:
        if not await tx.pushed_events.settle(stored.id, PushedState.DONE, claimed_until):
            return None  # the claim was over, and another process has it
        consumer = self._consumers.get(stored.event)
        if consumer is None:
            raise LookupError(stored.event)  # stored by a process of another version: it may know what to do
        return await consumer.work(tx, opened(stored))

    async def _try_later(self, stored: InboxEvent, claimed_until: int) -> None:
        """At last what the event tells of is not ours: nothing to show to anybody."""
        if stored.tries < len(PAUSES):
            next_at = self._clock() + PAUSES[stored.tries]
            await self._storage.run(
                lambda tx: tx.pushed_events.failed(stored.id, next_at, "NotYet", claimed_until)
            )
            return
        await self._storage.run(
            lambda tx: tx.pushed_events.settle(stored.id, PushedState.UNMATCHED, claimed_until)
        )

    async def _failed(self, stored: InboxEvent, claimed_until: int, error: Exception) -> None:
        next_at = self._clock() + PAUSES[stored.tries] if stored.tries < len(PAUSES) else None
        logger.warning(
            "pushed event %d (%s) %s: %s",
            stored.id,
            stored.event,
            "failed" if next_at is not None else "given up",
            place(error),
        )
        await self._storage.run(
            lambda tx: tx.pushed_events.failed(stored.id, next_at, place(error), claimed_until)
        )


def opened(stored: InboxEvent) -> PushedEvent:
    """The event as its consumer reads it."""
    return PushedEvent(stored.event, stored.openid, stored.happened_at, orjson.loads(stored.fields))
