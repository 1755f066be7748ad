"""What a process holds in memory, as Linux counts it."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Memory:
    """In MB. ``rss``: all of its pages that are in memory; ``pss``: pages that it shares divided by those who do;
    ``uss``: what would be free if it ended."""

    rss: float
    pss: float
    uss: float


def memory_of(pid: int) -> Memory:
    """Raises OSError where there is no such process, or no Linux."""
    kb: dict[str, int] = {}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]:
        name, _, rest = line.partition(":")
        kb[name] = int(rest.split()[0])
    return Memory(kb["Rss"] / 1024, kb["Pss"] / 1024, (kb["Private_Clean"] + kb["Private_Dirty"]) / 1024)


def spread(values: list[float], digits: int) -> str:
    """The median, and least and most in brackets."""
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f}–{max(values):.{digits}f})"


def growth(samples: list[tuple[int, float]]) -> float:
    """By how many MB a million requests let the memory grow: the slope of the line through ``(requests, MB)``."""
    return statistics.linear_regression(*zip(*samples, strict=True)).slope * 1e6
