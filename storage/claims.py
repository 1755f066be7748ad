"""Claims of rows: one process at a time works on a row, until a moment (ms) that the row holds.

A process whose clock was wrong, hours ahead say, leaves claims that end hours later. Nobody waits for those: a claim
that ends later than any could that was made now is void. Jobs have the same rule (``storage.repositories.jobs``).
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
