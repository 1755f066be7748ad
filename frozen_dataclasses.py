"""Frozen dataclasses whose methods are one for all of them.

``dataclass(frozen=True)`` writes and compiles six methods for each class. A server has four hundred of them, which is
3 MB and a part of its start; all but ``__init__`` are the same when they look at the fields by themselves.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from operator import attrgetter
from typing import Any, NoReturn, TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(dataclasses.field,))
def frozen(*, slots: bool = False) -> Callable[[type[T]], type[T]]:
    """As ``dataclass(frozen=True)``, of which it makes one: ``fields``, ``replace`` and ``asdict`` work on it.

    ``__eq__``, ``__hash__`` and ``__repr__`` that the class has written itself are kept.
    """

    def decorate(cls: type[T]) -> type[T]:
        written = {
            name for name in _SHARED if vars(cls).get(name)
        }  # Python leaves None as the hash beside an __eq__
        made = dataclasses.dataclass(frozen=True, eq=False, repr=False, slots=slots)(cls)
        compared = [each.name for each in dataclasses.fields(made) if each.compare]  # type: ignore[arg-type]
        made._compared = attrgetter(*compared) if compared else staticmethod(_nothing)  # type: ignore[attr-defined]
        for name in _SHARED.keys() - written:
            setattr(made, name, _SHARED[name])
        return made

    return decorate


def _nothing(_: object) -> tuple[()]:
    return ()


def _is_equal(self: Any, other: Any) -> bool:
    if type(self) is not type(other):
        return NotImplemented
    return bool(self._compared(self) == self._compared(other))


def _hash(self: Any) -> int:
    return hash(self._compared(self))


def _as_text(self: Any) -> str:
    shown = (f"{each.name}={getattr(self, each.name)!r}" for each in dataclasses.fields(self) if each.repr)
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _refuse_to_set(self: object, name: str, value: object) -> NoReturn:
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(self: object, name: str) -> NoReturn:
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")


_SHARED: dict[str, Callable[..., Any]] = {
    "__eq__": _is_equal,
    "__hash__": _hash,
    "__repr__": _as_text,
    "__setattr__": _refuse_to_set,
    "__delattr__": _refuse_to_delete,
}
