"""The files of escorts' pay, cell by cell: the lines of a statement, a month of all escorts, and their sums."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import pytest

from handlers.admin.pay import exports
from handlers.admin.pay.exports import line_cells, month_cells, total_cells
from handlers.admin.pay.month import Row
from storage.models import Earning
from storage.pay_views import EarningLine, OpenSum, PayHold
from tests.admin.clients import Client
from tests.admin.pay.test_pay_pages import cells
from tests.admin.pay.test_rows_of_months import made
from tests.admin.scenario import Scenario
from tests.escort_pay.paying import NOVEMBER, correct, finished, issue, rule

PAID_AT = 1_795_000_000_000
"""2026-11-18 in Shanghai."""


def line(**changes: Any) -> EarningLine:
    earning = {
        "id": 1,
        "escort_id": 3,
        "order_id": 7,
        "kind": "order",
        "reference": "order:7",
        "amount_fen": 8_000,
        "base_fen": 19_800,
        "rule_id": 1,
        "reason": "",
        "earned_date": "2026-11-11",
        "created_by": None,
        "created_at": 0,
    }
    order = {"visit_date": "2026-11-10", "service_name": "优享陪诊", "hospital_name": "第一医院"}
    given = {**earning, **order, **changes}
    of_order = {name: given.pop(name) for name in order}
    return EarningLine(Earning(**given), **of_order, hold=PayHold(False, False, False))


def test_a_line_of_a_statement_whole() -> None:
    assert line_cells(line()) == [
        date(2026, 11, 11),
        "订单",
        "7",
        date(2026, 11, 10),
        "优享陪诊",
        "第一医院",
        Decimal("198.00"),
        Decimal("80.00"),
        "",
    ]
    about_nothing = {
        "visit_date": "",
        "service_name": "",
        "hospital_name": "",
        "order_id": None,
        "base_fen": 0,
    }
    assert line_cells(line(**about_nothing, kind="correction", amount_fen=-1_550, reason="迟到")) == [
        date(2026, 11, 11),
        "更正",
        "",
        "",
        "",
        "",
        "",
        Decimal("-15.50"),
        "迟到",
    ]
    assert len(line_cells(line())) == len(exports.LINE_COLUMNS)


PAID = made(
    id=12,
    state="paid",
    line_count=3,
    orders_fen=16_000,
    corrections_fen=-1_550,
    total_fen=14_450,
    paid_at=PAID_AT,
    paid_reference="20261118001",
)
READY, HELD = OpenSum(3, False, 8_000, -500, 2, 3), OpenSum(3, True, 9_900, 0, 1, 4)
ROWS = [
    Row(3, "王芳", READY, HELD, PAID),
    Row(4, "李娜", None, None, made(id=13, line_count=1)),
    Row(5, "赵六", READY),
]


def test_a_month_has_a_line_for_each_escort_and_its_sums_at_the_end() -> None:
    assert [month_cells(row) for row in ROWS] == [
        [
            "王芳",
            "3",
            "12",
            "已付款",
            "3",
            Decimal("160.00"),
            Decimal("-15.50"),
            Decimal("144.50"),
            date(2026, 11, 18),
            "20261118001",
            Decimal("75.00"),
            Decimal("99.00"),
        ],
        ["李娜", "4", "13", "等本人确认", "1", *[Decimal(0)] * 3, "", "", Decimal(0), Decimal(0)],
        ["赵六", "5", "", "还没有出结算单", *[""] * 6, Decimal("75.00"), Decimal(0)],
    ]
    assert total_cells(ROWS) == [
        "合计",
        "",
        "",
        "",
        "4",
        Decimal("160.00"),
        Decimal("-15.50"),
        Decimal("144.50"),
        "",
        "",
        Decimal("150.00"),
        Decimal("99.00"),
    ]
    assert {len(each) for each in (*map(month_cells, ROWS), total_cells([]))} == {len(exports.MONTH_COLUMNS)}


async def a_statement(scenario: Scenario) -> int:
    """Of three lines, the last of them a correction."""
    await rule(scenario.storage, 8_000)
    escort = await scenario.escort()
    orders = [await finished(scenario.storage, escort) for _ in range(2)]
    await correct(scenario.storage, escort, orders[0], -1_550, "迟到")
    return (await issue(scenario.storage, escort, at=scenario.clock())).id


@pytest.mark.parametrize("page", [1, 2, 3, 500])
async def test_the_file_of_a_statement_is_read_page_by_page_and_ends_with_its_sums(
    owner: Client, scenario: Scenario, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    monkeypatch.setattr(exports, "PAGE", page)
    number = await a_statement(scenario)
    rows = cells((await owner.get(f"admin/pay/statements/{number}/file/")).body)[1:]
    assert [(row[1], row[7]) for row in rows[:3]] == [("订单", 80), ("订单", 80), ("更正", -15.5)]
    assert [[cell or "" for cell in row] for row in rows[3:]] == [
        ["订单", *[""] * 6, 160, ""],
        ["更正", *[""] * 6, -15.5, ""],
        ["合计", *[""] * 6, 144.5, "等本人确认"],
    ]


async def test_files_are_named_and_written_down_by_what_they_hold(owner: Client, scenario: Scenario) -> None:
    number = await a_statement(scenario)
    for path, ascii_name, name, subject, rows in (
        (
            f"pay/statements/{number}/file/?format=xlsx",
            f"statement-{NOVEMBER}-{number}.xlsx",
            f"报酬结算单-{NOVEMBER}-王芳-1.xlsx",
            ("statement", str(number)),
            3,
        ),
        (
            f"pay/file/?month={NOVEMBER}&format=csv",
            f"pay-{NOVEMBER}.csv",
            f"陪诊员报酬-{NOVEMBER}.csv",
            ("month", NOVEMBER),
            1,
        ),
        ("pay/file/", "pay-2026-10.xlsx", "陪诊员报酬-2026-10.xlsx", ("month", "2026-10"), 0),
    ):
        answer = await owner.get(f"admin/{path}")
        named = f"attachment; filename={ascii_name}; filename*=UTF-8''{quote(name)}"
        assert (answer.code, answer.headers["Content-Disposition"]) == (200, named)
        async with scenario.storage.reading() as reader:
            [written] = await reader.audit.page(limit=1)
        assert (written.act, written.subject, written.subject_id) == ("pay.export", *subject)
        assert await scenario.log() == [("pay.export", None, {"rows": rows})]


async def test_of_an_erased_escort_the_file_says_so(owner: Client, scenario: Scenario) -> None:
    number = await a_statement(scenario)
    async with scenario.storage.transaction() as tx:
        await tx.connection.execute("UPDATE escorts SET name = ''")
        await tx.commit()
    answer = await owner.get(f"admin/pay/statements/{number}/file/")
    assert quote(f"报酬结算单-{NOVEMBER}-（已删除）-1.xlsx") in answer.headers["Content-Disposition"]
    assert "（已删除） · " in await owner.page(f"admin/pay/statements/{number}/")
    [row, _] = cells((await owner.get(f"admin/pay/file/?month={NOVEMBER}")).body)[1:]
    assert row[0] == "（已删除）"


@pytest.mark.parametrize("path", ["pay/file/", "pay/statements/1/file/"])
async def test_a_kind_of_file_that_there_is_not_is_refused_before_anything_is_written_down(
    owner: Client, scenario: Scenario, path: str
) -> None:
    await a_statement(scenario)
    assert (await owner.get(f"admin/{path}?format=pdf")).code == 400
    assert await scenario.audited() == []
