"""The plan of a day as text for its escort: what stands in each line, and what is left out where it is not known."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from handlers.admin.orders import plan
from handlers.admin.orders.plan import PlanHandler, Sheet, Visit, text_of
from orders.escorts.desk import Job
from tests.admin.scenario import MovingClock

DAY = "2026-11-18"


def visit(half: str = "am", phone: str = "138****1234", **changes: Any) -> Visit:
    usual = {
        "visit_time": "09:00",
        "patient_name": "李雷",
        "hospital_name": "第一医院",
        "campus": "南院",
        "department": "心内科",
        "meeting_point": "门诊楼一层",
        "mobility": "wheelchair",
        "hearing": "impaired",
        "service_name": "优享陪诊",
        "wishes": " 请早\n一点 ",
    }
    order = SimpleNamespace(**{**usual, **changes})
    return Visit(Job(cast(Any, order), half), phone, "")


NOTHING = dict.fromkeys(
    ("visit_time", "campus", "department", "meeting_point", "mobility", "hearing", "wishes"), ""
)


def test_a_sheet_is_told_a_visit_a_line() -> None:
    sheet = Sheet(3, "王芳", [visit(), visit("pm", "", **NOTHING)])
    assert text_of(sheet, DAY).split("\n") == [
        "王芳，11-18 周三，2 单",
        "1. 09:00 李雷，138****1234，第一医院 南院 心内科，见面：门诊楼一层，"
        "坐轮椅，听力不好，优享陪诊，要求：请早 一点",
        "2. 下午（时间待确认） 李雷，第一医院，优享陪诊",
    ]


@pytest.mark.parametrize(
    ("half", "when"), [("am", "上午（时间待确认）"), ("day", "全天（时间待确认）"), ("", "（时间待确认）")]
)
def test_an_hour_that_is_not_settled_is_the_half_day(half: str, when: str) -> None:
    line = text_of(Sheet(3, "王芳", [visit(half, visit_time="")]), DAY).split("\n")[1]
    assert line.startswith(f"1. {when} 李雷，")


@pytest.mark.parametrize(
    ("asked", "day"),
    [
        ("2026-12-31", "2026-12-31"),
        ("2026-02-30", "2026-11-19"),
        ("1999-12-31", "2026-11-19"),
        ("2026-12-31x", "2026-11-19"),
        ("", "2026-11-19"),
    ],
)
def test_a_plan_is_of_tomorrow_or_of_a_day_of_the_calendar(asked: str, day: str) -> None:
    page = SimpleNamespace(query_fields={"day": asked}, now=MovingClock())
    assert PlanHandler._day(cast(Any, page)) == day


def test_the_days_around_it_end_with_the_calendar() -> None:
    assert [plan._moved(DAY, days) for days in (-1, 1)] == ["2026-11-17", "2026-11-19"]
    assert plan._moved("9999-12-31", 1) == "9999-12-31"
