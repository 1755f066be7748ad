"""The files of the books: what each is called, what is written down of it, and which movements it holds."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest

from clock import DAY
from tests.admin.act_preparations import refund
from tests.admin.books.test_books_pages import rows_of
from tests.admin.clients import Client
from tests.admin.scenario import Scenario


async def test_a_day_of_the_month_leaves_out_the_days_around_it(owner: Client, scenario: Scenario):
    for name in ("第一天", "第二天", "第三天"):
        await scenario.order(service_name=name)
        scenario.clock.at += DAY
    await owner.log_in()
    page = await owner.page("admin/books/?month=2026-11&day=2026-11-19")
    of_day = page.partition('id="day"')[2]
    assert "第二天（半天） · " in of_day
    assert "第一天（半天） · " not in of_day
    assert "第三天（半天） · " not in of_day


async def test_a_refund_is_exported_with_its_own_number_and_wechats(owner: Client, scenario: Scenario):
    refund_id = (await refund("succeeded")(scenario, owner)).id
    async with scenario.storage.reading() as reader:
        found = await reader.refunds.get(int(refund_id))
        assert found is not None
        attempt = await reader.attempts.get(found.attempt_id)
    assert attempt is not None
    at, number = scenario.clock(), found.out_refund_no
    about = {"order_id": found.order_id, "attempt_id": attempt.id, "refund_id": found.id}
    async with scenario.storage.transaction() as tx:
        await tx.connection.execute("UPDATE refunds SET wechat_refund_id = '5030000'")
        await tx.ledger.book("refund", number, -58_800, at, at, **about)
        await tx.ledger.book("fee", number, 353, at, at, **about)
        await tx.commit()
    for what in ("refunds", "fees"):
        [row] = await rows_of(owner, f"admin/exports/file/?what={what}&from=2026-11-01&to=2026-11-30")
        assert (row["本店单号"], row["微信单号"]) == (number, "5030000")
        assert (row["原付款本店单号"], row["原付款微信单号"]) == (
            attempt.out_trade_no,
            attempt.transaction_id,
        )


EXPORTED = (
    *(
        (
            f"books/{path}/?month=2026-11",
            f"{ascii_name}-2026-11",
            f"{name}-2026-11",
            "month",
            "2026-11",
            {"what": what, "rows": rows},
        )
        for path, ascii_name, name, what, rows in (
            ("summary", "books", "月度汇总", "汇总", 3),
            ("lines", "entries", "月度明细", "明细", 1),
            ("unearned", "unearned", "未消费", "未消费", 2),
        )
    ),
    (
        "reports/file/?by=service&to=2026-10",
        "report-service",
        "经营报表-按服务-2025-11至2026-10",
        "ledger",
        "",
        {"what": "按服务", "first_date": "2025-11", "last_date": "2026-10", "rows": 1},
    ),
    (
        "reports/file/",
        "report-hospital",
        "经营报表-按医院-2025-12至2026-11",
        "ledger",
        "",
        {"what": "按医院", "first_date": "2025-12", "last_date": "2026-11", "rows": 2},
    ),
    (
        "exports/file/?what=payments&from=2026-11-18&to=2026-11-18",
        "payments",
        "收款-2026-11-18至2026-11-18",
        "ledger",
        "",
        {"what": "收款", "first_date": "2026-11-18", "last_date": "2026-11-18", "rows": 1},
    ),
)


@pytest.mark.parametrize(("path", "ascii_name", "name", "subject", "about", "after"), EXPORTED)
async def test_a_file_is_named_and_written_down_by_what_it_holds(
    owner: Client,
    scenario: Scenario,
    path: str,
    ascii_name: str,
    name: str,
    subject: str,
    about: str,
    after: dict[str, Any],
):
    await scenario.order()
    answer = await owner.get(f"admin/{path}")
    assert answer.code == 200
    assert answer.headers["Content-Disposition"] == (
        f"attachment; filename={ascii_name}.xlsx; filename*=UTF-8''{quote(name)}.xlsx"
    )
    async with scenario.storage.reading() as reader:
        [written, *_] = await reader.audit.page()
    assert (written.act, written.subject, written.subject_id) == ("books.export", subject, about)
    assert (written.before_json, json.loads(written.after_json)) == ("", after)


async def test_a_report_ends_with_the_month_that_is_asked_for_or_else_with_this_one(
    owner: Client, scenario: Scenario
):
    await scenario.order()
    paid = "优享陪诊（半天）"
    assert paid in await owner.page("admin/reports/?by=service")
    assert paid in await owner.page("admin/reports/?by=service&to=2026-11")
    assert paid not in await owner.page("admin/reports/?by=service&to=2026-10")
