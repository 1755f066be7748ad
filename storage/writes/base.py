"""What all that is written has in common."""

from __future__ import annotations

from dataclasses import fields
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


class Kept(Enum):
    """The type of ``KEPT``."""

    KEPT = "kept"


KEPT: Final = Kept.KEPT
"""As a field of a change: the column stays as it is. NULL is a value of its own."""


def columns(write: DataclassInstance) -> dict[str, Any]:
    """The columns that are written and their values; both engines store a truth value as 0 or 1."""
    return {
        name: int(value) if isinstance(value, bool) else value
        for name in _names(type(write))
        if (value := getattr(write, name)) is not KEPT
    }


@cache
def _names(kind: type[DataclassInstance]) -> tuple[str, ...]:
    return tuple(item.name for item in fields(kind))
