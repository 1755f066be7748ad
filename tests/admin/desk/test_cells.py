"""The cells of the desk's board: what a half-day still has room for, who stands in which row, and in which order."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from handlers.admin.desk.cells import Row, room_in, rows_of
from orders import serving
from orders.escorts import leaves
from orders.escorts.leaves import HalfDays
from storage.models import Actor, Cause
from tests.admin.scenario import Scenario


@pytest.mark.parametrize(
    ("slots", "on_leave", "room"),
    [
        ([], False, "all"),
        ([], True, ""),
        ([0], False, ""),
        ([1], False, "errand"),
        ([1], True, ""),
        ([1, 2], False, "errand"),
        ([1, 2, 3], False, ""),
        ([1, 0], False, ""),
    ],
)
def test_the_room_of_a_half_day(slots: list[int], on_leave: bool, room: str) -> None:
    taken = [SimpleNamespace(slot=slot) for slot in slots]
    assert room_in(cast(Any, taken), on_leave=on_leave, errands=3) == room


async def give(scenario: Scenario, escort: int, half: str, **order: Any) -> int:
    order_id = await scenario.order(**order)
    cause = Cause(Actor("admin", 1), scenario.clock())
    await scenario.storage.run(lambda tx: serving.assign(tx, order_id, escort, half, cause, 3))
    return order_id


async def board(scenario: Scenario) -> list[Row]:
    """Of today and tomorrow."""
    async with scenario.storage.reading() as reader:
        return await rows_of(reader, [scenario.day(0), scenario.day(1)], 3, scenario.clock())


def rooms(row: Row) -> list[str]:
    """Day by day, morning and afternoon."""
    return [cell.room for cell in row.cells]


async def test_each_half_day_has_the_room_that_its_visits_and_leave_leave(scenario: Scenario) -> None:
    escort, today, tomorrow = await scenario.escort("王芳"), scenario.day(0), scenario.day(1)
    first = await give(scenario, escort, "am", visit_date=today, takes="errand")
    second = await give(scenario, escort, "am", visit_date=today, takes="errand")
    third = await give(scenario, escort, "pm", visit_date=today)
    away = HalfDays(tomorrow, "am")
    await scenario.storage.run(lambda tx: leaves.take(tx, escort, away, "", scenario.clock))
    [row] = await board(scenario)
    assert (row.escort_id, row.name, row.gives, row.count) == (escort, "王芳", True, 3)
    assert rooms(row) == ["errand", "", "", "all"]
    assert [cell.errands for cell in row.cells] == [2, 0, 0, 0]
    assert [cell.on_leave for cell in row.cells] == [False, False, True, False]
    assert [[each.order_id for each in cell.visits] for cell in row.cells] == [
        [first, second],
        [third],
        [],
        [],
    ]
    assert [cell.value for cell in row.cells] == [
        f"{escort}:{day}:{half}" for day in (today, tomorrow) for half in ("am", "pm")
    ]
    assert {cell.whole_days for cell in row.cells} == {frozenset()}


async def test_a_whole_day_stands_in_both_of_its_halves_and_a_finished_visit_does_not_count(
    scenario: Scenario,
) -> None:
    escort, today = await scenario.escort("王芳"), scenario.day(0)
    order = await give(scenario, escort, "day", visit_date=today, takes="day")
    [row] = await board(scenario)
    assert rooms(row) == ["", "", "all", "all"]
    assert [cell.whole_days for cell in row.cells] == [frozenset({order})] * 2 + [frozenset()] * 2
    assert row.count == 1
    actor = Actor("admin", 1)
    await scenario.storage.run(lambda tx: serving.finish(tx, order, actor, scenario.clock()))
    [row] = await board(scenario)
    assert row.count == 0
    assert [[each.order_id for each in cell.visits] for cell in row.cells] == [[order], [order], [], []]


async def test_who_has_most_room_stands_first_and_who_is_given_nothing_last(scenario: Scenario) -> None:
    busy, second, first, gone = [await scenario.escort(name) for name in ("A忙", "B闲", "A闲", "A停")]
    elsewhere = await scenario.escort("C远")
    await give(scenario, busy, "am", visit_date=scenario.day(1))
    await give(scenario, elsewhere, "am", visit_date=scenario.day(2))
    await give(scenario, gone, "pm", visit_date=scenario.day(0))
    await scenario.escort("D停", "suspended")
    async with scenario.storage.transaction() as tx:
        await tx.connection.execute("UPDATE escorts SET state = 'suspended' WHERE id = :id", {"id": gone})
        await tx.commit()
    rows = await board(scenario)
    assert [(row.escort_id, row.gives, row.count) for row in rows] == [
        (first, True, 0),
        (second, True, 0),
        (elsewhere, True, 0),
        (busy, True, 1),
        (gone, False, 1),
    ]
    assert rooms(rows[-1]) == [""] * 4
