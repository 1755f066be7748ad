"""``make bench-payments``: many orders from login to paid, some refunded, through real server and WeChat stand-in.

    python -m bench.payments [--orders 10000] [--engine sqlite|mysql|both] [--users-at-once 32]

Server, stand-in and (with MariaDB) database are processes of their own, over HTTP on the loopback; this process plays
all users, and takes its share of the same machine. Each user logs in, adds a patient, places an order, pays at the
cashier and leaves; a fraction comes back for a refund, which an administrator approves. Measured are the orders per
second until the last one is paid, how long ``create1order`` takes as the user sees it (our server, a signed call to
the stand-in, two commits), and how long a payment takes from the moment the money has moved until our server has it
committed (as the stand-in's journal has it: from the notification's birth to its 204). At the end the books are
compared in every point (``bench.books``); exit code 1 if anything is not settled or not equal.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import random
import shutil
import signal
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import orjson

from bench import books, rows
from bench.databases import ENGINES, database
from bench.people import Desk, OutOfTime, Phone, Surprise, Town
from bench.processes import ProcessFailed, Site

REFUNDED = 0.05
DESKS = 4
"""Administrators who approve at the same time."""
MAX_SECONDS = 3_600.0
SETTLED_WITHIN_SECONDS = 120.0


@dataclass
class Result:
    """What a run measured. Times of single steps are in seconds, one entry each."""

    engine: str
    orders: int
    users_at_once: int
    seconds: float = 0.0
    create: list[float] = field(default_factory=list)
    settle: list[float] = field(default_factory=list)
    answer: list[float] = field(default_factory=list)
    refunds: int = 0
    retries: int = 0
    swept: int = 0
    load: float = 0.0
    cpu: dict[str, float] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)

    def text(self) -> str:
        lines = [
            f"{self.engine}: {self.orders:,} orders, {self.users_at_once} users at once, load average {self.load:.1f}",
            f"  all paid after {self.seconds:.1f} s: {self.orders / self.seconds:.1f} orders/s",
            f"  create1order              {_spread(self.create)}",
            f"  money moved to committed  {_spread(self.settle)}",
            f"  notification answered in  {_spread(self.answer)}",
            f"  refunds {self.refunds:,}; requests repeated {self.retries:,}; left to the last sweep {self.swept:,}",
            "  processor seconds: " + ", ".join(f"{name} {used:.0f}" for name, used in self.cpu.items()),
        ]
        lines += [f"  VIOLATION: {violation}" for violation in self.violations[:20]]
        if len(self.violations) > 20:
            lines.append(f"  … and {len(self.violations) - 20:,} more")
        return "\n".join([*lines, f"  {'FAILED' if self.violations else 'all settled, ledger equal'}"])


def _spread(seconds: list[float]) -> str:
    """Median and tail in ms."""
    if not seconds:
        return "nothing measured"
    values = sorted(seconds)
    p50, p99 = (values[min(int(len(values) * share), len(values) - 1)] for share in (0.5, 0.99))
    return f"p50 {p50 * 1000:7.1f} ms   p99 {p99 * 1000:7.1f} ms   max {values[-1] * 1000:7.1f} ms"


async def bench(engine: str, orders: int, users_at_once: int, folder: Path) -> Result:
    """One run on one engine. Raises ProcessFailed, Surprise, OutOfTime, the latter two in an ExceptionGroup."""
    result = Result(engine, orders, users_at_once)
    with database(engine) as base:
        site = Site(folder / engine, base.environment)
        try:
            await site.start()
            await _work(site, result)
        finally:
            site.kill()
    return result


async def _work(site: Site, result: Result) -> None:
    limits = httpx.Limits(max_connections=200, max_keepalive_connections=200)
    async with httpx.AsyncClient(trust_env=False, timeout=30, limits=limits) as http:
        town = Town(site, random.Random(1), time.monotonic() + MAX_SECONDS, http)
        await town.open_shop()
        begun = time.monotonic()
        await _buy(town, result)
        await _settled(http, site)
        result.seconds = time.monotonic() - begun
        result.load = os.getloadavg()[0]
        result.create = town.seconds["user/create1order/"]
        result.retries = town.counts["retries"]
        result.refunds = town.counts["refunds asked"]
        await _compare(town, result)
    result.cpu["this program"] = time.process_time()


async def _buy(town: Town, result: Result) -> None:
    """So many users at once, each with one order, until all have been."""
    desks = asyncio.Queue[Desk]()
    for _ in range(DESKS):
        desk = Desk(town)
        await desk.log_in()
        desks.put_nowait(desk)
    numbers = iter(range(result.orders))
    chance = town.random

    async def users() -> None:
        for number in numbers:
            phone = Phone(town, f"user-{number}")
            await phone.log_in()
            await phone.add_patient()
            purchase, prepay_id = await phone.place()
            await phone.pay(purchase, prepay_id, "success")
            if chance.random() < REFUNDED:
                purchase.refund_fen = await phone.ask_refund(purchase)
                desk = await desks.get()
                await desk.approve(purchase.order_id, purchase.refund_fen)
                desks.put_nowait(desk)

    async with asyncio.TaskGroup() as group:
        for _ in range(result.users_at_once):
            group.create_task(users())


async def _settled(http: httpx.AsyncClient, site: Site) -> None:
    """Wait until the stand-in has no notification left to deliver and no refund under way."""
    deadline = time.monotonic() + SETTLED_WITHIN_SECONDS
    while time.monotonic() < deadline:
        pending = await http.get(f"{site.sandbox}notifications/", params={"state": "pending", "limit": 1})
        if not pending.json()["total"]:
            return
        await asyncio.sleep(0.05)
    raise ProcessFailed(f"notifications are still pending after {SETTLED_WITHIN_SECONDS:g} s")


async def _compare(town: Town, result: Result) -> None:
    """Stop the server, finish what it had not, and compare all sides."""
    site = town.site
    result.cpu[site.server.name] = site.server.processor_seconds()
    if code := await site.server.stop():
        result.violations.append(f"the server ended with {code}: {site.server.last_words}")
    settings = site.settings()
    async with books.opened(settings) as storage:
        rounds = await books.sweep(settings, storage)
        found = await rows.read(storage)
    result.swept = sum(each.settled + each.refunds_done for each in rounds)
    money = (await town.http.get(f"{site.sandbox}money/")).json()
    result.violations += books.violations(found, town.purchases, money)
    code, text = await site.command("ledger")
    if code:
        result.violations.append(f"main.py ledger: {text}")
    result.cpu[site.wechat.name] = site.wechat.processor_seconds()
    await site.wechat.stop()
    for note in _payment_notifications(site.data / "sandbox" / "state.sqlite3"):
        last = note["attempts"][-1]
        result.settle.append((last["at"] - note["created_at"]) / 1000)
        result.answer.append(last["took_ms"] / 1000)


def _payment_notifications(journal: Path) -> Iterable[dict[str, Any]]:
    """The accepted ones, from the stand-in's journal; its list over HTTP is limited."""
    with contextlib.closing(sqlite3.connect(journal)) as connection:
        for (body,) in connection.execute("SELECT body FROM documents WHERE kind = 'notification'"):
            note = orjson.loads(body)
            if note["state"] == "accepted" and note["event_type"] == "TRANSACTION.SUCCESS":
                yield note


def parser() -> argparse.ArgumentParser:
    given = argparse.ArgumentParser(prog="bench.payments", description=__doc__.partition("\n")[0])
    given.add_argument("--orders", type=int, default=10_000)
    given.add_argument("--engine", choices=[*ENGINES, "both"], default="both")
    given.add_argument("--users-at-once", type=int, default=16)
    return given


def main(arguments: list[str] | None = None) -> int:
    """Run on the engines asked for; 1 when anything is not settled, or differs."""
    given = parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that every process is ended
    folder = Path(tempfile.mkdtemp(prefix="bench-payments-"))
    failed = False
    try:
        for engine in ENGINES if given.engine == "both" else [given.engine]:
            result = asyncio.run(bench(engine, given.orders, given.users_at_once, folder))
            print(result.text(), flush=True)
            failed = failed or bool(result.violations)
    except* (ProcessFailed, Surprise, OutOfTime) as errors:
        print(*errors.exceptions, sep="\n")
        failed = True
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
