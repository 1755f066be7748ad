"""The product with two households, at a moment that stands still, and the record of what it answers."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest
from tornado.ioloop import IOLoop

from tests.answers.house import FixedClock, House, open_house
from tests.answers.record import Record
from tests.http.conftest import StartProduct, identity_folder, quick, start_product
from tests.orders.row_changes import OpenVault

__all__ = ["identity_folder", "quick", "start_product"]
Ready = Callable[[House], Coroutine[Any, Any, None]]


@pytest.fixture
def engine() -> str:
    """What is answered is the same on both: tests of each subject try them."""
    return "sqlite"


@pytest.fixture
def open_in(
    start_product: StartProduct, io_loop: IOLoop, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Ready], House]:
    """The product in which a scene has been set."""
    monkeypatch.setattr("startup.wiring.vault", lambda settings: OpenVault())

    async def start(ready: Ready) -> House:
        product = await start_product(
            clock=FixedClock(),
            server={"metrics_token": "m" * 32},
            transfers={"scene_id": "1005"},
        )
        house = await open_house(product)
        await house.enter()
        await ready(house)
        await house.enter()
        return house

    def run(ready: Ready) -> House:
        house: House = io_loop.run_sync(lambda: start(ready), timeout=60)
        return house

    return run


@pytest.fixture(scope="session")
def records(request: pytest.FixtureRequest) -> Iterator[Callable[[str], Record]]:
    """What is recorded, by the names of the files; ``--record-pages`` writes them anew."""
    known: dict[str, Record] = {}

    def of(name: str) -> Record:
        if name not in known:
            known[name] = Record(name, anew=request.config.option.record_pages)
        return known[name]

    yield of
    for record in known.values():
        record.save()
