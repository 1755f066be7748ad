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
from urllib.parse import quote

import httpx

from bench.databases import ENGINES, database
from bench.filler import Filled, fill
from bench.processes import Program, Site
from clock import DAY, now_ms, shanghai_date
from config import Settings
from privacy import Vault
from storage import migrate, sqlite_path

LIMIT_MS = 60.0
"""For every list and search. The calendar is a whole week of every escort: timed, but no list."""
MIN_ORDERS = 10_000
"""Orders. With fewer there are not all the escorts whose pages are asked for."""
NO_LIST = "escorts, calendar"
YARDSTICK = "no list: the page of one's own account"
"""Timed like the others. When its 95th percentile is many times its median, the machine had other work."""
DEEP = 100
MYSQL_OPTIONS = ("--innodb-buffer-pool-size=1G", "--innodb-log-file-size=256M")
"""Memory as a production server has it; the 64 MB of tests/mariadb.py are for tests."""
_LINE = re.compile(r"(GET|POST) \S+ ([0-9]{3}) ([0-9.]+)ms ([0-9A-Za-z_-]+)")
_NEXT = re.compile(r'href="(\?[^"]*)" rel="next"')


@dataclass(frozen=True)
class Shape:
    """A page to be timed; ``deep``: not its first page, but the one after so many."""

    name: str
    path: str
    deep: int = 0


@dataclass
class Timed:
    """A shape and the server's own times, in ms."""

    shape: Shape
    times: list[float] = field(default_factory=list)

    def percentile(self, percent: float) -> float:
        ordered = sorted(self.times)
        return ordered[max(math.ceil(len(ordered) * percent / 100) - 1, 0)]


def shapes(filled: Filled, now: int) -> list[Shape]:
    """Everything that the pages offer; what is searched for exists, unless the name says otherwise."""
    today, year_ago = shanghai_date(now), shanghai_date(now - 365 * DAY)
    month_ago, next_week = shanghai_date(now - 30 * DAY), shanghai_date(now + 7 * DAY)
    two_years = f"from={shanghai_date(now - 729 * DAY)}&to={next_week}"
    states = ("unpaid", "paid", "serving", "finished", "refunding", "refunded", "cancelled")
    orders = {
        "all": "",
        **{f"state {state}": f"state={state}" for state in states},
        "today": f"from={today}&to={today}",
        "a month": f"from={month_ago}&to={today}",
        "a year": f"from={year_ago}&to={today}",
        "a year, finished": f"from={year_ago}&to={today}&state=finished",
        "two years, refunded": f"{two_years}&state=refunded",
        "hospital, the most frequent": "hospital=1",
        "hospital, the rarest": "hospital=0",
        "hospital and state": "hospital=7&state=cancelled",
        "hospital, two years": f"hospital=0&{two_years}",
        "service, the most frequent": "service=1",
        "service, the rarest": "service=11",
        "service, two years": f"service=11&{two_years}",
        "hospital and service, both rare": "hospital=0&service=11",
        "hospital, service, two years, finished": f"hospital=0&service=11&{two_years}&state=finished",
        "made today": f"by=made&from={today}&to={today}",
        "made within a month": f"by=made&from={month_ago}&to={today}",
        "made within a year, finished": f"by=made&from={year_ago}&to={today}&state=finished",
        "made within two years, paid": f"by=made&{two_years}&state=paid",
        "made within two years, rarest hospital": f"by=made&{two_years}&hospital=0",
        "made within two years, rarest hospital and service": f"by=made&{two_years}&hospital=0&service=11",
        "made within two years, escort": f"by=made&{two_years}&escort=7",
        "made within two years, no escort": f"by=made&{two_years}&escort=none",
        "overdue": "wait=overdue",
        "escort suspended": "wait=escort",
        "low ratings": "wait=rating",
        "low ratings, rarest hospital": "wait=rating&hospital=0",
        "overdue, rarest hospital": "wait=overdue&hospital=0",
        "no escort": "escort=none",
        "no escort, paid": "escort=none&state=paid",
        "no escort, finished": "escort=none&state=finished",
        "no escort, rarest hospital": "escort=none&hospital=0",
        "escort": "escort=7",
        "escort and state": "escort=7&state=finished",
        "escort, a year": f"escort=7&from={year_ago}&to={today}",
        "escort, hospital and service": "escort=7&hospital=0&service=11",
    }
    searches = {
        "full name": filled.patient_name,
        "surname, one order in fourteen": "王",
        "surname, a rare one": "任",
        "name that nobody has": "没有这个人",
        "surname and first letter": "王伟",
        "phone end": filled.phone_tail,
        "whole phone": f"+86 {filled.phone}",
        "phone that nobody has": "029-85321234",
        "order number": f"#{filled.rows['orders'] // 2}",
        "our payment number": filled.out_trade_no,
        "WeChat's payment number": filled.transaction_id,
        "our refund number": filled.out_refund_no,
        "WeChat's number in a case": filled.case_number,
        "payment number that is none": "20990101000000ABCDEFGHJKMNPQRSTV",
    }
    found = {
        **{f"search: {name}": f"q={quote(text)}" for name, text in searches.items()},
        "search: surname, a year, finished": f"q={quote('王')}&from={year_ago}&to={today}&state=finished",
        "search: surname, made within a year": f"q={quote('王')}&by=made&from={year_ago}&to={today}",
        "search: surname, no escort": f"q={quote('王')}&escort=none",
        "search: surname, rare hospital": f"q={quote('王')}&hospital=0",
        "search: surname, escort": f"q={quote('王')}&escort=7",
        "search: surname, paid": f"q={quote('王')}&state=paid",
        "search: full name, two years": f"q={quote(filled.patient_name)}&{two_years}",
    }
    deep = (
        "all",
        "state finished",
        "a year",
        "made within a month",
        "hospital, the most frequent",
        "search: surname, one order in fourteen",
    )
    lists = orders | found
    return [
        *(Shape(f"orders, {name}", f"orders/?{query}") for name, query in lists.items()),
        *(Shape(f"orders, {name}, page {DEEP}", f"orders/?{lists[name]}", DEEP) for name in deep),
        *_other_shapes(filled, today, month_ago, year_ago),
    ]


