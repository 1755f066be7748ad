"""The product in this process, on each engine. See ``tests.http.product``."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tornado.ioloop import IOLoop

from sandbox import load_identity
from storage import Storage
from tests.http.product import Product, make_quick, running

StartProduct = Callable[..., Awaitable[Product]]
KEEP = {"admin_sessions_days": 30, "payment_events_days": 60, "messages_days": 10}


@pytest.fixture(scope="session")
def identity_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The keys of a stand-in, made once for all tests."""
    folder = tmp_path_factory.mktemp("identity")
    load_identity(folder)
    return folder


@pytest.fixture(scope="session", autouse=True)
def quick() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        make_quick(patch)
        yield


@pytest.fixture
def start_product(
    storage: Storage, io_loop: IOLoop, tmp_path: Path, identity_folder: Path
) -> Iterator[StartProduct]:
    """Starts the product, ``await start_product(…)`` with the options of ``running``; it ends with the test."""
    started: list[Any] = []

    async def start(**options: Any) -> Product:
        block = running(storage, tmp_path, identity_folder, **options)
        product = await block.__aenter__()
        started.append(block)
        return product

    yield start
    for block in reversed(started):
        io_loop.run_sync(functools.partial(block.__aexit__, None, None, None))


@pytest.fixture
def product(start_product: StartProduct, io_loop: IOLoop) -> Product:
    """The product on one engine, without background work."""
    started: Product = io_loop.run_sync(start_product)
    return started


@pytest.fixture
def start_keeping(start_product: StartProduct) -> StartProduct:
    """Starts the product with short periods of keeping."""

    async def start(**options: Any) -> Product:
        return await start_product(privacy=KEEP, **options)

    return start
