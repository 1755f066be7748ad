"""How the model says that something does not hold."""

from __future__ import annotations


class Violated(AssertionError):
    """An invariant does not hold."""


def expect(condition: object, sentence: str, *facts: object) -> None:
    if not condition:
        raise Violated(f"{sentence}: {'; '.join(map(str, facts))}")
