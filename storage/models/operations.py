"""Recurring jobs, waiting messages, alarms, rate limits, downloads."""

from __future__ import annotations

from enum import StrEnum

from frozen_dataclasses import frozen


@frozen(slots=True)
class RateLimit:
    """``full_at``: when the token bucket of ``subject`` will be full again."""

    name: str
    subject: str
    full_at: int


@frozen(slots=True)
class Job:
    """A recurring piece of work and how its last run went; claimed by one process at a time."""

    name: str
    owner: str
    claimed_until: int
    started_at: int | None
    finished_at: int | None
    runs: int
    failures: int
    last_error: str
    last_result: str


@frozen(slots=True)
class Alarm:
    """An event that an operator must know of and that strangers may cause: counted by Shanghai day and reason, never
    a row each."""

    day: str
    event: str
    reason: str
    count: int
    seen_count: int
    """How many of them an administrator has marked as seen."""
    last_address: str
    last_at: int

    @property
    def unseen(self) -> int:
        return max(self.count - self.seen_count, 0)


class PushedState(StrEnum):
    """What became of an event that WeChat has pushed."""

    PENDING = "pending"
    DONE = "done"
    UNMATCHED = "unmatched"
    """What it tells of is not known here, although it was waited for."""
    FAILED = "failed"
    """Given up: shown to the office, which may have it tried again."""
    DISCARDED = "discarded"
    """Given up, and the office has seen to it."""


@frozen(slots=True)
class InboxEvent:
    """An event that WeChat has pushed, once per ``event_key``. ``fields`` is what it said, as JSON; empty once nothing
    is left to do."""

    id: int
    event_key: str
    event: str
    openid: str
    happened_at: int
    fields: str
    state: str
    tries: int
    next_at: int | None
    claimed_until: int
    last_error: str
    received_at: int


@frozen(slots=True)
class OutboxMessage:
    id: int
    kind: str
    reference: str
    user_id: int
    payload: str
    state: str
    tries: int
    next_at: int | None
    claimed_until: int
    last_error: str
    created_at: int
    sent_at: int | None
    order_id: int | None = None
    """The order that it tells of; NULL in what a process of an earlier version queued."""
    message_id: str | None = None
    """WeChat's number of the message, once it was taken."""


class DownloadState(StrEnum):
    SENDING = "sending"
    DONE = "done"
    BROKEN = "broken"


@frozen(slots=True)
class Download:
    """A file that an administrator's page has asked for under a ``ticket``: rows there will be, rows that were sent."""

    session_id: int
    ticket: str
    total: int
    sent: int
    state: str
    updated_at: int
