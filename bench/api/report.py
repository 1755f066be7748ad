"""What the samples of a run say: medians, and ratios within each round with their spread."""

from __future__ import annotations

from statistics import median

from bench.api.measuring import KINDS, Sample
from bench.api.subjects import BARE, BEFORE, FASTAPI, OURS

Rounds = list[dict[tuple[str, str], Sample]]
"""By round, the samples by subject and kind."""


def rounds_of(samples: list[Sample]) -> Rounds:
    found: Rounds = []
    for sample in samples:
        key = (sample.subject, sample.kind)
        if not found or key in found[-1]:
            found.append({})
        found[-1][key] = sample
    return found


def ratios(rounds: Rounds, kind: str, over: str, field: str) -> list[float]:
    """Ours divided by another's, in each round."""
    return [
        getattr(each[(OURS, kind)], field) / getattr(each[(over, kind)], field)
        for each in rounds
        if (OURS, kind) in each and (over, kind) in each
    ]


def spread(values: list[float]) -> str:
    return f"{median(values):.2f} ({min(values):.2f}–{max(values):.2f})" if values else "–"


def lines(samples: list[Sample]) -> list[str]:
    """A table in Markdown, and the ratios."""
    subjects = list(dict.fromkeys(each.subject for each in samples))
    found = [
        "| request | server | requests/s | p50 ms | p99 ms | processor, µs a request | MariaDB's, µs |",
        "|---|---|---:|---:|---:|---:|---:|",
    ]
    for kind in KINDS:
        for subject in subjects:
            own = [each for each in samples if each.subject == subject and each.kind == kind.name]
            if own:
                numbers = [
                    median(getattr(each, field) for each in own)
                    for field in ("per_second", "p50_ms", "p99_ms", "cpu_us", "database_us")
                ]
                formats = ("{:,.0f}", "{:.1f}", "{:.1f}", "{:,.0f}", "{:,.0f}")
                cells = " | ".join(form.format(number) for form, number in zip(formats, numbers, strict=True))
                found.append(f"| {kind.name} | {subject} | {cells} |")
    return [*found, "", *ratio_lines(rounds_of(samples), subjects)]


def ratio_lines(rounds: Rounds, subjects: list[str]) -> list[str]:
    found = [
        "| ours : theirs, median (least–most of the rounds) | " + " | ".join(k.name for k in KINDS) + " |",
        "|---|" + "---|" * len(KINDS),
    ]
    asked = [
        (f"requests/s : {FASTAPI}", FASTAPI, "per_second"),
        (f"processor : {FASTAPI}", FASTAPI, "cpu_us"),
        (f"p99 : {FASTAPI}", FASTAPI, "p99_ms"),
        (f"processor : {BARE}", BARE, "cpu_us"),
        (f"requests/s : {BEFORE}", BEFORE, "per_second"),
        (f"processor : {BEFORE}", BEFORE, "cpu_us"),
    ]
    for title, over, field in asked:
        if over in subjects:
            cells = " | ".join(spread(ratios(rounds, kind.name, over, field)) for kind in KINDS)
            found.append(f"| {title} | {cells} |")
    tails = [
        spread(
            [
                each[(OURS, kind.name)].p99_ms / each[(OURS, kind.name)].p50_ms
                for each in rounds
                if (OURS, kind.name) in each
            ]
        )
        for kind in KINDS
    ]
    return [*found, "| p99 : p50 of this server | " + " | ".join(tails) + " |"]
