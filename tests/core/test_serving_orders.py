"""What assigning, taking off, finishing and rating leave in an order's row, and who was overtaken by a colleague."""

from __future__ import annotations

import pytest

from orders import serving
from orders.serving import EscortChanged, NewEscort, RatingFollowedUp, ServesAlready
from orders.transitions import Action, TransitionRefused, transition
from storage import Storage
from storage.models import Cause, Ending, OrderState, Takes
from storage.writes import NewRating
from tests.core.rows import DAY, add_order, order_of
from tests.core.test_escorts_at_once import ADMIN, add_escort, add_orders, assign


async def serving_order(storage: Storage, half: str = "am") -> tuple[int, int]:
    """An order that somebody serves: its id and theirs."""
    escort_id = await add_escort(storage)
    (order_id,) = await add_orders(storage, 1)
    assert await assign(storage, order_id, escort_id, half) == "yes"
    return order_id, escort_id


async def finished(storage: Storage) -> int:
    order_id, _ = await serving_order(storage)
    await storage.run(lambda tx: serving.finish(tx, order_id, ADMIN, 3_000))
    return order_id


async def test_whoever_acts_is_given_the_order_as_it_was_before(storage: Storage) -> None:
    escort_id = await add_escort(storage)
    (order_id,) = await add_orders(storage, 1)
    cause = Cause(ADMIN, 2_000)
    given = await storage.run(lambda tx: serving.assign(tx, order_id, escort_id, "am", cause))
    assert (given.id, given.state) == (order_id, OrderState.PAID)
    taken = await storage.run(lambda tx: serving.unassign(tx, order_id, ADMIN, 2_500))
    assert (taken.state, taken.escort_id) == (OrderState.SERVING, escort_id)
    await storage.run(lambda tx: serving.assign(tx, order_id, escort_id, "am", cause))
    done = await storage.run(lambda tx: serving.finish(tx, order_id, ADMIN, 3_000))
    assert done.state == OrderState.SERVING
    back = await storage.run(lambda tx: serving.reopen(tx, order_id, ADMIN, 4_000))
    assert back.state == OrderState.FINISHED


async def test_a_finish_keeps_how_it_ended_and_a_reopening_forgets_it(storage: Storage) -> None:
    order_id, escort_id = await serving_order(storage, "pm")
    await storage.run(lambda tx: serving.finish(tx, order_id, ADMIN, 3_000))
    order = await order_of(storage, order_id)
    assert (order.state, order.ending, order.half) == (OrderState.FINISHED, Ending.SERVED, "pm")
    await storage.run(lambda tx: serving.reopen(tx, order_id, ADMIN, 4_000))
    order = await order_of(storage, order_id)
    assert (order.state, order.ending, order.escort_id) == (OrderState.SERVING, "", escort_id)


async def test_an_order_that_nobody_served_is_paid_again_after_a_reopening(storage: Storage) -> None:
    (order_id,) = await add_orders(storage, 1)
    await storage.run(lambda tx: serving.finish(tx, order_id, ADMIN, 3_000))
    back = await storage.run(lambda tx: serving.reopen(tx, order_id, ADMIN, 4_000))
    order = await order_of(storage, order_id)
    assert (back.state, order.state, order.ending) == (OrderState.FINISHED, OrderState.PAID, "")


@pytest.mark.parametrize("act", ["unassign", "reassign"])
async def test_nobody_is_taken_off_whom_the_page_has_not_shown(storage: Storage, act: str) -> None:
    order_id, escort_id = await serving_order(storage)
    other = await add_escort(storage, user_id=901)

    async def take_off(seen: str | None) -> None:
        if act == "unassign":
            await storage.run(lambda tx: serving.unassign(tx, order_id, ADMIN, 3_000, seen=seen))
        else:
            new, cause = NewEscort(other, seen), Cause(ADMIN, 3_000)
            await storage.run(lambda tx: serving.reassign(tx, order_id, new, cause))

    with pytest.raises(EscortChanged):
        await take_off(str(other))
    assert (await order_of(storage, order_id)).escort_id == escort_id
    await take_off(str(escort_id))
    assert (await order_of(storage, order_id)).escort_id == (other if act == "reassign" else None)


