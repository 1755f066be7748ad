"""The small changes that ``make mutants`` makes: which there are and which not, and that one gets into a function."""

from __future__ import annotations

import ast
import os
import textwrap
from pathlib import Path

import pytest

from tools.mutants import session
from tools.mutants.__main__ import drawn_of
from tools.mutants.changes import changed_tree, changes_of
from tools.mutants.processes import apart, shared
from tools.mutants.reach import Met, Reach
from tools.mutants.report import is_equivalent


def variants(body: str) -> list[str]:
    """What becomes of a function's body, change by change."""
    source = f"def f(a, b):\n{textwrap.indent(textwrap.dedent(body).strip(), '    ')}\n"
    changed = [changed_tree(source, change.number) for change in changes_of("module.py", source)]
    function = [tree.body[0] for tree in changed]
    return ["; ".join(ast.unparse(line) for line in each.body) for each in function]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("x = a < b", ["x = a <= b"]),
        ("x = a is not b", ["x = a is b"]),
        ("x = a and b", ["x = a or b", "x = True and b", "x = a and True"]),
        ("x = a or b", ["x = a and b", "x = False or b", "x = a or False"]),
        ("x = not a", ["x = not not a"]),
        ("x = a + b", ["x = a - b"]),
        ("x = 41", ["x = 42"]),
        ("x = True", ["x = False"]),
        ("x = 'paid'", ["x = 'XXpaidXX'"]),
        ("x = f(a, at=b)", ["x = f(a)"]),
        ("x = [each for each in a if b]", ["x = [each for each in a]"]),
        ("a.lock(b)", ["pass"]),
        ("a.state = b", ["pass"]),
        ("raise ValueError(a)", ["pass"]),
        ("return a", ["return None"]),
        ("if a:\n    b = a", ["if not a:\n    b = a"]),
        ("x = 'WHERE at <= :at'", ["x = 'WHERE at < :at'"]),
        (
            "x = 'a = :a AND b IS NULL'",
            ["x = 'a <> :a AND b IS NULL'", "x = 'a = :a OR b IS NULL'", "x = 'a = :a AND b IS NOT NULL'"],
        ),
    ],
)  # fmt: skip
def test_every_kind_of_change_is_made(body: str, expected: list[str]) -> None:
    assert variants(body) == expected


@pytest.mark.parametrize(
    "body",
    ['"""A docstring of 3 words."""', "logger.info('paid %d', 1)", "assert a < b", "x = '订单已取消'"],
)
def test_words_for_people_and_assertions_are_left_alone(body: str) -> None:
    assert variants(body) == []


def test_what_is_inside_of_a_function_is_changed_and_how_it_is_declared_is_not() -> None:
    source = textwrap.dedent(
        """
        LIMIT = 3

        class Shop:
            def sell(self, count: int = 1) -> None:
                def inner(more=2):
                    return more + 5
                if count:
                    self.left = 7
        """
    )
    found = [(change.function, change.line, change.what) for change in changes_of("shop.py", source)]
    assert found == [
        ("Shop.sell", 7, "returns None"),
        ("Shop.sell", 7, "+ becomes -"),
        ("Shop.sell", 7, "5 becomes 6"),
        ("Shop.sell", 8, "condition is turned round"),
        ("Shop.sell", 9, "is left out"),
        ("Shop.sell", 9, "7 becomes 8"),
    ]


def test_a_change_gets_into_functions_that_exist_inner_ones_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "shop_of_changes.py"
    file.write_text(
        "def adder(step):\n    def add(count):\n        return count + step\n    return add\n\nadd_two = adder(2)\n",
        "utf-8",
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(session, "_functions", {})
    session.find_functions(tmp_path, ["shop_of_changes"])
    import shop_of_changes  # type: ignore[import-not-found]

    assert shop_of_changes.add_two(5) == 7
    (minus,) = (each for each in changes_of(str(file), file.read_text()) if each.what == "+ becomes -")
    session.put_in(minus)
    assert (shop_of_changes.add_two(5), shop_of_changes.adder(1)(5)) == (3, 4)


def test_a_change_that_gets_into_no_function_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "never_imported.py"
    file.write_text("def f():\n    return 1 + 2\n", "utf-8")
    monkeypatch.setattr(session, "_functions", {})
    with pytest.raises(LookupError, match="no function"):
        session.put_in(changes_of(str(file), file.read_text())[0])


def test_what_was_learned_is_kept_for_the_same_code_only(tmp_path: Path) -> None:
    reach = Reach(tmp_path / "reach.json", "code of today")
    reach.add(
        {
            "file": "t.py",
            "digest": "d",
            "failed": [],
            "tests": {"t": {"seconds": 1.0, "lines": {"a.py": 1 << 7}}},
        }
    )
    reach.save()
    ((name, known),) = Reach(tmp_path / "reach.json", "code of today").tests()
    assert (name, known.runs("a.py", range(5, 8)), known.runs("a.py", range(5, 7))) == ("t", True, False)
    assert not known.runs("b.py", range(5, 8))
    assert list(Reach(tmp_path / "reach.json", "other code").tests()) == []
    assert Met().lines == {}


def test_as_many_changes_as_wanted_are_drawn_from_all_files_in_their_order() -> None:
    changes = [
        each
        for file in ("a.py", "b.py")
        for each in changes_of(file, "def f(x):\n    return x + 1, x - 2, x * 3")
    ]
    drawn = drawn_of(changes, 5, seed=1)
    assert drawn == [each for each in changes if each in drawn]
    assert len(drawn) == 5
    assert drawn == drawn_of(changes, 5, seed=1) != drawn_of(changes, 5, seed=2)
    assert drawn_of(changes, 0, seed=1) == drawn_of(changes, len(changes) + 1, seed=1) == changes


def test_an_equivalent_change_is_known_by_its_text() -> None:
    key = "payment/books/ledger.py | balance | if kinds[0] > 0: | > becomes >="
    assert is_equivalent(key, [key])
    assert is_equivalent(key, ["payment/books/ledger.py | balance | * | > becomes >="])
    assert not is_equivalent(key, ["payment/books/ledger.py | balance | * | < becomes <="])


def test_what_is_done_apart_leaves_no_trace_here_and_its_failure_is_told() -> None:
    begun: list[int] = []

    def work() -> list[object]:
        begun.append(len(begun))
        return [os.getpid(), begun]

    first, second = apart(work), apart(work)
    assert [first[1], second[1], begun] == [[0], [0], []]
    assert len({first[0], second[0], os.getpid()}) == 3
    with pytest.raises(ChildProcessError):
        apart(lambda: 1 // 0)


def test_pieces_of_work_are_each_done_once() -> None:
    assert sorted(shared(7, 3, lambda position: position * 10)) == [0, 10, 20, 30, 40, 50, 60]
