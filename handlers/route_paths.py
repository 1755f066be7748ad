"""Routes as a reader names them: the pattern of each as a path with parameters."""

from __future__ import annotations

import re
from typing import Any

Route = tuple[Any, ...]
"""(pattern, handler[, arguments])"""
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
