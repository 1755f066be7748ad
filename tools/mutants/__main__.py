"""``make mutants``: makes small changes to the code, one at a time, and tells which of them no test notices.

python -m tools.mutants                                  everything: hours
python -m tools.mutants payment/settlement.py orders/    these files and folders
python -m tools.mutants --sample 40 --seed 1             of each file at most so many, drawn by chance
python -m tools.mutants --only-left payment/             again what nothing noticed the last time
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tools.mutants.changes import Change, changes_of
from tools.mutants.processes import apart, shared
from tools.mutants.reach import Reach, digest_of
from tools.mutants.report import Result, Results, print_report
from tools.mutants.session import Tests, find_functions, quiet

CHANGED = ("accounts", "handlers", "orders", "payment", "privacy.py", "storage")
LEFT_ALONE = (
    "storage/migrations/",
    "storage/seed/",
    "storage/schema.py",
    "storage/mysql",
    "handlers/documents.py",
)
"""What was written once for good, what runs when it is imported alone, what SQLite does not run, and the text of the
API's document."""
TESTS_LEFT_OUT = {"browser", "client", "crash", "data", "model", "moved_clock", "sandbox", "__pycache__"}
TESTS = [
    each.as_posix()
    for each in sorted(Path("tests").iterdir())
    if each.is_dir() and each.name not in TESTS_LEFT_OUT
]
FILES_LEFT_OUT = (
    "tests/payment/test_crash.py",
    "tests/http/test_schemathesis.py",
    "tests/admin/lists/test_hundred_thousand.py",
)
"""They run the product in other processes, or take longer than they tell."""
PYTEST = (
    "--one-engine", "-q", "-p", "no:cacheprovider", "--timeout=0", "--async-test-timeout=15", "-W", "ignore",
)  # fmt: skip
WORK = Path("build/mutants")


def source_files(wanted: Sequence[str]) -> list[str]:
    """The files to change, of those that were asked for."""
    found = []
    for name in CHANGED:
        path = Path(name)
        found += [each.as_posix() for each in (sorted(path.rglob("*.py")) if path.is_dir() else [path])]
    return [
        each
        for each in found
        if not each.startswith(LEFT_ALONE) and (not wanted or each.startswith(tuple(wanted)))
    ]


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="make mutants", description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("files", nargs="*", help="files and folders to change; without any: all")
    parser.add_argument("--sample", type=int, default=0, help="at most so many changes of each file")
    parser.add_argument("--drawn", type=int, default=0, help="so many of all, each as likely as another")
    parser.add_argument("--seed", type=int, default=1, help="what chance begins with")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    parser.add_argument("--budget", type=float, default=60.0, help="seconds of tests for one change")
    parser.add_argument("--tests", nargs="*", default=TESTS, help="folders and files of tests")
    parser.add_argument("--only-left", action="store_true", help="only what was not noticed the last time")
    parser.add_argument("--only-new", action="store_true", help="only what was never tried")
    options = parser.parse_args(arguments)
    run = Run(options)
    with tempfile.TemporaryDirectory(prefix="mutants", dir=_roomy()) as temporary:
        os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = f"{temporary}/hypothesis"
        run.home = Path(temporary)
        ignored = [f"--ignore={each}" for each in FILES_LEFT_OUT]
        code = pytest.main(
            [*PYTEST, f"--basetemp={temporary}/tests", *ignored, *options.tests], plugins=[run]
        )
    return int(code)


