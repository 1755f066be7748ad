"""Known vulnerabilities from a copy of the OSV database on this machine: no network, the same answer every time.

``DIR/PyPI/all.zip`` and ``DIR/npm/all.zip`` as osv.dev offers them, or the entries unpacked (``DIR/npm/GHSA-….json``).
Source of the format: ossf.github.io/osv-schema.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from packaging.version import InvalidVersion, Version

from tools.audit.findings import Finding, Unchecked
from tools.audit.locks import Package

ECOSYSTEMS = {"pypi": "PyPI", "npm": "npm"}
_SEMVER = re.compile(r"(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:-([0-9A-Za-z.-]+))?(?:\+.*)?")


def findings(packages: Iterable[Package], folder: Path) -> list[Finding]:
    """Raises Unchecked when there is no such copy."""
    wanted = defaultdict(list)
    for package in packages:
        wanted[package.kind, package.name].append(package)
    found = []
    for kind, ecosystem in ECOSYSTEMS.items():
        entries = 0
        for entry in _entries(folder / ecosystem):
            entries += 1
            if entry.get("withdrawn"):
                continue
            for affected in entry.get("affected", []):
                named = affected.get("package", {})
                if named.get("ecosystem") != ecosystem:
                    continue
                summary = str(entry.get("summary", ""))[:120]
                locked = wanted.get((kind, _normal(kind, named.get("name", ""))), [])
                found += [
                    Finding(entry["id"], each, summary) for each in locked if is_affected(each, affected)
                ]
        if not entries:
            raise Unchecked(f"{folder / ecosystem}: no entries of OSV")
    return found


def _entries(folder: Path) -> Iterator[dict[str, Any]]:
    archive = folder / "all.zip"
    if archive.exists():
        with zipfile.ZipFile(archive) as opened:
            for name in opened.namelist():
                yield json.loads(opened.read(name))
    elif folder.is_dir():
        for file in sorted(folder.glob("*.json")):
            yield json.loads(file.read_text("utf-8"))


def _normal(kind: str, name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower() if kind == "pypi" else name


def is_affected(package: Package, affected: dict[str, Any]) -> bool:
    """Is its version listed, or within a range? A version that cannot be compared counts as affected."""
    if package.version in affected.get("versions", []):
        return True
    ranges = [each for each in affected.get("ranges", []) if each.get("type") in ("ECOSYSTEM", "SEMVER")]
    try:
        return any(_within(package, each["events"]) for each in ranges)
    except (InvalidVersion, ValueError):
        return True


def _within(package: Package, events: list[dict[str, str]]) -> bool:
    inside, at = False, _order(package.kind, package.version)
    for event in sorted(events, key=lambda event: _order(package.kind, next(iter(event.values())))):
        (name, text), *_ = event.items()
        version = _order(package.kind, text)
        if name == "introduced" and at >= version:
            inside = True
        elif (name == "fixed" and at >= version) or (name == "last_affected" and at > version):
            inside = False
    return inside


def _order(kind: str, text: str) -> Any:
    """What versions are compared by. Raises ValueError, InvalidVersion."""
    if kind == "pypi":
        return Version(text)
    match = _SEMVER.fullmatch(text)
    if match is None:
        raise ValueError(text)
    numbers = tuple(int(part or 0) for part in match.groups()[:3])
    before = (
        tuple((0, int(p), "") if p.isdigit() else (1, 0, p) for p in match[4].split("."))
        if match[4]
        else None
    )
    return numbers, before is None, before or ()
