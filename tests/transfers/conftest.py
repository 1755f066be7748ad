from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from tornado.ioloop import IOLoop

from config import Settings, load_settings
from sandbox import load_identity
from storage import Storage
from tests.transfers.desk import Desk, open_desk
from tests.transfers.memory import MemoryDesk


@pytest.fixture(scope="session")
def stand_in_identity(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keys cost a second to make: once for all tests."""
    folder = tmp_path_factory.mktemp("stand-in")
    load_identity(folder)
    return folder


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(tmp_path, environment={})


@pytest.fixture
def desk(
    storage: Storage, settings: Settings, tmp_path: Path, stand_in_identity: Path, io_loop: IOLoop
) -> Iterator[Desk]:
    """Runs the test on both engines, through ``storage``."""
    folder = tmp_path / "stand-in"
    shutil.copytree(stand_in_identity, folder, ignore=shutil.ignore_patterns("*.lock"))
    opening = open_desk(storage, settings, folder)
    yield io_loop.run_sync(opening.__aenter__)
    io_loop.run_sync(lambda: opening.__aexit__(None, None, None))


@pytest.fixture
def memory(storage: Storage, settings: Settings, io_loop: IOLoop) -> MemoryDesk:
    """Runs the test on both engines, through ``storage``."""
    desk = MemoryDesk(storage, settings)
    io_loop.run_sync(desk.hire)
    return desk
