"""The pages and files of the books: what an owner and an accountant read, and closing a month."""

from __future__ import annotations

import csv
import io
import random
from typing import Any

import openpyxl
import pytest

from storage.writes import NewOfflineEntry
from tests.admin.books import filled_books
from tests.admin.books.filled_books import MONTHS, ledger
from tests.admin.clients import Client
from tests.admin.scenario import HOSTILE, Scenario

OCTOBER = MONTHS[2]
Rows = list[dict[str, Any]]


async def rows_of(client: Client, path: str) -> Rows:
    """The rows of an XLSX by the names of its columns."""
    answer = await client.get(path)
    assert answer.code == 200, answer.body.decode()[-500:]
    [sheet] = openpyxl.load_workbook(io.BytesIO(answer.body)).worksheets
    head, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(map(str, head), row, strict=True)) for row in rows]


def fen(value: Any) -> int:
    return round(float(value) * 100)


async def filled(scenario: Scenario, seed: int = 3) -> None:
    chance = random.Random(seed)
    escort_id = await scenario.escort()
    orders = [await filled_books.order(scenario, chance, escort_id) for _ in range(3)]
    await filled_books.random_entries(scenario, chance, orders, 25)


@pytest.mark.promise(30)
async def test_the_files_of_a_month_add_up_to_the_ledger_and_hold_both_numbers_as_texts(
    owner: Client, scenario: Scenario
):
    await filled(scenario)
    there = [
        entry for entry in await ledger(scenario) if OCTOBER.first_at <= entry.occurred_at < OCTOBER.before_at
    ]
    lines = await rows_of(owner, "admin/books/lines/?month=2026-10&format=xlsx")
    assert sorted(fen(row["金额（元）"]) for row in lines) == sorted(entry.amount_fen for entry in there)
    *summary, total, unearned = await rows_of(owner, "admin/books/summary/?month=2026-10")
    assert (
        sum(fen(row["净额（元）"]) for row in summary)
        == fen(total["净额（元）"])
        == sum(e.amount_fen for e in there)
    )
    assert unearned["日期"].startswith("期末未消费")

    order_id = await scenario.order(service_name=HOSTILE[:40])
    async with scenario.storage.reading() as reader:
        [attempt] = await reader.attempts.of_order(order_id)
    [row] = [
        row
        for row in await rows_of(owner, "admin/exports/file/?what=payments&from=2026-11-01&to=2026-11-30")
        if row
    ]
    assert (row["本店单号"], row["微信单号"]) == (attempt.out_trade_no, attempt.transaction_id)
    assert row["类型"] == "微信收款"
    assert isinstance(row["微信单号"], str)


async def test_a_fee_is_exported_with_the_numbers_of_what_it_was_taken_for(owner: Client, scenario: Scenario):
    order_id, at = await scenario.order(), scenario.clock()
    async with scenario.storage.transaction() as tx:
        [attempt] = await tx.attempts.of_order(order_id)
        await tx.ledger.book("fee", attempt.out_trade_no, -353, at, at, order_id=order_id)
        await tx.commit()
    [row] = await rows_of(owner, "admin/exports/file/?what=fees&from=2026-11-01&to=2026-11-30")
    assert (row["本店单号"], row["微信单号"]) == (attempt.out_trade_no, attempt.transaction_id)
    assert (fen(row["金额（元）"]), row["服务"], row["订单号"]) == (-353, "优享陪诊（半天）", order_id)


async def test_what_is_unearned_is_told_by_service_hospital_and_escort(owner: Client, scenario: Scenario):
    for price, hospital in ((58_800, "第一医院"), (10_050, "第二医院")):
        await scenario.order(price_fen=price, hospital_name=hospital)
    *rows, total = await rows_of(owner, "admin/books/unearned/?month=2026-11")
    assert [(row["医院"], fen(row["未消费（元）"])) for row in rows] == [
        ("第一医院", 58_800),
        ("第二医院", 10_050),
    ]
    assert (fen(total["未消费（元）"]), total["订单"]) == (68_850, 2)
    assert "688.50" in await owner.page("admin/books/?month=2026-11")
    assert [row["服务"] for row in await rows_of(owner, "admin/books/unearned/?month=2027-01")] == ["合计"]


async def test_money_of_a_supplement_counts_to_its_orders_service_and_says_what_it_is(
    owner: Client, scenario: Scenario
):
    order_id, at = await scenario.order(), scenario.clock()
    async with scenario.storage.transaction() as tx:
        [attempt] = await tx.attempts.of_order(order_id)
        given = {"id": attempt.id, "supplement": 9}
        await tx.connection.execute(
            "UPDATE payment_attempts SET supplement_id = :supplement WHERE id = :id", given
        )
        await tx.ledger.book("fee", attempt.out_trade_no, -30, at, at, order_id=order_id)
        await tx.commit()
    rows = await rows_of(owner, "admin/exports/file/?from=2026-11-01&to=2026-11-30")
    assert [(row["类型"], row["补款"], row["服务"]) for row in rows] == [
        ("微信收款", "补款", "优享陪诊（半天）"),
        ("手续费", "补款", "优享陪诊（半天）"),
    ]
    *_, total, _ = await rows_of(owner, "admin/books/summary/?month=2026-11")
    assert fen(total["其中补款（元）"]) == 58_800


