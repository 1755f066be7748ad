"""``make bench-size``: how soon a server is ready, its idle memory, and whether a million requests let it grow.

    python -m bench.size [--engine sqlite|mysql|both] [--starts 10] [--sandbox] [--requests 1000000] [--users 2000]

Without ``--requests`` the server is started again and again on an existing database; with it, one server answers so
many (a multiple of 50,000), reads and writes, and its memory is told every 50,000. It runs as an operator has it, with
the packages of ``requirements.lock`` alone (``tools/bench-runtime``) and its modules compiled (``tools/compile``);
with ``--sandbox`` as a developer has it. Linux only. Exit code 1 when memory grows or a request fails.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.admin import MYSQL_OPTIONS
from bench.api.prepared import prepare
from bench.databases import ENGINES, database
from bench.processes import Site
from bench.size.soak import EVERY, LEAST, soak, verdict
from bench.size.starts import lines, measured_starts
from config import ROOT

RUNTIME = ROOT / "build" / "bench-runtime" / "bin" / "python"


async def start_often(site: Site, count: int) -> bool:
    print("\n".join(lines(await measured_starts(site, count))), flush=True)
    return True


async def serve_long(site: Site, users: int, requests: int) -> bool:
    prepared = await prepare(site.settings(), users)
    site.server.start()
    await site.server.ready()
    soaked = await soak(site.server, prepared.tokens, requests)
    print(verdict(soaked), flush=True)
    return soaked.is_good


async def run(engine: str, given: argparse.Namespace, folder: Path) -> bool:
    with database(engine, MYSQL_OPTIONS) as used:
        site = Site(folder / "data", used.environment)
        site.server.environment["HA_SERVER_LOG_LEVEL"] = "info"  # as it is installed, with its access log
        site.server.interpreter = str(given.python)
        if given.sandbox:
            site.server.environment["HA_SANDBOX_ENABLED"] = "true"
        print(f"\n## {engine}, {given.python}, load average {os.getloadavg()[0]:.1f}\n", flush=True)
        try:
            if given.requests:
                return await serve_long(site, given.users, given.requests)
            return await start_often(site, given.starts)
        finally:
            site.kill()


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="bench.size", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--engine", choices=(*ENGINES, "both"), default="both")
    parser.add_argument("--starts", type=int, default=10)
    parser.add_argument("--sandbox", action="store_true", help="with WeChat's stand-in in the server")
    parser.add_argument("--requests", type=int, default=0, help="so many at one server, instead of starts")
    parser.add_argument("--users", type=int, default=2_000)
    parser.add_argument("--python", type=Path, default=RUNTIME if RUNTIME.exists() else Path(sys.executable))
    given = parser.parse_args(arguments)
    if given.requests and (given.requests % EVERY or given.requests < LEAST):
        parser.error(f"--requests: expected a multiple of {EVERY}, at least {LEAST}")
    subprocess.run([ROOT / "tools" / "compile"], check=True)
    good = True
    for engine in ENGINES if given.engine == "both" else (given.engine,):
        with tempfile.TemporaryDirectory(prefix="bench-size-") as folder:
            good = asyncio.run(run(engine, given, Path(folder))) and good
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
