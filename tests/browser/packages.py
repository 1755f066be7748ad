"""JavaScript packages of the tests, as package-lock.json beside this module has them."""

from __future__ import annotations

import subprocess
from pathlib import Path

from sandbox.client.node import find_node, modules_are_current

FOLDER = Path(__file__).parent


def package(name: str) -> Path:
    """The folder of an installed package; installs them all when they are not there."""
    if not modules_are_current(FOLDER):
        node = find_node()
        assert node is not None, "the browser tests need Node's npm"
        command = [*node.npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        subprocess.run(command, cwd=FOLDER, check=True, capture_output=True)
    return FOLDER / "node_modules" / name
