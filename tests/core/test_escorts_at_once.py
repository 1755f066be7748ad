"""An escort never has two overlapping orders, however many hands assign at once."""

from __future__ import annotations

import asyncio

import pytest

from orders import serving
from orders.serving import EscortUnavailable
from orders.transitions import TransitionRefused
from refusals import OrderNotFound
from storage import Storage
from storage.models import Actor, Cause, EscortState, OrderState, Takes
from tests.core.rows import DAY, add_order, count, order_of

ADMIN = Actor("admin", 1)


async def add_escort(storage: Storage, state: str = EscortState.APPROVED, user_id: int = 900) -> int:
    async with storage.transaction() as tx:
        await tx.escorts.apply(user_id, "王芳", "", "2222", 1_000)
        escort = await tx.escorts.of_user(user_id)
        assert escort is not None
        if state != EscortState.PENDING:
            await tx.escorts.move(escort.id, EscortState.PENDING, state, 1_000)
        await tx.commit()
    return escort.id


async def add_orders(
    storage: Storage, number: int, takes: str = Takes.HALF, day: str = DAY, first: int = 1
) -> list[int]:
    async with storage.transaction() as tx:
        ids = [
            await add_order(tx, user, OrderState.PAID, takes=takes, visit_date=day)
            for user in range(first, first + number)
        ]
        await tx.commit()
    return ids


async def assign(storage: Storage, order_id: int, escort_id: int, half: str) -> str:
    """``yes``, or why not."""
    try:
        await storage.run(lambda tx: serving.assign(tx, order_id, escort_id, half, Cause(ADMIN, 2_000)))
    except (EscortUnavailable, TransitionRefused) as error:
        return type(error).__name__
    return "yes"


@pytest.mark.promise(17)
async def test_twenty_orders_that_want_the_same_escort_at_once_get_one_winner(storage: Storage) -> None:
    escort, ids = await add_escort(storage), await add_orders(storage, 20)
    answers = await asyncio.gather(*(assign(storage, order_id, escort, "am") for order_id in ids))
    assert sorted(answers) == ["EscortUnavailable"] * 19 + ["yes"]
    assert await count(storage, "escort_bookings") == 1
    states = [(await order_of(storage, order_id)).state for order_id in ids]
    assert states.count("serving") == 1
    assert await count(storage, "outbox") == 2, "only the winner's user is told, and the escort"


@pytest.mark.promise(17)
async def test_half_days_and_whole_days_at_once_never_overlap(storage: Storage) -> None:
    escort = await add_escort(storage)
    halves, whole = await add_orders(storage, 12), await add_orders(storage, 8, Takes.DAY, first=100)
    wishes = [(order_id, ("am", "pm")[order_id % 2]) for order_id in halves] + [
        (order_id, "day") for order_id in whole
    ]
    answers = await asyncio.gather(*(assign(storage, order_id, escort, half) for order_id, half in wishes))
    won = [wish for wish, answer in zip(wishes, answers, strict=True) if answer == "yes"]
    assert [half for _, half in won] == ["day"] or sorted(half for _, half in won) == ["am", "pm"]
    async with storage.reading() as reader:
        bookings = await reader.escorts.bookings(DAY, DAY)
    assert len({booking.half for booking in bookings}) == len(bookings)
    assert {booking.order_id for booking in bookings} == {order_id for order_id, _ in won}


@pytest.mark.promise(17)
@pytest.mark.parametrize(
    ("first", "second", "fits"),
    [
        (("half", "am"), ("half", "am"), False),
        (("half", "am"), ("half", "pm"), True),
        (("half", "day"), ("half", "pm"), False),
        (("day", "am"), ("half", "pm"), False),
        (("half", "pm"), ("day", "am"), False),
        (("errand", "am"), ("half", "pm"), True),
        (("day", "day"), ("day", "day"), False),
    ],
)
async def test_a_whole_day_takes_both_halves(
    storage: Storage, first: tuple[str, str], second: tuple[str, str], fits: bool
) -> None:
    escort = await add_escort(storage)
    (one,) = await add_orders(storage, 1, first[0])
    (two,) = await add_orders(storage, 1, second[0], first=50)
    (elsewhen,) = await add_orders(storage, 1, Takes.DAY, "2026-12-25", first=60)
    assert await assign(storage, one, escort, first[1]) == "yes"
    assert await assign(storage, two, escort, second[1]) == ("yes" if fits else "EscortUnavailable")
    assert await assign(storage, elsewhen, escort, "day") == "yes"
    state = (await order_of(storage, two)).state
    assert state == ("serving" if fits else "paid")


@pytest.mark.promise(17)
async def test_an_escort_is_free_again_after_unassigning_and_finishing_and_taken_again_after_reopening(
    storage: Storage,
) -> None:
    escort = await add_escort(storage)
    one, two = await add_orders(storage, 2)
    assert await assign(storage, one, escort, "am") == "yes"
    await storage.run(lambda tx: serving.unassign(tx, one, ADMIN, 3_000))
    assert (await order_of(storage, one)).escort_id is None
    assert await assign(storage, two, escort, "am") == "yes"
    await storage.run(lambda tx: serving.finish(tx, two, ADMIN, 4_000))
    assert await assign(storage, one, escort, "am") == "yes"
    with pytest.raises(EscortUnavailable):
        await storage.run(lambda tx: serving.reopen(tx, two, ADMIN, 5_000))
    assert (await order_of(storage, two)).state == "finished"
    await storage.run(lambda tx: serving.unassign(tx, one, ADMIN, 6_000))
    await storage.run(lambda tx: serving.reopen(tx, two, ADMIN, 7_000))
    assert (await order_of(storage, two)).state == "serving"
    assert await assign(storage, one, escort, "am") == "EscortUnavailable"


@pytest.mark.promise(17)
async def test_only_an_approved_escort_is_assigned_and_only_to_a_paid_order(storage: Storage) -> None:
    (paid,) = await add_orders(storage, 1)
    for number, state in enumerate((EscortState.PENDING, EscortState.REJECTED, EscortState.SUSPENDED)):
        escort = await add_escort(storage, state, 800 + number)
        assert await assign(storage, paid, escort, "am") == "EscortUnavailable"
    assert await assign(storage, paid, 99_999, "am") == "EscortUnavailable"
    approved = await add_escort(storage, user_id=890)
    async with storage.transaction() as tx:
        unpaid = await add_order(tx, 70)
        await tx.commit()
    assert await assign(storage, unpaid, approved, "am") == "TransitionRefused"
    with pytest.raises(OrderNotFound):
        await storage.run(lambda tx: serving.assign(tx, 99_999, approved, "am", Cause(ADMIN, 1)))
    assert await count(storage, "escort_bookings") == 0
    assert await count(storage, "outbox") == 0


@pytest.mark.parametrize("reason", ["", "陪诊员请假"])
async def test_an_order_without_its_escort_names_nobody_and_says_why(storage: Storage, reason: str) -> None:
    escort, (order_id,) = await add_escort(storage), await add_orders(storage, 1)
    assert await assign(storage, order_id, escort, "am") == "yes"
    assert (await order_of(storage, order_id)).escort_name == "王芳"
    given = {"reason": reason} if reason else {}
    await storage.run(lambda tx: serving.unassign(tx, order_id, ADMIN, 3_000, **given))
    order = await order_of(storage, order_id)
    assert (order.state, order.escort_id, order.escort_name) == ("paid", None, "")
    async with storage.reading() as reader:
        assert (await reader.orders.history(order_id))[-1].reason == reason
