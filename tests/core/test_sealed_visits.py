"""Sealed records of visits among very many steps without any: what the start looks at is found by an index."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from privacy import VISIT_NOTE, VISIT_PLACE, VISIT_TROUBLE, Vault, new_key
from startup.sealed import StoredFiles, why_not_opened
from storage import Storage, Transaction
from storage.models import OrderState
from storage.writes import NewVisitStep, NewVisitTrouble
from tests.core.rows import add_order

DOUBLINGS = 13
"""Some thousand steps without a note."""


async def add_step(tx: Transaction, order_id: int, number: int, note: str = "", place: str = "") -> None:
    action = f"step-{order_id}-{number}"
    await tx.visits.add_step(NewVisitStep(order_id, 1, action, "node", "取号", note, place, 1_000, None))
    if note or place:
        await tx.visits.note_record(order_id)


async def many_steps(storage: Storage, engine: str, recorded: list[tuple[str, str]]) -> None:
    """Thousands of steps of an order without a record, and one order for each of ``recorded``: note and place."""
    async with storage.transaction() as tx:
        plain = await add_order(tx, 1, OrderState.PAID)
        await add_step(tx, plain, 0)
        names = "order_id, escort_id, kind, node, note_sealed, place_sealed, at"
        for step in range(DOUBLINGS):
            action = f"'{step}-' || id" if engine == "sqlite" else f"CONCAT('{step}-', id)"
            await tx.connection.execute(
                f"INSERT INTO visit_steps ({names}, action_id) SELECT {names}, {action} FROM visit_steps"
            )
        for number, (note, place) in enumerate(recorded, 2):
            order_id = await add_order(tx, number, OrderState.PAID)
            await add_step(tx, order_id, 0, note, place)
        await tx.commit()
    async with storage.transaction() as tx:
        if engine != "sqlite":
            await tx.connection.fetch_all("ANALYZE TABLE orders, visit_steps")


@pytest.mark.promise(23)
async def test_the_start_finds_notes_and_places_by_an_index(storage: Storage, engine: str) -> None:
    vault = Vault(new_key())
    sealed = vault.seal("血压偏高", VISIT_NOTE), vault.seal("34.2,108.9", VISIT_PLACE)
    await many_steps(storage, engine, [sealed])
    async with storage.reading() as reader:
        asked: list[str] = []
        fetch_one, fetch_all = reader.connection.fetch_one, reader.connection.fetch_all

        async def one(sql: str, parameters: Any = None) -> Any:
            asked.append(sql)
            return await fetch_one(sql, parameters or {})

        async def every(sql: str, parameters: Any = None) -> Any:
            asked.append(sql)
            return await fetch_all(sql, parameters or {})

        reader.connection.fetch_one, reader.connection.fetch_all = one, every  # type: ignore[method-assign]
        try:
            for column, value in zip(("note_sealed", "place_sealed"), sealed, strict=True):
                assert set(await reader.sealed.samples("visit_steps", column)) == {value}
                assert await reader.sealed.one_per_key("visit_steps", column) == [value]
        finally:
            del reader.connection.fetch_one, reader.connection.fetch_all
        asked = list(dict.fromkeys(asked))
        assert len(asked) == 6
        word = "EXPLAIN QUERY PLAN" if engine == "sqlite" else "EXPLAIN"
        for sql in asked:
            steps = await fetch_all(f"{word} {sql}")
            plan = str(steps)
            assert "ix_orders_visit_record_visit_date_id" in plan, (sql, plan)
            assert "ix_visit_steps_order_id_id" in plan, (sql, plan)
            if engine == "sqlite":
                assert "SCAN s" not in plan, (sql, plan)
            else:
                whole = [str(step[2]) for step in steps if step[3] == "ALL"]
                assert all(table.startswith("<derived") for table in whole), (sql, plan)


@pytest.mark.promise(23)
async def test_a_key_that_sealed_one_note_in_the_middle_is_found(
    storage: Storage, engine: str, tmp_path: Path
) -> None:
    known, forgotten = Vault(new_key()), Vault(new_key())
    notes = [vault.seal("血压偏高", VISIT_NOTE) for vault in (known, forgotten, known)]
    await many_steps(storage, engine, [(note, "") for note in notes])
    files = StoredFiles.below(tmp_path, known)
    assert "visit_steps.note_sealed" in await why_not_opened(storage, known, files)


@pytest.mark.promise(23)
async def test_a_note_about_trouble_is_looked_at_too(storage: Storage, tmp_path: Path) -> None:
    sealed = Vault(new_key()).seal("头晕", VISIT_TROUBLE)

    async def add(tx: Transaction) -> None:
        order_id = await add_order(tx, 1, OrderState.PAID)
        trouble = NewVisitTrouble(order_id, 1, "unwell", "trouble-0000000001", sealed, 1_000, None)
        await tx.visits.add_trouble(trouble)
        await tx.visits.note_record(order_id)

    await storage.run(add)
    other = Vault(new_key())
    assert "visit_troubles.note_sealed" in await why_not_opened(
        storage, other, StoredFiles.below(tmp_path, other)
    )
