"""The chart of ``docs/performance.md``: requests per second beside FastAPI's, of the newest run of each size.

python -m bench.api.chart build/bench-api/runs.jsonl docs/pictures/speed.svg
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any
from xml.sax.saxutils import escape

from bench.api.measuring import KINDS, Sample
from bench.api.report import ratios, rounds_of
from bench.api.subjects import FASTAPI

ENGINES = {"mysql": "MariaDB", "sqlite": "SQLite"}
COLOURS = ("#2f7d6d", "#c98a2b", "#6b6fb3")
"""Of the requests."""
LEFT, WIDTH, BAR, GAP, TOP = 170, 560, 12, 14, 56
"""Pixels: names of the groups, the plot, a bar, between groups, above the plot."""


@dataclass(frozen=True)
class Group:
    """One run: of each request the ratios of its rounds."""

    title: str
    bars: list[list[float]]


def groups(runs: Iterable[dict[str, Any]]) -> list[Group]:
    """Of runs in the order in which they were made; the newest of each engine and number of users."""
    newest = {(run["engine"], run["users"]): run for run in runs}
    found = []
    for (engine, users), run in sorted(newest.items()):
        rounds = rounds_of([Sample(**each) for each in run["samples"]])
        bars = [ratios(rounds, kind.name, FASTAPI, "per_second") for kind in KINDS]
        found.append(Group(f"{ENGINES[engine]}, {users:,} users", bars))
    return found


def svg(found: list[Group]) -> str:
    """A bar for each median, with a line from the least to the most of the rounds, and one where FastAPI is."""
    most = max([value for group in found for bar in group.bars for value in bar] + [1.0]) * 1.08
    height = TOP + len(found) * (len(KINDS) * BAR + GAP) + 34

    def across(ratio: float) -> float:
        return round(LEFT + WIDTH * ratio / most, 1)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDTH + 60} {height}" font-family="sans-serif" '
        'font-size="12" fill="#333">',
        f'<rect width="{LEFT + WIDTH + 60}" height="{height}" fill="#fff"/>',
        f'<text x="{LEFT}" y="18" font-size="14">requests per second : those of FastAPI</text>',
    ]
    for number, kind in enumerate(KINDS):
        at = LEFT + number * 130
        parts.append(f'<rect x="{at}" y="28" width="12" height="12" fill="{COLOURS[number]}"/>')
        parts.append(f'<text x="{at + 18}" y="38">{escape(kind.name)}</text>')
    y = TOP
    for group in found:
        parts.append(
            f'<text x="{LEFT - 10}" y="{y + BAR * 2}" text-anchor="end">{escape(group.title)}</text>'
        )
        for number, values in enumerate(group.bars):
            if values:
                middle, line = median(values), y + BAR / 2
                parts += [
                    f'<rect x="{LEFT}" y="{y + 1}" width="{across(middle) - LEFT:.1f}" height="{BAR - 2}" '
                    f'fill="{COLOURS[number]}"/>',
                    f'<path d="M{across(min(values))} {line}H{across(max(values))}" stroke="#111"/>',
                    f'<text x="{across(max(values)) + 5}" y="{y + BAR - 2}" font-size="10">{middle:.2f}</text>',
                ]
            y += BAR
        y += GAP
    parts.append(
        f'<path d="M{across(1)} {TOP - 8}V{y}" stroke="#b22" stroke-dasharray="4 3"/>'
        f'<text x="{across(1)}" y="{y + 14}" text-anchor="middle" fill="#b22">FastAPI = 1</text></svg>'
    )
    return "\n".join(parts) + "\n"


def main(arguments: list[str]) -> int:
    source, target = Path(arguments[0]), Path(arguments[1])
    runs = [json.loads(line) for line in source.read_text("utf-8").splitlines()]
    target.write_text(svg(groups(runs)), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
