"""Reconciliation: every difference between WeChat's bills and ours is found, once."""

from __future__ import annotations

import asyncio
import datetime
import json

import pytest

from clock import DAY, HOUR, MINUTE, shanghai_date
from payment.reconciliation.reconcile_job import run_reconciliation
from payment.wechatpay import errors
from storage.models import OrderState, RefundState
from tests.payment.bills import Row, flow_bill, rows_of, trade_bill
from tests.payment.conftest import ADMIN, PRICE, Shop
from tests.payment.fake_wechat import lost


async def _a_day(shop: Shop) -> tuple[str, list[Row]]:
    """Three payments and a partial refund, and WeChat's rows of them; it is noon of the next day."""
    orders = [
        await shop.paid(await shop.user(f"oUser{count}"), price_fen=PRICE + count) for count in range(3)
    ]
    await shop.payments.start_refund(orders[0], ADMIN, 10_000)
    await shop.sweep()
    number = (await shop.refund(orders[0])).out_refund_no
    shop.wechat.finish_refund(number)
    await shop.payments.notify({}, shop.wechat.refund_notice(number))
    day = shanghai_date(shop.at)
    shop.pass_time(DAY + 2 * HOUR)
    return day, rows_of(shop.wechat)


def _publish(shop: Shop, day: str, trade: list[Row], flow: list[Row] | None = None) -> None:
    date = datetime.date.fromisoformat(day)
    shop.wechat.bills["trade", date] = trade_bill(trade)
    shop.wechat.bills["fund_flow", date] = flow_bill(trade if flow is None else flow)


async def _found(shop: Shop, day: str, trade: list[Row], flow: list[Row] | None = None) -> list[str]:
    _publish(shop, day, trade, flow)
    result = await shop.payments.reconcile(day)
    kinds = sorted(difference.kind for difference in result.differences)
    assert kinds == await shop.cases()
    return kinds


@pytest.mark.promise(30)
async def test_a_day_on_which_all_agrees_has_no_difference_and_its_fees_are_booked(shop: Shop) -> None:
    day, rows = await _a_day(shop)
    assert await _found(shop, day, rows) == []
    result = await shop.payments.reconcile(day)
    assert (result.payments, result.refunds, result.refunds_fen) == (3, 1, 10_000)
    assert "双方一致" in result.summary
    assert (await shop.balance())["fee"] == -sum(row.fee_fen for row in rows)
    kept = shop.settings.data / "bills" / f"{day}-trade.csv"
    assert kept.read_bytes() == trade_bill(rows)
    assert kept.stat().st_mode & 0o077 == 0


@pytest.mark.promise(30)
@pytest.mark.parametrize("missing", [0, 1, 2, 3])
async def test_a_row_that_is_missing_there_is_found(shop: Shop, missing: int) -> None:
    day, rows = await _a_day(shop)
    lost_row = rows.pop(missing)
    kind = "bill_refund_missing_there" if lost_row.refund_no else "bill_payment_missing_there"
    assert await _found(shop, day, rows) == [kind]
    async with shop.storage.reading() as reader:
        (case,) = await reader.finance.cases()
    assert case.reference == (lost_row.refund_no or lost_row.trade_no)
    assert case.order_id is not None


@pytest.mark.promise(30)
async def test_rows_that_we_do_not_have_are_found(shop: Shop) -> None:
    day, rows = await _a_day(shop)
    stranger = Row(rows[0].at, "STRANGER0001", "4200STRANGER", 8_800)
    strange_refund = rows[3].changed(refund_no="RSTRANGER", refund_id="50STRANGER")
    assert await _found(shop, day, [*rows, stranger, strange_refund]) == [
        "bill_payment_missing_here",
        "bill_refund_missing_here",
    ]


