"""Nothing is looked for where nothing is asked for: an empty list behind IN is no SQL on MariaDB."""

from __future__ import annotations

import collections.abc
import importlib
import inspect
import pkgutil
import typing
from collections.abc import Iterable, Iterator
from types import NoneType, UnionType
from typing import Any

import pytest

import storage.repositories
from storage import Storage
from storage.repositories import base

LISTS = (
    list,
    set,
    frozenset,
    collections.abc.Iterable,
    collections.abc.Sequence,
    collections.abc.Collection,
    collections.abc.Set,
)
NEVER_EMPTY = {
    "Jobs.remove",
    "PayStatements.add",
    "Prices.mark_applied",
    "Shipments.make_due",
    "Shipments.move",
    "Shipments.wake",
    "Visits.close_troubles",
}
"""Their callers name what there is: states and kinds of ours, or rows that they have just read."""
VALUES: dict[Any, Any] = {int: 1, str: "", bool: False, tuple[int, int]: (1, 1)}
MODULES = [
    importlib.import_module(f"storage.repositories.{each.name}")
    for each in pkgutil.iter_modules(storage.repositories.__path__)
]


def is_list(hint: Any) -> bool:
    return (typing.get_origin(hint) or hint) in LISTS


def value_of(hint: Any) -> Any:
    """Some value of a type. Raises KeyError for one that this does not make."""
    if typing.get_origin(hint) in (typing.Union, UnionType):
        return None
    if is_list(hint):
        kind = typing.get_origin(hint) or hint
        made = [VALUES[typing.get_args(hint)[0]]]
        return set(made) if kind in (set, frozenset, collections.abc.Set) else made
    return VALUES[hint]


def asked_with_nothing() -> Iterator[tuple[type, str, str]]:
    """Repository, method and parameter of everything that takes a list of ids or the like and has a list looked up."""
    for module in MODULES:
        for repository in vars(module).values():
            if not (inspect.isclass(repository) and issubclass(repository, base.Repository)):
                continue
            for name, method in vars(repository).items():
                if repository.__module__ != module.__name__ or name.startswith("_") or not callable(method):
                    continue
                if "in_list(" not in inspect.getsource(method):
                    continue
                if method.__qualname__ in NEVER_EMPTY:
                    continue
                hints = typing.get_type_hints(method)
                hints.pop("return", None)
                for parameter, hint in hints.items():
                    if is_list(hint):
                        yield repository, name, parameter


ASKED = list(asked_with_nothing())


def test_there_are_methods_that_take_lists() -> None:
    assert len(ASKED) > 25
    assert "Boards.known_hospitals" in {f"{repository.__name__}.{name}" for repository, name, _ in ASKED}


@pytest.mark.parametrize(
    ("repository", "name", "empty"), ASKED, ids=[f"{each[0].__name__}.{each[1]}-{each[2]}" for each in ASKED]
)
async def test_an_empty_list_is_answered_with_nothing(
    storage: Storage, monkeypatch: pytest.MonkeyPatch, repository: type, name: str, empty: str
) -> None:
    real = base.in_list

    def in_list(mark: str, values: Iterable[Any]) -> tuple[str, dict[str, Any]]:
        given = list(values)
        assert given, "an empty list is no SQL"
        return real(mark, given)

    for module in MODULES:
        if hasattr(module, "in_list"):
            monkeypatch.setattr(module, "in_list", in_list)
    method = getattr(repository, name)
    hints = typing.get_type_hints(method)
    told = hints.pop("return")
    given = {
        parameter: type(value_of(hint))() if parameter == empty else value_of(hint)
        for parameter, hint in hints.items()
        if inspect.signature(method).parameters[parameter].default is inspect.Parameter.empty
        or parameter == empty
    }
    async with storage.transaction() as tx:
        answer = await method(repository(tx.connection), **given)
    assert answer is None if told is NoneType else answer == (typing.get_origin(told) or told)()