def _roomy() -> str | None:
    """Memory is quicker than a disk, where there is some."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108


def drawn_of(changes: list[Change], count: int, seed: int) -> list[Change]:
    """So many of them, in the same order, whatever file they stand in; all for 0, and where there are no more."""
    if not 0 < count < len(changes):
        return changes
    return [changes[at] for at in sorted(random.Random(seed).sample(range(len(changes)), count))]


class Run:
    """The plug-in that takes the place of pytest's own loop over the tests."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.home = Path()
        self.results = Results(WORK / "results.jsonl")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        if session.testsfailed:
            raise session.Interrupted("the tests cannot be collected")
        quiet(session.config)
        tests = Tests(session)
        tests.warm_up()
        files = source_files(())
        reach = Reach(WORK / "reach.json", digest_of(Path(each) for each in files))
        self._learn(tests, files, reach)
        changes = self._choose()
        self._try(tests, files, reach, changes)
        print_report(changes, self.results)
        return True

    def _learn(self, tests: Tests, sources: list[str], reach: Reach) -> None:
        unknown = [file for file in tests.files() if not reach.knows(file)]
        print(f"\n{len(unknown)} files of tests are run to learn what they reach", flush=True)

        def learn(file: str) -> dict[str, Any]:
            tests.move_to(self.home / f"learning-{os.getpid()}")
            return {"file": file, **tests.learn(file, sources).asdict()}

        # Each file apart: what runs in a thread that an earlier file has begun is not measured.
        for told in shared(len(unknown), self.options.jobs, lambda at: apart(lambda: learn(unknown[at]))):
            reach.add(told)
            reach.save()
        failed = [name for each in reach.files.values() for name in each.failed]
        for name in failed:
            print(f"fails without any change, and is left out: {name}")

    def _choose(self) -> list[Change]:
        chosen: list[Change] = []
        for file in source_files(self.options.files):
            source = Path(file).read_text("utf-8")
            changes = changes_of(file, source)
            if self.options.only_left:
                changes = [each for each in changes if self.results.is_left(each)]
            if self.options.only_new:
                changes = [each for each in changes if not self.results.knows(each)]
            if 0 < self.options.sample < len(changes):
                drawn = random.Random(f"{self.options.seed} {file}").sample(changes, self.options.sample)
                changes = sorted(drawn, key=lambda change: change.number)
            chosen += changes
        return drawn_of(chosen, self.options.drawn, self.options.seed)

    def _try(self, tests: Tests, sources: list[str], reach: Reach, changes: list[Change]) -> None:
        find_functions(Path.cwd(), [each.removesuffix(".py").replace("/", ".") for each in sources])
        groups: dict[tuple[str, str], list[Change]] = defaultdict(list)
        for change in changes:
            groups[change.file, change.function].append(change)
        waiting = list(groups.values())
        known = {name: each for name, each in reach.tests() if name in tests.by_name}
        seconds = {name: each.seconds for name, each in known.items()}
        without = next(iter(known), None)
        if without is None or tests.fork(None, [without], seconds, self.home / "nothing"):
            raise pytest.UsageError("the tests do not pass without a change")
        print(f"{len(changes)} changes in {len(waiting)} functions", flush=True)

        noticed_in: dict[str, Counter[str]] = defaultdict(Counter)

        def try_group(position: int) -> list[dict[str, Any]]:
            noticed_before: list[str] = []
            told = []
            noticed = noticed_in[waiting[position][0].file]
            for change in waiting[position]:
                began = time.monotonic()
                able = [name for name, each in known.items() if each.runs(change.file, change.lines)]
                order = _order(able, change, seconds, noticed_before, noticed)
                chosen = _within(order, seconds, self.options.budget)
                by = None
                if chosen:
                    home = self.home / f"{os.getpid()}-{change.number}"
                    by = tests.fork(change, chosen, seconds, home)
                    if by in known:
                        noticed_before.insert(0, by)
                        noticed[by] += 1
                took = round(time.monotonic() - began, 1)
                told.append(Result(change, by, len(chosen), len(able), took).asdict())
            return told

        for told in shared(len(waiting), self.options.jobs, try_group):
            for each in told:
                self.results.add(each)


def _order(
    able: list[str],
    change: Change,
    seconds: dict[str, float],
    noticed_before: list[str],
    noticed: Counter[str],
) -> list[str]:
    """The tests most likely to notice first: those that noticed a change of the same function, those that noticed
    others of the file, those of the same folder, the quick ones."""
    folder = f"tests/{change.file.split('/', 1)[0]}/"
    rank = {name: at for at, name in reversed(list(enumerate(noticed_before)))}
    return sorted(
        able,
        key=lambda name: (
            rank.get(name, len(rank)),
            -noticed[name],
            not name.startswith(folder),
            seconds[name],
        ),
    )


def _within(order: list[str], seconds: dict[str, float], budget: float) -> list[str]:
    chosen: list[str] = []
    for name in order:
        budget -= seconds[name]
        if budget < 0 and chosen:
            break
        chosen.append(name)
    return chosen


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
