"""Let the product read spoilt inputs: ``python -m bench.fuzz --inputs 20000``, so many for each thing that reads any.

Whatever comes in, it is read or refused with the errors that its reader declares; what is read holds what callers
rely on (``check`` in the modules beside this one); and it takes no longer than a second or two. A finding names its
number: with ``--target`` and ``--only`` that input is read again, and its error shown whole.
"""

from __future__ import annotations

import argparse
import logging
import resource
import sys
import time
from dataclasses import dataclass, field
from random import Random

from bench.fuzz import people, pushes, uploads, wechat
from bench.fuzz.target import Target
from clock import now_ms, shanghai_date

TARGETS = (*wechat.TARGETS, *pushes.TARGETS, *uploads.TARGETS, *people.TARGETS)
MAX_SECONDS = 3.0
"""For one input, on a busy machine: a pattern or a table that explodes takes minutes."""


@dataclass
class Report:
    """``findings``: the first of each kind of error, by its place."""

    target: str
    inputs: int = 0
    read: int = 0
    slowest: float = 0.0
    findings: dict[str, str] = field(default_factory=dict)

    def line(self) -> str:
        return (
            f"{self.target:<24}{self.inputs:>9,}{self.read:>9,}{self.inputs - self.read:>9,}"
            f"{self.slowest * 1000:>9.0f}{len(self.findings):>9}"
        )


HEAD = f"{'':<24}{'inputs':>9}{'read':>9}{'refused':>9}{'ms, max':>9}{'findings':>9}"


def fuzz(target: Target, numbers: range, seed: int) -> Report:
    """Read the inputs with these numbers."""
    report = Report(target.name)
    for number in numbers:
        random = Random(f"{seed}:{target.name}:{number}")
        begun = time.perf_counter()
        report.inputs += 1
        try:
            target.read(random)
            report.read += 1
        except target.refusals:
            """Refused in words, as it should be."""
        except Exception as error:
            report.findings.setdefault(_place(error), f"{number}: {type(error).__name__}: {str(error)[:200]}")
        seconds = time.perf_counter() - begun
        report.slowest = max(report.slowest, seconds)
        if seconds > MAX_SECONDS:
            report.findings.setdefault("slow", f"{number}: took {seconds:.1f} s")
    return report


def _place(error: Exception) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else ""
    return f"{type(error).__name__} {where}"


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.fuzz", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--inputs", type=int, default=20_000, help="for each target; fewer for slow ones (20000)"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--target", help="only those whose name begins so")
    parser.add_argument(
        "--only", type=int, default=-1, metavar="N", help="read this input alone, and show its error"
    )
    given = parser.parse_args()
    logging.getLogger("tornado").setLevel(logging.CRITICAL)
    chosen = [target for target in TARGETS if target.name.startswith(given.target or "")]
    if given.only >= 0:
        for target in chosen:
            target.read(Random(f"{given.seed}:{target.name}:{given.only}"))
        return 0
    print(f"{shanghai_date(now_ms())}, seed {given.seed}\n{HEAD}")
    failed = False
    for target in chosen:
        report = fuzz(target, range(int(given.inputs * target.weight)), given.seed)
        print(report.line(), flush=True)
        for place, finding in report.findings.items():
            failed = True
            print(f"    {finding} ({place})")
    print(f"memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB at most")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
