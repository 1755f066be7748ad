"""The product with content checks."""

from __future__ import annotations

from typing import Any

import pytest
from tornado.ioloop import IOLoop

from tests.http.conftest import StartProduct, identity_folder, quick, start_product
from tests.http.product import Product

__all__ = ["identity_folder", "quick", "start_product"]


@pytest.fixture
def product(start_product: StartProduct, io_loop: IOLoop) -> Product:
    started: Any = io_loop.run_sync(lambda: start_product(wechat={"content_checks": True}))
    assert isinstance(started, Product)
    return started
