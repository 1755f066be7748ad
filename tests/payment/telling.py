"""Stories that a test tells with a shop, on both engines, at the stand-in for WeChat."""

from __future__ import annotations

import shutil
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, TypeVar

import pytest
from tornado.ioloop import IOLoop

from config import Settings
from sandbox import load_identity
from storage import Storage
from tests.payment.sandbox_shop import SandboxShop, open_sandbox_shop

Story = Callable[[SandboxShop], Awaitable[None]]
Tell = Callable[[Story], None]
Told = TypeVar("Told")


REPLY_FAULTS: list[tuple[str, dict[str, Any]]] = [
    ("drop_before_commit", {}),
    ("drop_after_commit", {}),
    ("rate_limited", {}),
    ("rate_limited", {"committed": True}),
    ("system_error", {}),
    ("system_error", {"committed": True}),
    ("garbage", {}),
    ("bad_signature", {}),
    ("unsigned", {}),
    ("signtest", {}),
    ("slow", {"seconds": 2.0}),
]
"""What the stand-in can do to the reply of a request that moves money, with and without doing what was asked."""


@pytest.fixture(scope="session")
def stand_in_identity(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keys cost a second to make: once for all tests."""
    folder = tmp_path_factory.mktemp("stand-in")
    load_identity(folder)
    return folder


@pytest.fixture
def stand_in_folder(stand_in_identity: Path, tmp_path: Path) -> Path:
    """The folder of a fresh stand-in that has its keys."""
    folder = tmp_path / "stand-in"
    shutil.copytree(stand_in_identity, folder, ignore=shutil.ignore_patterns("*.lock"))
    return folder


def teller(
    opening: Callable[[], AbstractAsyncContextManager[Told]], io_loop: IOLoop
) -> Callable[[Callable[[Told], Awaitable[None]]], None]:
    """Runs stories with what is opened for each."""

    def run(story: Callable[[Told], Awaitable[None]]) -> None:
        async def scene() -> None:
            async with opening() as told:
                await story(told)

        io_loop.run_sync(scene, timeout=60)

    return run


@pytest.fixture
def tell(storage: Storage, shop_settings: Settings, stand_in_folder: Path, io_loop: IOLoop) -> Tell:
    """Runs a story ``async def (sandbox_shop)`` against a fresh stand-in, on both engines."""
    return teller(lambda: open_sandbox_shop(storage, shop_settings, stand_in_folder), io_loop)
