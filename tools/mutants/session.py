"""One pytest session that collects the tests once, and forks for everything that is tried.

That is: learning which lines a test runs, and a change with the tests that run its line. The change is put into the
functions of the forked process: no file is written, and nothing is imported twice.
"""

from __future__ import annotations

import gc
import os
import select
import shutil
import signal
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any, NoReturn

import pytest

from tools.mutants.changes import Change, changed_tree
from tools.mutants.reach import FileReach, Met, digest_of

SLOWER = 8
"""A test that takes so many times as long as it did never ends."""
LEAST_SECONDS = 20.0
CodeKey = tuple[str, str, int]


class Tests:
    """The tests of a session, by name, run in this process or in a fork of it."""

    def __init__(self, session: pytest.Session) -> None:
        self.session = session
        self.config = session.config
        self.by_name = {item.nodeid: item for item in session.items}
        self.failed: set[str] = set()
        self.config.pluginmanager.register(self, "mutants-outcome")

    @pytest.hookimpl
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed.add(report.nodeid)

    def of_file(self, file: str) -> list[str]:
        return [name for name in self.by_name if name.split("::", 1)[0] == file]

    def files(self) -> list[str]:
        return list(dict.fromkeys(name.split("::", 1)[0] for name in self.by_name))

    def run(self, name: str, following: str | None) -> bool:
        """Run a test in this process; does it pass? What it does not share with the following one is taken down."""
        item = self.by_name[name]
        after: Any = self.by_name[following] if following else _SessionOnly(self.session)
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
        return name not in self.failed

    def move_to(self, folder: Path) -> None:
        """Let this process have temporary files of its own."""
        folder.mkdir(parents=True, exist_ok=True)
        self.config._tmp_path_factory._basetemp = folder  # type: ignore[attr-defined]

    def warm_up(self) -> None:
        """Make what the whole session shares, an empty database to copy, before the forks."""
        for name, item in self.by_name.items():
            if "sqlite_template" in getattr(item, "fixturenames", ()):
                self.run(name, None)
                return

    # ------------------------------------------------------------ learning

    def learn(self, file: str, sources: Sequence[str]) -> FileReach:
        """Run a file's tests, and take down what each of them runs."""
        import coverage  # of requirements-mutants.lock

        known = FileReach(digest_of([Path(file)]))
        names = self.of_file(file)
        measured = coverage.Coverage(
            data_file=None, include=[f"{Path(source).resolve()}" for source in sources]
        )
        measured.start()
        try:
            for name, following in zip(names, [*names[1:], None], strict=True):
                measured.switch_context(name)
                began = time.monotonic()
                if self.run(name, following):
                    known.tests[name] = Met(round(time.monotonic() - began, 3))
                else:
                    known.failed.append(name)
        finally:
            measured.stop()
        data = measured.get_data()
        for path in data.measured_files():
            source = os.path.relpath(path)
            for line, names_here in data.contexts_by_lineno(path).items():
                for name in names_here:
                    if name in known.tests:
                        lines = known.tests[name].lines
                        lines[source] = lines.get(source, 0) | 1 << line
        return known

    # ------------------------------------------------------------ trying

    def fork(
        self, change: Change | None, tests: Sequence[str], seconds: dict[str, float], home: Path
    ) -> str | None:
        """Try a change in a fork; the test that notices it, or None. No change: the code as it is."""
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            self._try(change, tests, writing, home)
        os.close(writing)
        current = ""
        outcome: str | None = None
        ended = False
        while not ended:
            patience = max(LEAST_SECONDS, SLOWER * seconds.get(current, 0.0))
            if not select.select([reading], [], [], patience)[0]:
                outcome = f"{current} (never ends)"
                break
            for line in os.read(reading, 65536).decode().splitlines() or ["end"]:
                word, _, rest = line.partition(" ")
                if word == "run":
                    current = rest
                elif word == "noticed":
                    outcome = rest
                elif word == "end":
                    ended = True
        if not ended or outcome:
            with_everything = -child
            try:
                os.killpg(-with_everything, signal.SIGKILL)
            except ProcessLookupError:
                pass
        os.waitpid(child, 0)
        os.close(reading)
        shutil.rmtree(home, ignore_errors=True)
        return outcome

    def _try(self, change: Change | None, tests: Sequence[str], writing: int, home: Path) -> NoReturn:
        """In the fork: put the change in, run the tests until one fails."""
        os.setpgid(0, 0)

        def tell(line: str) -> None:
            os.write(writing, f"{line}\n".encode())

        try:
            self.move_to(home)
            tell(f"run {tests[0]}")
            if change is not None:
                put_in(change)
            for name, following in zip(tests, [*tests[1:], None], strict=True):
                tell(f"run {name}")
                if not self.run(name, following):
                    tell(f"noticed {name}")
                    break
        except BaseException as failure:
            tell(f"noticed {type(failure).__name__} beside the tests: {failure!s:.80}".replace("\n", " "))
        finally:
            tell("end")
            os._exit(0)


class _SessionOnly:
    """Stands for a next test of which nothing is known but its session."""

    def __init__(self, session: pytest.Session) -> None:
        self.session = session

    def listchain(self) -> list[pytest.Session]:
        return [self.session]


# ---------------------------------------------------------------- putting a change in


_functions: dict[CodeKey, list[FunctionType]] = {}


def find_functions(root: Path, modules: Iterable[str]) -> None:
    """Remember every function that exists, by where its code stands; imports what no test has imported."""
    for module in modules:
        __import__(module)
    found: dict[CodeKey, list[FunctionType]] = defaultdict(list)
    for thing in gc.get_objects():
        if isinstance(thing, FunctionType) and thing.__code__.co_filename.startswith(f"{root}{os.sep}"):
            found[_key(thing.__code__)].append(thing)
    _functions.clear()
    _functions.update(found)


def _key(code: CodeType) -> CodeKey:
    return code.co_filename, code.co_qualname, code.co_firstlineno


def put_in(change: Change) -> None:
    """Let the functions of this process run the changed code."""
    path = Path(change.file).resolve()
    source = path.read_text("utf-8")
    before = {_key(code): code for code in _codes(compile(source, path, "exec", dont_inherit=True))}
    tree = changed_tree(source, change.number)
    replaced = 0
    for code in _codes(compile(tree, path, "exec", dont_inherit=True)):
        if code.co_name not in ("<module>", "<lambda>") and code != before.get(_key(code)):
            for function in _functions.get(_key(code), ()):
                function.__code__ = _fitting(code, function)
                replaced += 1
    if not replaced:
        raise LookupError(f"{change.file}:{change.line} is in no function that exists")


def _fitting(code: CodeType, function: FunctionType) -> CodeType:
    """A changed function that no longer mentions a variable from outside still has to receive it."""
    return (
        code
        if code.co_freevars == function.__code__.co_freevars
        else code.replace(co_freevars=function.__code__.co_freevars)
    )


def _codes(code: CodeType) -> Iterable[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def quiet(config: pytest.Config) -> None:
    """The progress of single tests is of no interest here, and what is printed here is not a test's."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None:
        config.pluginmanager.unregister(reporter)
    config.pluginmanager.get_plugin("capturemanager").suspend_global_capture(in_=True)  # type: ignore[union-attr]
