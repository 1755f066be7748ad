"""The cash sheet of a day: by method and by who handled it, in agreement with the ledger, and as a file."""

from __future__ import annotations

import io

import openpyxl
import pytest

from clock import DAY
from payment.offline.cash_sheet import cash_sheet
from tests.admin.acts_about_cash import order_in_cash, receipt_fields, refund_by_hand
from tests.admin.clients import Client
from tests.admin.scenario import HOSTILE, Scenario


async def _a_day(scenario: Scenario, owner: Client) -> None:
    """A refunded order, one whose receipt was reversed, one that was corrected, and one by transfer."""
    ready = await refund_by_hand(scenario, owner)
    assert (await owner.post("admin/refunds/1/paid-back/", ready.fields)).code == 302
    reversed_ = await order_in_cash(scenario, owner)
    assert (
        await owner.post(f"admin/orders/{reversed_.id}/receipt/reverse/", {"reason": "其实没收到"})
    ).code == 302
    corrected = await order_in_cash(scenario, owner)
    fields = receipt_fields(scenario, method="transfer", handled_by="李店员")
    answer = await owner.post(f"admin/orders/{corrected.id}/receipt/correct/", {**fields, "reason": "是转账"})
    assert answer.code == 302, answer.body.decode()
    other = await scenario.order("unpaid", patient="<script>alert(1)", price_fen=19_999)
    fields = receipt_fields(scenario, amount="199.99", method="transfer", handled_by="李店员", note=HOSTILE)
    assert (await owner.post(f"admin/orders/{other}/receipt/", fields)).code == 302


@pytest.mark.promise(39)
async def test_the_sums_of_a_day_are_those_of_the_ledger_to_the_fen(
    scenario: Scenario, owner: Client
) -> None:
    await _a_day(scenario, owner)
    async with scenario.storage.reading() as reader:
        sheet = await cash_sheet(reader, scenario.day(0))
        daily = await reader.desk.daily(scenario.clock() - DAY, scenario.clock() + DAY)
    in_ledger = sum(fen for (_, kind), (_, fen) in daily.items() if kind.startswith("offline_"))
    assert sheet.agrees
    assert sheet.all.total_fen == in_ledger == 58_800 + 19_999
    assert {method: sums.total_fen for method, sums in sheet.by_method.items()} == {
        "cash": 0,
        "transfer": 58_800 + 19_999,
    }
    assert sum(sums.total_fen for sums in sheet.by_person.values()) == sheet.all.total_fen
    assert sheet.by_person["李店员", "transfer"].total_fen == 58_800 + 19_999
    assert (sheet.all.received_fen, sheet.all.reversed_fen, sheet.all.refunded_fen) == (
        4 * 58_800 + 19_999,
        -2 * 58_800,
        -58_800,
    )


async def test_the_page_shows_each_movement_and_nothing_of_another_day(
    scenario: Scenario, owner: Client, clerk: Client
) -> None:
    await _a_day(scenario, owner)
    page = await clerk.page("admin/cash/")
    for text in ("李店员", "撤销收款", "787.99", "收据 0031", "经手人应交"):
        assert text in page
    assert "<script>alert" not in page
    assert "没有线下收付" in await clerk.page(f"admin/cash/?day={scenario.day(-1)}")
    for day in ("2099-01-01", "x", "0001-01-01", "9999-12-31", "2026-02-30"):
        assert (await clerk.get(f"admin/cash/?day={day}")).code == 200


async def test_the_file_holds_every_movement_and_its_sums(scenario: Scenario, owner: Client) -> None:
    await _a_day(scenario, owner)
    answer = await owner.get(f"admin/cash/export/?day={scenario.day(0)}")
    assert answer.code == 200
    (table,) = openpyxl.load_workbook(io.BytesIO(answer.body)).worksheets
    rows = list(table.iter_rows(values_only=True))
    assert rows[0][:4] == ("时间", "类别", "方式", "金额（元）")
    movements = [row for row in rows[1:] if row[0]]
    assert round(sum(float(str(row[3])) for row in movements), 2) == 787.99
    sums = {row[1]: float(str(row[3])) for row in rows if not row[0]}
    assert sums["合计"] == sums["账本"] == 787.99
    assert not any(str(cell).startswith("=") for row in rows for cell in row)
    assert (await scenario.audited())[-1] == "cash.export"
