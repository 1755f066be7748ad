"""What is done about a pushed event: each has one consumer, which ``startup/push_consumers.py`` names."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from frozen_dataclasses import frozen
from storage import Transaction
from wechat.push.events import PushedEvent

After = Callable[[], Awaitable[None]]
"""What follows once the transaction is committed (files, waking somebody). Lost when the process ends just then, so it
is nothing that must happen."""


class NotYet(Exception):
    """What the event tells of is not known here yet: it may have come before the answer to our own call. It is tried
    again, some hours long."""


@frozen()
class Consumer:
    """``work`` runs in the transaction that marks the event as done, so that it acts exactly once. It does nothing
    outside of it that cannot be done twice, calls nobody outside, and copes with events in any order: an older one
    (``created_at``) must not undo a newer one. It raises ``NotYet``; whatever else it raises is tried again and, at
    last, shown to the office. ``title`` is what the office reads. ``needs_proof``: it erases data, or writes about
    money, so that it acts only upon what a signature covers."""

    title: str
    work: Callable[[Transaction, PushedEvent], Awaitable[After | None]]
    needs_proof: bool = False
