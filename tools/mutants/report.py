"""What came of the changes: kept line by line in build/mutants/, and printed file by file.

The changes that alter nothing that can be seen stand in tests/equivalent_changes.txt, each with the reason.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.mutants.changes import Change

EQUIVALENT = Path("tests/equivalent_changes.txt")


@dataclass(frozen=True)
class Result:
    """``by``: the test that noticed. ``tried`` of the ``able`` tests that run the line were within the budget."""

    change: Change
    by: str | None
    tried: int
    able: int
    seconds: float

    def asdict(self) -> dict[str, Any]:
        return {
            "key": key_of(self.change),
            "by": self.by,
            "tried": self.tried,
            "able": self.able,
            "seconds": self.seconds,
        }


def line_of(change: Change) -> str:
    return Path(change.file).read_text("utf-8").splitlines()[change.line - 1].strip()


def key_of(change: Change) -> str:
    """Names a change by its text, so that it is the same one when lines have moved."""
    return f"{change.file} | {change.function} | {line_of(change)} | {change.what}"


class Results:
    """The last result of every change."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.known: dict[str, dict[str, Any]] = {}
        if path.exists():
            for line in path.read_text("utf-8").splitlines():
                told = json.loads(line)
                self.known[told["key"]] = told

    def add(self, told: dict[str, Any]) -> None:
        self.known[told["key"]] = told
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as out:
            out.write(json.dumps(told, ensure_ascii=False) + "\n")

    def knows(self, change: Change) -> bool:
        return key_of(change) in self.known

    def is_left(self, change: Change) -> bool:
        told = self.known.get(key_of(change))
        return told is not None and not told["by"]


def equivalents() -> list[str]:
    """Patterns of keys; what follows `` -- `` is the reason."""
    if not EQUIVALENT.exists():
        return []
    lines = EQUIVALENT.read_text("utf-8").splitlines()
    return [line.split(" -- ", 1)[0].strip() for line in lines if line and not line.startswith("#")]


def is_equivalent(key: str, patterns: list[str]) -> bool:
    return any(re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), key) for pattern in patterns)


def print_report(changes: list[Change], results: Results) -> None:
    patterns = equivalents()
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    left: list[str] = []
    for change in changes:
        key = key_of(change)
        told = results.known.get(key)
        if told is None:
            outcome = "untried"
        elif told["by"]:
            outcome = "noticed"
        elif is_equivalent(key, patterns):
            outcome = "equivalent"
        else:
            outcome = "unmet" if not told["able"] else "left"
            within = (
                "" if told["tried"] == told["able"] else f" (tried {told['tried']} of {told['able']} tests)"
            )
            left.append(
                f"{change.file}:{change.line} {change.function}: {change.what}{within}\n    {line_of(change)}"
            )
        counts[change.file][outcome] += 1
    total: Counter[str] = Counter()
    print("\nnoticed  not noticed  met by no test  equivalent")
    for file, count in counts.items():
        total += count
        print(f"{_row(count)}  {file}")
    print(f"{_row(total)}  in all: {_share(total)} % of what is not equivalent")
    print("\n".join(left))


def _row(count: Counter[str]) -> str:
    return f"{count['noticed']:7}  {count['left']:11}  {count['unmet']:14}  {count['equivalent']:10}"


def _share(count: Counter[str]) -> int:
    tried = count["noticed"] + count["left"] + count["unmet"]
    return 100 * count["noticed"] // max(tried, 1)
