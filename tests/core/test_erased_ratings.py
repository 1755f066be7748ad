"""What an erasure does to the rating and the notes of an order, and what a rating leaves for the office."""

from __future__ import annotations

import pytest

from orders import serving
from orders.transitions import TransitionRefused
from storage import Storage
from storage.models import OrderState
from storage.writes import NewRating
from tests.core.rows import add_order, order_of


async def rated(storage: Storage, stars: int) -> int:
    order_id = await storage.run(lambda tx: add_order(tx, 1, OrderState.FINISHED))
    order = await order_of(storage, order_id)
    await storage.run(lambda tx: serving.rate(tx, order, NewRating(stars, "来晚了", "耐心"), 2_000))
    return order_id


@pytest.mark.parametrize(("stars", "waits"), [(1, True), (2, True), (3, True), (4, False), (5, False)])
async def test_a_low_rating_waits_for_the_office_until_it_is_followed_up(
    storage: Storage, stars: int, waits: bool
) -> None:
    order = await order_of(storage, await rated(storage, stars))
    assert (order.stars, order.comment, order.rating_tags) == (stars, "来晚了", "耐心")
    assert bool(order.low_rating_open) is waits
    with pytest.raises(TransitionRefused):
        await storage.run(lambda tx: serving.rate(tx, order, NewRating(5), 3_000))
    if waits:
        await storage.run(lambda tx: serving.follow_up_low_rating(tx, order, 3_000))
    with pytest.raises(serving.RatingFollowedUp):
        await storage.run(lambda tx: serving.follow_up_low_rating(tx, order, 4_000))


@pytest.mark.promise(24)
async def test_an_erasure_leaves_no_rating_to_follow_up_and_outdates_notes_that_are_being_edited(
    storage: Storage,
) -> None:
    order_id = await rated(storage, 1)
    before = await order_of(storage, order_id)
    other = await storage.run(lambda tx: add_order(tx, 2, OrderState.FINISHED))
    assert await storage.run(lambda tx: tx.orders.erase_names_of_user(1)) == 1
    after = await order_of(storage, order_id)
    assert (after.low_rating_open, after.comment, after.stars) == (False, "", 1)
    assert after.notes_version == before.notes_version + 1
    assert (after.patient_name, after.wishes, after.department, after.admin_notes) == ("", "", "", "")
    assert (await order_of(storage, other)).patient_name == "李建国", "of another user"