@pytest.mark.promise(30)
@pytest.mark.parametrize(
    ("index", "change", "kind"),
    [
        (0, {"amount_fen": PRICE - 1}, "bill_amount_differs"),
        (1, {"transaction_id": "4200ANOTHER"}, "bill_payment_differs"),
        (3, {"amount_fen": 10_001}, "bill_refund_amount_differs"),
        (3, {"refund_state": "FAIL"}, "bill_refund_state_differs"),
    ],
)
async def test_a_row_that_differs_is_found(
    shop: Shop, index: int, change: dict[str, object], kind: str
) -> None:
    day, rows = await _a_day(shop)
    rows[index] = rows[index].changed(**change)
    assert await _found(shop, day, rows) == [kind]


@pytest.mark.promise(30)
async def test_the_fund_flow_is_compared_too(shop: Shop) -> None:
    day, rows = await _a_day(shop)
    flow = [rows[0].changed(amount_fen=1), rows[1], rows[3]]
    flow.append(Row(rows[0].at, "STRANGER0001", "4200STRANGER", 8_800))
    assert await _found(shop, day, rows, flow) == [
        "bill_flow_differs",
        "bill_flow_extra",
        "bill_flow_missing",
    ]


@pytest.mark.promise(30)
async def test_running_a_day_again_changes_nothing(shop: Shop) -> None:
    day, rows = await _a_day(shop)
    rows = rows[1:]
    await _found(shop, day, rows)
    async with shop.storage.reading() as reader:
        before = (
            await reader.finance.bills(),
            await reader.finance.cases(),
            await reader.ledger.after(0, 100),
        )
    shop.pass_time(HOUR)
    again = await shop.payments.reconcile(day)
    assert again.new_cases == 0
    assert len(again.differences) == 1
    async with shop.storage.reading() as reader:
        after = (
            await reader.finance.bills(),
            await reader.finance.cases(),
            await reader.ledger.after(0, 100),
        )
    assert before == after
    (case,) = before[1]
    await shop.payments.close_case(case.id, 1, "已核实")
    await shop.payments.reconcile(day)
    assert await shop.cases() == []


@pytest.mark.promise(30)
async def test_money_that_only_the_bill_tells_of_is_settled(shop: Shop) -> None:
    user = await shop.user()
    order_id = await shop.placed(user)
    number = (await shop.attempt(order_id)).out_trade_no
    shop.wechat.pay(number)
    day = shanghai_date(shop.at)
    shop.pass_time(DAY + HOUR)
    assert await _found(shop, day, rows_of(shop.wechat)) == []
    assert (await shop.order(order_id)).state == OrderState.PAID
    assert "fee" in await shop.balance()


@pytest.mark.promise(30)
async def test_a_refund_that_only_the_bill_tells_of_is_settled(shop: Shop) -> None:
    order_id = await shop.paid()
    await shop.payments.start_refund(order_id, ADMIN, PRICE)
    await shop.sweep()
    shop.wechat.finish_refund((await shop.refund(order_id)).out_refund_no)
    day = shanghai_date(shop.at)
    shop.pass_time(DAY + HOUR)
    assert await _found(shop, day, rows_of(shop.wechat)) == []
    assert (await shop.refund(order_id)).state == RefundState.SUCCEEDED
    await shop_books(shop)


@pytest.mark.promise(30)
async def test_a_refund_belongs_to_the_day_on_which_wechat_accepted_it(shop: Shop) -> None:
    """Also when all replies were lost and the notification, which does not name that day, came on the next."""
    order_id = await shop.paid()
    await shop.payments.start_refund(order_id, ADMIN, PRICE)
    shop.wechat.after["refund"].append(lost())
    await shop.sweep()
    day = shanghai_date(shop.at)
    shop.pass_time(DAY + HOUR)
    number = (await shop.refund(order_id)).out_refund_no
    shop.wechat.finish_refund(number)
    await shop.payments.notify({}, shop.wechat.refund_notice(number))
    next_day = shanghai_date(shop.at)
    shop.pass_time(DAY + HOUR)
    assert await _found(shop, day, rows_of(shop.wechat)) == []
    assert await _found(shop, next_day, []) == []


