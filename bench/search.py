"""``make bench-search``: hundreds of different searches over a million orders, timed by the server itself.

    python -m bench.search [--orders 1000000] [--engine sqlite|mysql|both] [--texts 20] [--rounds 2]

Fills a database as ``bench.admin`` does, and asks for each text in the list of orders and in the search box that leads
to people: names of patients, rare and frequent, parts of them, words, phones and their ends, numbers, what nobody has.
Beside the server's own times stands what server and database have spent on processors for each answer, which does not
count waiting for one: requests come one after the other. Exit code 1 if the 95th percentile of any kind is above 60 ms.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

from bench.admin import LIMIT_MS, MIN_ORDERS, MYSQL_OPTIONS, Owner, Timed, filled_database, served
from bench.admin_shapes import Shape
from bench.databases import ENGINES, database
from bench.filler_people import FREQUENT_GIVEN, SURNAMES
from bench.processes import Site
from personal.names import search_form
from storage import open_storage, sqlite_path
from storage.address import DatabaseAddress

PLACES = {"orders": "orders/?q=", "people": "customers/?q="}
YARDSTICK = "a page without any list"
LEADS_ON = (200, 302)
"""A single person is opened at once."""


async def texts(settings: DatabaseAddress, many: int) -> dict[str, list[str]]:
    """What is searched for, by kind: taken from all over the database."""
    chance = random.Random(5)  # choices of a measurement, not secrets
    storage = open_storage(settings)
    await storage.open()
    try:
        async with storage.reading() as reader:

            async def sample(sql: str, table: str) -> list[tuple[str, ...]]:
                row = await reader.connection.fetch_one(f"SELECT MAX(id) FROM {table}")
                newest, found = int(row[0]) if row else 0, list[tuple[str, ...]]()
                while len(found) < many:
                    first = {"id": chance.randrange(newest)}
                    row = await reader.connection.fetch_one(f"{sql} AND id > :id ORDER BY id LIMIT 1", first)
                    if row is not None:
                        found.append(tuple(str(value) for value in row))
                return found

            people = await sample("SELECT id, name, phone_tail FROM patients WHERE name <> ''", "patients")
            orders = await sample(
                "SELECT id, patient_name, visit_date, hospital_name FROM orders WHERE 1 = 1", "orders"
            )
            paid = await sample(
                "SELECT out_trade_no, transaction_id FROM payment_attempts WHERE transaction_id IS NOT NULL",
                "payment_attempts",
            )
            escorts = await sample("SELECT name FROM escorts WHERE 1 = 1", "escorts")
            users = await sample("SELECT nickname FROM users WHERE nickname <> '微信用户'", "users")
    finally:
        await storage.close()
    names = [search_form(name) for _, name, _ in people]
    return {
        "a full name": names,
        "the end of a name": [name[1:] if len(name) > 2 else name for name in names],
        "a surname and a character": [
            surname + name[-1] for surname, name in zip(SURNAMES, names, strict=False)
        ],
        "a surname": list(SURNAMES[:many]),
        "a given name of one in 150": [
            FREQUENT_GIVEN,
            *(f"{surname}{FREQUENT_GIVEN}" for surname in SURNAMES[: many - 1]),
        ],
        "two parts of a name": [
            f"{name[-1]}{'' if len(name) > 2 else name[0]} {name[:-1]}" for name in names
        ],
        "name and hospital": [f"{hospital[:4]} {name}" for _, name, _, hospital in orders],
        "given name and day": [f"{name[1:]} {day}" for _, name, day, _ in orders],
        "surname and hospital, both frequent": [
            f"{hospital[:4]} {name[0]}" for _, name, _, hospital in orders
        ],
        "name and end of the phone": [f"{tail} {name}" for _, name, tail in people],
        "a whole phone": [f"13{int(number) % 100_000:05d}{tail}" for number, _, tail in people],
        "the end of a phone": [tail for *_, tail in people],
        "eight digits of a phone": [f"{int(number) % 10_000:04d}{tail}" for number, _, tail in people],
        "an order": [f"#{number}" for number, *_ in orders],
        "our number of a payment": [number for number, _ in paid],
        "WeChat's number of a payment": [number for _, number in paid],
        "an escort": [name for (name,) in escorts],
        "a part of a nickname": [name[:2] + name[2:4] for (name,) in users],
        "nobody's name": [f"{name[0]}龘{name[-1]}" for name in names],
        "words that nobody has": [f"{name[0]}龘 {name[1:]}齉" for name in names],
        "an unknown number": [f"4200009{chance.randrange(10**20):021d}" for _ in names],
    }


class Processors:
    """What some processes have spent on processors."""

    def __init__(self, pids: list[int]) -> None:
        self._pids = pids

    def spent_ms(self) -> float:
        """Of all their threads, those that have ended too: Linux gives each process a clock of its own."""
        return sum(time.clock_gettime_ns(~pid << 3 | 2) for pid in self._pids) / 1e6


@dataclass
class Kind:
    """One kind of search in one place: times of the server, and of processors."""

    timed: Timed
    spent: list[float]


async def measure(
    owner: Owner, wanted: dict[str, list[str]], rounds: int, processors: Processors
) -> list[Kind]:
    """Every text in every place, in a changing order."""
    chance = random.Random(7)  # an order of questions, not a secret
    asked: dict[str, list[tuple[str, float]]] = {YARDSTICK: []}

    async def ask(kind: str, path: str) -> None:
        before = processors.spent_ms()
        request = (await owner.ask(path, LEADS_ON))[1]
        asked.setdefault(kind, []).append((request, processors.spent_ms() - before))

    questions = [
        (f"{place}, {kind}", path + quote(text))
        for place, path in PLACES.items()
        for kind, some in wanted.items()
        for text in some
    ]
    for _, path in chance.sample(questions, min(100, len(questions))):
        await owner.ask(path, LEADS_ON)  # templates are compiled, roots of the indexes read
    for _ in range(rounds):
        chance.shuffle(questions)
        for number, (kind, path) in enumerate(questions):
            await ask(kind, path)
            if number % 20 == 0:
                await ask(YARDSTICK, "me/")
    measured = await owner.times()
    return [
        Kind(Timed(Shape(kind, ""), [measured[each] for each, _ in ids]), [spent for _, spent in ids])
        for kind, ids in asked.items()
    ]


async def run(engine: str, orders: int, many: int, rounds: int, folder: Path) -> list[Kind]:
    with database(engine, MYSQL_OPTIONS) as used:
        site = Site(folder / "data", used.environment)
        settings = site.settings()
        await asyncio.to_thread(filled_database, settings, orders)
        async with served(site) as owner:
            path = str(sqlite_path(settings.database, settings.data))
            wanted = await texts(replace(settings.database, path=path), many)
            processes = [
                site.server.pid,
                *([used.process.process.pid] if used.process and used.process.process else []),
            ]
            return await measure(owner, wanted, rounds, Processors(processes))


def report(engine: str, found: list[Kind]) -> bool:
    width = max(len(each.timed.shape.name) for each in found)
    print(
        f"\n{engine}: ms{'':{width - len(engine) - 4}}  server:  p50     p95     max  processors:  p50     p95   asked"
    )
    judged = [each for each in found if each.timed.shape.name != YARDSTICK]
    together = Kind(
        Timed(Shape("all searches", ""), [one for each in judged for one in each.timed.times]),
        [one for each in judged for one in each.spent],
    )
    for each in [*sorted(found, key=lambda one: one.timed.shape.name), together]:
        served_ = "".join(f"{each.timed.percentile(percent):8.1f}" for percent in (50, 95, 100))
        spent = Timed(each.timed.shape, each.spent)
        busy = "".join(f"{spent.percentile(percent):8.1f}" for percent in (50, 95))
        mark = "" if each.timed.percentile(95) <= LIMIT_MS else f"  above {LIMIT_MS:g}"
        print(
            f"{each.timed.shape.name:{width}}    {served_}         {busy}{len(each.spent):7d}{mark}",
            flush=True,
        )
    return all(each.timed.percentile(95) <= LIMIT_MS for each in judged)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="bench.search", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--orders", type=int, default=1_000_000)
    parser.add_argument("--engine", choices=(*ENGINES, "both"), default="both")
    parser.add_argument("--texts", type=int, default=20, help="of each kind")
    parser.add_argument("--rounds", type=int, default=2)
    given = parser.parse_args(arguments)
    if given.orders < MIN_ORDERS:
        parser.error(f"--orders: {MIN_ORDERS} or more")
    good = True
    for engine in ENGINES if given.engine == "both" else (given.engine,):
        with tempfile.TemporaryDirectory(prefix="bench-search-") as folder:
            timed = asyncio.run(run(engine, given.orders, given.texts, given.rounds, Path(folder)))
            good &= report(engine, timed)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
