"""The daily reconciliation by itself: no day holds up another, no failure loses the outcome, no day is compared that
cannot be."""

from __future__ import annotations

import asyncio
import datetime
import json
from collections.abc import Callable

import pytest

from clock import DAY, MINUTE, shanghai_date
from payment import problems
from payment.reconciliation import reconcile
from payment.reconciliation.reconcile_job import CLAIM, JOB, RETRY, run_reconciliation
from payment.wechatpay import errors
from storage import StorageUnavailable
from tests.payment.conftest import Shop
from tests.payment.reconciling import job_row, past_days


async def _bills(shop: Shop) -> set[str]:
    async with shop.storage.reading() as reader:
        return {bill.bill_date for bill in await reader.finance.bills() if bill.kind == "trade"}


def _failing(shop: Shop, day: str, failure: Callable[[], Exception], kind: str = "trade_bill") -> None:
    """From now on the bill of this day cannot be had."""
    real = getattr(shop.wechat, kind)

    async def bill(date: datetime.date) -> bytes:
        if date.isoformat() == day:
            raise failure()
        return await real(date)

    setattr(shop.wechat, kind, bill)


FAILURES: list[Callable[[], Exception]] = [
    lambda: errors.BillNotReady(code="STATEMENT_CREATING", status=400),
    lambda: errors.Unknown("no answer"),
    lambda: errors.Busy("not reached"),
    lambda: errors.Misconfigured(code="NO_AUTH", status=403),
    lambda: RuntimeError("a bug, with the row of 张三"),
    lambda: OSError(28, "No space left on device"),
]


@pytest.mark.promise(30)
@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: type(failure()).__name__)
@pytest.mark.parametrize("kind", ["trade_bill", "fund_flow_bill"])
async def test_a_day_that_fails_holds_up_no_later_day_and_is_tried_again(
    shop: Shop, failure: Callable[[], Exception], kind: str
) -> None:
    first, *later = await past_days(shop, 3)
    _failing(shop, first, failure, kind)
    assert await shop.payments.reconcile_due("p1") == later
    job = await job_row(shop)
    assert job.last_error == f"{first}: {type(failure()).__name__}"
    assert (job.finished_at, job.claimed_until) == (shop.at, shop.at + RETRY)
    assert json.loads(job.last_result) == {"days": later}
    assert await _bills(shop) == set(later)
    shop.pass_time(RETRY)
    assert await shop.payments.reconcile_due("p2") == []
    assert (await job_row(shop)).failures == 2
    assert "bill_unusable" in await shop.cases(), "it is two days old: a human must know"


@pytest.mark.promise(30)
async def test_a_bill_that_is_never_ready_stops_nothing_for_a_whole_week(shop: Shop) -> None:
    (stuck,) = await past_days(shop, 1)
    _failing(shop, stuck, FAILURES[0])
    done: list[str] = []
    for _ in range(8):
        done += await shop.payments.reconcile_due("p1")
        shop.pass_time(DAY)
    assert done == [shanghai_date(shop.at - back * DAY) for back in range(8, 1, -1)]
    assert stuck not in done
    assert await shop.payments.reconcile_due("p1") == [shanghai_date(shop.at - DAY)]
    assert (await job_row(shop)).last_error == "", "out of the job's window, and a case since long"


async def test_after_a_long_time_the_last_seven_days_are_caught_up(shop: Shop) -> None:
    await past_days(shop, 1)
    shop.pass_time(20 * DAY)
    done = await shop.payments.reconcile_due("p1")
    assert done == [shanghai_date(shop.at - back * DAY) for back in range(7, 0, -1)]


@pytest.mark.promise(30)
async def test_bills_that_cannot_be_kept_lose_neither_the_outcome_nor_the_next_try(shop: Shop) -> None:
    days = await past_days(shop, 2)
    folder = shop.settings.data / "bills"
    folder.write_text("in the way")
    assert await shop.payments.reconcile_due("p1") == []
    job = await job_row(shop)
    assert job.last_error == "; ".join(f"{day}: BillNotKept" for day in days)
    assert (job.failures, job.claimed_until) == (1, shop.at + RETRY)
    assert await _bills(shop) == set()
    with pytest.raises(problems.BillNotKept):
        await shop.payments.reconcile(days[0])
    folder.unlink()
    shop.pass_time(RETRY)
    assert await shop.payments.reconcile_due("p1") == days
    assert (await job_row(shop)).last_error == ""


