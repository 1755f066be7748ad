"""A release says of itself the same everywhere."""

from __future__ import annotations

import re

from config import ROOT, VERSION
from tests.core.test_sizes import modules

OWNER = "config/setting.py"


def test_the_version_stands_in_one_module() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", VERSION)
    named = [name for name in modules() if f'"{VERSION}"' in (ROOT / name).read_text("utf-8")]
    assert [name for name in named if not name.startswith("tools/")] == [OWNER]


def test_the_change_log_has_a_section_of_the_version_below_what_is_unreleased() -> None:
    headings = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert headings[:2] == ["Unreleased", VERSION]


def test_the_how_to_of_a_release_names_targets_that_exist() -> None:
    page = (ROOT / "docs" / "release.md").read_text("utf-8")
    targets = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = set(re.findall(r"`make ([a-z-]+)", page))
    assert {"audit", "hostile", "fuzz", "crash", "soak", "deploy-test", "test"} <= named <= targets
