"""How money outside of WeChat changed hands: what a form is read as, what the log keeps, the rows of the cash file."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast

import pytest

from clock import HOUR, MINUTE, day_bounds
from handlers.admin.offline import cash_pages
from handlers.admin.offline.handling import facts_of, form_at, handling_of
from payment.offline.cash_sheet import CashSheet, Sums
from payment.offline.receipts import Handling
from storage.models import OfflineMethod
from tests.admin.scenario import MovingClock

MORNING = day_bounds("2026-11-18")[0] + 9 * HOUR + 5 * MINUTE
"""09:05."""


def test_a_form_says_when_it_was_to_the_minute() -> None:
    given = {"method": "cash", "reference": "12", "handled_by": "小陈", "note": "a"}
    assert handling_of({**given, "day": "2026-11-18", "time": "09:05"}) == Handling(
        OfflineMethod.CASH, "12", "小陈", MORNING, "a"
    )
    assert form_at(MORNING + MINUTE - 1) == {"day": "2026-11-18", "time": "09:05"}
    assert form_at(day_bounds("2026-11-18")[0] - 1) == {"day": "2026-11-17", "time": "23:59"}


def test_the_log_keeps_what_was_filled_in() -> None:
    whole = Handling(OfflineMethod.TRANSFER, "12", "小陈", MORNING + 59_999, "a")
    assert facts_of(whole) == {
        "method": "转账",
        "reference": "12",
        "handled_by": "小陈",
        "occurred": "2026-11-18 09:05",
        "note": "a",
    }
    bare = Handling(OfflineMethod.CASH, "", "小陈", MORNING)
    assert facts_of(bare) == {"method": "现金", "handled_by": "小陈", "occurred": "2026-11-18 09:05"}


def movement(kind: str, amount: int, **changes: Any) -> Any:
    usual = {
        "kind": kind,
        "method": "cash",
        "amount_fen": amount,
        "occurred_at": MORNING + 59_999,
        "handled_by": "小陈",
        "reference": "12",
        "order_id": 7,
        "recorded_by": 2,
        "note": "a",
    }
    return SimpleNamespace(**{**usual, **changes})


def test_the_cash_file_has_a_row_per_movement_and_its_sums_at_the_end() -> None:
    entries = [
        movement("receipt", 58_800),
        movement("refund", -10_050, method="transfer", order_id=8, recorded_by=9),
    ]
    sheet = CashSheet("2026-11-18", entries, ledger_fen=48_700)
    for entry in entries:
        sheet.by_method.setdefault(entry.method, Sums()).add(entry)
        sheet.all.add(entry)
    order = SimpleNamespace(patient_name="李雷", service_name="优享陪诊")
    blank = [""] * 7
    assert cash_pages._rows(sheet, cast(Any, {7: order}), {2: "clerk"}) == [
        [
            datetime(2026, 11, 18, 9, 5),
            "收款",
            "现金",
            Decimal("588.00"),
            "小陈",
            "12",
            Decimal(7),
            "李雷",
            "优享陪诊",
            "clerk",
            "a",
        ],
        [
            datetime(2026, 11, 18, 9, 5),
            "退款",
            "转账",
            Decimal("-100.50"),
            "小陈",
            "12",
            Decimal(8),
            "",
            "",
            "",
            "a",
        ],
        ["", "合计 现金", "", Decimal("588.00"), *blank],
        ["", "合计 转账", "", Decimal("-100.50"), *blank],
        ["", "合计", "", Decimal("487.50"), *blank],
        ["", "账本", "", Decimal("487.00"), *blank],
    ]
    rows = cash_pages._rows(sheet, {}, {})
    assert {len(row) for row in rows} == {len(cash_pages.COLUMNS)}


@pytest.mark.parametrize(
    ("asked", "day"), [("2026-12-31", "2026-12-31"), ("2026-02-30", "2026-11-18"), ("", "2026-11-18")]
)
def test_the_sheet_is_of_the_asked_for_day_or_of_today(asked: str, day: str) -> None:
    page = SimpleNamespace(query_fields={"day": asked}, now=MovingClock())
    prop: Any = cash_pages.CashPage.day
    assert prop.fget(page) == day
    assert prop.fget(SimpleNamespace(query_fields={}, now=MovingClock())) == "2026-11-18"


def test_the_days_around_it_end_with_the_calendar() -> None:
    assert [cash_pages._moved("2026-11-30", days) for days in (-1, 1)] == ["2026-11-29", "2026-12-01"]
    assert cash_pages._moved("9999-12-31", 1) == "9999-12-31"
    assert cash_pages._moved("0001-01-01", -1) == "0001-01-01"
