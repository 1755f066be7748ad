"""Every package in the lock files, of Python and of the mini-program's side."""

from __future__ import annotations

import base64
import json
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from config import ROOT

RUNTIME = ("requirements.lock", "Front/package-lock.json")
"""What runs at a customer's; in the others is what develops, tests and measures it."""
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)")
_HASH = re.compile(r"--hash=(sha\d+):([0-9a-f]+)")


@dataclass
class Package:
    """``kind``: ``pypi`` or ``npm``; ``licence``: as its lock file tells, empty where it does not."""

    kind: str
    name: str
    version: str
    licence: str = ""
    locks: set[str] = field(default_factory=set)
    hashes: set[tuple[str, str]] = field(default_factory=set)
    development: bool = True
    """In no lock is it something that runs at a customer's."""

    @property
    def key(self) -> tuple[str, str, str]:
        return self.kind, self.name, self.version


def lock_files() -> list[Path]:
    """All that are under version control."""
    listed = subprocess.run(
        ["git", "ls-files", "requirements*.lock", "*package-lock.json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [ROOT / name for name in listed.stdout.split()]


def packages() -> list[Package]:
    """Each package once per version, with all locks that name it, in order of kind and name."""
    found: dict[tuple[str, str, str], Package] = {}
    needed: set[tuple[str, str, str]] = set()
    for file in lock_files():
        lock = str(file.relative_to(ROOT))
        read = _python if file.suffix == ".lock" else _npm
        for package in read(file):
            known = found.setdefault(package.key, package)
            known.locks.add(lock)
            known.hashes |= package.hashes
            if lock in RUNTIME and not package.development:
                needed.add(package.key)
    for key, package in found.items():
        package.development = key not in needed
    return [found[key] for key in sorted(found)]


def _python(file: Path) -> Iterator[Package]:
    package: Package | None = None
    for line in file.read_text("utf-8").splitlines():
        if pin := _PIN.match(line):
            if package:
                yield package
            package = Package("pypi", re.sub(r"[-_.]+", "-", pin[1]).lower(), pin[2], development=False)
        if package and (found := _HASH.search(line)):
            package.hashes.add((found[1], found[2]))
    if package:
        yield package


def _npm(file: Path) -> Iterator[Package]:
    for path, entry in json.loads(file.read_text("utf-8"))["packages"].items():
        if not path or entry.get("link"):
            continue  # the project itself
        licence = entry.get("license", "")
        if isinstance(licence, dict):
            licence = licence.get("type", "")
        algorithm, _, digest = entry.get("integrity", "").partition("-")
        hashes = {(algorithm, base64.b64decode(digest).hex())} if digest else set()
        name = entry.get("name") or path.rpartition("node_modules/")[2]
        development = bool(entry.get("dev") or entry.get("devOptional"))
        yield Package("npm", name, entry["version"], licence, hashes=hashes, development=development)
