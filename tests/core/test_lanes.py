"""How runs of the suite are arranged: what a lane takes, and in which order."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tests import lanes

DURATIONS = ["30 tests/long.py", "2 tests/short.py"]


def item(name: str, *fixtures: str, **parameters: str) -> Any:
    callspec = SimpleNamespace(params=parameters)
    return SimpleNamespace(nodeid=name, fixturenames=fixtures, callspec=callspec)


@pytest.fixture
def arranged(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The names that are left of a collection, in their order, when the run is given these options."""

    def arrange(items: list[Any], randomly: bool = False, **given: bool) -> list[str]:
        names = ("quick", "one_engine", "no_browser", "backwards")
        left_out: list[Any] = []
        config: Any = SimpleNamespace(
            option=SimpleNamespace(**{name: given.get(name, False) for name in names}),
            pluginmanager=SimpleNamespace(hasplugin=lambda name: randomly and name == "randomly"),
            hook=SimpleNamespace(pytest_deselected=lambda items: left_out.extend(items)),
        )
        before = list(items)
        lanes.pytest_collection_modifyitems(config, items)
        assert {id(each) for each in items + left_out} == {id(each) for each in before}, "none is lost"
        return [each.nodeid for each in items]

    monkeypatch.setattr(lanes, "known_durations", lambda: lanes.read_durations(DURATIONS))
    return arrange


def collection() -> list[Any]:
    return [
        item("tests/page.py::a", "browser"),
        item("tests/new.py::a"),
        item("tests/short.py::a", engine="sqlite"),
        item("tests/short.py::b", engine="mysql"),
        item("tests/short.py::c", "mariadb"),
        item("tests/long.py::a"),
    ]


def test_the_longest_files_come_first_and_the_browser_last(arranged: Any) -> None:
    assert arranged(collection()) == [
        "tests/long.py::a",
        "tests/short.py::a",
        "tests/short.py::b",
        "tests/short.py::c",
        "tests/new.py::a",
        "tests/page.py::a",
    ]


def test_the_quick_lane_needs_nothing_but_python_and_leaves_long_files_out(arranged: Any) -> None:
    assert arranged(collection(), quick=True) == ["tests/short.py::a", "tests/new.py::a"]


def test_what_is_built_with_node_is_left_out_where_nothing_but_python_is_needed(arranged: Any) -> None:
    def items() -> list[Any]:
        return [item("tests/client/test_client_build.py::a"), item("tests/short.py::a")]

    assert arranged(items(), one_engine=True) == ["tests/short.py::a"]
    assert len(arranged(items())) == 2


def test_one_engine_keeps_long_files(arranged: Any) -> None:
    expected = ["tests/long.py::a", "tests/short.py::a", "tests/new.py::a"]
    assert arranged(collection(), one_engine=True) == expected


def test_backwards_is_the_last_first_and_a_random_order_is_left_as_it_is(arranged: Any) -> None:
    names = [each.nodeid for each in collection() if "page" not in each.nodeid]
    assert arranged(collection(), backwards=True, no_browser=True) == names[::-1]
    assert arranged(collection(), randomly=True) == [*names, "tests/page.py::a"]


def test_durations_are_written_as_they_are_read_and_nothing_short_is_kept() -> None:
    known = {"tests/a.py": 1.0, "tests/b.py": 40.0, "tests/c.py": 0.4}
    lines = lanes.written_durations(known)
    assert lines == ["40 tests/b.py", "1 tests/a.py"]
    assert lanes.read_durations(lines) == {"tests/b.py": 40.0, "tests/a.py": 1.0}
