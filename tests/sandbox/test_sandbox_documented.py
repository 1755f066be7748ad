"""docs/sandbox.md names every route, setting and fault: one that is missing there is missing for a developer."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

from sandbox import Sandbox
from sandbox.faults import ENDPOINTS, KINDS
from sandbox.settings import CHOICES, Settings

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "sandbox.md").read_text("utf-8")
WITHOUT_NUMBERS = re.sub(r"/\{\w+\}", "", TEXT)


def test_every_fault_and_its_parameters_are_documented():
    for name, kind in KINDS.items():
        assert f"`{name}`" in TEXT
        assert all(f"`{parameter}`" in TEXT for parameter in kind.parameters)
    assert all(f"`{endpoint}`" in TEXT for endpoint in ENDPOINTS)


def test_every_setting_and_its_choices_are_documented():
    for field in dataclasses.fields(Settings):
        assert f"`{field.name}`" in TEXT
    for choices in CHOICES.values():
        assert all(f"`{choice}`" in TEXT for choice in choices)


def test_every_route_is_documented(sandbox_folder):
    for rule in Sandbox(sandbox_folder).routes(""):
        path = rule.regex.pattern.removesuffix("$").removesuffix("/?").removeprefix("/")
        if path and "*" not in path:
            words = [
                word
                for word in path.replace("(?P<name>page\\.css|page\\.js)", "").split("/")
                if "<" not in word
            ]
            assert "/".join(words[:4]).rstrip("/") in WITHOUT_NUMBERS, path


def test_every_file_is_documented(sandbox_folder, drive_sandbox):
    async def scenario(merchant):
        await merchant.fault("rotated_key")
        names = {path.name for path in sandbox_folder.iterdir()}
        assert {name for name in names if f"`{name}`" not in TEXT} <= {
            "state.sqlite3-wal",
            "state.sqlite3-shm",
        }

    drive_sandbox(scenario)
