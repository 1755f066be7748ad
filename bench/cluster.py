"""``make crash`` on three nodes of a Galera cluster, each with a server of its own: nodes are killed and frozen.

    python -m bench.cluster [--payments 120] [--strikes 4] [--seed N]

People reach another server with every request, and each server uses its own node first. A strike kills a node
(SIGKILL), freezes one for longer than the others wait for it, or kills a server. At the end all nodes have to hold the
same, and every payment is compared on all sides (``bench.books``).
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench import crash
from bench.people import Town
from bench.processes import Program, Site, free_port
from tests.cluster.galera import Cluster, Node, running_cluster

DATABASE = "hospital"
FROZEN_SECONDS = 9.0
"""Longer than the cluster waits for a node that does not answer (3 to 6 s)."""


class Servers:
    """Several servers that are spoken to as if they were one, each request to the next."""

    def __init__(self, programs: list[Program]) -> None:
        self.programs = programs
        self._next = itertools.cycle(programs)

    @property
    def root(self) -> str:
        return next(self._next).root

    @property
    def environment(self) -> dict[str, str]:
        return self.programs[0].environment

    @property
    def last_words(self) -> str:
        return "\n".join(program.last_words for program in self.programs)

    def start(self) -> None:
        for program in self.programs:
            program.start()

    async def ready(self) -> None:
        await asyncio.gather(*(program.ready() for program in self.programs))

    def kill(self) -> None:
        for program in self.programs:
            program.kill()

    async def stop(self) -> int:
        return max(await asyncio.gather(*(program.stop() for program in self.programs)))


class ClusterSite(Site):
    """WeChat's stand-in, and a server for each node in one data folder. ``server``: all of them."""

    server: Any

    def __init__(self, data: Path, cluster: Cluster) -> None:
        super().__init__(data, {})
        shared = self.server.environment
        programs = [
            self.server,
            *(
                Program(f"server{number}", data, free_port(), ["serve"], "healthz/")
                for number in range(1, len(cluster.nodes))
            ),
        ]
        for number, program in enumerate(programs):
            program.environment = shared | database_of(cluster, number)
        self.server = Servers(programs)

    async def start(self) -> None:
        """The first server makes the tables, for all nodes."""
        self.wechat.start()
        await self.wechat.ready()
        for program in self.server.programs:
            program.start()
            await program.ready()


def database_of(cluster: Cluster, first: int) -> dict[str, str]:
    """The settings of a server that uses this node as long as it can."""
    node, *others = cluster.nodes[first:] + cluster.nodes[:first]
    return {
        "HA_DATABASE_ENGINE": "mysql",
        "HA_DATABASE_CLUSTER": "true",
        "HA_DATABASE_HOST": node.host,
        "HA_DATABASE_PORT": str(node.port),
        "HA_DATABASE_OTHER_HOSTS": json.dumps([f"{other.host}:{other.port}" for other in others]),
        "HA_DATABASE_NAME": DATABASE,
        "HA_DATABASE_USER": node.user,
        "HA_DATABASE_PASSWORD": node.password,
        "HA_DATABASE_TIMEOUT_SECONDS": "5",
    }


