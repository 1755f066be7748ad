"""``frozen``: what it makes behaves as a frozen dataclass does, with methods that all of them share."""

from __future__ import annotations

import copy
import pickle
from dataclasses import FrozenInstanceError, asdict, dataclass, field, fields, is_dataclass, replace
from typing import Any, ClassVar

import pytest

from frozen_dataclasses import frozen


@frozen()
class Payment:
    KIND: ClassVar[str] = "payment"
    order_id: int
    fen: int = 1
    secret: str = field(default="hidden", repr=False)
    read_at: int = field(default=0, compare=False)


@frozen(slots=True)
class Short:
    order_id: int
    names: tuple[str, ...] = ()


@frozen()
class One:
    name: str


@frozen()
class Empty:
    pass


@frozen()
class Later(Payment):
    more: int = 0


@frozen()
class Written:
    name: str

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 7

    def __repr__(self) -> str:
        return "written"


@dataclass(frozen=True)
class AsPython:
    order_id: int
    fen: int = 1
    secret: str = field(default="hidden", repr=False)
    read_at: int = field(default=0, compare=False)


MADE: tuple[Any, ...] = (Payment(1), Short(1, ("a",)), One("a"), Empty(), Later(1, more=2))


def test_it_is_a_dataclass() -> None:
    kind: Any = Payment
    assert is_dataclass(kind)
    assert [each.name for each in fields(Payment)] == ["order_id", "fen", "secret", "read_at"]
    assert replace(Payment(1), fen=5) == Payment(1, 5)
    assert asdict(Short(1, ("a",))) == {"order_id": 1, "names": ("a",)}
    assert Payment.KIND == "payment"


@pytest.mark.parametrize("made", MADE, ids=lambda made: type(made).__name__)
def test_equal_values_are_equal_and_have_one_hash(made: Any) -> None:
    again = copy.deepcopy(made)
    assert again == made
    assert hash(again) == hash(made)
    assert pickle.loads(pickle.dumps(made)) == made
    assert len({made, again}) == 1


def test_each_field_tells_values_apart_but_those_that_are_not_compared() -> None:
    assert Payment(1) != Payment(2)
    assert Payment(1) != Payment(1, 2)
    assert Payment(1) != Payment(1, secret="other")
    assert Payment(1, read_at=1) == Payment(1, read_at=2)
    assert hash(Payment(1, read_at=1)) == hash(Payment(1, read_at=2))
    assert One("a") != One("b")
    assert Later(1, more=1) != Later(1, more=2)


def test_values_of_different_classes_are_never_equal() -> None:
    assert Later(1) != Payment(1)
    assert Payment(1) != Later(1)
    others: tuple[Any, ...] = ((), "a")
    assert Empty() != others[0]
    assert One("a") != others[1]


def test_what_cannot_be_hashed_has_no_hash() -> None:
    values: Any = ["a"]
    with pytest.raises(TypeError, match="unhashable"):
        hash(Short(1, values))


@pytest.mark.parametrize("made", MADE, ids=lambda made: type(made).__name__)
def test_nothing_can_be_changed_added_or_removed(made: Any) -> None:
    names = [each.name for each in fields(made)]
    for name in [*names, "another"]:
        with pytest.raises(FrozenInstanceError, match=name):
            setattr(made, name, 1)
        with pytest.raises(FrozenInstanceError, match=name):
            delattr(made, name)


def test_it_is_shown_as_pythons_own_without_what_is_not_to_be_shown() -> None:
    assert repr(Payment(1, 2, "word")) == repr(AsPython(1, 2, "word")).replace("AsPython", "Payment")
    assert "word" not in repr(Payment(1, 2, "word"))
    assert repr(Empty()) == "Empty()"


def test_methods_that_a_class_has_written_are_kept() -> None:
    assert Written("a") == Written("b")
    assert hash(Written("a")) == 7
    assert repr(Written("a")) == "written"


def test_a_class_that_writes_only_how_it_is_compared_has_a_hash_as_pythons_own_has() -> None:
    def compared(_: object, other: object) -> bool:
        return True

    for made in (frozen(), dataclass(frozen=True)):
        kind: Any = made(
            type("Kind", (), {"__annotations__": {"name": str}, "__eq__": compared, "__hash__": None})
        )
        assert kind("a") == kind("b")
        assert hash(kind("a")) == hash(kind("a")) != hash(kind("b"))


def test_the_methods_are_shared() -> None:
    for name in ("__eq__", "__hash__", "__repr__", "__setattr__", "__delattr__"):
        assert len({getattr(kind, name) for kind in (Payment, Short, One, Empty, Later)}) == 1
