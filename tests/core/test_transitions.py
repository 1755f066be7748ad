"""Only the listed arrows between states happen, each with its history row, exactly once."""

from __future__ import annotations

import asyncio
from itertools import product

import pytest

from orders.transitions import ARROWS, Action, TransitionRefused, allowed, transition
from storage import Storage, Transaction
from storage.models import DISPLAY_RANK, Actor, Cause, OrderState
from tests.core.rows import add_order, count, order_of

ADMIN = Actor("admin", 7)
LISTED = {
    ("unpaid", "paid"),
    ("unpaid", "cancelled"),
    ("paid", "serving"),
    ("serving", "paid"),
    ("paid", "finished"),
    ("serving", "finished"),
    ("finished", "paid"),
    ("finished", "serving"),
    ("paid", "refunding"),
    ("serving", "refunding"),
    ("finished", "refunding"),
    ("refunding", "paid"),
    ("refunding", "serving"),
    ("refunding", "finished"),
    ("refunding", "refunded"),
    ("refunding", "cancelled"),
    ("cancelled", "refunded"),
    ("paid", "unpaid"),
}


@pytest.mark.promise(16)
def test_the_table_has_the_arrows_of_the_rules_and_no_other() -> None:
    arrows = {(str(a), str(b)) for ends in ARROWS.values() for a, targets in ends.items() for b in targets}
    assert arrows == LISTED
    assert set(DISPLAY_RANK) == set(OrderState)


@pytest.mark.promise(16)
async def test_every_action_in_every_state_does_what_the_table_says(storage: Storage) -> None:
    async with storage.transaction() as tx:
        for number, (state, action) in enumerate(product(OrderState, Action), start=1):
            assert allowed(action, state) == (state in ARROWS[action])
            for place, target in enumerate((None, *OrderState)):
                await _try(tx, 100 * number + place, state, action, target)


async def _try(
    tx: Transaction, user_id: int, state: OrderState, action: Action, target: OrderState | None
) -> None:
    """Make an order in that state, take the action, and look at what became of the order and its history."""
    order_id = await add_order(tx, user_id, state)
    order = await tx.orders.lock(order_id)
    assert order is not None
    ends = ARROWS[action].get(state, ())
    expected = target if target in ends else (ends[0] if ends and target is None else None)
    if expected is None:
        with pytest.raises(TransitionRefused) as refused:
            await transition(tx, order, action, Cause(ADMIN, 5_000, "x"), to=target)
        assert (refused.value.action, refused.value.state) == (action, state)
        assert str(refused.value) == f"an order that is {state} cannot {action}"
        assert await tx.orders.get(order_id) == order
        assert len(await tx.orders.history(order_id)) == 1
        return
    assert await transition(tx, order, action, Cause(ADMIN, 5_000, "x"), to=target) == expected
    after = await tx.orders.get(order_id)
    assert after is not None
    assert (after.state, after.updated_at, after.display_rank) == (expected, 5_000, DISPLAY_RANK[expected])
    assert after.unpaid_user_id is None
    step = (await tx.orders.history(order_id))[-1]
    assert (step.from_state, step.to_state, step.reason, step.at) == (state, expected, "x", 5_000)
    assert (step.actor_kind, step.actor_id) == ("admin", 7)


@pytest.mark.promise(16)
async def test_an_arrow_without_a_reason_has_none(storage: Storage) -> None:
    async with storage.transaction() as tx:
        order_id = await add_order(tx, 1, OrderState.PAID)
        order = await tx.orders.lock(order_id)
        assert order is not None
        await transition(tx, order, Action.FINISH, Cause(ADMIN, 5_000))
        assert (await tx.orders.history(order_id))[-1].reason == ""


@pytest.mark.promise(16)
async def test_history_and_state_are_rolled_back_together(storage: Storage) -> None:
    async with storage.transaction() as tx:
        order_id = await add_order(tx, 1, OrderState.PAID)
        await tx.commit()
    order = await order_of(storage, order_id)
    async with storage.transaction() as tx:
        await transition(tx, order, Action.FINISH, Cause(ADMIN, 5_000))
    assert await order_of(storage, order_id) == order
    assert await count(storage, "order_history") == 1


@pytest.mark.promise(16)
async def test_of_many_at_once_one_takes_the_arrow(storage: Storage) -> None:
    async with storage.transaction() as tx:
        order_id = await add_order(tx, 1, OrderState.PAID)
        await tx.commit()
    stale = await order_of(storage, order_id)

    async def finish(number: int) -> bool:
        try:
            cause = Cause(Actor("admin", number), 5_000)
            await storage.run(lambda tx: transition(tx, stale, Action.FINISH, cause))
        except TransitionRefused:
            return False
        return True

    assert sum(await asyncio.gather(*(finish(number) for number in range(20)))) == 1
    assert await count(storage, "order_history") == 2
