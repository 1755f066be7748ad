"""The daily reconciliation by itself, and as a command: which days, how failures of a day are told, what is printed."""

from __future__ import annotations

import json
import logging

from clock import DAY, MINUTE, shanghai_date
from failures import place
from payment.context import Context
from payment.problems import PaymentError
from payment.reconciliation.bill_comparison import KINDS
from payment.reconciliation.bill_days import begin_of_books, last_ready, missing_days
from payment.reconciliation.reconcile import reconcile_day
from payment.wechatpay.bills.bill_file import BadBill
from payment.wechatpay.bills.parsing import BillError
from payment.wechatpay.errors import GatewayError
from storage import StorageError, StorageUnavailable
from storage.job_run import JobRun, run_job

logger = logging.getLogger("hospital.payment.reconcile")

JOB = "reconcile"
CLAIM = 30 * MINUTE
"""Extended before each day: two downloads may take four minutes, and what the bill has and we lack is asked for."""
RETRY = 30 * MINUTE


async def catch_up(context: Context, owner: str) -> list[str]:
    """After 10:00 the days of the last week that have no bill yet, oldest first; the days that were done.

    One process at a time (the job row). A day that fails, for whatever reason, is tried again in half an hour and
    holds up no other; WeChat keeps bills for three months, so nothing is lost by that. Raises StorageError.
    """
    done: list[str] = []

    async def work(run: JobRun) -> None:
        run.result = {"days": done}
        async with context.storage.reading() as reader:
            missing = await missing_days(reader, context.clock(), context.settings.pay.books_begin)
        failed: list[str] = []
        for day in missing:
            if not await run.keep_claim():
                return
            try:
                await reconcile_day(context, day)
                done.append(day)
            except StorageUnavailable:
                run.pause = RETRY
                run.problem = f"{day}: StorageUnavailable"
                raise  # no other day would fare better
            except Exception as error:
                failed.append(f"{day}: {type(error).__name__}")
                run.problem, run.pause = "; ".join(failed), RETRY
                await _log_failure(context, day, error)

    await run_job(context.storage, context.clock, JOB, owner, CLAIM, work)
    return done


async def _log_failure(context: Context, day: str, error: Exception) -> None:
    expected = isinstance(error, GatewayError | PaymentError | BadBill | BillError | StorageError)
    if expected:
        logger.warning("the bill of %s could not be reconciled: %s", day, error)
    else:  # the text of an unforeseen failure may quote a row
        logger.error("the bill of %s could not be reconciled: %s", day, place(error))
    unreadable = isinstance(error, BadBill | BillError)
    if unreadable or day < shanghai_date(context.clock() - 2 * DAY):
        text = f"{type(error).__name__}: {error}" if expected else type(error).__name__
        await _open_case(context, day, text)


async def _open_case(context: Context, day: str, problem: str) -> None:
    """A day that fails again and again must not leave the window of the daily job unseen."""
    detail = json.dumps({"day": day, "problem": problem[:500]}, ensure_ascii=False)
    at = context.clock()
    try:
        opened = await context.storage.run(
            lambda tx: tx.finance.open_case("bill_unusable", f"bill:{day}", detail, at)
        )
    except StorageError:  # the next round tries again
        return
    if opened:
        logger.error("the bill of %s cannot be reconciled: case opened", day)


async def run_reconciliation(context: Context, day: str | None = None) -> int:
    """What ``main.py reconcile [DATE]`` does: that day, or every missing one of the last week, printed.

    The exit code: 0 agreed, or nothing to compare; 1 differences; 2 a day could not be done.
    """
    days = [day] if day else await _days_to_do(context)
    if not days:
        print("没有需要核对的日子 / nothing to reconcile yet")
    code = 0
    for wanted in days:
        text, outcome = await _reconcile_and_report(context, wanted)
        print(text)
        code = max(code, outcome)
    return code


async def _days_to_do(context: Context) -> list[str]:
    """The missing days of the last week; without any, the newest one that can be compared, again."""
    at, configured = context.clock(), context.settings.pay.books_begin
    async with context.storage.reading() as reader:
        days = await missing_days(reader, at, configured)
        begin = await begin_of_books(reader, configured)
    newest = last_ready(at)
    return days or ([newest] if begin and begin <= newest else [])


async def _reconcile_and_report(context: Context, day: str) -> tuple[str, int]:
    try:
        result = await reconcile_day(context, day)
    except PaymentError as error:
        return f"{day} 未能对账 / not reconciled: {error.message}", 2
    except (GatewayError, BadBill, BillError, StorageError) as error:
        return f"{day} 未能对账 / not reconciled: {error}", 2
    lines = [result.summary]
    lines += [f"  - {KINDS[item.kind]} {item.reference} {item.detail_json}" for item in result.differences]
    if result.differences:
        lines.append(f"  本次新开异常 {result.new_cases} 项")
    return "\n".join(lines), 1 if result.differences else 0
