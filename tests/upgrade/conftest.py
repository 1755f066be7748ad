"""A database to be upgraded, a new one beside it, and the product at the time when the business was kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from config import DatabaseSettings
from storage import migrate
from tests.http.conftest import identity_folder, quick, start_product

__all__ = ["identity_folder", "quick", "start_product"]


@pytest.fixture
def new_installation(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> DatabaseSettings:
    """The settings of a database of the newest schema, apart from ``empty``."""
    if engine == "mysql":
        return request.getfixturevalue("database_settings")
    settings = DatabaseSettings(path=str(tmp_path / "new.sqlite3"))
    migrate(settings, tmp_path)
    return settings
