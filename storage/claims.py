"""Claims of rows: one process at a time works on a row, until a moment (ms) that the row holds. And when a row of a
queue is due.

A process whose clock was wrong, hours ahead say, leaves claims that end hours later. Nobody waits for those: a claim
that ends later than any could that was made now is void. In the same way a row whose next moment is later than any that
could be planned now is due at once. Jobs have the same rules (``storage.repositories.jobs``).
"""

from __future__ import annotations

from typing import Any

from clock import MINUTE

CLOCK_WAS_WRONG = 10 * MINUTE
"""Clocks of the servers of one installation differ by less."""
MAX_CLAIM = 5 * MINUTE
"""No row is claimed for longer at once."""


def ends_by(at: int, until: int, longest: int = MAX_CLAIM) -> int:
    """``until``, for a claim that begins at ``at``. Raises ValueError for one that others would take as void."""
    if until - at > longest:
        raise ValueError("a row is claimed for longer than claims may be")
    return until


def is_claimed(claimed_until: int, at: int) -> bool:
    """Is another process at work on the row?"""
    return at < claimed_until <= at + MAX_CLAIM + CLOCK_WAS_WRONG


def unclaimed(at: int, column: str = "claimed_until", longest: int = MAX_CLAIM) -> tuple[str, dict[str, Any]]:
    """As SQL with its values: nobody is at work on the row."""
    values = {"free_at": at, "void_after": at + longest + CLOCK_WAS_WRONG}
    return f"({column} <= :free_at OR {column} > :void_after)", values


def too_late(at: int, longest: int) -> int:
    """What is planned for later than this was planned by a clock that was wrong. ``longest``: the queue's longest
    pause (ms)."""
    return at + longest + CLOCK_WAS_WRONG


def is_due(planned: int, at: int, longest: int) -> bool:
    """Has the moment come, or can nobody have meant it?"""
    return not at < planned <= too_late(at, longest)
