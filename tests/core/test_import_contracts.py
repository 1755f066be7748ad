"""The contracts about imports that this project adds to import-linter's (``make lint`` runs them all)."""

from __future__ import annotations

from pathlib import Path

from tools.import_contracts import imports, strongly_connected


def test_a_circle_of_modules_is_found_whole_and_what_hangs_on_it_is_not_in_it():
    edges = {"a": {"b"}, "b": {"c"}, "c": {"a", "d"}, "d": set(), "e": {"a"}, "f": {"f"}}
    groups = sorted(sorted(group) for group in strongly_connected(edges))
    assert groups == [["a", "b", "c"], ["d"], ["e"], ["f"]]


def test_two_circles_that_touch_are_one_and_two_that_do_not_are_two():
    assert sorted(map(sorted, strongly_connected({"a": {"b"}, "b": {"a"}, "c": {"d"}, "d": {"c"}}))) == [
        ["a", "b"],
        ["c", "d"],
    ]
    touching = {"a": {"b"}, "b": {"a", "c"}, "c": {"b"}}
    assert [sorted(group) for group in strongly_connected(touching)] == [["a", "b", "c"]]


def test_imports_in_functions_count_and_relative_ones_stay_in_their_package(tmp_path: Path):
    file = tmp_path / "module.py"
    file.write_text(
        "import a.b\nfrom c.d import e\nfrom . import f\ndef g():\n    from h import i\n", "utf-8"
    )
    assert imports(file) == {"a", "c", "h"}
