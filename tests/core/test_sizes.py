"""The rules of the house that can be counted (CONTRIBUTING.md): modules, parameters, folders."""

from __future__ import annotations

import ast
import re
import subprocess
from collections import Counter
from pathlib import Path

from config import ROOT

MAX_LINES = 300
MAX_PARAMETERS = 6
MAX_MODULES_IN_A_FOLDER = 16
LONG_BY_NATURE = ("storage/schema.py", "storage/migrations/versions/", "storage/models/__init__.py")
MANY_PARAMETERS_BY_NATURE = ("storage/", "tools/pictures/")
"""Columns of a row, and measures of a drawing."""


def all_modules() -> list[str]:
    """Those of the tests, too."""
    listed = subprocess.run(
        ["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.split()
    found = listed or [str(file.relative_to(ROOT)) for file in ROOT.glob("[a-z]*/**/*.py")]  # without git
    return [
        name
        for name in found
        if not re.search(r"^(build|data)/|node_modules", name) and (ROOT / name).exists()
    ]


def modules() -> list[str]:
    """All but the tests: the parameters of a test are fixtures."""
    return [name for name in all_modules() if not name.startswith("tests/")]


def test_no_module_is_longer_than_can_be_read_at_once() -> None:
    lengths = {
        name: len((ROOT / name).read_text("utf-8").splitlines())
        for name in all_modules()
        if not name.startswith(LONG_BY_NATURE)
    }
    assert {name: length for name, length in lengths.items() if length > MAX_LINES} == {}


def test_no_function_takes_more_parameters_than_can_be_told_apart() -> None:
    found = []
    for name in modules():
        if name.startswith(MANY_PARAMETERS_BY_NATURE):
            continue
        for node in ast.walk(ast.parse((ROOT / name).read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                given = node.args
                named = [each.arg for each in given.posonlyargs + given.args + given.kwonlyargs]
                count = len([each for each in named if each not in ("self", "cls")])
                count += (given.vararg is not None) + (given.kwarg is not None)
                if count > MAX_PARAMETERS:
                    found.append(f"{name}:{node.lineno} {node.name}: {count}")
    assert found == []


def test_no_folder_of_handlers_or_payment_holds_more_modules_than_one_can_survey() -> None:
    folders = Counter(
        str(Path(name).parent)
        for name in modules()
        if name.startswith(("handlers/", "payment/")) and not name.endswith("__init__.py")
    )
    assert {folder: count for folder, count in folders.items() if count > MAX_MODULES_IN_A_FOLDER} == {}