async def test_an_order_that_nobody_serves_any_more_says_so_whomever_the_page_has_shown(
    storage: Storage,
) -> None:
    """Not that somebody else serves it: nobody does."""
    order_id, escort_id = await serving_order(storage)
    await storage.run(lambda tx: serving.unassign(tx, order_id, ADMIN, 3_000))
    with pytest.raises(TransitionRefused):
        await storage.run(lambda tx: serving.unassign(tx, order_id, ADMIN, 3_000, seen=str(escort_id)))


async def test_an_order_is_not_given_to_who_serves_it_already(storage: Storage) -> None:
    order_id, escort_id = await serving_order(storage)
    new = NewEscort(escort_id, str(escort_id))
    with pytest.raises(ServesAlready):
        await storage.run(lambda tx: serving.reassign(tx, order_id, new, Cause(ADMIN, 3_000)))


@pytest.mark.parametrize("half", ["am", "pm", "day"])
async def test_who_takes_over_has_the_half_days_of_who_was_there(storage: Storage, half: str) -> None:
    order_id, _ = await serving_order(storage, half)
    other = await add_escort(storage, user_id=901)
    async with storage.reading() as reader:
        before = [booking.half for booking in await reader.escorts.bookings_of_order(order_id)]
    cause = Cause(ADMIN, 3_000)
    await storage.run(lambda tx: serving.reassign(tx, order_id, NewEscort(other), cause))
    async with storage.reading() as reader:
        after = await reader.escorts.bookings_of_order(order_id)
    assert [booking.half for booking in after] == before == (["am", "pm"] if half == "day" else [half])
    assert {booking.escort_id for booking in after} == {other}


# Rating


@pytest.mark.parametrize(("stars", "low"), [(1, True), (3, True), (4, False), (5, False)])
async def test_up_to_three_stars_are_followed_up(storage: Storage, stars: int, low: bool) -> None:
    order_id = await finished(storage)
    order = await order_of(storage, order_id)
    assert serving.may_rate(order)
    await storage.run(lambda tx: serving.rate(tx, order, NewRating(stars, "好"), 5_000))
    rated = await order_of(storage, order_id)
    assert (rated.stars, rated.comment, rated.low_rating_open) == (stars, "好", low)
    assert not serving.may_rate(rated)


async def test_an_order_is_rated_once_and_only_when_it_is_finished(storage: Storage) -> None:
    order_id = await finished(storage)
    order = await order_of(storage, order_id)
    await storage.run(lambda tx: serving.rate(tx, order, NewRating(5, "好"), 5_000))
    with pytest.raises(TransitionRefused):
        await storage.run(lambda tx: serving.rate(tx, order, NewRating(1, "差"), 6_000))
    assert (await order_of(storage, order_id)).stars == 5
    async with storage.transaction() as tx:
        going_on = await add_order(tx, 77, OrderState.PAID)
        await tx.commit()
    paid = await order_of(storage, going_on)
    assert not serving.may_rate(paid)
    with pytest.raises(TransitionRefused):
        await storage.run(lambda tx: serving.rate(tx, paid, NewRating(5, ""), 5_000))


async def test_a_low_rating_is_followed_up_once(storage: Storage) -> None:
    order_id = await finished(storage)
    order = await order_of(storage, order_id)
    await storage.run(lambda tx: serving.rate(tx, order, NewRating(2, ""), 5_000))
    await storage.run(lambda tx: serving.follow_up_low_rating(tx, order, 6_000))
    with pytest.raises(RatingFollowedUp):
        await storage.run(lambda tx: serving.follow_up_low_rating(tx, order, 7_000))
    assert (await order_of(storage, order_id)).low_rating_open is False


# Arrows


async def test_the_end_of_an_arrow_is_told_and_one_that_it_has_not_is_refused(storage: Storage) -> None:
    (order_id,) = await add_orders(storage, 1, Takes.HALF, DAY)
    order = await order_of(storage, order_id)
    cause = Cause(ADMIN, 2_000)
    with pytest.raises(TransitionRefused):
        await storage.run(lambda tx: transition(tx, order, Action.FINISH, cause, to=OrderState.CANCELLED))
    assert (await order_of(storage, order_id)).state == OrderState.PAID
    reached = await storage.run(lambda tx: transition(tx, order, Action.FINISH, cause))
    assert reached == OrderState.FINISHED
