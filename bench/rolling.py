"""Replace the processes of a server one by one while it is under load, and count what failed.

    python -m bench.rolling --engine mysql --processes 4 --requests 5000

Requests come as nginx sends them with its defaults: a connection each. SIGHUP is sent again and again until all are
answered. Then a worker is killed, which its parent has to notice.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from accounts.patients import MAX_PATIENTS
from bench.databases import ENGINES, database
from bench.processes import Site
from clock import now_ms, shanghai_date

CLIENTS = 16
PATIENT = {"if18": "y", "sex": "m", "phone": "13800138000", "relation": "父母"}
DIGIT = "10X98765432"
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


@dataclass
class Report:
    """What became of the requests."""

    statuses: Counter[str] = field(default_factory=Counter)
    rolls: int = 0
    workers: set[int] = field(default_factory=set)
    """Process ids that were seen."""
    seconds: float = 0.0

    @property
    def failed(self) -> int:
        return sum(count for status, count in self.statuses.items() if status != "200")

    @property
    def answered(self) -> int:
        return sum(self.statuses.values())

    def text(self) -> str:
        seen = ", ".join(f"{status}: {count}" for status, count in self.statuses.most_common())
        return (
            f"{self.answered} requests in {self.seconds:.1f} s, {self.failed} failed ({seen}); "
            f"{self.rolls} times all processes replaced, {len(self.workers)} processes in all"
        )


def workers_of(parent: int) -> set[int]:
    """The processes that a parent has started (Linux)."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return {int(child) for child in children}


def id_number(number: int) -> str:
    """A made-up ID number with a right check digit."""
    head = f"6101021950{number % 10_000_000:07d}"
    return head + DIGIT[sum(int(digit) * weight for digit, weight in zip(head, WEIGHTS, strict=True)) % 11]


async def roll_under_load(engine: str, processes: int, requests: int, folder: Path) -> Report:
    """Raises ProcessFailed when the server does not start or end."""
    report = Report()
    with database(engine) as under_test:
        site = Site(folder / "site", under_test.environment, processes)
        try:
            await site.start()
            await _load(site, processes, requests, report)
            assert await site.server.stop() == 0
        finally:
            site.kill()
    return report


async def _load(site: Site, processes: int, requests: int, report: Report) -> None:
    parent = site.server.pid
    begun = time.monotonic()
    left = iter(range(requests))
    ended = asyncio.Event()
    roller = asyncio.create_task(_roll(parent, processes, report, ended))
    await asyncio.gather(
        *(client(site.server.root, f"roller{number}", left, report) for number in range(CLIENTS))
    )
    ended.set()
    await roller
    report.seconds = time.monotonic() - begun


async def _roll(parent: int, processes: int, report: Report, ended: asyncio.Event) -> None:

    while not ended.is_set():
        before = workers_of(parent)
        report.workers |= before
        os.kill(parent, signal.SIGHUP)
        while len(now := workers_of(parent)) != processes or now & before:
            report.workers |= now
            await asyncio.sleep(0.05)
        report.workers |= now
        report.rolls += 1


async def client(root: str, name: str, left: object, report: Report, write_every: int = 10) -> None:
    """One person: reads their patients, adds one now and then while they may have more.

    Each request has a connection of its own.
    """
    may_add = MAX_PATIENTS
    transport = httpx.AsyncHTTPTransport(limits=httpx.Limits(max_keepalive_connections=0))
    async with httpx.AsyncClient(base_url=root, transport=transport, timeout=20, trust_env=False) as http:
        warrant = (await http.get("login/", params={"code": f"as:{name}:{now_ms()}"})).json()["warrant"]
        headers = {"Authorization": f"Bearer {warrant}"}
        for number in left:  # type: ignore[attr-defined]
            try:
                if number % write_every or not may_add:
                    answer = await http.get("user/getFriends/", headers=headers)
                else:
                    may_add -= 1
                    given = {**PATIENT, "name": "王小明", "idcard": id_number(number)}
                    answer = await http.post("user/add1friend/", headers=headers, json=given)
                report.statuses[str(answer.status_code)] += 1
            except httpx.HTTPError as error:
                report.statuses[type(error).__name__] += 1


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.rolling", description=__doc__)
    parser.add_argument("--engine", choices=ENGINES, default="mysql")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--requests", type=int, default=5000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        report = asyncio.run(roll_under_load(given.engine, given.processes, given.requests, Path(folder)))
    print(f"{shanghai_date(now_ms())} {given.engine}, {given.processes} processes: {report.text()}")
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