async def test_two_processes_may_reconcile_the_same_day_at_once(shop: Shop) -> None:
    day, rows = await _a_day(shop)
    _publish(shop, day, rows[1:])
    results = await asyncio.gather(*(each.reconcile(day) for each in [shop.another() for _ in range(6)]))
    assert {len(result.differences) for result in results} == {1}
    assert sum(result.new_cases for result in results) == 1
    assert [file.name for file in (shop.settings.data / "bills").glob("*.part")] == []


async def shop_books(shop: Shop) -> None:
    """Without the fees, which WeChat keeps."""
    balance = await shop.balance()
    assert balance["payment"] + balance["refund"] == shop.wechat.money_fen


@pytest.mark.promise(30)
async def test_a_mismatch_is_a_difference_of_the_day_too(shop: Shop) -> None:
    order_id = await shop.placed()
    number = (await shop.attempt(order_id)).out_trade_no
    shop.wechat.pay(number)
    await shop.payments.notify({}, shop.wechat.paid_notice(number, trade_type="NATIVE"))
    shop.wechat.charges[number].parameters["openid"] = "oSomebodyElse"
    day = shanghai_date(shop.at)
    shop.pass_time(DAY + HOUR)
    _publish(shop, day, rows_of(shop.wechat))
    await shop.payments.reconcile(day)
    assert await shop.cases() == ["bill_payment_missing_here", "payment_mismatch"]


async def test_the_daily_job_waits_for_ten_o_clock_and_catches_up_a_week(shop: Shop) -> None:
    day, rows = await _a_day(shop)
    _publish(shop, day, rows)
    shop.at -= 4 * HOUR  # before 10:00 of the day after
    assert day not in await shop.payments.reconcile_due("p1")
    shop.at += 4 * HOUR
    assert await shop.payments.reconcile_due("p1") == [day]
    assert await shop.payments.reconcile_due("p2") == []
    shop.pass_time(5 * DAY)
    missed = await shop.payments.reconcile_due("p1")
    assert missed == [shanghai_date(shop.at - back * DAY) for back in range(5, 0, -1)]


async def test_a_bill_that_is_not_ready_is_asked_for_again_later(shop: Shop) -> None:
    day, rows = await _a_day(shop)

    async def not_ready(day: datetime.date) -> bytes:
        raise errors.BillNotReady(code="STATEMENT_CREATING", status=400)

    ready, shop.wechat.trade_bill = shop.wechat.trade_bill, not_ready  # type: ignore[method-assign]
    assert await shop.payments.reconcile_due("p1") == []
    async with shop.storage.reading() as reader:
        job = await reader.jobs.get("reconcile")
    assert job is not None
    assert "BillNotReady" in job.last_error
    shop.wechat.trade_bill = ready  # type: ignore[method-assign]
    _publish(shop, day, rows)
    assert await shop.payments.reconcile_due("p1") == []  # not before the pause is over
    shop.pass_time(31 * MINUTE)
    assert day in await shop.payments.reconcile_due("p1")


async def test_the_command_prints_a_summary_and_tells_by_its_code(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    day, rows = await _a_day(shop)
    _publish(shop, day, rows)
    assert await run_reconciliation(shop.payments.context, day) == 0
    assert "收款 3 笔" in capsys.readouterr().out
    _publish(shop, day, rows[1:])
    assert await run_reconciliation(shop.payments.context, day) == 1
    assert "我方有、微信没有的收款" in capsys.readouterr().out
    assert await run_reconciliation(shop.payments.context, "yesterday") == 2
    shop.wechat.bills["trade", datetime.date.fromisoformat(day)] = b"nonsense"
    assert await run_reconciliation(shop.payments.context, day) == 2


async def test_no_bill_at_all_while_we_have_payments_is_a_difference(shop: Shop) -> None:
    day, _ = await _a_day(shop)
    result = await shop.payments.reconcile(day)
    assert len(result.differences) == 4
    async with shop.storage.reading() as reader:
        cases = await reader.finance.cases()
    assert all(json.loads(case.detail)["day"] == day for case in cases)
