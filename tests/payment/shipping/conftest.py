"""Stories that a test tells with a yard, on both engines."""

from __future__ import annotations

import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from tornado.ioloop import IOLoop

from config import Settings
from storage import Storage
from tests.payment.shipping.memory import MemoryYard
from tests.payment.shipping.yard import Yard, open_yard
from tests.payment.telling import stand_in_identity

__all__ = ["stand_in_identity"]

Story = Callable[[Yard], Awaitable[None]]
TellOfYard = Callable[[Story], None]


@pytest.fixture
def ship(
    storage: Storage, shop_settings: Settings, stand_in_identity: Path, tmp_path: Path, io_loop: IOLoop
) -> TellOfYard:
    """Runs a story ``async def (yard)`` against a fresh stand-in."""
    folder = tmp_path / "stand-in"
    shutil.copytree(stand_in_identity, folder, ignore=shutil.ignore_patterns("*.lock"))

    def run(story: Story) -> None:
        async def scene() -> None:
            async with open_yard(storage, shop_settings, folder) as yard:
                await story(yard)

        io_loop.run_sync(scene, timeout=60)

    return run


@pytest.fixture
def memory(storage: Storage, shop_settings: Settings) -> MemoryYard:
    """Over a WeChat in memory, on both engines, through ``storage``."""
    return MemoryYard(storage, shop_settings)
