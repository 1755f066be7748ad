"""What the operator is told of the reconciliation: cases of days that fail, lines of the log, what the command prints,
and the files that are kept."""

from __future__ import annotations

import datetime
import json
import logging

import pytest

from clock import DAY, day_bounds, shanghai_date
from payment.reconciliation.bill_days import KEPT_FOR, count_missing, is_gone
from payment.reconciliation.reconcile_job import run_reconciliation
from payment.wechatpay import errors
from storage.models import FinanceCase
from tests.payment.bills import flow_bill, rows_of, trade_bill
from tests.payment.conftest import Shop
from tests.payment.reconciling import past_days
from tests.payment.test_reconcile_job import _failing

NOT_READY = errors.BillNotReady(code="STATEMENT_CREATING", status=400)


async def unusable(shop: Shop) -> list[FinanceCase]:
    async with shop.storage.reading() as reader:
        return [case for case in await reader.finance.cases() if case.kind == "bill_unusable"]


@pytest.mark.promise(30)
async def test_a_bill_that_is_not_ready_is_a_case_from_its_third_day_on_and_once(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    (day,) = await past_days(shop, 1)
    _failing(shop, day, lambda: NOT_READY)
    seen = []
    with caplog.at_level(logging.ERROR, "hospital.payment.reconcile"):
        for _ in range(5):
            await shop.payments.reconcile_due("p1")
            seen.append([(case.reference, json.loads(case.detail)["day"]) for case in await unusable(shop)])
            shop.pass_time(DAY)
    case = (f"bill:{day}", day)
    assert seen == [[], [], [case], [case], [case]]
    opened = [line for line in caplog.messages if "case opened" in line]
    assert opened == [f"the bill of {day} cannot be reconciled: case opened"]


@pytest.mark.promise(30)
async def test_a_bill_that_nothing_can_read_is_a_case_at_once_and_says_what_is_wrong(shop: Shop) -> None:
    (day,) = await past_days(shop, 1)
    shop.wechat.bills["trade", datetime.date.fromisoformat(day)] = b"what is this?\n"
    assert await shop.payments.reconcile_due("p1") == []
    (case,) = await unusable(shop)
    detail = json.loads(case.detail)
    assert detail.keys() == {"day", "problem"}
    assert detail["problem"].startswith("BillError: line 1")


@pytest.mark.promise(30)
async def test_the_text_of_an_unforeseen_failure_stays_out_of_log_and_case(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    """It may quote a row of the bill; the text of a failure that is foreseen is told."""
    first, second = await past_days(shop, 2)
    _failing(shop, first, lambda: RuntimeError("a row of 张三"))
    _failing(shop, second, lambda: errors.Unknown("no answer from WeChat"))
    shop.pass_time(3 * DAY)
    with caplog.at_level(logging.WARNING, "hospital.payment.reconcile"):
        await shop.payments.reconcile_due("p1")
    problems = {case.reference: json.loads(case.detail)["problem"] for case in await unusable(shop)}
    assert problems[f"bill:{first}"] == "RuntimeError"
    assert problems[f"bill:{second}"] == "Unknown: wechat_unknown: no answer from WeChat"
    assert "张三" not in caplog.text
    levels = {(record.levelname, record.getMessage()[:40]) for record in caplog.records}
    assert ("ERROR", f"the bill of {first} could not be reconcil"[:40]) in levels
    assert ("WARNING", f"the bill of {second} could not be reconcil"[:40]) in levels


async def test_the_command_says_that_there_is_nothing_and_does_the_newest_day_again(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    context = shop.payments.context
    assert await run_reconciliation(context) == 0
    assert "没有需要核对的日子 / nothing to reconcile yet" in capsys.readouterr().out
    (day,) = await past_days(shop, 1)
    for _ in range(2):
        assert await run_reconciliation(context) == 0
        printed = capsys.readouterr().out
        assert f"{day} 对账结果" in printed
        assert "nothing to reconcile" not in printed
        assert "差异" not in printed.replace("没有差异", "")


async def test_before_the_books_begin_the_command_has_nothing_to_do(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    await shop.paid()
    assert await run_reconciliation(shop.payments.context) == 0
    assert "nothing to reconcile yet" in capsys.readouterr().out, "today has no bill"


async def test_the_command_prints_sums_and_each_difference_with_how_many_are_new(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    (day,) = await past_days(shop, 1)
    date = datetime.date.fromisoformat(day)
    (row,) = rows_of(shop.wechat)
    assert await run_reconciliation(shop.payments.context, day) == 0
    printed = capsys.readouterr().out
    for line in (
        f"{day} 对账结果（微信支付账单，单位：元）",
        f"收款 1 笔，合计 {row.amount_fen / 100:.2f}",
        "退款 0 笔，合计 0.00",
        "双方一致，没有差异",
    ):
        assert line in printed
    assert "本次新开异常" not in printed
    shop.wechat.bills["trade", date] = trade_bill([])
    shop.wechat.bills["fund_flow", date] = flow_bill([])
    for new in (1, 0):
        assert await run_reconciliation(shop.payments.context, day) == 1
        printed = capsys.readouterr().out
        assert "差异 1 项，已列入待处理异常：" in printed
        assert "：1 项" in printed
        assert f"本次新开异常 {new} 项" in printed
        assert "没有差异" not in printed
        assert printed.count(row.trade_no) == 1


async def test_the_files_of_a_day_are_kept_whole_for_us_alone_and_nothing_else_is_left(shop: Shop) -> None:
    (day,) = await past_days(shop, 1)
    await shop.payments.reconcile(day)
    folder = shop.settings.data / "bills"
    date = datetime.date.fromisoformat(day)
    kept = {file.name: file.read_bytes() for file in folder.iterdir()}
    assert kept == {f"{day}-{kind}.csv": shop.wechat.bills[kind, date] for kind in ("trade", "fund_flow")}
    assert {file.stat().st_mode & 0o777 for file in folder.iterdir()} == {0o600}
    assert folder.stat().st_mode & 0o777 == 0o700
    async with shop.storage.reading() as reader:
        bills = {bill.kind: bill.file for bill in await reader.finance.bills()}
    assert bills == {kind: f"{day}-{kind}.csv" for kind in ("trade", "fund_flow")}


def test_a_bill_is_gone_after_three_months_and_not_a_moment_before() -> None:
    end = day_bounds("2026-11-29")[1]
    assert not is_gone("2026-11-29", end + KEPT_FOR)
    assert is_gone("2026-11-29", end + KEPT_FOR + 1)


async def test_one_day_that_can_be_compared_and_is_not_is_counted(shop: Shop) -> None:
    async def missing() -> int:
        async with shop.storage.reading() as reader:
            return await count_missing(reader, shop.at, "")

    assert await missing() == 0, "the books have not begun"
    (day,) = await past_days(shop, 1)
    assert await missing() == 1
    await shop.payments.reconcile(day)
    assert await missing() == 0
    shop.pass_time(DAY)
    assert shanghai_date(shop.at - DAY) > day
    assert await missing() == 1
