"""Acts and what they change, held against a text file beside the tests.

An act is an asynchronous generator: what it does before its first ``yield`` is the scene; what it does from there on is
looked at, row by row. What it yields later is told, too, and so is a refusal, which must change nothing.

``python -m pytest --one-engine --rewrite-acts tests/orders tests/accounts`` writes the text files anew: read what is
different before it is committed.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import AsyncGenerator, Callable
from enum import Enum
from pathlib import Path
from typing import Any

from orders.escorts.review import DecisionRefused
from orders.serving import EscortUnavailable
from orders.transitions import TransitionRefused
from refusals import Refused
from storage.models import Order
from tests.orders.row_changes import changes, in_words, read_rows
from tests.orders.scene import Scene

Act = Callable[[Scene], AsyncGenerator[Any, None]]


def acts_of(module: dict[str, Any]) -> list[Act]:
    """The acts that are written in a module of tests."""
    return [each for name, each in module.items() if inspect.isasyncgenfunction(each)]


async def told_of(scene: Scene, act: Act) -> list[str]:
    """What an act yields, and what it changes."""
    acting = act(scene)
    await anext(acting)
    before = await read_rows(scene.storage)
    lines = []
    try:
        async for value in acting:
            lines += [f"> {described(value)}"]
    except (Refused, EscortUnavailable, DecisionRefused, TransitionRefused) as refusal:
        lines.append(f"! {type(refusal).__name__} {getattr(refusal, 'message', '')}".rstrip())
    found = changes(before, await read_rows(scene.storage))
    assert not (found and lines and lines[0].startswith("!")), f"refused, and yet changed: {found}"
    return [*lines, *found]


def described(value: Any) -> str:
    """A value that an act gives back."""
    if isinstance(value, Order):
        return f"order {value.id} {value.state} of escort {value.escort_id}"
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in dataclasses.fields(value) if "token" not in field.name]
        told = [(name, getattr(value, name)) for name in names]
        inside = ", ".join(
            f"{name} {described(each)}" for name, each in told if each not in (None, "", 0, [])
        )
        return f"{type(value).__name__}({inside})"
    if isinstance(value, Enum):
        return str(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{described(key)}: {described(each)}" for key, each in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(described(each) for each in value) + "]"
    if isinstance(value, (set, frozenset)):
        return "{" + ", ".join(sorted(described(each) for each in value)) + "}"
    return in_words("", value)


def expected_of(file: str) -> dict[str, list[str]]:
    """What stands in the text file of a module of tests, by act."""
    path = text_file(file)
    found: dict[str, list[str]] = {}
    if path.exists():
        for part in path.read_text("utf-8").split("## ")[1:]:
            name, *lines = part.rstrip("\n").split("\n")
            found[name] = lines
    return found


def write(file: str, name: str, lines: list[str], order: list[str]) -> None:
    """Put what an act was seen to change into the text file, in the order of the module."""
    known = {**expected_of(file), name: lines}
    parts = ["\n".join([f"## {each}", *known[each]]) for each in order if each in known]
    text_file(file).write_text("\n\n".join(parts) + "\n", "utf-8")


def text_file(file: str) -> Path:
    return Path(file).with_suffix(".txt")
