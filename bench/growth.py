"""``make bench-growth``: does a page of a list take longer when there are more orders?

    python -m bench.growth [--small 10000] [--large 1000000] [--engine sqlite|mysql|both] [--rounds 30] [--only TEXT]

Fills two databases of one engine with the same company, once with few orders and once with many: as many orders a day,
as many escorts, as much that waits, only a longer history. Two servers run at once, and each page is asked of both in
turns, so that whatever else the machine does meets both. What judges a list is what the database reads for it: rows on
MariaDB, steps of its machine on SQLite, the least of all rounds. That count is exact, whatever else the machine does.
Beside it stand the ratios of each pair of answers: of what server and database have spent on processors, which does not
count waiting for one, and of the server's own times. The pages are the same only where their bytes hardly differ. Exit
code 1 when more than a tenth more is read for a list.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
import re
import sys
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles

import httpx

from accounts.tokens import new_token, token_hash
from bench import growth_shapes
from bench.admin import MYSQL_OPTIONS, Owner, filled_database, served
from bench.admin_shapes import YARDSTICK, Shape
from bench.counted_server import FILE as STEPS_FILE
from bench.databases import ENGINES, Database, database
from bench.filler import Filled
from bench.filler_people import Company
from bench.processes import Program, Site
from bench.read_counts import MariaDBRows, ReadCount, SQLiteSteps
from bench.search import Processors
from clock import DAY, now_ms
from config import Settings
from storage import open_storage

LIMIT = 1.1
DAYS = 45
"""The small company has existed for so long: a month is over, and whatever is still to come is there."""
QUIET_WITHIN_SECONDS = 120
_NEXT = re.compile(r'"next":(\d+)')


class Phone(Owner):
    """A user who is logged in; the paths of the API begin with ``/``."""

    prefix = "phone"

    def __init__(self, server: Program, token: str) -> None:
        super().__init__(server, "")
        self._http = httpx.AsyncClient(
            trust_env=False, timeout=60, base_url=server.root, headers={"Authorization": f"Bearer {token}"}
        )

    async def start_of(self, shape: Shape) -> str:
        before = 0
        for _ in range(shape.deep - 1):
            found = _NEXT.search(
                (await self.ask(f"{shape.path}?before={before}" if before else shape.path))[0]
            )
            if not found or found[1] == "0":
                raise RuntimeError(f"{shape.name}: there are not so many pages")
            before = int(found[1])
        return f"{shape.path}?before={before}" if before else shape.path


@dataclass
class Pages:
    """A shape on both servers: per round what was read, the server's ms, and what was spent on processors in all."""

    shape: Shape
    paths: list[str] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    ids: list[tuple[str, str]] = field(default_factory=list)
    read: list[tuple[int, int]] = field(default_factory=list)
    spent: list[tuple[float, float]] = field(default_factory=list)
    times: list[tuple[float, float]] = field(default_factory=list)
    failed: str = ""


@dataclass
class Side:
    """One of the two companies: its server and visitors."""

    owner: Owner
    phone: Phone
    processors: Processors
    reads: ReadCount
    filled: Filled

    def visitor(self, shape: Shape) -> Owner:
        return self.phone if shape.path.startswith("/") else self.owner


async def log_in(settings: Settings) -> str:
    """A session of the user whose lists are long: its token."""
    token, at = new_token(), now_ms()
    storage = open_storage(settings.database, settings.data)
    await storage.open()
    try:
        async with storage.transaction() as tx:
            await tx.sessions.add(growth_shapes.REGULAR, token_hash(token), at, at + 30 * DAY)
            await tx.commit()
    finally:
        await storage.close()
    return token


@contextlib.asynccontextmanager
async def filled_side(used: Database, name: str, orders: int, days: int, folder: Path) -> AsyncIterator[Side]:
    """Fill and serve one company, in a database of its own. ``days``: how long it has existed."""
    environment = dict(used.environment)
    if used.process is not None:
        environment["HA_DATABASE_NAME"] = used.process.fresh_database(name)
    site = Site(folder / name, environment)
    company = Company(
        days * DAY, escorts=100, regular_orders=240, after_sales=True, orders_per_case=40, open_cases=60
    )
    filled = await asyncio.to_thread(filled_database, site.settings(), orders, company)
    async with side(used, site, filled) as served_side:
        yield served_side


@contextlib.asynccontextmanager
async def side(used: Database, site: Site, filled: Filled) -> AsyncIterator[Side]:
    """Serve a company whose database is filled."""
    steps = site.data / "steps"
    site.server.entry = ["-m", "bench.counted_server"]
    site.server.environment[STEPS_FILE] = str(steps)
    async with served(site) as owner:
        phone = Phone(site.server, await log_in(site.settings()))
        database_pid = [used.process.process.pid] if used.process and used.process.process else []
        reads = MariaDBRows(used.process) if used.process else SQLiteSteps(steps)
        try:
            yield Side(owner, phone, Processors([site.server.pid, *database_pid]), reads, filled)
        finally:
            await phone.close()


def _shapes(of: Side, now: int) -> list[Shape]:
    return [Shape(YARDSTICK, "me/"), *growth_shapes.lists(of.filled, now), *growth_shapes.counts(now)]


