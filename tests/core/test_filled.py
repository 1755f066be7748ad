"""The filled database that is kept between runs is the same one on either engine, and is made once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bench.filler import fill
from bench.filler_people import Company
from clock import DAY
from config import DatabaseSettings
from privacy import Vault
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


async def test_what_follows_an_order_fits_the_tables_of_today(database_settings: DatabaseSettings) -> None:
    company = Company(45 * DAY, escorts=5, after_sales=True, orders_per_case=4, open_cases=5)
    fill(database_settings, 120, Vault(KEY), NOW, company=company)
    storage = open_storage(database_settings)
    await storage.open()
    try:
        async with storage.reading() as reader:
            for table in ("supplements", "invoices", "complaints", "shipments", "outbox"):
                found: Any = await reader.connection.fetch_one(f"SELECT COUNT(*) FROM {table}")
                assert found[0] > 0, table
    finally:
        await storage.close()
