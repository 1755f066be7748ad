"""A filled database, kept between runs: making a hundred thousand orders up takes longer than copying them.

What is kept lies in build/filled/, one SQLite file for both engines, named by the schema's revision and by the text of
everything that has a part in the rows. A test that gets such a database only looks at it.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from bench.bulk import open_bulk
from bench.filler import Filled, fill
from config import ROOT, DatabaseSettings
from privacy import Vault
from storage import revision
from tests.databases import SQLiteTemplate

KEPT = ROOT / "build" / "filled"
SOURCES = (
    "bench/filler*.py",
    "bench/bulk.py",
    "personal/*.py",
    "privacy.py",
    "startup/seed.py",
    "storage/migrations/versions/*.py",
    "storage/models.py",
    "storage/repositories/orders.py",
    "storage/schema.py",
    "storage/seed/*.json",
)


def fill_from_kept(
    settings: DatabaseSettings, orders: int, key: str, now: int, folder: Path, kept: Path = KEPT
) -> Filled:
    """Fill a migrated, empty database with what is kept, which is made first where it is missing. ``folder``: for what
    is there only meanwhile."""
    file = kept / f"{_name(orders, key, now)}.sqlite3"
    if not file.exists():
        _make(file, orders, key, now, folder)
    filled = Filled(**json.loads(file.with_suffix(".json").read_text("utf-8")))
    if settings.engine == "sqlite":
        shutil.copyfile(file, settings.path)
    else:
        _copy_rows(file, settings, filled)
    return filled


def _name(orders: int, key: str, now: int) -> str:
    digest = hashlib.sha256(repr((key, now)).encode())
    for pattern in SOURCES:
        for source in sorted(ROOT.glob(pattern)):
            digest.update(source.read_bytes())
    return f"{orders}-{revision.newest()}-{digest.hexdigest()[:16]}"


def _make(file: Path, orders: int, key: str, now: int, folder: Path) -> None:
    """Fill a SQLite file and keep it, in the place of older ones of that size."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = SQLiteTemplate(folder).settings(folder)
    filled = fill(settings, orders, Vault(key), now)
    file.parent.mkdir(parents=True, exist_ok=True)
    for old in file.parent.glob(f"{orders}-*"):
        old.unlink(missing_ok=True)
    # Two processes may do this at once: each writes a name of its own first, the file with the rows last.
    facts = file.with_suffix(f".{os.getpid()}")
    facts.write_text(json.dumps(filled.__dict__), "utf-8")
    facts.replace(file.with_suffix(".json"))
    shutil.copyfile(settings.path, facts)
    facts.replace(file)


def _copy_rows(file: Path, settings: DatabaseSettings, filled: Filled) -> None:
    with closing(sqlite3.connect(file)) as source, open_bulk(settings) as into:
        for table in filled.rows:
            for row in source.execute(f"SELECT * FROM {table}"):
                into.add(table, row)
        assert into.rows == filled.rows
