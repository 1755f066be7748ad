"""What ``docs/security.md`` says as far as it can be checked: requirements, named files, callers as they are tried."""

from __future__ import annotations

import re
from collections import Counter

from config import ROOT
from tests.http.test_callers import MAY as TRIED
from tools import callers

PAGE = (ROOT / "docs" / "security.md").read_text("utf-8")
STATES = {"kept", "partly", "not", "operator", "n/a"}
LEVEL_2: dict[str, tuple[int, ...]] = {
    "V1": (2, 9, 11, 3, 2),
    "V2": (3, 3, 4, 1),
    "V3": (0, 2, 4, 6, 5, 0, 2),
    "V4": (3, 1, 2, 4),
    "V5": (1, 3, 2, 3),
    "V6": (3, 12, 4, 4, 5, 3, 0, 4),
    "V7": (3, 4, 2, 5, 2, 2),
    "V8": (2, 3, 1, 1),
    "V9": (3, 4),
    "V10": (2, 2, 4, 11, 5, 2, 3),
    "V11": (2, 3, 3, 4, 1, 1),
    "V12": (3, 2, 4),
    "V13": (1, 5, 2, 5),
    "V14": (2, 4, 3),
    "V15": (3, 3, 7),
    "V16": (1, 5, 4, 3, 3),
    "V17": (1, 4, 2),
}
"""ASVS 5.0.0: how many requirements of levels 1 and 2 each section has; those of level 3 come behind them."""


def requirements() -> list[str]:
    return [
        f"{chapter}.{section}.{number}"
        for chapter, sections in LEVEL_2.items()
        for section, count in enumerate(sections, 1)
        for number in range(1, count + 1)
    ]


def rows() -> list[tuple[list[str], str, str, str]]:
    """Numbers, state, what keeps them, tests."""
    found = re.findall(r"^\| (V[0-9][^|]*) \| ([^|]*) \| (.*) \| ([^|]*)\|$", PAGE, re.MULTILINE)
    return [(numbers.split(", "), state, kept, tests.strip()) for numbers, state, kept, tests in found]


def test_every_requirement_of_level_2_stands_in_the_table_once() -> None:
    every = requirements()
    assert len(every) == 253
    named = Counter(
        each
        for numbers, *_ in rows()
        for number in numbers
        for each in every
        if each == number or each.startswith(f"{number}.")
    )
    assert [number for number in every if named[number] != 1] == []
    unknown = [
        n
        for numbers, *_ in rows()
        for n in numbers
        if not any(e == n or e.startswith(f"{n}.") for e in every)
    ]
    assert unknown == []


def test_what_is_kept_is_kept_by_something_and_what_is_not_says_what_is_missing() -> None:
    for numbers, state, kept, _ in rows():
        assert state in STATES, numbers
        assert len(kept) > 3, numbers
    states = Counter(state for numbers, state, *_ in rows() for _ in numbers)
    assert states["kept"] > 100
    assert states["partly"] + states["not"] > 10, "nobody keeps everything"


def test_every_file_that_the_page_names_is_there() -> None:
    named = set(re.findall(r"`((?:tests|handlers|orders|docs|deploy)/[\w/.-]+)`", PAGE))
    assert len(named) > 50
    assert sorted(name for name in named if not (ROOT / name).exists()) == []
    links = set(re.findall(r"\]\((?!http)([^)#]+)\)", PAGE))
    assert sorted(link for link in links if not (ROOT / "docs" / link).exists()) == []


def test_the_page_of_callers_is_what_is_tried() -> None:
    assert callers.FILE.read_text("utf-8") == callers.document(), "python -m tools.callers > docs/callers.md"
    assert set(callers.MAY) == set(TRIED)
    for name, may in callers.MAY.items():
        tried = set(TRIED[name]) & set(callers.COLUMNS)
        assert set(may) - {"anybody", "server"} == tried, name
        assert ("anybody" in may) == ("stranger" in TRIED[name]), name
