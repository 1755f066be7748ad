"""``make bench-admin``: the administrators' lists over a million orders, timed by the server itself.

    python -m bench.admin [--orders 1000000] [--engine sqlite|mysql|both] [--rounds 40]

Fills a database (``bench.filler``), starts the server on it as a process of its own, logs in as the owner and asks for
every shape of list that the pages offer: first and deep pages, each filter, combinations, each kind of search, the
lists of payments with their sums, users, acts, the entry page. Measured is what the server writes into its access
log: from the moment a request's headers are read until its answer is handed over, database included. Exit code 1 if
the 95th percentile of any list or search is above 60 ms.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import math
import re
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx

from bench.admin_shapes import YARDSTICK, Shape, shapes
from bench.databases import ENGINES, database
from bench.filler import Filled, fill
from bench.filler_people import AS_BEFORE, Company
from bench.processes import Program, Site
from clock import now_ms
from config import Settings
from privacy import Vault
from storage import migrate, sqlite_path

LIMIT_MS = 60.0
"""For every list and search. The calendar is a whole week of every escort: timed, but no list."""
MIN_ORDERS = 10_000
"""Orders. With fewer there are not all the escorts whose pages are asked for."""
NO_LIST = "escorts, calendar"
MYSQL_OPTIONS = ("--innodb-buffer-pool-size=1G", "--innodb-log-file-size=256M")
"""Memory as a production server has it; the 64 MB of tests/mariadb.py are for tests."""
_LINE = re.compile(r"(GET|POST) \S+ ([0-9]{3}) ([0-9.]+)ms ([0-9A-Za-z_-]+)")
_NEXT = re.compile(r'href="(\?[^"]*)" rel="next"')


@dataclass
class Timed:
    """A shape and the server's own times, in ms."""

    shape: Shape
    times: list[float] = field(default_factory=list)

    def percentile(self, percent: float) -> float:
        ordered = sorted(self.times)
        return ordered[max(math.ceil(len(ordered) * percent / 100) - 1, 0)]


class Owner:
    """A browser that the owner has logged in with, and the server's access log beside it."""

    prefix = "timed"

    def __init__(self, server: Program, password: str) -> None:
        self._server = server
        self._password = password
        self._http = httpx.AsyncClient(trust_env=False, timeout=60, base_url=f"{server.root}admin/")
        self._asked = 0

    async def log_in(self) -> None:
        await self._http.get("login/")
        form = {
            "username": "admin",
            "password": self._password,
            "_xsrf": self._http.cookies.get("_xsrf", ""),
        }
        answer = await self._http.post("login/", data=form)
        if answer.status_code != 302:
            raise RuntimeError(f"the owner was not let in: {answer.status_code}")

    async def ask(self, path: str, good: tuple[int, ...] = (200,)) -> tuple[str, str]:
        """A page that must be there, or, with another status in ``good``, lead on; its text, and the id of the
        request."""
        self._asked += 1
        answer = await self._http.get(path, headers={"X-Request-Id": self._last_id})
        if answer.status_code not in good:
            raise RuntimeError(f"{path}: {answer.status_code}")
        return answer.text, self._last_id

    @property
    def _last_id(self) -> str:
        return f"{self.prefix}-{self._asked:08d}"

    async def start_of(self, shape: Shape) -> str:
        """The path of the page that a shape means: the first one, or, page by page, the one so far behind it."""
        path = shape.path
        for _ in range(shape.deep - 1):
            found = _NEXT.search((await self.ask(path))[0])
            if not found:
                break
            path = path.partition("?")[0] + found[1].replace("&amp;", "&")
        return path

    async def times(self) -> dict[str, float]:
        """What the server has measured, in ms, by request. It writes a line a moment after the answer has gone."""
        found: dict[str, float] = {}
        for _ in range(100):
            lines = self._server.log.read_text("utf-8", "replace")
            found = {match[4]: float(match[3]) for match in _LINE.finditer(lines)}
            if self._last_id in found:
                break
            await asyncio.sleep(0.05)
        return found

    async def close(self) -> None:
        await self._http.aclose()


