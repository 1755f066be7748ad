"""Nodes of a cluster know nothing of each other's row locks: whoever locks a row also writes that they did."""

from __future__ import annotations

import ast
from pathlib import Path

from config import ROOT

REPOSITORIES = sorted((ROOT / "storage/repositories").glob("*.py"))
LOCKS = {"lock", "shared_lock"}
TURNS = {"certify", "_take_turn"}
WRITES_THE_ROW = {
    "Failures.get": "whatever is decided then is written into the locked row",
    "Sealed.after": "a row is replaced only where it still holds what was read",
}
"""Locks that need no turn: two nodes that decide at once write the same row."""

OWNERS = {
    "FOR UPDATE": "mysql_connection.py",
    "IN SHARE MODE": "mysql_connection.py",
    "GET_LOCK": "resuming.py",
    "LOCK TABLES": "",
}
"""SQL that locks, and the only module that may hold it."""


def attributes(node: ast.AST) -> set[str]:
    return {each.attr for each in ast.walk(node) if isinstance(each, ast.Attribute)}


def locking_methods(file: Path) -> dict[str, set[str]]:
    """The methods that lock rows, by class and name, with the attributes that they use."""
    return {
        f"{kind.name}.{method.name}": used
        for kind in ast.parse(file.read_text()).body
        if isinstance(kind, ast.ClassDef)
        for method in kind.body
        if isinstance(method, ast.AsyncFunctionDef) and (used := attributes(method)) & LOCKS
    }


def test_every_lock_takes_a_turn() -> None:
    found = {name: used for file in REPOSITORIES for name, used in locking_methods(file).items()}
    assert len(found) >= 15
    assert {name for name, used in found.items() if not used & TURNS} == set(WRITES_THE_ROW)


def test_nothing_else_locks_rows() -> None:
    """Neither by another word for it, nor outside of the repositories."""
    for folder in ("storage", "orders", "payment", "accounts", "catalog", "wechat", "handlers", "startup"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            text = file.read_text()
            for words, allowed in OWNERS.items():
                assert words not in text or file.name == allowed, f"{file}: {words}"
