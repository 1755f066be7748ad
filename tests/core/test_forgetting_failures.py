"""A row that cannot be forgotten is counted and holds up no other; a database that is gone ends the round."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from accounts import forgetting
from orders.visits import records
from orders.visits.photo_files import PhotoFiles
from privacy import Vault, new_key
from sealed_files import DocumentFiles
from storage import Reader, Storage, StorageUnavailable, Transaction

ROWS = [1, 2, 3]


@pytest.fixture
def engine() -> str:
    """What fails is made up: one engine is enough."""
    return "sqlite"


def failing_at(row: int, error: Exception) -> Any:
    async def forget(tx: Transaction, row_id: int) -> list[str]:
        if row_id == row:
            raise error
        return []

    return forget


async def due(last: int) -> list[int]:
    return [row for row in ROWS if row > last]


@pytest.mark.promise(24)
@pytest.mark.parametrize("row", ROWS)
async def test_of_rows_with_files_one_that_fails_is_counted_and_the_others_go(
    storage: Storage, tmp_path: Path, row: int
) -> None:
    documents = DocumentFiles(tmp_path, Vault(new_key()))
    done = await forgetting._with_files(storage, "row", due, failing_at(row, RuntimeError("no")), documents)
    assert done == (2, 1)
    with pytest.raises(StorageUnavailable):
        await forgetting._with_files(storage, "row", due, failing_at(row, StorageUnavailable()), documents)


@pytest.mark.promise(24)
@pytest.mark.parametrize("row", ROWS)
async def test_of_visits_one_that_fails_is_counted_and_the_others_go(
    storage: Storage, tmp_path: Path, row: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with storage.reading() as reader:
        visits = type(reader.visits)
    assert isinstance(reader, Reader)

    async def recorded(self: Any, before: str, last: int, limit: int) -> list[int]:
        return await due(last)

    monkeypatch.setattr(visits, "recorded_orders", recorded)
    photos = PhotoFiles(tmp_path, Vault(new_key()))
    for error in (RuntimeError("no"), StorageUnavailable()):
        forget = failing_at(row, error)

        async def erase(tx: Transaction, order_id: int, forget: Any = forget) -> list[str]:
            found: list[str] = await forget(tx, order_id)
            return found

        monkeypatch.setattr(records, "erase", erase)
        if isinstance(error, StorageUnavailable):
            with pytest.raises(StorageUnavailable):
                await forgetting._visits(storage, 1, photos)
        else:
            assert await forgetting._visits(storage, 1, photos) == (2, 1)
