"""What the tests of the import share with those over HTTP, and the older system itself."""

from __future__ import annotations

import pytest

from tests.http.conftest import identity_folder, quick, start_product
from tests.legacy.older_system import OlderSystem
from tests.mariadb import MariaDB

__all__ = ["identity_folder", "quick", "start_product"]


@pytest.fixture
def older(mariadb: MariaDB, worker: str) -> OlderSystem:
    system = OlderSystem(mariadb, f"older_{worker}")
    system.catalog()
    return system
