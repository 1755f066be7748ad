"""How a run of the suite is arranged: which tests it takes, and in which order. docs/testing.md names the lanes.

    --one-engine        SQLite only, no browser: what needs nothing but Python
    --quick             the same, without the files that are known to take long: the inner loop
    --no-browser        everything but the tests in a browser
    --backwards         the last test first; what one test leaves behind, another then meets
    --record-durations  write down how long each file took, for the next runs to begin with the longest
    --record-pages      write down what the pages show and what is answered (tests/admin/shown, tests/answers)

A random order is pytest-randomly's business (``-p randomly``); nothing here sorts its order again, but for the tests
in a browser, which come last in any run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from tests.browser_process import uses_browser

DURATIONS = Path(__file__).parent / "durations.txt"
QUICK_SECONDS = 6.0
"""A file that takes longer on SQLite is left out of the quick lane."""


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("lanes")
    group.addoption("--one-engine", action="store_true", help="SQLite only, no browser")
    group.addoption("--quick", action="store_true", help="SQLite only, no browser, no long file")
    group.addoption("--no-browser", action="store_true", help="both engines, no browser")
    group.addoption("--backwards", action="store_true", help="run the last test first")
    group.addoption("--record-durations", action="store_true", help=f"rewrite {DURATIONS.name}")
    group.addoption(
        "--record-pages", action="store_true", help="rewrite what is recorded of pages and answers"
    )


def pytest_configure(config: pytest.Config) -> None:
    if config.option.record_durations and not hasattr(config, "workerinput"):
        config.pluginmanager.register(DurationRecorder(), "duration-recorder")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    known = known_durations()
    if config.option.quick:
        _keep(config, items, lambda item: known.get(file_of(item.nodeid), 0.0) <= QUICK_SECONDS)
    if config.option.quick or config.option.one_engine:
        _keep(config, items, _needs_only_python)
    if config.option.no_browser:
        _keep(config, items, lambda item: not uses_browser(item))
    if config.option.backwards:
        items.reverse()
    elif not config.pluginmanager.hasplugin("randomly"):
        items.sort(key=lambda item: -known.get(file_of(item.nodeid), 0.0))
    # The browser is slow and everything else is quick to fail: it comes last.
    items.sort(key=uses_browser)


def file_of(test: str) -> str:
    """The file of a test's id."""
    return test.split("::", 1)[0]


def _keep(config: pytest.Config, items: list[pytest.Item], wanted: Callable[[pytest.Item], bool]) -> None:
    """Take the other tests out of this run, and say so."""
    left_out = [item for item in items if not wanted(item)]
    items[:] = [item for item in items if wanted(item)]
    config.hook.pytest_deselected(items=left_out)


def _needs_only_python(item: pytest.Item) -> bool:
    callspec = getattr(item, "callspec", None)
    on_mariadb = callspec is not None and "mysql" in callspec.params.values()
    needs_node = file_of(item.nodeid).startswith("tests/client/")
    return not (
        on_mariadb or needs_node or uses_browser(item) or "mariadb" in getattr(item, "fixturenames", ())
    )


# ---------------------------------------------------------------- durations


def read_durations(lines: Iterable[str]) -> dict[str, float]:
    """The seconds of each file, from lines such as ``12.5 tests/http/test_limits.py``."""
    return {name: float(seconds) for seconds, name in (line.split(" ", 1) for line in lines)}


def known_durations() -> dict[str, float]:
    return read_durations(DURATIONS.read_text("utf-8").splitlines())


def written_durations(known: dict[str, float]) -> list[str]:
    """The lines of the record, the longest first; what takes no second is not worth a line."""
    ordered = sorted(known.items(), key=lambda entry: (-entry[1], entry[0]))
    return [f"{seconds:.0f} {name}" for name, seconds in ordered if seconds >= 1]


class DurationRecorder:
    """Adds up what the tests of each file took, and writes it down at the end of the run. Files that did not run
    keep what was known of them; files that are gone are forgotten."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.seconds[file_of(report.nodeid)] += report.duration  # type: ignore[assignment]

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        before = known_durations()
        known = {
            name: seconds
            for name, seconds in {**before, **self.seconds}.items()
            if (session.config.rootpath / name).exists()
        }
        DURATIONS.write_text("".join(f"{line}\n" for line in written_durations(known)), "utf-8")
