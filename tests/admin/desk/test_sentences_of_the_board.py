"""What the board says to a clerk who drops an order where it cannot be."""

from __future__ import annotations

import pytest

from tests.admin.clients import Client
from tests.admin.desk.test_desk import give, text_of
from tests.admin.scenario import Scenario


@pytest.mark.parametrize(
    ("takes", "visit_time", "named"),
    [("day", "", "全天"), ("day", "14:00", "14:00"), ("half", "", ""), ("half", "09:00", "09:00")],
)
async def test_an_order_of_another_day_is_named_with_its_day_and_its_hour(
    clerk: Client, scenario: Scenario, takes: str, visit_time: str, named: str
):
    escort, day = await scenario.escort(), scenario.day()
    order = await scenario.order(takes=takes, visit_time=visit_time)
    refused = await give(clerk, f"{order}-0", f"{escort}:{scenario.day(3)}:am")
    assert f"这个订单是 {day} {named}的，不能放在这一格；改时间请打开订单" in text_of(refused)
