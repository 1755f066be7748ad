from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tornado.ioloop import IOLoop

from config import Settings, load_settings
from storage import Storage
from tests.payment.telling import stand_in_folder, stand_in_identity
from tests.transfers.desk import Desk, open_desk
from tests.transfers.memory import MemoryDesk

__all__ = ["stand_in_folder", "stand_in_identity"]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(tmp_path, environment={})


@pytest.fixture
def desk(storage: Storage, settings: Settings, stand_in_folder: Path, io_loop: IOLoop) -> Iterator[Desk]:
    """Runs the test on both engines, through ``storage``."""
    opening = open_desk(storage, settings, stand_in_folder)
    yield io_loop.run_sync(opening.__aenter__)
    io_loop.run_sync(lambda: opening.__aexit__(None, None, None))


@pytest.fixture
def memory(storage: Storage, settings: Settings, io_loop: IOLoop) -> MemoryDesk:
    """Runs the test on both engines, through ``storage``."""
    desk = MemoryDesk(storage, settings)
    io_loop.run_sync(desk.hire)
    return desk
