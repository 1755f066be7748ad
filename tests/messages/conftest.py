"""The product as the tests of messages and of members use it."""

import pytest
from tornado.ioloop import IOLoop

from storage import Storage
from tests.http.conftest import identity_folder, product, quick, start_product
from tests.messages.reminding import Scene, build

__all__ = ["identity_folder", "product", "quick", "start_product"]


@pytest.fixture
def scene(storage: Storage, io_loop: IOLoop) -> Scene:
    """An order whose visit is tomorrow, with a member and an escort."""
    return io_loop.run_sync(lambda: build(storage))
