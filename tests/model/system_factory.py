"""A new system for each run of the model: an empty database, and a stand-in that knows nobody."""

from __future__ import annotations

import asyncio
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from config import DatabaseSettings
from sandbox import load_identity
from sandbox.signing import Keyring
from storage import open_storage
from tests.model.system import System


def make_keys(folder: Path) -> Path:
    """The stand-in's identity, the key of its next rotation too, made once: it takes half a second."""
    made = folder / "made"
    keyring = Keyring(load_identity(made))
    _ = keyring.rotated
    kept = folder / "kept"
    kept.mkdir()
    for file in made.iterdir():
        if file.suffix != ".lock":
            shutil.copyfile(file, kept / file.name)
    return kept


class SystemFactory:
    """``fresh_database``: from a folder to the settings of a migrated, empty database."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        folder: Path,
        keys: Path,
        fresh_database: Callable[[Path], DatabaseSettings],
        counts: Counter[str],
    ) -> None:
        self.loop = loop
        self.counts = counts
        self._folder = folder
        self._keys = keys
        self._fresh_database = fresh_database
        self._made = 0

    def open(self) -> System:
        self._made += 1
        folder = self._folder / f"system-{self._made}"
        folder.mkdir()
        storage = open_storage(self._fresh_database(folder))
        system = System(folder, self._keys, storage, self.counts)
        self.loop.run_until_complete(storage.open())
        self.loop.run_until_complete(system.open())
        return system

    def close(self, system: System) -> None:
        self.loop.run_until_complete(system.close())
        self.loop.run_until_complete(system.storage.close())
        shutil.rmtree(system.folder, ignore_errors=True)
