"""``make bench-api``: requests per second, latency and processor time beside FastAPI and a bare Tornado handler.

    python -m bench.api [--engine sqlite|mysql|both] [--users 2000] [--rounds 5] [--seconds 4] [--before FOLDER]

All servers run at once on loopback, each in a process of its own; one at a time is under load, in turns, so that
whatever else the machine does meets them all. FastAPI does the same three requests with the same tables, statements and
sealing; the bare handler sends as many bytes. ``--before``: an older checkout of this server, measured in the same run.
Exit code 1 when a request failed.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench.admin import MYSQL_OPTIONS
from bench.api.measuring import KINDS, Measuring, Sample, save
from bench.api.prepared import prepare
from bench.api.report import lines
from bench.api.subjects import Subject, served, spent_us
from bench.databases import ENGINES, Database, database
from bench.processes import Site
from config import ROOT

RESULTS = ROOT / "build" / "bench-api" / "runs.jsonl"


def _spent_by(used: Database) -> Callable[[], float]:
    process = used.process.process if used.process else None
    return (lambda: spent_us(process.pid)) if process else (lambda: 0.0)


async def measure(
    subjects: list[Subject], measuring: Measuring, rounds: int, kinds: list[str]
) -> list[Sample]:
    samples: list[Sample] = []
    for kind in KINDS:  # what adds comes last: the lists are as long in the last round as in the first
        if kind.name not in kinds:
            continue
        for number in range(rounds):
            turn = number % len(subjects)
            for subject in subjects[turn:] + subjects[:turn]:
                samples += await measuring.sample(subject, kind)
        print(f"{kind.name}: {rounds} rounds, load average {os.getloadavg()[0]:.1f}", flush=True)
    return samples


async def run(engine: str, users: int, given: argparse.Namespace, folder: Path) -> list[Sample]:
    """Fill, serve and measure one engine with so many users."""
    with database(engine, MYSQL_OPTIONS) as used:
        site = Site(folder / "data", used.environment)
        prepared = await prepare(site.settings(), users)
        measuring = Measuring(prepared, given.connections, given.seconds, _spent_by(used))
        async with served(site, given.before) as subjects:
            idle = {each.name: each.memory_mb() for each in subjects}
            await measuring.look_at_sizes(subjects[0])
            samples = await measure(subjects, measuring, given.rounds, given.kinds)
            memory = {each.name: (round(idle[each.name]), round(each.memory_mb())) for each in subjects}
    print(f"\n## {engine}, {users:,} users, {given.connections} connections\n")
    print("\n".join(lines(samples)))
    print(
        "\nmemory in MB, idle and after: " + ", ".join(f"{name} {a}, {b}" for name, (a, b) in memory.items())
    )
    about = {
        "engine": engine,
        "users": users,
        "connections": given.connections,
        "memory": memory,
        "load": os.getloadavg()[1],
    }
    save(RESULTS, about, samples)
    return samples


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="bench.api", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--engine", choices=(*ENGINES, "both"), default="both")
    parser.add_argument("--users", type=int, nargs="+", default=[2_000])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--kinds", nargs="+", default=[kind.name for kind in KINDS])
    parser.add_argument("--before", type=Path)
    given = parser.parse_args(arguments)
    failed = 0
    for engine in ENGINES if given.engine == "both" else (given.engine,):
        for users in given.users:
            with tempfile.TemporaryDirectory(prefix="bench-api-") as folder:
                samples = asyncio.run(run(engine, users, given, Path(folder)))
            failed += sum(each.failed for each in samples)
    if failed:
        print(f"{failed} requests failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