class Striker(crash.Killer):
    """Kills and freezes nodes, one at a time, and lets them come back."""

    people_wait_for_it = True

    def __init__(self, site: ClusterSite, cluster: Cluster, town: Town) -> None:
        super().__init__(site, None, town.random, town.counts)  # type: ignore[arg-type]
        self._cluster = cluster
        self._town = town
        self._strikes = itertools.cycle([self._kill_node, self._freeze_node, self._kill_one_server])

    async def run(self, kills: int, apart: float) -> None:
        """One strike after the other, for some take longer than the requests between them."""
        for _ in range(kills):
            await self._until_a_write()
            if not self._over:
                await self._strike()

    async def _strike(self) -> None:
        await next(self._strikes)(self._random.randrange(len(self._cluster.nodes)))

    async def _kill_node(self, number: int) -> None:
        self._counts["nodes killed"] += 1
        node = self._cluster.nodes[number]
        await asyncio.to_thread(node.kill)
        await self._until_a_write()
        await asyncio.to_thread(self._cluster.rejoin, node)

    async def _freeze_node(self, number: int) -> None:
        self._counts["nodes frozen"] += 1
        node = self._cluster.nodes[number]
        node.pause()
        try:
            await asyncio.gather(asyncio.sleep(FROZEN_SECONDS), self._until_a_write())
        finally:
            node.resume()
        await asyncio.to_thread(self._cluster.wait_until_synced, *self._cluster.nodes)

    async def _kill_one_server(self, number: int) -> None:
        self._counts["servers killed"] += 1
        program: Program = self._site.server.programs[number]  # type: ignore[attr-defined]
        program.kill()
        program.start()
        await program.ready()

    async def _until_a_write(self) -> None:
        """Wait until somebody outside was told that something was written; remember the longest wait."""
        begun, written = time.monotonic(), self._counts["orders placed"]
        while self._counts["orders placed"] == written and not self._over:
            await asyncio.sleep(0.05)
        waited = 0 if self._over else int((time.monotonic() - begun) * 1000)
        self._counts["longest wait for a write, ms"] = max(
            self._counts["longest wait for a write, ms"], waited
        )


async def cluster_crash(payments: int, strikes: int, seed: int, folder: Path) -> crash.Report:
    """One run. Raises ProcessFailed when a process does not do what it must."""
    report = crash.Report("galera", seed)
    begun = time.monotonic()
    chance = random.Random(seed)
    with running_cluster() as cluster:
        cluster.nodes[0].fresh_database(DATABASE)
        site = ClusterSite(folder / "galera", cluster)
        try:
            await site.start()
            purchases = await crash.drive(
                site, lambda town: Striker(site, cluster, town), report, payments, strikes, chance
            )
            await crash.settle(site, report, purchases)
        finally:
            site.kill()
        report.violations += differences(cluster, DATABASE)
    report.seconds = time.monotonic() - begun
    return report


def differences(cluster: Cluster, database: str) -> list[str]:
    """Tables that are not the same on all nodes, in words."""
    first, *others = [checksums(node, database) for node in cluster.nodes]
    assert first, "no tables"
    return [
        f"{table} differs between node 0 and node {number}"
        for number, found in enumerate(others, 1)
        for table in sorted(first.keys() | found.keys())
        if first.get(table) != found.get(table)
    ]


def checksums(node: Node, database: str) -> dict[str, int]:
    """By table; the node first catches up with the others."""
    with node.connect(database) as connection, connection.cursor() as cursor:
        cursor.execute("SET SESSION wsrep_sync_wait = 15")
        cursor.execute("SHOW FULL TABLES WHERE Table_type = 'BASE TABLE'")
        tables = [f"`{row[0]}`" for row in cursor.fetchall()]
        cursor.execute(f"CHECKSUM TABLE {', '.join(tables)}")
        return dict(cursor.fetchall())


def main(arguments: list[str] | None = None) -> int:
    given = argparse.ArgumentParser(prog="bench.cluster", description=__doc__.partition("\n")[0])
    given.add_argument("--payments", type=int, default=120)
    given.add_argument(
        "--strikes", type=int, default=4, help="each a node killed, a node frozen, or a server killed"
    )
    given.add_argument("--seed", type=int, default=None, help="begins the run that a failure has named")
    options = given.parse_args(arguments)
    seed = random.SystemRandom().randrange(1_000_000) if options.seed is None else options.seed
    with tempfile.TemporaryDirectory(prefix="cluster-") as folder:
        report = asyncio.run(cluster_crash(options.payments, options.strikes, seed, Path(folder)))
    print(report.text(), flush=True)
    return int(bool(report.violations))


if __name__ == "__main__":
    sys.exit(main())