async def test_half_a_file_is_not_left_on_a_full_disk(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    (day,) = await past_days(shop, 1)

    def full(number: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        with pytest.raises(problems.BillNotKept):
            await shop.payments.reconcile(day)
    assert list((shop.settings.data / "bills").iterdir()) == []
    assert await _bills(shop) == set()


async def test_a_day_whose_fund_flow_was_not_kept_is_not_done(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    (day,) = await past_days(shop, 1)
    write = reconcile._write

    def refuse(file, content):
        if "fund_flow" in file.name:
            raise PermissionError(13, "Permission denied")
        write(file, content)

    with monkeypatch.context() as patch:
        patch.setattr(reconcile, "_write", refuse)
        assert await shop.payments.reconcile_due("p1") == []
    shop.pass_time(RETRY)
    assert await shop.payments.reconcile_due("p1") == [day]


async def test_a_database_that_goes_away_is_in_the_row_when_it_is_back(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    days = await past_days(shop, 2)

    async def away(*_: object) -> None:
        raise StorageUnavailable("away")

    with monkeypatch.context() as patch:
        patch.setattr("payment.reconciliation.reconcile_job.reconcile_day", away)
        with pytest.raises(StorageUnavailable):
            await shop.payments.reconcile_due("p1")
    assert (await job_row(shop)).last_error == f"{days[0]}: StorageUnavailable"


async def test_a_server_that_is_stopped_gives_the_claim_back(shop: Shop) -> None:
    days = await past_days(shop, 1)
    asked, real = asyncio.Event(), shop.wechat.trade_bill

    async def frozen(day: datetime.date) -> bytes:
        asked.set()
        await asyncio.sleep(60)
        return b""

    shop.wechat.trade_bill = frozen  # type: ignore[method-assign]
    running = asyncio.create_task(shop.payments.reconcile_due("p1"))
    await asyncio.wait_for(asked.wait(), 10)
    shop.wechat.trade_bill = real  # type: ignore[method-assign]
    assert await shop.another().reconcile_due("p2") == [], "the first has the claim"
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert await shop.another().reconcile_due("p2") == days
    assert (await job_row(shop)).failures == 0


async def test_a_claim_of_a_process_that_died_ends_by_itself_and_who_lost_it_stops(shop: Shop) -> None:
    days = await past_days(shop, 3)
    real, calls = shop.wechat.trade_bill, []

    async def slow(day: datetime.date) -> bytes:
        calls.append(day.isoformat())
        if len(calls) == 1:
            shop.pass_time(CLAIM + MINUTE)
            async with shop.storage.transaction() as tx:  # another process, whose turn it is by now
                assert await tx.jobs.claim(JOB, "other", shop.at, shop.at + CLAIM)
                await tx.commit()
        return await real(day)

    shop.wechat.trade_bill = slow  # type: ignore[method-assign]
    assert await shop.payments.reconcile_due("p1") == days[:1]
    assert calls == days[:1]
    job = await job_row(shop)
    assert (job.owner, job.claimed_until) == ("other", shop.at + CLAIM), "the other one's row stays as it was"


@pytest.mark.promise(30)
@pytest.mark.parametrize(
    ("day", "reason"),
    [
        ("{today}", "10 点以后"),
        ("{tomorrow}", "10 点以后"),
        ("2099-01-01", "10 点以后"),
        ("{gone}", "三个月"),
        ("{before}", "账从"),
        ("20260101", "年-月-日"),
        ("2026-W01-4", "年-月-日"),
        ("2026-1-1", "年-月-日"),
        ("2026-02-30", "年-月-日"),
        ("2026-01-01 ", "年-月-日"),
        ("２０２６-01-01", "年-月-日"),
        ("yesterday", "年-月-日"),
        ("", ""),
    ],
)
async def test_a_day_that_cannot_be_compared_is_refused_and_leaves_nothing(
    shop: Shop, day: str, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    await past_days(shop, 1)
    names = {"today": 0, "tomorrow": 1, "gone": -100, "before": -30}
    wanted = day.format(**{name: shanghai_date(shop.at + days * DAY) for name, days in names.items()})
    await shop.paid(await shop.user("oLate"))  # today there is money, which no bill knows of yet
    if not day:  # no day at all: the missing one
        assert await run_reconciliation(shop.payments.context, None) == 0
        return
    assert await run_reconciliation(shop.payments.context, wanted) == 2
    output = capsys.readouterr().out
    assert reason in output
    assert output.count("\n") == 1
    with pytest.raises(problems.BillDayRefused):
        await shop.payments.reconcile(wanted)
    assert await _bills(shop) == set()
    assert await shop.cases() == []
    assert not (shop.settings.data / "bills").exists()
