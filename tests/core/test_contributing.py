"""What newcomers are told is true: the files that are named exist, and every linter runs before a commit too."""

import re

import pytest

import config
from tests.core.test_sizes import modules

GUIDES = ("CONTRIBUTING.md", "SECURITY.md", "README.md", "docs/architecture.md")
PATH = re.compile(r"`((?:[A-Za-z0-9_.-]+/)+[A-Za-z0-9_.-]+)`|\]\(((?!http)[^)#]+)\)")
MADE_LATER = ("build/", "data/", "cert/apiclient_key.pem", ".venv/", "mutants/")


@pytest.mark.parametrize("guide", GUIDES)
def test_every_file_that_a_guide_names_exists(guide: str) -> None:
    text = (config.ROOT / guide).read_text()
    root, named = (config.ROOT / guide).parent, {code or link for code, link in PATH.findall(text)}
    assert named
    kept = {path for path in named if not path.startswith(MADE_LATER)}
    assert [p for p in sorted(kept) if not (config.ROOT / p).exists() and not (root / p).exists()] == []


def test_every_name_that_a_guide_looks_for_in_a_module_is_defined_there() -> None:
    text = "".join((config.ROOT / guide).read_text("utf-8") for guide in GUIDES)
    named = re.findall(r"`(?:\w+\.)?(\w+)`(?: and `\w+`)? in `([\w/]+\.py)`", text)
    assert len(named) > 5
    defined = r"^\s*(?:(?:async )?def|class) {0}\b|^{0}\b.*="
    assert [
        (name, path)
        for name, path in named
        if not re.search(defined.format(name), (config.ROOT / path).read_text("utf-8"), re.MULTILINE)
    ] == []


def test_every_document_that_the_code_names_as_its_source_is_in_the_repository() -> None:
    """A stranger can read what a docstring refers to: pages of ``docs/`` by their path, those at the root by name."""
    named = {
        (path, document)
        for path in modules()
        for document in re.findall(r"[\w/-]+\.md\b", (config.ROOT / path).read_text("utf-8"))
    }
    assert named
    assert sorted((path, document) for path, document in named if not (config.ROOT / document).exists()) == []


def test_whatever_make_lint_runs_is_run_before_a_commit() -> None:
    recipe = re.search(r"^lint:.*\n((?:\t.*\n)+)", (config.ROOT / "Makefile").read_text(), re.MULTILINE)
    assert recipe is not None
    hooks = (config.ROOT / ".pre-commit-config.yaml").read_text()
    commands = [line.strip().lstrip("@").removesuffix(" .") for line in recipe.group(1).splitlines()]
    assert len(commands) >= 4
    for command in commands:
        assert command.replace("$(python)", ".venv/bin/python") in hooks, command
