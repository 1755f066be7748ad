"""Send hostile inputs to a server and look at every answer: ``python -m bench.hostile --inputs 100000``.

No failure of ours (5xx, a closed connection), no leak (Python, SQL, paths of the machine, a victim's data, a script of
the sender's in a page), no growth of the server's memory, nothing in its log that failed, and the victim's data as
before. A finding names its number: with the same ``--seed`` and ``--inputs``, ``--only`` sends that input again.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from bench.databases import ENGINES, database
from bench.hostile.inputs import Hostile, Identity, draw
from bench.hostile.judge import faults
from bench.hostile.targets import Target, targets
from bench.hostile.wire import Answer, Connection
from bench.hostile.world import World
from bench.processes import Site
from clock import now_ms, shanghai_date

CLIENTS = 8
OUTSIDERS = ("stranger", "user", "user", "escort")
"""Who attacks first; the owner, who may read and change everything, comes last and sends a third."""
MAX_GROWTH_KB = 32 * 1024
LOOKS = 5
WARM = 0.3
"""After this part of the inputs caches are full and the allocator has what it needs: what comes then is growth."""


@dataclass
class Report:
    """What was sent and what came of it. ``memory``: the server's resident kilobytes, by inputs sent."""

    statuses: Counter[int] = field(default_factory=Counter)
    callers: Counter[str] = field(default_factory=Counter)
    reached: set[tuple[str, str]] = field(default_factory=set)
    taken: Counter[str] = field(default_factory=Counter)
    """How many inputs each caller got a 2xx or a redirect for: not everything stops at the door."""
    findings: list[str] = field(default_factory=list)
    memory: list[tuple[int, int]] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def sent(self) -> int:
        return sum(self.callers.values())

    @property
    def growth_kb(self) -> int:
        """From warm to the end, of the lowest of some looks: while a password is hashed, 64 MB more are in use."""
        warm = [kb for sent, kb in self.memory if sent >= WARM * self.sent]
        return min(warm[-LOOKS:]) - min(warm[:LOOKS])

    def text(self) -> str:
        by_hundred = Counter[str]()
        for status, count in self.statuses.items():
            by_hundred[f"{status // 100}xx" if status else "closed"] += count
        lines = [
            f"{self.sent:,} inputs in {self.seconds:.0f} s over {len(self.reached)} routes and methods; "
            f"{len(self.findings)} findings",
            "callers: " + ", ".join(f"{name} {count:,}" for name, count in self.callers.most_common()),
            "answers: " + ", ".join(f"{name} {count:,}" for name, count in sorted(by_hundred.items())),
            "taken: " + ", ".join(f"{name} {count:,}" for name, count in self.taken.most_common()),
            f"memory in MB, as inputs were sent: {' '.join(str(kb // 1024) for _, kb in self.memory[::5])}; "
            f"{self.growth_kb / 1024:+.1f} since {WARM:.0%}",
        ]
        return "\n".join(lines)


