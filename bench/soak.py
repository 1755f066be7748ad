"""The payment model test for as long as wanted: ``python -m bench.soak --minutes 10``.

Rounds of random runs, on SQLite and MariaDB in turn (a MariaDB of its own, gone afterwards). Each round has a seed;
when a run breaks an invariant its steps, and the command that repeats the round and shrinks it, are printed, and the
exit code is 1. Threads and sockets take part, so a violation that hangs on their timing may need several repetitions.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import secrets
import shutil
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from config import DatabaseSettings
from tests.databases import ENGINES, MySQLTemplate, SQLiteTemplate
from tests.mariadb import MariaDB
from tests.model.machine import PaymentModel
from tests.model.system_factory import SystemFactory, make_keys

RUNS_PER_ROUND = 5
STEPS = 50
REPORT_SECONDS = 30.0


class Soak:
    """``folder``: for databases and keys; removed by the caller."""

    def __init__(self, folder: Path, engines: list[str]) -> None:
        self._folder = folder
        self._engines = engines
        self._mariadb = MariaDB()
        self._loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self._loop)
        self.counts = {engine: Counter[str]() for engine in engines}

    def open(self) -> None:
        keys = make_keys(self._folder)
        makers: dict[str, Callable[[Path], DatabaseSettings]] = {}
        if "sqlite" in self._engines:
            makers["sqlite"] = SQLiteTemplate(self._folder).settings
        if "mysql" in self._engines:
            self._mariadb.start()
            template = MySQLTemplate(self._mariadb, "soak")
            makers["mysql"] = lambda _: template.settings()
        self._systems = {}
        for engine in self._engines:
            folder = self._folder / engine
            folder.mkdir()
            self._systems[engine] = SystemFactory(
                self._loop, folder, keys, makers[engine], self.counts[engine]
            )

    def close(self) -> None:
        self._mariadb.stop()
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()

    def round(self, engine: str, number: int, *, shrink: bool = False) -> None:
        """Raises whatever a run raises, its steps among the notes."""
        systems = self._systems[engine]

        def machine() -> Any:
            return PaymentModel(self._loop, systems.open, systems.close)

        phases = (Phase.generate, Phase.shrink) if shrink else (Phase.generate,)
        run_state_machine_as_test(
            cast(Any, seed(number)(machine)),
            settings=settings(
                max_examples=RUNS_PER_ROUND,
                stateful_step_count=STEPS,
                database=None,
                deadline=None,
                print_blob=False,
                phases=phases,
                suppress_health_check=list(HealthCheck),
            ),
        )


def soak(minutes: float, engines: list[str], first_seed: int | None) -> int:
    """With a seed: that one round, shrunk. The exit code: 1 after a violation."""
    folder = Path(tempfile.mkdtemp(prefix="soak-"))
    run = Soak(folder, engines)
    try:
        run.open()
        return _rounds(run, minutes, engines, first_seed)
    finally:
        run.close()
        shutil.rmtree(folder, ignore_errors=True)


def _rounds(run: Soak, minutes: float, engines: list[str], first_seed: int | None) -> int:
    begun = reported = time.monotonic()
    for turn in range(sys.maxsize):
        engine = engines[turn % len(engines)]
        number = first_seed if first_seed is not None else secrets.randbelow(2**32)
        try:
            run.round(engine, number, shrink=first_seed is not None)
        except Exception as error:
            _print_counts(run)
            print(f"\nVIOLATED on {engine}, seed {number}\n")
            traceback.print_exception(error)
            print(f"\nagain, shrunk: python -m bench.soak --engine {engine} --seed {number}")
            return 1
        now = time.monotonic()
        if now - reported > REPORT_SECONDS:
            reported = now
            print(f"{(now - begun) / 60:5.1f} min  {_progress(run)}", flush=True)
        if now - begun > minutes * 60 or (first_seed is not None and turn + 1 == len(engines)):
            break
    _print_counts(run)
    print(f"\nclean after {(time.monotonic() - begun) / 60:.1f} minutes")
    return 0


def _progress(run: Soak) -> str:
    parts = []
    for engine, counts in run.counts.items():
        payments, refunds = counts["total: payments"], counts["total: refunds"]
        faults = sum(count for name, count in counts.items() if name.startswith("fault: "))
        parts.append(
            f"{engine}: {counts['systems']} systems, {payments} payments, {refunds} refunds, {faults} faults"
        )
    return "; ".join(parts)


def _print_counts(run: Soak) -> None:
    """Steps by outcome, faults, cases and sums, a column per engine."""
    names = sorted({name for counts in run.counts.values() for name in counts})
    width = max((len(name) for name in names), default=0)
    print("\n" + " " * width + "".join(f"{engine:>14}" for engine in run.counts))
    for name in names:
        print(f"{name:<{width}}" + "".join(f"{counts[name]:>14,}" for counts in run.counts.values()))
    print(_progress(run))


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.soak", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=10.0, help="how long (10)")
    parser.add_argument("--engine", choices=ENGINES, help="only this engine")
    parser.add_argument("--seed", type=int, help="repeat the round with this seed, and shrink what it finds")
    given = parser.parse_args()
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "*"  # loopback requests are nobody else's business
    logging.basicConfig(
        level=logging.CRITICAL
    )  # refusals and alarms are what this is about: thousands of them
    logging.getLogger("tornado").setLevel(logging.CRITICAL)
    return soak(given.minutes, [given.engine] if given.engine else list(ENGINES), given.seed)


if __name__ == "__main__":
    sys.exit(main())
