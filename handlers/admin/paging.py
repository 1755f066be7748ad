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


def pager(key: str, *, first: bool, following: object = "") -> dict[str, object]:
    """What ``templates/admin/pager.html`` shows below a page of a list. ``first``: is it the first one? ``following``:
    the value of ``key`` in the query of the next one; empty on the last one."""
    return {"first": first, "next": following, "key": key}


ALL_SHOWN = pager("", first=True)
"""The pager of a list without pages."""
