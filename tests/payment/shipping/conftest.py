"""Stories that a test tells with a yard, on both engines."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from tornado.ioloop import IOLoop

from config import Settings
from storage import Storage
from tests.payment.shipping.memory import MemoryYard
from tests.payment.shipping.yard import Yard, open_yard
from tests.payment.telling import stand_in_folder, stand_in_identity, teller

__all__ = ["stand_in_folder", "stand_in_identity"]

Story = Callable[[Yard], Awaitable[None]]
TellOfYard = Callable[[Story], None]


@pytest.fixture
def ship(storage: Storage, shop_settings: Settings, stand_in_folder: Path, io_loop: IOLoop) -> TellOfYard:
    """Runs a story ``async def (yard)`` against a fresh stand-in."""
    return teller(lambda: open_yard(storage, shop_settings, stand_in_folder), io_loop)


@pytest.fixture
def memory(storage: Storage, shop_settings: Settings) -> MemoryYard:
    """Over a WeChat in memory, on both engines, through ``storage``."""
    return MemoryYard(storage, shop_settings)
