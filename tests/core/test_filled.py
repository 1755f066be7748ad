"""The filled database that is kept between runs is the same one on either engine, and is made once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from config import DatabaseSettings
from storage import open_storage
from tests import filled

KEY = "ab" * 32
NOW = 1_795_000_000_000


async def test_what_is_kept_is_copied_and_not_made_again(
    database_settings: DatabaseSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, kept = tmp_path / "made", tmp_path / "kept"
    old = kept / "50-0001-of-an-older-schema.sqlite3"
    kept.mkdir()
    old.touch()
    first = filled.fill_from_kept(database_settings, 50, KEY, NOW, folder, kept)
    assert first.rows["orders"] == 50
    assert not old.exists(), "one of each size is kept"
    storage = open_storage(database_settings)
    await storage.open()
    try:
        async with storage.reading() as reader:
            for table, rows in first.rows.items():
                found: Any = await reader.connection.fetch_one(f"SELECT COUNT(*) FROM {table}")
                assert found[0] == rows, table
            row: Any = await reader.connection.fetch_one("SELECT MAX(phone_tail) FROM patients")
            assert row[0]
    finally:
        await storage.close()
    monkeypatch.delattr(filled, "fill")
    elsewhere = DatabaseSettings(engine="sqlite", path=str(tmp_path / "again.sqlite3"))
    assert filled.fill_from_kept(elsewhere, 50, KEY, NOW, folder, kept) == first
    with pytest.raises(NameError):
        filled.fill_from_kept(elsewhere, 50, KEY, NOW + 1, folder, kept)
