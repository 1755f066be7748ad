"""One thing that reads what comes from outside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random


class Broken(AssertionError):
    """What was read does not hold what it should."""


@dataclass(frozen=True)
class Target:
    """``read``: draws one input and lets the product read it. ``refusals``: what it may raise, in place of a result."""

    name: str
    read: Callable[[Random], object]
    refusals: tuple[type[Exception], ...]
    weight: float = 1.0
    """Of the inputs; less for what is slow."""


def check(holds: bool, otherwise: str) -> None:
    """Raises Broken."""
    if not holds:
        raise Broken(otherwise)
