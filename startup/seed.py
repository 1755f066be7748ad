"""The catalog that a new installation begins with: ``storage/seed/catalog.json``."""

from __future__ import annotations

import json
from typing import Any

from catalog.questions import Question, stored_questions
from config import ROOT
from storage import Storage

FILE = ROOT / "storage" / "seed" / "catalog.json"


async def seed_catalog(storage: Storage) -> bool:
    """Fill an empty catalog; False when there is one already."""
    content = json.loads(FILE.read_text("utf-8"))
    async with storage.transaction() as tx:
        if await tx.catalog.version():
            return False
        for table, columns in _COLUMNS.items():
            for position, entry in enumerate(content.get(table, []), start=1):
                await tx.catalog.add(table, columns(entry) | {"position": position * 10})
        await tx.catalog.touch()
        await tx.commit()
    return True


def _hospital(entry: dict[str, Any]) -> dict[str, Any]:
    return {
        **_pick(entry, "id", "name", "address", "phone", "introduction", "logo", "picture"),
        "grade": entry["rank"],
        "kind": entry["type"],
        "longitude": str(entry["longitude"]),
        "latitude": str(entry["latitude"]),
        **{name: "\n".join(entry[name]) for name in ("campuses", "meeting_points", "departments")},
    }


def _service(entry: dict[str, Any]) -> dict[str, Any]:
    return {
        **_pick(
            entry, "id", "name", "unit", "price_fen", "summary", "introduction", "notice", "picture", "takes"
        ),
        "included": "\n".join(entry["included"]),
        "needs_id_number": int(entry["needs_id_number"]),
        "questions": stored_questions([Question(**each) for each in entry["questions"]]),
        "step_nodes": "\n".join(entry["step_nodes"]),
        "keywords": " ".join(entry["keywords"]),
    }


def _expert(entry: dict[str, Any]) -> dict[str, Any]:
    texts = ("name", "title", "department", "specialty", "introduction", "picture")
    return {**_pick(entry, "hospital_id", *texts), "sample": int(entry["sample"])}


def _banner(entry: dict[str, Any]) -> dict[str, Any]:
    return _pick(entry, "picture", "title", "link")


def _pick(entry: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: entry[name] for name in names}


_COLUMNS = {"hospitals": _hospital, "services": _service, "experts": _expert, "banners": _banner}
