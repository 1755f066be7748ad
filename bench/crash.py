"""``make crash``: the server is killed during payments, many times, and at the end not a fen may be missing.

    python -m bench.crash [--engine sqlite|mysql|both] [--payments 200] [--kills 40] [--seed N]

Users place orders, pay at the cashier, look, cancel, take that back; an administrator approves: all over HTTP, with
the server and WeChat's stand-in as processes of their own. At random moments the server is sent SIGKILL and started
again at once; on MariaDB so is the database. Phones try again as phones do. Then the product's clock goes on, the
sweeper finishes what is left, and every payment is compared on all sides (``bench.books``). Exit code 1 on any
violation, with the seed that begins the same run again.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from bench import books, rows
from bench.afternoon import User
from bench.databases import ENGINES, Database, database
from bench.people import Desk, OutOfTime, Purchase, Surprise, Town
from bench.processes import ProcessFailed, Site
from clock import now_ms
from payment.sweeper import SweepResult

AT_ONCE = 10
ORDERS_EACH = 4
"""A user buys that often, one after the other."""
REQUESTS_PER_PAYMENT = 4.0
"""About; it spreads the kills over the run."""
DEADLINE_SECONDS = 240.0
NOTIFICATIONS_SECONDS = 8.0


@dataclass
class Report:
    """What happened in a run, and what was wrong."""

    engine: str
    seed: int
    counts: Counter[str] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def text(self) -> str:
        lines = [f"{self.engine}: seed {self.seed}, {self.seconds:.1f} s"]
        lines += [f"  {name:<32} {number:>8,}" for name, number in self.counts.items()]
        lines += [f"  VIOLATION: {violation}" for violation in self.violations]
        return "\n".join([*lines, f"  {'FAILED' if self.violations else 'nothing lost, nothing doubled'}"])


class Killer:
    """Kills at random moments, counted in requests so that a kill always comes during work."""

    people_wait_for_it = False
    """Whether people go on buying until the last strike was made, however fast they are."""

    def __init__(self, site: Site, database: Database, chance: random.Random, counts: Counter[str]) -> None:
        self._site = site
        self._database = database
        self._random = chance
        self._counts = counts
        self._requests = 0
        self._next = 0
        self._due = asyncio.Event()
        self._over = False

    def on_request(self) -> None:
        self._requests += 1
        if self._requests >= self._next:
            self._due.set()

    async def run(self, kills: int, apart: float) -> None:
        """``kills`` kills, on average ``apart`` requests from one to the next."""
        for _ in range(kills):
            if not self._over:
                self._due.clear()
            self._next = self._requests + int(apart * self._random.uniform(0.4, 1.6))
            await self._due.wait()
            if self._over:
                return
            await asyncio.sleep(self._random.uniform(0, 0.12))
            await self._strike()

    def stop(self) -> None:
        """Begin no other strike; one that has begun ends with everything running again."""
        self._over = True
        self._due.set()

    async def _strike(self) -> None:
        process, lot = self._database.process, self._random.random()
        if process is not None and lot < 0.35:
            self._counts["kills of the database"] += 1
            await asyncio.to_thread(process.kill)
            if lot < 0.12:  # a power cut takes both
                self._kill_server()
            await asyncio.to_thread(process.start)
        else:
            self._kill_server()
        if self._random.random() < 0.15:  # once more, while it starts
            await asyncio.sleep(self._random.uniform(0.05, 1.0))
            self._kill_server()
        await self._site.server.ready()

    def _kill_server(self) -> None:
        self._counts["kills of the server"] += 1
        self._site.server.kill()
        self._site.server.start()


async def crash(engine: str, payments: int, kills: int, seed: int, folder: Path) -> Report:
    """One run on one engine. Raises ProcessFailed when a process does not do what it must."""
    report = Report(engine, seed)
    begun = time.monotonic()
    chance = random.Random(seed)
    with database(engine) as base:
        site = Site(folder / engine, base.environment)
        try:
            await site.start()
            report.counts["kills of the server"] = 0
            purchases = await drive(
                site, lambda town: Killer(site, base, chance, town.counts), report, payments, kills, chance
            )
            await settle(site, report, purchases)
        finally:
            site.kill()
    report.seconds = time.monotonic() - begun
    return report


async def drive(
    site: Site,
    killer_of: Callable[[Town], Killer],
    report: Report,
    payments: int,
    kills: int,
    chance: random.Random,
) -> list[Purchase]:
    """People at work while processes die; what they bought."""
    limits = httpx.Limits(max_connections=200)
    async with httpx.AsyncClient(trust_env=False, timeout=15, limits=limits) as http:
        deadline = time.monotonic() + DEADLINE_SECONDS
        town = Town(site, chance, deadline, http, report.counts)
        desk = Desk(town)
        await town.open_shop()
        await desk.log_in()
        killer = killer_of(town)
        town.on_request = killer.on_request
        killing = asyncio.create_task(killer.run(kills, payments * REQUESTS_PER_PAYMENT / (kills + 1)))
        turns = asyncio.Semaphore(AT_ONCE)

        async def live(number: int, orders: int) -> None:
            async with turns:
                try:
                    await User(town, desk, f"user-{number}").live(orders)
                except (Surprise, OutOfTime) as error:
                    report.violations.append(f"user-{number}: {type(error).__name__}: {error}")

        shares = [ORDERS_EACH] * (payments // ORDERS_EACH) + [payments % ORDERS_EACH] * bool(
            payments % ORDERS_EACH
        )
        await asyncio.gather(*(live(number, orders) for number, orders in enumerate(shares)))
        later = itertools.count(len(shares))
        while killer.people_wait_for_it and not killing.done() and time.monotonic() < deadline:
            await live(next(later), 1)
        killer.stop()
        await killing
    return town.purchases


async def settle(site: Site, report: Report, purchases: list[Purchase]) -> None:
    """Let the last notifications arrive, stop the server in good order, sweep, compare."""
    async with httpx.AsyncClient(trust_env=False, timeout=15) as http:
        await _quiet(http, site)
        if code := await site.server.stop():
            report.violations.append(f"the server ended with {code}: {site.server.last_words}")
        settings = site.settings()
        async with books.opened(settings) as storage:
            rounds = await books.sweep(settings, storage)
            found = await rows.read(storage)
        money = (await http.get(f"{site.sandbox}money/")).json()
        notifications = (await http.get(f"{site.sandbox}notifications/", params={"limit": 10_000})).json()
    report.violations += books.violations(found, purchases, money)
    code, text = await site.command("ledger")
    if code:
        report.violations.append(f"main.py ledger: {text}")
    _count(report, found, rounds, notifications["notifications"])


async def _quiet(http: httpx.AsyncClient, site: Site) -> None:
    """Wait for the notifications that are on their way, not for those whose next try is later: the sweeper asks."""
    deadline = time.monotonic() + NOTIFICATIONS_SECONDS
    while time.monotonic() < deadline:
        pending = await http.get(
            f"{site.sandbox}notifications/", params={"state": "pending", "limit": 10_000}
        )
        if all(each["due_at"] > now_ms() + 1_000 for each in pending.json()["notifications"]):
            return
        await asyncio.sleep(0.1)


def _count(
    report: Report, found: rows.Books, rounds: list[SweepResult], notifications: list[dict[str, Any]]
) -> None:
    tries = [attempt for each in notifications for attempt in each["attempts"]]
    report.counts.update(
        {
            "notifications": len(notifications),
            "notifications tried again": max(len(tries) - len(notifications), 0),
            "notifications lost on the way": sum(each["state"] == "lost" for each in notifications),
            **{
                f"{kind}s in the ledger": sum(entry["kind"] == kind for entry in found.ledger)
                for kind in ("payment", "refund", "offline_payment", "offline_refund")
            },
            "settled by the last sweeps": sum(each.settled for each in rounds),
            "refunds sent by the last sweeps": sum(each.refunds_sent for each in rounds),
            "refunds ended by the last sweeps": sum(each.refunds_done for each in rounds),
            "rounds of the last sweeps": len(rounds),
        }
    )


def parser() -> argparse.ArgumentParser:
    given = argparse.ArgumentParser(prog="bench.crash", description=__doc__.partition("\n")[0])
    given.add_argument("--engine", choices=[*ENGINES, "both"], default="both")
    given.add_argument("--payments", type=int, default=200)
    given.add_argument(
        "--kills", type=int, default=40, help="strikes; some kill twice, or server and database"
    )
    given.add_argument("--seed", type=int, default=None, help="begins the run that a failure has named")
    given.add_argument("--keep", action="store_true", help="keep the data folder for a look")
    return given


def main(arguments: list[str] | None = None) -> int:
    """Run on the engines asked for; 1 when anything was lost or doubled, or a process failed."""
    given = parser().parse_args(arguments)
    seed = random.SystemRandom().randrange(1_000_000) if given.seed is None else given.seed
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that every process is ended
    folder = Path(tempfile.mkdtemp(prefix="crash-"))
    failed = False
    try:
        for engine in ENGINES if given.engine == "both" else [given.engine]:
            try:
                report = asyncio.run(crash(engine, given.payments, given.kills, seed, folder))
            except ProcessFailed as error:
                print(f"{engine}: seed {seed}: {error}")
                failed = True
                continue
            print(report.text(), flush=True)
            failed = failed or bool(report.violations)
    finally:
        if given.keep:
            print(f"data: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
