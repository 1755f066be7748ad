"""Which test keeps which promise: the marker ``@pytest.mark.promise(N, …)`` and the list of ``make promises``.

The promises stand in ``promises.txt``, one a line, each with its number. The list names the tests under each
and fails when a promise has none.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest

PROMISES = {
    int(number): text
    for number, text in (
        line.split(" ", 1)
        for line in (Path(__file__).parent / "promises.txt").read_text("utf-8").splitlines()
    )
}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--promises", action="store_true", help="run nothing; list the promises and the tests that keep each"
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "promise(number, …): the test keeps these promises (promises.txt)")
    if config.option.promises:
        config.option.collectonly = True
        config.option.verbose = -2  # no list of all tests in front of ours


def promises_of(item: pytest.Item) -> set[int]:
    """The numbers on a test's markers. Raises pytest.UsageError on one that does not exist."""
    numbers = {number for marker in item.iter_markers("promise") for number in marker.args}
    if unknown := [number for number in numbers if number not in PROMISES]:
        raise pytest.UsageError(f"{item.nodeid}: there is no promise {unknown}")
    return numbers


def kept(items: list[pytest.Item]) -> dict[int, dict[str, set[str]]]:
    """For each promise its tests, and for each test the engines that it runs on, if storage has a part."""
    found: dict[int, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for item in items:
        callspec = getattr(item, "callspec", None)
        engine = callspec.params.get("engine") if callspec else None
        for number in promises_of(item):
            engines = found[number][item.nodeid.split("[")[0]]
            if engine:
                engines.add(engine)
    return found


def report(found: dict[int, dict[str, set[str]]]) -> list[str]:
    lines = []
    for number, text in PROMISES.items():
        lines += ["", f"{number:2}  {text}"]
        lines += [
            f"      {name}" + (f"  ({', '.join(sorted(engines))})" if engines else "")
            for name, engines in sorted(found.get(number, {}).items())
        ] or ["      NO TEST"]
    return lines


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        promises_of(item)


def pytest_collection_finish(session: pytest.Session) -> None:
    if not session.config.option.promises:
        return
    found = kept(session.items)
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None:
        return
    for line in report(found):
        reporter.write_line(line, red=line.endswith("NO TEST"))
    missing = [number for number in PROMISES if number not in found]
    reporter.write_line("")
    reporter.write_line(f"{len(PROMISES) - len(missing)} of {len(PROMISES)} promises have tests")
    if missing:
        raise pytest.UsageError(f"no test keeps promise {', '.join(map(str, missing))}")
