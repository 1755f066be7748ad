"""Which tests run which lines: learned with coverage.py, and kept in build/mutants/ while the code is the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

Lines = int
"""A set of line numbers, one bit each."""


@dataclass
class Met:
    """How long a test took, and the lines it ran of each changed file."""

    seconds: float = 0.0
    lines: dict[str, Lines] = field(default_factory=dict)

    def runs(self, file: str, lines: Iterable[int]) -> bool:
        own = self.lines.get(file, 0)
        return any(own >> line & 1 for line in lines)


@dataclass
class FileReach:
    """What is known of one file of tests, as it was when it ran."""

    digest: str
    tests: dict[str, Met] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)

    def asdict(self) -> dict[str, Any]:
        return asdict(self)


class Reach:
    """Everything that is known, on disk."""

    def __init__(self, path: Path, code: str) -> None:
        self.path = path
        self.code = code
        self.files: dict[str, FileReach] = {}
        if path.exists():
            kept = json.loads(path.read_text("utf-8"))
            if kept["code"] == code:
                self.files = {name: _read(each) for name, each in kept["files"].items()}

    def knows(self, test_file: str) -> bool:
        known = self.files.get(test_file)
        return known is not None and known.digest == digest_of([Path(test_file)])

    def save(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        files = {name: asdict(each) for name, each in self.files.items()}
        self.path.write_text(json.dumps({"code": self.code, "files": files}), "utf-8")

    def add(self, told: dict[str, Any]) -> None:
        self.files[told["file"]] = _read(told)

    def tests(self) -> Iterator[tuple[str, Met]]:
        for each in self.files.values():
            yield from each.tests.items()


def _read(kept: dict[str, Any]) -> FileReach:
    tests = {name: Met(**each) for name, each in kept["tests"].items()}
    return FileReach(kept["digest"], tests, kept["failed"])


def digest_of(paths: Iterable[Path]) -> str:
    total = hashlib.sha256()
    for path in sorted(paths):
        total.update(path.as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()[:24]