def _other_shapes(filled: Filled, today: str, month_ago: str, year_ago: str) -> list[Shape]:
    paths = {
        YARDSTICK: "me/",
        "entry page": "",
        "payments": "money/",
        "payments, sum of a day": f"money/?from={today}&to={today}",
        "payments, sum of a month": f"money/?from={month_ago}&to={today}",
        "payments, sum of a year": f"money/?from={year_ago}&to={today}",
        "payments, closed, with sum": "money/?state=closed",
        "payments, mismatches": "money/?state=mismatch",
        "payments, our number": f"money/?q={filled.out_trade_no}",
        "payments, WeChat's number": f"money/?q={filled.transaction_id}",
        "payments, WeChat's number in a case": f"money/?q={filled.case_number}",
        "cases": "cases/",
        "cases, closed": "cases/?state=closed",
        "refunds, requested": "refunds/",
        "refunds, done": "refunds/?tab=done",
        "refunds, all": "refunds/?tab=all",
        "escorts": "runners/",
        "escorts, one": "runners/7/",
        "escorts, calendar": "runners/calendar/",
        "users": "users/",
        "users, common nickname": f"users/?q={quote('微信用户')}",
        "users, first letter": f"users/?q={quote('伟')}",
        "users, nickname that nobody has": f"users/?q={quote('没有这个人')}",
        "users, one": "users/7/",
        "acts": "audit/",
        "acts, one kind": "audit/?act=order.assign",
        "acts, a rare kind": "audit/?act=catalog.services.change",
        "acts, a rare kind of one person": "audit/?act=catalog.services.change&who=2",
        "acts, of one subject": "audit/?subject=order",
        "acts, about one thing": "audit/?subject=order&id=77",
        "acts, until a year ago": f"audit/?to={year_ago}",
        "acts, one kind, until a year ago": f"audit/?act=order.notes&who=3&to={year_ago}",
    }
    deep = {"payments": "money/", "users": "users/", "acts": "audit/"}
    return [
        *(Shape(name, path) for name, path in paths.items()),
        *(Shape(f"{name}, page {DEEP}", path, DEEP) for name, path in deep.items()),
    ]


class Owner:
    """A browser that the owner has logged in with, and the server's access log beside it."""

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

    async def ask(self, path: str) -> tuple[str, str]:
        """A page that must be there; its text, and the id of the request."""
        self._asked += 1
        answer = await self._http.get(path, headers={"X-Request-Id": self._last_id})
        if answer.status_code != 200:
            raise RuntimeError(f"{path}: {answer.status_code}")
        return answer.text, self._last_id

    @property
    def _last_id(self) -> str:
        return f"timed-{self._asked:08d}"

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
async def _served(site: Site) -> AsyncIterator[Owner]:
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


def _filled(settings: Settings, orders: int) -> Filled:
    address = replace(settings.database, path=str(sqlite_path(settings.database, settings.data)))
    migrate(address)
    began = time.monotonic()
    filled = fill(address, orders, Vault(settings.privacy.key), now_ms())
    rows = sum(filled.rows.values())
    print(f"filled with {orders:,} orders ({rows:,} rows) in {time.monotonic() - began:.0f} s", flush=True)
    return filled


async def run(engine: str, orders: int, rounds: int, folder: Path) -> list[Timed]:
    """Fill, serve and measure one engine."""
    with database(engine, MYSQL_OPTIONS) as used:
        site = Site(folder / "data", used.environment)
        filled = await asyncio.to_thread(_filled, site.settings(), orders)
        async with _served(site) as owner:
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
