"""People buy, pay and cancel while all processes of a server are replaced, or one of them is killed."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from pathlib import Path

import pytest

from bench import crash
from bench.databases import Database, database
from bench.people import Town
from bench.processes import Site
from bench.rolling import workers_of

PROCESSES, PAYMENTS, STRIKES = 4, 8, 2


class Replacer(crash.Killer):
    """Strikes at the processes of one server, whose parent goes on."""

    def __init__(self, site: Site, base: Database, town: Town) -> None:
        super().__init__(site, base, town.random, town.counts)

    async def run(self, kills: int, apart: float) -> None:
        """At once, and one after the other: a process is killed, then all are replaced."""
        for number in range(kills):
            before = workers_of(self._site.server.pid)
            gone = before if number % 2 else {min(before)}
            self._counts["replacements" if number % 2 else "kills of a process"] += 1
            if number % 2:
                os.kill(self._site.server.pid, signal.SIGHUP)
            else:
                os.kill(min(before), signal.SIGKILL)
            await self._until_replaced(gone)

    async def _until_replaced(self, gone: set[int]) -> None:
        while len(now := workers_of(self._site.server.pid)) != PROCESSES or now & gone:
            await asyncio.sleep(0.05)


@pytest.mark.promise(38, 44)
def test_purchases_survive_a_killed_process_and_the_replacement_of_all(tmp_path: Path) -> None:
    seed = random.SystemRandom().randrange(1_000_000)

    async def run() -> crash.Report:
        report, chance = crash.Report("mysql", seed), random.Random(seed)
        with database("mysql") as base:
            site = Site(tmp_path / "site", base.environment, PROCESSES)
            try:
                await site.start()
                purchases = await crash.drive(
                    site,
                    lambda town: Replacer(site, base, town),
                    report,
                    PAYMENTS,
                    STRIKES,
                    chance,
                )
                await crash.settle(site, report, purchases)
            finally:
                site.kill()
        return report

    report = asyncio.run(run())
    assert not report.violations, report.text()
    assert report.counts["payments"] == PAYMENTS
    assert (report.counts["kills of a process"], report.counts["replacements"]) == (1, 1)
