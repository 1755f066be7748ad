"""The licence of each package as an SPDX expression, and whether it is one that the project takes.

From the package's own metadata where it is installed in that version, otherwise from ``decisions.toml``. What neither
tells is unknown, and fails.
"""

from __future__ import annotations

import functools
import importlib.metadata
import tomllib
from pathlib import Path
from typing import Any

from license_expression import ExpressionError, get_spdx_licensing

from tools.audit.locks import Package

DECISIONS = Path(__file__).with_name("decisions.toml")
_CLASSIFIERS = {
    "MIT License": "MIT",
    "MIT No Attribution License (MIT-0)": "MIT-0",
    "BSD License": "BSD-3-Clause",
    "Apache Software License": "Apache-2.0",
    "ISC License (ISCL)": "ISC",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
    "Historical Permission Notice and Disclaimer (HPND)": "HPND",
    "zlib/libpng License": "Zlib",
}
"""Of packages that do not name an expression yet. Those whose classifier leaves a choice are in ``decisions.toml``."""


@functools.cache
def decisions() -> dict[str, Any]:
    return tomllib.loads(DECISIONS.read_text("utf-8"))


@functools.cache
def _licensing() -> Any:
    return get_spdx_licensing()


def licence_of(package: Package) -> str:
    """The SPDX expression; empty where it is unknown."""
    decided = decisions()["licences"][package.kind].get(package.name, "")
    return str(decided) or package.licence or (_installed(package) if package.kind == "pypi" else "")


def _installed(package: Package) -> str:
    try:
        found = importlib.metadata.distribution(package.name)
    except importlib.metadata.PackageNotFoundError:
        return ""
    if found.version != package.version:
        return ""
    told = found.metadata.json
    if expression := told.get("license_expression"):
        return str(expression)
    named = [
        line.rpartition(" :: ")[2] for line in told.get("classifier", []) if line.startswith("License :: ")
    ]
    known = [_CLASSIFIERS[name] for name in named if name in _CLASSIFIERS]
    if known and len(known) == len([name for name in named if name != "OSI Approved"]):
        return " OR ".join(known)
    text = str(told.get("license") or "").strip()
    return text if text in decisions()["licences"]["allowed"] else ""


def why_not(package: Package) -> str:
    """Why a package's licence is not taken; empty where it is."""
    expression = licence_of(package)
    if not expression:
        return "its licence is unknown"
    licensing = _licensing()
    try:
        parsed = licensing.parse(expression, validate=True, strict=True)
    except ExpressionError:
        return f"{expression} is no SPDX expression"
    if not _taken(parsed, set(decisions()["licences"]["allowed"])):
        return f"{expression} is not among the licences that are taken"
    return ""


def _taken(node: Any, allowed: set[str]) -> bool:
    """Of alternatives one suffices; of what holds together all are needed."""
    operator = type(node).__name__
    if operator == "OR":
        return any(_taken(each, allowed) for each in node.args)
    if operator == "AND":
        return all(_taken(each, allowed) for each in node.args)
    return str(node) in allowed
