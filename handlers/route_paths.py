"""Routes as a reader names them: the pattern of each as a path with parameters."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

Route = tuple[Any, ...]
"""(pattern, handler[, arguments])"""
_SPECIAL = re.compile(r"(?<!\\)[()\[\]{}*+?|^$.]|\\[0-9A-Za-z]")
"""What makes a pattern more than a path. A letter behind a backslash is a class of characters or a place."""
_LESS = "?*+{|"
"""Before these stands what a match need not begin with."""
_GROUP = re.compile(r"\((?:[^()]|\([^()]*\))*\)")


def path_of(pattern: str) -> tuple[str, list[dict[str, Any]]]:
    """A route's pattern as a path with parameters; each group is a number or a name."""
    parameters: list[dict[str, Any]] = []

    def name(match: re.Match[str]) -> str:
        number = match[0].startswith("([0-9]")
        label = ("id" if number else "name") + (str(len(parameters) + 1) if parameters else "")
        schema = {"type": "integer", "minimum": 0, "maximum": 10**18 - 1} if number else {"type": "string"}
        parameters.append({"name": label, "in": "path", "required": True, "schema": schema})
        return f"{{{label}}}"

    return _GROUP.sub(name, pattern).replace("\\", ""), parameters


def exact_routes(routes: Sequence[Route]) -> dict[str, Route]:
    """The routes whose pattern is nothing but a path, by that path: those that are the first one to match it."""
    found: dict[str, Route] = {}
    others: list[tuple[str, str]] = []
    """With parameters, so far: what all that they match begins with, and the pattern as Tornado compiles it."""
    for route in routes:
        pattern = route[0]
        if special := _SPECIAL.search(pattern):
            start = "" if special[0] in _LESS else pattern[: special.start()].replace("\\", "")
            others.append((start, f"{pattern}$"))
            continue
        path = pattern.replace("\\", "")
        if not any(path.startswith(start) and re.match(other, path) for start, other in others):
            found.setdefault(path, route)
    return found
