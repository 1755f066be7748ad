"""The tables of a month of the books: how sums are put together, called and put into order; the file of its sums."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast

import pytest

from clock import day_bounds
from handlers.admin.books import month, month_files
from handlers.admin.books.month import Group, ShownMonth, escort_of, grouped, hospital_of, service_of
from payment.books.months import Month, MonthBooks, Totals, total
from storage.filters import BookSpan
from storage.views import BookSum

NOVEMBER = Month("2026-11")
EIGHTEENTH = day_bounds("2026-11-18")[0]


def entry(amount: int = 58_800, **changes: Any) -> BookSum:
    usual = {
        "day_at": EIGHTEENTH,
        "service": "优享陪诊",
        "unit": "半天",
        "hospital": "第一医院",
        "escort_id": 3,
        "escort": "王芳",
        "kind": "payment",
        "supplement": False,
        "late": False,
        "entries": 1,
        "orders": 1,
    }
    return BookSum(**{**usual, "amount_fen": amount, **changes})


WITHOUT_ORDER = {"service": "", "unit": "", "hospital": "", "escort_id": 0, "escort": ""}


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({}, ("优享陪诊（半天）", "第一医院", "王芳")),
        ({"hospital": "", "escort_id": 0}, ("优享陪诊（半天）", "没有写医院", "还没有安排")),
        ({"escort": ""}, ("优享陪诊（半天）", "第一医院", "已注销 3 号")),
        ({**WITHOUT_ORDER, "hospital": "x", "escort_id": 3}, ("未关联订单",) * 3),
    ],
)
def test_only_a_service_tells_whether_there_is_an_order(
    changes: dict[str, Any], names: tuple[str, str, str]
) -> None:
    found = entry(**changes)
    assert (service_of(found), hospital_of(found), escort_of(found)) == names
    assert month._all_names(found) == (" · ".join(names) if found.service else "未关联订单")


def test_what_has_one_name_is_one_row_and_the_largest_stands_first() -> None:
    sums = [
        entry(100, hospital="乙"),
        entry(300, hospital="丙"),
        entry(100, hospital="甲"),
        entry(-50, hospital="丙", kind="refund"),
        entry(-7, hospital="乙", kind="fee"),
        entry(7, hospital="乙", kind="offline_payment"),
    ]
    groups = grouped(sums, hospital_of)
    assert [(name, totals.net_fen, totals.entries) for name, totals in groups] == [
        ("乙", 100, 3),
        ("丙", 250, 2),
        ("甲", 100, 1),
    ]
    assert month._largest(groups) == [
        Group("丙", Totals(received_fen=300, refunded_fen=-50, entries=2)),
        Group("乙", Totals(received_fen=100, fees_fen=-7, offline_received_fen=7, entries=3)),
        Group("甲", Totals(received_fen=100, entries=1)),
    ]


@pytest.mark.parametrize(
    ("asked", "day"),
    [
        ("2026-11-01", "2026-11-01"),
        ("2026-11-30", "2026-11-30"),
        ("2026-10-31", ""),
        ("2026-12-01", ""),
        ("2026-11-00", ""),
        ("2026-11-31", ""),
        ("2026-11-1", ""),
        ("", ""),
    ],
)
def test_a_day_is_one_of_the_month(asked: str, day: str) -> None:
    page = SimpleNamespace(query_fields={"day": asked})
    assert ShownMonth._asked_day(cast(Any, page), NOVEMBER) == day


def test_a_day_of_a_month_is_a_part_of_its_span() -> None:
    others: tuple[Any, ...] = (3, ((1, 2, 3),), 4, 5)
    assert month.day_of(BookSpan(1, 2, *others), "2026-11-18") == BookSpan(*day_bounds("2026-11-18"), *others)


def test_the_file_of_a_months_sums_whole() -> None:
    sums = [
        entry(5_000, supplement=True, escort_id=0),
        entry(-1_234, kind="offline_refund", late=True, day_at=EIGHTEENTH - 86_400_000),
        entry(58_800),
        entry(-58_800, kind="refund"),
        entry(-30, kind="fee"),
        entry(700, kind="offline_payment", entries=2),
    ]
    books = MonthBooks(NOVEMBER, sums, total(sums), 9_900, 1, [], over=False)
    yuan = [Decimal(text) for text in ("588.00", "-588.00", "-0.30", "7.00", "0.00", "6.70", "0.00")]
    about = ["优享陪诊（半天）", "第一医院"]
    nothing = [Decimal("0.00")]
    assert month_files._summary_rows(books) == [
        [
            date(2026, 11, 17),
            *about,
            "王芳",
            *nothing * 4,
            Decimal("-12.34"),
            Decimal("-12.34"),
            *nothing,
            Decimal(1),
            "补记",
        ],
        [
            date(2026, 11, 18),
            *about,
            "王芳",
            *yuan,
            Decimal(5),
            "",
        ],
        [
            date(2026, 11, 18),
            *about,
            "还没有安排",
            Decimal("50.00"),
            *nothing * 4,
            Decimal("50.00"),
            Decimal("50.00"),
            Decimal(1),
            "",
        ],
        [
            "合计",
            "",
            "",
            "",
            *(Decimal(text) for text in ("638.00", "-588.00", "-0.30", "7.00", "-12.34", "44.36", "50.00")),
            Decimal(7),
            "",
        ],
        ["期末未消费（已付款，还没有就诊）", *[""] * 8, Decimal("99.00"), *[""] * 3],
    ]
    assert {len(row) for row in month_files._summary_rows(books)} == {len(month_files.SUMMARY_COLUMNS)}
