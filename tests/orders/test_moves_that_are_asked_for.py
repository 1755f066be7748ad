"""What a user's request to move a visit needs and holds, where the office decides."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from clock import day_bounds
from orders.booking.bookable_days import DayClosed, DayRules
from orders.changing import moves
from orders.changing.changes import ChangeTerms
from orders.changing.moves import AlreadyRequested, Move, TooLateToMove
from storage.models import OrderChange
from storage.repositories.order_changes import OrderChanges
from tests.orders.row_changes import read_rows
from tests.orders.scene import NOON, VISIT_DAY, Scene

AFTER = "2026-12-25"


def terms(scene: Scene, percent: int = 100, **visits: Any) -> ChangeTerms:
    rules = DayRules.of(scene.settings)
    return ChangeTerms(replace(rules, visits=replace(rules.visits, **visits)), lambda order: percent)


async def asked(scene: Scene, given: ChangeTerms, wanted: tuple[str, str], at: int = NOON) -> bool:
    order = await scene.read()
    move = Move(*wanted, seen=(order.visit_date, order.visit_time))
    moved: bool = await scene.run(
        lambda tx: moves.move_by_user(tx, scene.order, scene.own.owner, move, given, at)
    )
    return moved


async def request_of(scene: Scene) -> OrderChange:
    async with scene.storage.reading() as reader:
        found = await reader.order_changes.open_of_order(scene.order)
    assert found is not None
    return found


async def test_a_request_that_came_in_between_is_seen_when_the_second_one_is_written(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    await scene.ordered()
    office = terms(scene, user_moves=0)
    assert await asked(scene, office, (AFTER, "14:30")) is False
    before = await read_rows(scene.storage)

    async def not_yet(*_: Any) -> None:
        """As it was a moment ago."""

    with monkeypatch.context() as patch:
        patch.setattr(OrderChanges, "open_of_order", not_yet)
        with pytest.raises(AlreadyRequested) as refused:
            await asked(scene, office, (AFTER, "15:30"))
    assert refused.value.message == "您已经申请过改期，客服会尽快答复；想改成别的时间，请先撤回"
    assert refused.value.__suppress_context__, "what the database says is no business of the log"
    assert await read_rows(scene.storage) == before


@pytest.mark.parametrize(
    ("before", "now", "kept"), [(100, 80, 80), (60, 80, 60), (80, 80, 80), (100, 100, 100), (0, 100, 0)]
)
async def test_a_request_keeps_the_lower_of_what_was_and_is_given_back(
    scene: Scene, before: int, now: int, kept: int
) -> None:
    await scene.ordered()
    await scene.set("orders", scene.order, max_refund_percent=before)
    await asked(scene, terms(scene, now, user_moves=0), (AFTER, "14:30"))
    assert (await request_of(scene)).max_refund_percent == kept


async def test_the_order_s_own_place_is_free_for_its_new_hour(scene: Scene) -> None:
    await scene.ordered(visit_time="09:30")
    await scene.set("orders", scene.other.order, visit_time="14:30")
    one_place = terms(scene, capacity="1", user_moves=0)
    with pytest.raises(DayClosed):
        await asked(scene, one_place, (VISIT_DAY, "15:30"))
    assert await asked(scene, one_place, (VISIT_DAY, "10:30")) is False
    wanted = (await request_of(scene)).after_json
    assert wanted == f'{{"visit_date": "{VISIT_DAY}", "visit_time": "10:30"}}'


async def test_the_place_that_is_looked_for_is_that_of_the_new_time(scene: Scene) -> None:
    await scene.ordered()
    await scene.set("orders", scene.other.order, visit_date=AFTER)
    one_place = terms(scene, capacity="1", user_moves=0)
    with pytest.raises(DayClosed):
        await asked(scene, one_place, (AFTER, "10:30"))
    assert await asked(scene, one_place, (AFTER, "14:30")) is False


async def test_a_visit_that_has_begun_is_not_moved_however_early_it_is(scene: Scene) -> None:
    await scene.served()
    office = terms(scene, user_moves=0)
    await scene.set("orders", scene.order, started_at=NOON)
    with pytest.raises(TooLateToMove):
        await asked(scene, office, (AFTER, "14:30"))
    async with scene.storage.reading() as reader:
        assert await reader.order_changes.of_order(scene.order) == []


async def test_a_visit_without_an_hour_is_moved_until_its_day_is_over(scene: Scene) -> None:
    await scene.ordered(visit_time="")
    office, end = terms(scene, user_moves=0), day_bounds(VISIT_DAY)[1]
    with pytest.raises(TooLateToMove):
        await asked(scene, office, (AFTER, "14:30"), end)
    assert await asked(scene, office, (AFTER, "14:30"), end - 1) is False


@pytest.mark.parametrize(
    ("day", "hour", "uses"), [(VISIT_DAY, "10:30", 0), (AFTER, "09:30", 1), (AFTER, "", 1)]
)
async def test_naming_the_hour_of_the_day_that_was_booked_uses_no_move(
    scene: Scene, day: str, hour: str, uses: int
) -> None:
    await scene.ordered(visit_time="")
    assert await asked(scene, terms(scene, user_moves=3), (day, hour)) is True
    assert (await scene.read()).user_moves == uses
    assert await asked(scene, terms(scene, user_moves=3), (day, "11:30")) is True
    named_now = not hour
    assert (await scene.read()).user_moves == uses + (0 if named_now else 1)