async def test_offline_money_is_exported_with_what_was_written_down_of_it(owner: Client, scenario: Scenario):
    order_id, at = await scenario.order(), scenario.clock()
    async with scenario.storage.transaction() as tx:
        [attempt] = await tx.attempts.of_order(order_id)
        for kind, amount in (("receipt", 500), ("reversal", -500)):
            written = NewOfflineEntry(
                f"{kind}:{attempt.id}", kind, order_id, attempt.id, amount, "cash", kind, "王", at, 1, at, ""
            )
            await tx.offline.add(written)
            await tx.ledger.book(
                "offline_payment", kind, amount, at, at, order_id=order_id, attempt_id=attempt.id
            )
        await tx.commit()
    rows = await rows_of(owner, "admin/exports/file/?what=payments&from=2026-11-01&to=2026-11-30")
    assert [(row["类型"], row["线下凭证"], row["微信单号"]) for row in rows[1:]] == [
        ("线下收款", "receipt", ""),
        ("线下收款", "reversal", ""),
    ]


async def test_an_export_as_csv_keeps_long_numbers_whole(owner: Client, scenario: Scenario):
    await scenario.order()
    text = (await owner.get("admin/exports/file/?format=csv&from=2026-11-01&to=2026-11-30")).body.decode(
        "utf-8-sig"
    )
    _, row = csv.reader(io.StringIO(text, newline=""))
    assert row[3].startswith('="2026'), row
    assert row[4].startswith('="42'), row


@pytest.mark.parametrize(
    "query",
    [
        "from=2026-11-30&to=2026-11-01",
        "from=2020-01-01&to=2026-01-01",
        "format=exe",
        "from=2026-01-01&to=2028-01-01",
    ],
)
async def test_a_period_that_is_none_is_refused(owner: Client, query: str):
    assert (await owner.get(f"admin/exports/file/?{query}")).code == 400
    if "format" not in query:
        assert 'role="alert"' in await owner.page(f"admin/exports/?{query}")


@pytest.mark.parametrize("month", ["2026-99", "x", "<script>", "2026-10'--", "99999-01", "0000-01"])
async def test_a_month_that_is_none_shows_the_last_that_is_over(
    owner: Client, scenario: Scenario, month: str
):
    await scenario.order()
    assert "2026年10月" in await owner.page(f"admin/books/?month={month}")


async def test_an_owner_closes_a_month_once_and_its_page_shows_what_was_stored(
    owner: Client, scenario: Scenario
):
    await filled(scenario)
    page = await owner.page("admin/books/?month=2026-10")
    assert "没有对平" in page
    answer = await owner.submit("admin/books/?month=2026-10", "books/close/")
    assert answer.code == 409, "the tick is missing"
    assert "没有结账" in answer.body.decode()
    answer = await owner.submit("admin/books/?month=2026-10", "books/close/", {"despite_open_days": "1"})
    assert answer.code == 302
    page = await owner.page("admin/books/?month=2026-10")
    assert "已结账" in page
    assert "books/close/" not in page
    again = await owner.post("admin/books/close/", {"month": "2026-10", "fingerprint": "x"})
    assert (again.code, "已经结过账了" in again.body.decode()) == (409, True)
    entry = {"kind": "fee", "reference": "late", "amount_fen": -77, "occurred_at": OCTOBER.first_at}
    scenario.clock.at += 60_000
    await filled_books.book(scenario, {**entry, "booked_at": scenario.clock()})
    assert "0.77 元是补记" in await owner.page("admin/books/?month=2026-11")
    lines = await rows_of(owner, "admin/books/lines/?month=2026-11&format=xlsx")
    assert [(fen(row["金额（元）"]), row["补记"]) for row in lines] == [(-77, "补记")]
    assert await rows_of(owner, "admin/books/lines/?month=2026-10&format=xlsx")
    assert "不一致" not in await owner.page("admin/books/?month=2026-10")


async def test_a_clerk_reads_the_month_and_cannot_close_it(clerk: Client, scenario: Scenario):
    await filled(scenario)
    assert "books/close/" not in await clerk.page("admin/books/?month=2026-10")
    assert (await clerk.post("admin/books/close/", {"month": "2026-10", "fingerprint": "x"})).code == 403


async def test_an_accountant_reads_all_of_the_money_and_changes_nothing(
    accountant: Client, scenario: Scenario
):
    await filled(scenario)
    for path in (
        "books/",
        "books/summary/",
        "books/unearned/",
        "books/lines/",
        "reports/",
        "reports/file/",
        "exports/",
        "exports/file/",
    ):
        assert (await accountant.get(f"admin/{path}")).code == 200, path
    for path in ("money/", "refunds/", "cases/", "reconcile/"):
        assert (await accountant.get(f"admin/{path}")).code == 200, path
    for path in ("orders/", "users/", "orders/export/", "catalog/"):
        assert (await accountant.get(f"admin/{path}")).code == 403, path
    for path in ("books/close/", "reconcile/", "cases/1/close/"):
        assert (await accountant.post(f"admin/{path}", {"month": "2026-10"})).code == 403, path


@pytest.mark.parametrize("by", ["hospital", "service", "escort", "nonsense"])
async def test_the_report_of_twelve_months_adds_up_to_the_ledger(owner: Client, scenario: Scenario, by: str):
    await filled(scenario)
    rows = await rows_of(owner, f"admin/reports/file/?by={by}&to=2026-11")
    *months, total = rows
    entries = sum(entry.amount_fen for entry in await ledger(scenario))
    assert sum(fen(row["净额（元）"]) for row in months) == fen(total["净额（元）"]) == entries
    page = await owner.page(f"admin/reports/?by={by}&to=2026-11")
    assert page.count("<rect") % 12 == 0
    assert "<meter" in page


async def test_a_day_of_the_month_is_shown_by_service_hospital_and_escort(owner: Client, scenario: Scenario):
    await scenario.order(service_name="优享陪诊", hospital_name=HOSTILE[:60])
    page = await owner.page("admin/books/?month=2026-11&day=2026-11-18")
    assert "优享陪诊（半天） · " in page
    assert "<script>alert" not in page
