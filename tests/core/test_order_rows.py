"""The statements about an order's row: each changes the one order that is meant, when it is as it has to be."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from storage import Duplicate, Storage, Transaction
from storage.models import SYSTEM, Actor, Cause, Ending, Order, OrderState
from storage.writes import NewRating, OrderMove
from tests.core.rows import add_order, content, order_of

AT = 2_000_000
USER, STRANGER = 1, 2
CAUSE = Cause(Actor("admin", 9), AT, "so")


async def two_orders(storage: Storage, state: OrderState) -> tuple[int, int]:
    """One order each of two users."""
    async with storage.transaction() as tx:
        ids = (await add_order(tx, USER, state), await add_order(tx, STRANGER, state))
        await tx.commit()
    return ids


Act = Callable[[Transaction, int], Awaitable[object]]
ACTS: dict[str, tuple[OrderState, Act, dict[str, object]]] = {
    "an edit": (
        OrderState.UNPAID,
        lambda tx, order_id: tx.orders.edit(order_id, content(wishes="轮椅", patient_id=1), AT, AT + 5),
        {"wishes": "轮椅", "expires_at": AT + 5, "updated_at": AT},
    ),
    "a change of state": (
        OrderState.PAID,
        lambda tx, order_id: tx.orders.move(order_id, OrderState.PAID, OrderState.SERVING, CAUSE),
        {"state": OrderState.SERVING, "updated_at": AT},
    ),
    "a claim": (
        OrderState.UNPAID,
        lambda tx, order_id: tx.orders.claim_expiry(order_id, AT, AT + 7),
        {"expiry_claimed_until": AT + 7},
    ),
    "a pause": (
        OrderState.UNPAID,
        lambda tx, order_id: tx.orders.postpone_expiry(order_id, AT, AT + 8),
        {"expiry_claimed_until": AT + 8},
    ),
    "an ending": (
        OrderState.REFUNDING,
        lambda tx, order_id: tx.orders.set_ending(order_id, Ending.ESCORT_ABSENT, AT),
        {"ending": Ending.ESCORT_ABSENT, "updated_at": AT},
    ),
    "money that went back": (
        OrderState.PAID,
        lambda tx, order_id: tx.orders.add_refunded(order_id, 500, AT),
        {"refunded_fen": 500, "updated_at": AT},
    ),
    "a note": (
        OrderState.PAID,
        lambda tx, order_id: tx.orders.set_notes(order_id, "老人耳背", AT),
        {"admin_notes": "老人耳背", "notes_version": 1, "updated_at": AT},
    ),
    "a rating": (
        OrderState.FINISHED,
        lambda tx, order_id: tx.orders.rate(order_id, USER, NewRating(2, "迟到"), AT, follow_up=True),
        {"stars": 2, "comment": "迟到", "low_rating_open": True, "updated_at": AT},
    ),
}


def differences(before: Order, after: Order, names: list[str]) -> dict[str, object]:
    return {name: getattr(after, name) for name in names if getattr(after, name) != getattr(before, name)}


@pytest.mark.parametrize("act", ACTS)
async def test_it_changes_this_order_and_no_other(storage: Storage, act: str) -> None:
    state, change, expected = ACTS[act]
    one, other = await two_orders(storage, state)
    before, other_before = await order_of(storage, one), await order_of(storage, other)
    assert await storage.run(lambda tx: change(tx, one)) in (None, True, 1)
    assert differences(before, await order_of(storage, one), list(expected)) == expected
    assert await order_of(storage, other) == other_before


async def test_money_that_goes_back_adds_up(storage: Storage) -> None:
    one, _ = await two_orders(storage, OrderState.PAID)
    async with storage.transaction() as tx:
        for fen in (500, 70):
            await tx.orders.add_refunded(one, fen, AT)
        await tx.commit()
    assert (await order_of(storage, one)).refunded_fen == 570


@pytest.mark.parametrize("state", [each for each in OrderState if each != OrderState.UNPAID])
async def test_only_an_unpaid_order_is_edited_claimed_or_put_off(storage: Storage, state: OrderState) -> None:
    one, _ = await two_orders(storage, state)
    before = await order_of(storage, one)
    assert not await storage.run(lambda tx: tx.orders.edit(one, content(wishes="x"), AT, AT))
    assert not await storage.run(lambda tx: tx.orders.claim_expiry(one, AT, AT + 1))
    await storage.run(lambda tx: tx.orders.postpone_expiry(one, AT, AT + 1))
    assert await order_of(storage, one) == before


async def test_an_order_in_another_state_is_not_moved_and_has_no_new_history(storage: Storage) -> None:
    one, _ = await two_orders(storage, OrderState.PAID)
    assert not await storage.run(
        lambda tx: tx.orders.move(one, OrderState.SERVING, OrderState.FINISHED, CAUSE)
    )
    async with storage.reading() as reader:
        assert [step.to_state for step in await reader.orders.history(one)] == [OrderState.UNPAID]


async def test_a_step_of_the_history_says_who_why_when_and_to_whom(storage: Storage) -> None:
    one, _ = await two_orders(storage, OrderState.PAID)
    given = OrderMove(escort_id=5, escort_name="王芳")
    long_reason = Cause(Actor("admin", 9), AT, "因" * 300)
    await storage.run(lambda tx: tx.orders.move(one, "paid", "serving", CAUSE, given))
    await storage.run(
        lambda tx: tx.orders.move(one, "serving", "paid", long_reason, OrderMove(escort_id=None))
    )
    async with storage.reading() as reader:
        _, gave, took = await reader.orders.history(one)
    assert (gave.from_state, gave.to_state, gave.actor_kind, gave.actor_id) == ("paid", "serving", "admin", 9)
    assert (gave.reason, gave.at, gave.escort_id, gave.escort_name) == ("so", AT, 5, "王芳")
    assert (took.reason, took.escort_id, took.escort_name) == ("因" * 255, None, "")


async def test_an_order_is_due_at_its_end_to_the_millisecond_and_claimed_by_one(storage: Storage) -> None:
    async with storage.transaction() as tx:
        ids = [
            await tx.orders.add(user, content(), SYSTEM, AT, AT + end)
            for user, end in ((1, 30), (2, 10), (3, 20))
        ]
        await tx.commit()
    late, early, middle = ids

    async def expired(at: int, limit: int = 10) -> list[int]:
        async with storage.reading() as reader:
            return await reader.orders.expired(at, limit)

    assert await expired(AT + 9) == []
    assert await expired(AT + 10) == [early]
    assert await expired(AT + 30) == [early, middle, late]
    assert await expired(AT + 30, 2) == [early, middle]
    assert not await storage.run(lambda tx: tx.orders.claim_expiry(early, AT + 9, AT + 50))
    assert await storage.run(lambda tx: tx.orders.claim_expiry(early, AT + 10, AT + 50))
    assert not await storage.run(lambda tx: tx.orders.claim_expiry(early, AT + 49, AT + 99))
    assert await expired(AT + 49) == [middle, late]
    assert await expired(AT + 50) == [early, middle, late]
    assert await storage.run(lambda tx: tx.orders.claim_expiry(early, AT + 50, AT + 99))


async def test_a_user_has_their_own_orders_newest_first_page_by_page(storage: Storage) -> None:
    async with storage.transaction() as tx:
        mine = [await add_order(tx, USER, OrderState.PAID) for _ in range(4)]
        unpaid = await add_order(tx, USER)
        other_patient = await add_order(tx, USER, patient_id=2)
        theirs = await add_order(tx, STRANGER)
        await tx.own_orders.set_hidden(mine[3], AT)
        await tx.commit()
    async with storage.transaction() as tx:
        own = await tx.orders.of_user(USER)
        assert [each.id for each in own] == [other_patient, unpaid, mine[2], mine[1], mine[0]]
        assert [each.id for each in await tx.orders.of_user(USER, 2)] == [other_patient, unpaid]
        assert [each.id for each in await tx.orders.of_user(USER, 2, unpaid)] == [mine[2], mine[1]]
        assert mine[3] in [each.id for each in await tx.orders.of_user(USER, hidden=True)]
        assert [each.id for each in await tx.orders.page_of_user(USER, mine[1], 3)] == [
            mine[2],
            mine[3],
            unpaid,
        ]
        assert [each.id for each in await tx.orders.unpaid_of_user(USER)] == [other_patient, unpaid]
        assert await tx.orders.count_by_state(USER) == {"paid": 4, "unpaid": 2}
        assert await tx.orders.owned_among({mine[0], theirs, unpaid}, USER) == {mine[0], unpaid}
        assert await tx.orders.owned_among(set(), USER) == set()


async def test_a_patient_has_one_unpaid_order_and_another_once_it_is_paid(storage: Storage) -> None:
    one, _ = await two_orders(storage, OrderState.UNPAID)
    with pytest.raises(Duplicate):
        await storage.run(lambda tx: add_order(tx, USER))
    await storage.run(lambda tx: tx.orders.move(one, "unpaid", "paid", CAUSE))
    second = await storage.run(lambda tx: add_order(tx, USER))
    assert second != one


async def test_a_new_name_is_on_the_orders_that_are_still_to_be_served_by_that_escort(
    storage: Storage,
) -> None:
    async with storage.transaction() as tx:
        ids = {}
        for number, (state, escort_id) in enumerate(
            [("serving", 5), ("refunding", 5), ("finished", 5), ("cancelled", 5), ("serving", 6)]
        ):
            order_id = await add_order(tx, 10 + number, OrderState.PAID)
            await tx.orders.move(
                order_id, "paid", state, CAUSE, OrderMove(escort_id=escort_id, escort_name="旧")
            )
            ids[state, escort_id] = order_id
        assert await tx.orders.rename_escort(5, "新") == 2
        await tx.commit()
    names = {key: (await order_of(storage, order_id)).escort_name for key, order_id in ids.items()}
    assert names == {
        ("serving", 5): "新",
        ("refunding", 5): "新",
        ("finished", 5): "旧",
        ("cancelled", 5): "旧",
        ("serving", 6): "旧",
    }


async def test_only_its_user_rates_a_finished_order_and_once(storage: Storage) -> None:
    one, _ = await two_orders(storage, OrderState.FINISHED)
    going_on, _ = await two_orders(storage, OrderState.PAID)

    async def rate(order_id: int, user_id: int, stars: int = 5) -> bool:
        rating = NewRating(stars)
        return bool(
            await storage.run(lambda tx: tx.orders.rate(order_id, user_id, rating, AT, follow_up=False))
        )

    assert not await rate(one, STRANGER)
    assert not await rate(going_on, USER)
    assert await rate(one, USER, 4)
    assert not await rate(one, USER, 1)
    order = await order_of(storage, one)
    assert (order.stars, order.low_rating_open) == (4, False)


async def test_a_low_rating_is_closed_once_and_no_other_with_it(storage: Storage) -> None:
    one, other = await two_orders(storage, OrderState.FINISHED)
    async with storage.transaction() as tx:
        for order_id, user_id in ((one, USER), (other, STRANGER)):
            await tx.orders.rate(order_id, user_id, NewRating(1), AT, follow_up=True)
        await tx.commit()
    assert await storage.run(lambda tx: tx.orders.close_low_rating(one, AT))
    assert not await storage.run(lambda tx: tx.orders.close_low_rating(one, AT))
    assert (await order_of(storage, other)).low_rating_open is True
