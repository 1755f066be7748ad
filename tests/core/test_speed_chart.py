"""The chart of the page about speed says what the runs say."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from bench.api.chart import groups, main, svg

SVG = "{http://www.w3.org/2000/svg}"


def sample(subject: str, kind: str, per_second: float) -> dict[str, Any]:
    measured = {"p50_ms": 1.0, "p99_ms": 2.0, "cpu_us": 3.0, "database_us": 4.0, "failed": 0}
    return {"subject": subject, "kind": kind, "per_second": per_second, **measured}


def run(engine: str, users: int, *rounds: tuple[float, float]) -> dict[str, Any]:
    """Each round: requests per second of ours and of FastAPI."""
    samples = []
    for ours, theirs in rounds:
        samples += [sample("this server", "order list", ours), sample("FastAPI", "order list", theirs)]
    return {"engine": engine, "users": users, "samples": samples}


RUNS = [
    run("sqlite", 2_000, (100, 100)),
    run("mysql", 20_000, (300, 200)),
    run("sqlite", 2_000, (90, 100), (80, 40)),
]


def test_the_newest_run_of_each_engine_and_size_is_shown_by_its_ratios() -> None:
    found = groups(RUNS)
    assert [(each.title, each.bars) for each in found] == [
        ("MariaDB, 20,000 users", [[], [1.5], []]),
        ("SQLite, 2,000 users", [[], [0.9, 2.0], []]),
    ]


def test_a_bar_is_as_long_as_its_median_and_the_line_is_where_fastapi_is() -> None:
    root = ElementTree.fromstring(svg(groups(RUNS)))
    bars = [float(each.get("width", "")) for each in root.iter(f"{SVG}rect")][-2:]
    line = next(each.get("d", "") for each in root.iter(f"{SVG}path") if each.get("stroke-dasharray"))
    fastapi = float(re.findall(r"[0-9.]+", line)[0]) - 170
    assert [round(bar / fastapi, 2) for bar in bars] == [1.5, 1.45]
    assert [each.text for each in root.iter(f"{SVG}text")][-3:] == [
        "SQLite, 2,000 users",
        "1.45",
        "FastAPI = 1",
    ]


def test_runs_are_read_line_by_line(tmp_path: Path) -> None:
    source, target = tmp_path / "runs.jsonl", tmp_path / "speed.svg"
    source.write_text("".join(json.dumps(each) + "\n" for each in RUNS))
    assert main([str(source), str(target)]) == 0
    assert target.read_text("utf-8") == svg(groups(RUNS))