async def measure(sides: tuple[Side, Side], shapes: list[tuple[Shape, Shape]], rounds: int) -> list[Pages]:
    """Ask for every page on both sides, in turns and in a changing order."""
    chance = random.Random(3)  # an order of questions, not a secret
    found = [Pages(shape) for shape, _ in shapes]
    for pages, both in zip(found, shapes, strict=True):
        for number, each in enumerate(sides):
            try:
                await _first(each.visitor(pages.shape), pages, both[number])
            except RuntimeError as error:
                pages.failed = f"{number}: {error}"
    await _quiet(sides)
    for _ in range(rounds):
        for pages in chance.sample(found, len(found)):
            await _ask_both(sides, pages, chance.randrange(2))
    logs = [(await each.owner.times()) | (await each.phone.times()) for each in sides]
    for pages in found:
        pages.times = [(logs[0][small], logs[1][large]) for small, large in pages.ids]
    return found


async def _quiet(sides: tuple[Side, Side]) -> None:
    """Wait until the servers have done what they do in the background after a start: it would be counted, too."""
    for _ in range(QUIET_WITHIN_SECONDS):
        before = [each.reads.total() for each in sides]
        await asyncio.sleep(1)
        if all(each.reads.total() - read < 1_000 for each, read in zip(sides, before, strict=True)):
            return


async def _first(visitor: Owner, pages: Pages, shape: Shape) -> None:
    """Find the page and look at it once: templates are compiled, pages of the database read."""
    pages.paths.append(await visitor.start_of(shape))
    text, _ = await visitor.ask(pages.paths[-1])
    pages.sizes.append(len(text.encode()))


async def _ask_both(sides: tuple[Side, Side], pages: Pages, first: int) -> None:
    if pages.failed:
        return
    ids, spent, read = ["", ""], [0.0, 0.0], [0, 0]
    for number in (first, 1 - first):
        each = sides[number]
        read_before, before = each.reads.total(), each.processors.spent_ms()
        try:
            ids[number] = (await each.visitor(pages.shape).ask(pages.paths[number]))[1]
        except RuntimeError as error:  # more than the database is given for an answer
            pages.failed = str(error)
            return
        spent[number] = each.processors.spent_ms() - before
        read[number] = each.reads.total() - read_before
    pages.ids.append((ids[0], ids[1]))
    pages.spent.append((spent[0], spent[1]))
    pages.read.append((read[0], read[1]))


async def run(engine: str, given: argparse.Namespace, folder: Path) -> bool:
    """Fill, serve and measure one engine; is every list quick enough?"""
    days = round(DAYS * given.large / given.small)
    with database(engine, MYSQL_OPTIONS) as used:
        async with (
            filled_side(used, "small", given.small, DAYS, folder) as small,
            filled_side(used, "large", given.large, days, folder) as large,
        ):
            return await compare((small, large), engine, given)


async def compare(sides: tuple[Side, Side], engine: str, given: argparse.Namespace) -> bool:
    """Measure two companies and print what was found; does no list grow?"""
    now, (small, large) = now_ms(), sides
    wanted = [
        (mine, other)
        for mine, other in zip(_shapes(small, now), _shapes(large, now), strict=True)
        if given.only in mine.name
    ]
    found = await measure(sides, wanted, given.rounds)
    counts = {shape.name for shape in growth_shapes.counts(now)}
    lists = [pages for pages in found if pages.shape.name not in counts]
    counted = [pages for pages in found if pages.shape.name in counts]
    print(f"\n{engine}, {given.small:,} and {given.large:,} orders, {given.rounds} rounds, times in ms")
    good = report(lists, small.reads.unit, judged=True)
    report(counted, small.reads.unit, judged=False)
    return good


def _middle(pairs: list[tuple[float, float]]) -> tuple[list[float], list[float]]:
    """The medians of both sides, and the quartiles of the ratios of pairs."""
    sides = [median(each[number] for each in pairs) for number in (0, 1)]
    return sides, quantiles([large / max(small, 0.001) for small, large in pairs], n=4)


def report(found: list[Pages], unit: str, *, judged: bool) -> bool:
    width = max([len(pages.shape.name) for pages in found], default=0)
    print(
        f"{'':{width}}  {unit:>6}: small   large  ratio   processors: small  large  ratio, quartiles"
        "   server: small  large   bytes"
    )
    grown = 0
    for pages in found:
        if pages.failed:
            print(f"{pages.shape.name:{width}}  no answer: {pages.failed}")
            grown += judged
            continue
        read = [min(each[number] for each in pages.read) for number in (0, 1)]
        more = read[1] / max(read[0], 1)
        spent, ratios = _middle(pages.spent)
        times, _ = _middle(pages.times)
        above = judged and more > LIMIT
        grown += above
        print(
            f"{pages.shape.name:{width}}  {read[0]:13,} {read[1]:7,}  {more:5.2f}"
            f"   {spent[0]:17.1f} {spent[1]:6.1f}  {ratios[1]:.2f} ({ratios[0]:.2f}-{ratios[2]:.2f})"
            f"   {times[0]:13.1f} {times[1]:6.1f}"
            f"   {pages.sizes[0]}, {pages.sizes[1]}{'  above' if above else ''}"
        )
    if judged:
        print(
            f"for {len(found) - grown} of {len(found)} lists up to {LIMIT} times as much is read", flush=True
        )
    return not grown


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="bench.growth", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--small", type=int, default=10_000)
    parser.add_argument("--large", type=int, default=1_000_000)
    parser.add_argument("--engine", choices=(*ENGINES, "both"), default="both")
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--only", default="", help="pages whose names contain this")
    given = parser.parse_args(arguments)
    good = True
    for engine in ENGINES if given.engine == "both" else (given.engine,):
        with tempfile.TemporaryDirectory(prefix="bench-growth-") as folder:
            good &= asyncio.run(run(engine, given, Path(folder)))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
