"""A page of a list: what is shown of the rows that were found, and where the next one begins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

Row = TypeVar("Row")


def cut(found: Sequence[Row], size: int) -> tuple[list[Row], Row | None]:
    """The rows of a page, and the last of them when another page follows, which begins behind it.

    ``found``: one row more than a page holds, if there are so many.
    """
    shown = list(found[:size])
    return shown, shown[-1] if len(found) > size else None
