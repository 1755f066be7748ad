"""What guards money and states is no ``assert``: it stops the transaction under ``python -O``, too."""

from __future__ import annotations

import ast
import os
import subprocess
import sys

import pytest

from config import ROOT
from failures import place
from payment import payables
from storage import Storage, Transaction
from storage.locked_rows import NotChanged, must_have_changed
from storage.models import SYSTEM, Attempt, Cause, SupplementState
from storage.writes import SupplementMove
from tests.core.rows import add_order
from tests.core.test_sizes import modules
from tests.storage.rows import all_rows, fill, made


def _only_narrows(condition: ast.expr) -> bool:
    """Does it say of a value no more than which type it has?"""
    if isinstance(condition, ast.Call):
        return isinstance(condition.func, ast.Name) and condition.func.id == "isinstance"
    return isinstance(condition, ast.Compare) and isinstance(condition.ops[0], ast.IsNot)


def test_asserts_of_the_product_do_no_more_than_narrow_a_type():
    asserts = {
        f"{name}:{node.lineno}": node.test
        for name in modules()
        if not name.startswith(("bench/", "tools/"))
        for node in ast.walk(ast.parse((ROOT / name).read_text("utf-8")))
        if isinstance(node, ast.Assert)
    }
    assert len(asserts) > 50
    assert [at for at, condition in asserts.items() if not _only_narrows(condition)] == []


def test_nobody_counts_on_an_assert_that_fails():
    """What comes from outside is looked at under ``python -O``, too."""
    caught = [
        f"{name}:{node.lineno}"
        for name in modules()
        for node in ast.walk(ast.parse((ROOT / name).read_text("utf-8")))
        if isinstance(node, ast.ExceptHandler) and node.type and "AssertionError" in ast.unparse(node.type)
    ]
    assert caught == []


@pytest.mark.parametrize("changed", [False, 0])
def test_a_change_that_has_not_happened_stops_what_follows(changed: int | bool):
    with pytest.raises(NotChanged, match="a locked row was not changed") as caught:
        must_have_changed(changed)
    assert place(caught.value).startswith("NotChanged at test_locked_rows.py:"), "the log names who asked"


@pytest.mark.parametrize("changed", [True, 1])
def test_a_change_that_has_happened_stops_nothing(changed: int | bool):
    must_have_changed(changed)


def test_it_stops_without_assertions_too():
    given = "assert False; from storage.locked_rows import must_have_changed; must_have_changed(False)"
    done = subprocess.run(
        [sys.executable, "-O", "-c", given],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.endswith("storage.locked_rows.NotChanged: a locked row was not changed\n")


async def test_money_for_a_supplement_that_has_left_its_state_books_nothing(storage: Storage):
    """A colleague's transaction has withdrawn it, as only a missing lock would let it."""
    async with storage.transaction() as tx:
        order_id = await add_order(tx, 1)
        row = await fill(
            tx, "supplements", {"order_id": order_id, "kind": "other", "state": "open", "amount_fen": 500}
        )
        await tx.commit()

    async def work(tx: Transaction) -> None:
        order, supplement = await tx.orders.get(order_id), await tx.supplements.get(row["id"])
        assert order is not None
        assert supplement is not None
        await tx.supplements.move(supplement, SupplementState.WITHDRAWN, 8, SupplementMove(closed_at=8))
        attempt = made(Attempt, id=7, amount_fen=500)
        await payables.fulfil(tx, payables.of_supplement(order, supplement), attempt, 9, Cause(SYSTEM, 9))

    with pytest.raises(NotChanged):
        await storage.run(work)
    async with storage.transaction() as tx:
        (left,) = await all_rows(tx, "supplements")
    assert left == row, "nothing of that transaction is left"