async def measure(owner: Owner, wanted: list[Shape], rounds: int) -> list[Timed]:
    """Ask for every shape ``rounds`` times, in turns: what keeps the machine busy for a moment meets them all."""
    paths = [await owner.start_of(shape) for shape in wanted]
    asked: list[list[str]] = [[] for _ in wanted]
    for path in paths:
        await owner.ask(path)  # once before: templates are compiled, pages of the database read
    for _ in range(rounds):
        for path, requests in zip(paths, asked, strict=True):
            requests.append((await owner.ask(path))[1])
    measured = await owner.times()
    return [
        Timed(shape, [measured[each] for each in requests])
        for shape, requests in zip(wanted, asked, strict=True)
    ]


@contextlib.asynccontextmanager
async def served(site: Site) -> AsyncIterator[Owner]:
    """The server alone, without WeChat's stand-in: nothing here asks WeChat."""
    site.server.environment["HA_SERVER_LOG_LEVEL"] = "info"
    site.server.log.unlink(missing_ok=True)
    site.server.start()
    try:
        await site.server.ready()
        owner = Owner(site.server, site.admin_password)
        try:
            await owner.log_in()
            yield owner
        finally:
            await owner.close()
    finally:
        site.server.kill()


def filled_database(settings: Settings, orders: int, company: Company = AS_BEFORE) -> Filled:
    address = replace(settings.database, path=str(sqlite_path(settings.database, settings.data)))
    migrate(address)
    began = time.monotonic()
    filled = fill(address, orders, Vault(settings.privacy.key), now_ms(), company=company)
    rows = sum(filled.rows.values())
    print(f"filled with {orders:,} orders ({rows:,} rows) in {time.monotonic() - began:.0f} s", flush=True)
    return filled


async def run(engine: str, orders: int, rounds: int, folder: Path) -> list[Timed]:
    """Fill, serve and measure one engine."""
    with database(engine, MYSQL_OPTIONS) as used:
        site = Site(folder / "data", used.environment)
        filled = await asyncio.to_thread(filled_database, site.settings(), orders)
        async with served(site) as owner:
            return await measure(owner, shapes(filled, now_ms()), rounds)


def report(engine: str, timed: list[Timed]) -> bool:
    """Print the table; is every shape quick enough?"""
    width = max(len(each.shape.name) for each in timed)
    print(f"\n{engine}: server time in ms\n{'':{width}}      p50     p95     max")
    for each in timed:
        mark = "" if each.percentile(95) <= LIMIT_MS else f"  above {LIMIT_MS:g}"
        numbers = "".join(f"{each.percentile(percent):8.1f}" for percent in (50, 95, 100))
        print(f"{each.shape.name:{width}} {numbers}{mark}")
    judged = [each for each in timed if each.shape.name not in (YARDSTICK, NO_LIST)]
    slow = [each for each in judged if each.percentile(95) > LIMIT_MS]
    for name, chosen in (
        ("lists and searches of orders", [each for each in timed if each.shape.name.startswith("orders, ")]),
        ("everything", timed),
    ):
        together = Timed(Shape(name, ""), [one for each in chosen for one in each.times])
        print(f"{name}: p50 {together.percentile(50):.1f}, p95 {together.percentile(95):.1f}")
    print(
        f"verdict: {'good' if not slow else 'too slow'}; {len(judged) - len(slow)} of {len(judged)} lists "
        f"have a p95 up to {LIMIT_MS:g} ms",
        flush=True,
    )
    return not slow


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="bench.admin", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--orders", type=int, default=1_000_000)
    parser.add_argument("--engine", choices=(*ENGINES, "both"), default="both")
    parser.add_argument("--rounds", type=int, default=40)
    given = parser.parse_args(arguments)
    if given.orders < MIN_ORDERS:
        parser.error(f"--orders: {MIN_ORDERS} or more")
    good = True
    for engine in ENGINES if given.engine == "both" else (given.engine,):
        with tempfile.TemporaryDirectory(prefix="bench-admin-") as folder:
            good &= report(engine, asyncio.run(run(engine, given.orders, given.rounds, Path(folder))))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