class Attack:
    def __init__(self, world: World, known: list[Target], seed: int) -> None:
        self.world, self.known, self.seed = world, known, seed
        self.report = Report()
        self._identities: dict[str, Identity] = {}

    async def run(self, numbers: range, callers: tuple[str, ...]) -> None:
        """Send the inputs with these numbers."""
        for name in callers:
            self._identities[name] = await self.world.identity(name)
        left = iter(numbers)
        every = max(1, len(numbers) // 50)
        await asyncio.gather(*(self._client(left, callers, every) for _ in range(CLIENTS)))

    async def _client(self, left: object, callers: tuple[str, ...], every: int) -> None:
        connection = Connection(self.world.site.server.port)
        for number in left:  # type: ignore[attr-defined]
            if self.report.sent % every == 0:
                self.report.memory.append((self.report.sent, resident_kb(self.world.site.server.pid)))
            random = Random(f"{self.seed}:{number}")
            identity = self._identities[random.choice(callers)]
            await self._send(connection, number, draw(random, self.known, identity), identity)
        connection.close()

    async def _send(self, connection: Connection, number: int, hostile: Hostile, identity: Identity) -> None:
        report = self.report
        report.callers[identity.name] += 1
        try:
            answer = await connection.send(
                hostile.raw, no_body=hostile.method == "HEAD", whole=hostile.target is not None
            )
        except TimeoutError:
            connection.close()
            report.findings.append(f"{number}: no answer in time: {hostile.raw[:300]!r}")
            return
        report.statuses[answer.status] += 1
        if hostile.target is not None:
            report.reached.add((hostile.target.method, hostile.target.pattern))
        report.taken[identity.name] += 200 <= answer.status < 400 and not to_login(answer)
        foreign = () if identity.name == "owner" else self.world.foreign
        for fault in faults(hostile, answer, foreign):
            report.findings.append(f"{number}: {fault}: {identity.name} {hostile.raw[:600]!r}")
        if ended(identity, answer) and b"HTTP/1.1\r\nHost" in hostile.raw:
            await self._enter_again(identity)

    async def _enter_again(self, identity: Identity) -> None:
        """An input may have ended the session that it came with."""
        if self._identities[identity.name] is identity:
            self._identities[identity.name] = await self.world.identity(identity.name)


def to_login(answer: Answer) -> bool:
    return answer.status == 302 and "admin/login" in answer.headers.get("location", "")


def ended(identity: Identity, answer: Answer) -> bool:
    if identity.name == "owner":
        return to_login(answer)
    return identity.name != "stranger" and answer.status == 401


def resident_kb(pid: int) -> int:
    """The memory that a process holds (Linux)."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) if found else 0


async def attack(engine: str, inputs: int, seed: int, folder: Path, only: int = -1) -> Report:
    """``only``: nothing but the input of this number. Raises ProcessFailed when the server does not start or end."""
    with database(engine) as under_test:
        site = Site(folder / "site", under_test.environment)
        try:
            await site.start()
            world, known = World(site), targets()
            await world.found(known)
            running = Attack(world, known, seed)
            await _all(running, inputs, only)
            if await site.server.stop():
                running.report.findings.append("the server did not end well")
            running.report.findings += log_faults(
                site.server.log.read_text("utf-8", "replace"), world.foreign
            )
        finally:
            site.kill()
    return running.report


async def _all(running: Attack, inputs: int, only: int) -> None:
    world, report, begun = running.world, running.report, time.monotonic()
    outside = inputs * 2 // 3
    before = await world.victims_data()
    if only >= 0:
        await running.run(range(only, only + 1), ("owner",) if only >= outside else OUTSIDERS)
    else:
        await running.run(range(outside), OUTSIDERS)
        if await world.victims_data() != before:
            report.findings.append("the victim's data has changed")
        await running.run(range(outside, inputs), ("owner",))
    report.memory.append((report.sent, resident_kb(world.site.server.pid)))
    report.seconds = time.monotonic() - begun
    if report.growth_kb > MAX_GROWTH_KB:
        report.findings.append(f"the server has grown by {report.growth_kb} KB")


def log_faults(log: str, foreign: tuple[str, ...]) -> list[str]:
    """What a log must not hold: failures, and anybody's data."""
    found = [
        f"logged: {line[:300]}" for line in log.splitlines() if "Traceback" in line or " failed: " in line
    ]
    return found + [f"logged: {word[:3]}…" for word in foreign if word in log]


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.hostile", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--engine", choices=ENGINES, default="sqlite")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, default=-1, metavar="N", help="send this input alone")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        report = asyncio.run(attack(given.engine, given.inputs, given.seed, Path(folder), given.only))
    print(f"{shanghai_date(now_ms())}, {given.engine}, seed {given.seed}: {report.text()}")
    for finding in report.findings[:50]:
        print(finding)
    return 1 if report.findings else 0


if __name__ == "__main__":
    sys.exit(main())
