"""The office's desk beside the shop of ``tests/payment``."""

from __future__ import annotations

import pytest

from tests.payment.conftest import Shop
from tests.payment.supplements.desk import Desk


@pytest.fixture
def desk(shop: Shop) -> Desk:
    return Desk(shop)
