"""What a case of the reconciliation says, so that a person can look the payment up, and the sums of a day."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from clock import DAY, shanghai_date
from money import accounting_yuan
from payment import problems
from payment.reconciliation.bill_days import last_ready, ready_at
from payment.reconciliation.reconcile_job import run_reconciliation
from storage.models import RefundState
from tests.payment.bills import Row
from tests.payment.conftest import PRICE, Shop
from tests.payment.test_reconcile import _a_day, _found, _publish

pytestmark = pytest.mark.promise(30)


async def details(shop: Shop) -> dict[str, dict[str, Any]]:
    """By kind, without the day."""
    async with shop.storage.reading() as reader:
        cases = await reader.finance.cases()
    found = {case.kind: json.loads(case.detail) for case in cases}
    assert len(found) == len(cases)
    return {kind: {name: each[name] for name in each if name != "day"} for kind, each in found.items()}


async def test_a_payment_that_we_lack_is_named_with_wechats_number(shop: Shop) -> None:
    day, rows = await _a_day(shop)
    stranger = Row(rows[0].at, "STRANGER0001", "4200STRANGER", 8_800)
    await _found(shop, day, [*rows, stranger])
    assert await details(shop) == {
        "bill_payment_missing_here": {
            "amount_fen": 8_800,
            "transaction_id": "4200STRANGER",
            "state_here": None,
        }
    }


async def test_a_payment_that_differs_is_named_with_both_values(shop: Shop) -> None:
    day, rows = await _a_day(shop)
    here = rows[1].transaction_id
    rows[1] = rows[1].changed(transaction_id="4200ANOTHER")
    await _found(shop, day, rows)
    (found,) = (await details(shop)).values()
    assert found.keys() == {"differs"}
    assert here in json.dumps(found)
    assert "4200ANOTHER" in json.dumps(found)


async def test_an_amount_that_differs_is_named_here_and_there(shop: Shop) -> None:
    day, rows = await _a_day(shop)
    rows[0] = rows[0].changed(amount_fen=PRICE - 1)
    await _found(shop, day, rows)
    assert await details(shop) == {"bill_amount_differs": {"here_fen": PRICE, "there_fen": PRICE - 1}}


async def test_a_movement_of_another_amount_than_the_payment_is_found(shop: Shop) -> None:
    day, rows = await _a_day(shop)
    assert await _found(shop, day, rows, [rows[0].changed(amount_fen=1), *rows[1:]]) == ["bill_flow_differs"]


@pytest.mark.parametrize("state", [RefundState.REQUESTED, RefundState.REJECTED, RefundState.APPROVED])
async def test_a_refund_at_wechat_that_we_never_submitted_is_found_while_it_is_under_way(
    shop: Shop, state: RefundState
) -> None:
    day, rows = await _a_day(shop)
    async with shop.storage.transaction() as tx:
        await tx.connection.execute(
            "UPDATE refunds SET state = :state, next_query_at = NULL WHERE out_refund_no = :number",
            {"state": state, "number": rows[3].refund_no},
        )
        await tx.commit()
    _publish(shop, day, [*rows[:3], rows[3].changed(refund_state="PROCESSING")])
    result = await shop.payments.reconcile(day)
    kinds = [difference.kind for difference in result.differences]
    assert kinds == ["bill_refund_state_differs"]


async def test_the_net_of_a_day_is_what_came_without_what_went_and_the_fees(shop: Shop) -> None:
    day, rows = await _a_day(shop)
    _publish(shop, day, rows)
    result = await shop.payments.reconcile(day)
    fees = sum(row.fee_fen for row in rows)
    came = sum(row.amount_fen for row in rows if not row.refund_no)
    assert fees > 0
    assert (result.payments_fen, result.refunds_fen, result.fees_fen) == (came, 10_000, fees)
    assert f"手续费合计 {accounting_yuan(fees)}" in result.summary
    assert f"净额 {accounting_yuan(came - 10_000 - fees)}" in result.summary


async def test_a_refund_that_is_done_on_both_sides_is_not_asked_about(shop: Shop) -> None:
    day, rows = await _a_day(shop)
    asked = shop.wechat.calls["query_refund"]
    assert await _found(shop, day, rows) == []
    assert shop.wechat.calls["query_refund"] == asked


@pytest.mark.parametrize("known", [False, True])
async def test_a_refund_that_the_bill_lacks_keeps_our_date_unless_wechat_names_another_day(
    shop: Shop, known: bool
) -> None:
    """WeChat may say nothing of when it accepted it, or a moment of the same day."""
    day, rows = await _a_day(shop)
    async with shop.storage.reading() as reader:
        refund = await reader.refunds.by_number(rows[3].refund_no)
    assert refund is not None
    assert refund.submitted_at is not None
    real, said = shop.wechat.query_refund, refund.submitted_at + 1_000 if known else None

    async def query(out_refund_no: str) -> Any:
        return replace(await real(out_refund_no), created_at=said)

    shop.wechat.query_refund = query  # type: ignore[method-assign]
    assert await _found(shop, day, rows[:3]) == ["bill_refund_missing_there"]
    async with shop.storage.reading() as reader:
        after = await reader.refunds.by_number(rows[3].refund_no)
    assert after is not None
    assert after.submitted_at == refund.submitted_at


@pytest.mark.parametrize("missing", [0, 3])
async def test_what_the_bill_lacks_is_named_with_its_amount(shop: Shop, missing: int) -> None:
    day, rows = await _a_day(shop)
    gone = rows.pop(missing)
    await _found(shop, day, rows)
    (found,) = (await details(shop)).values()
    assert found["amount_fen"] == gone.amount_fen


async def test_a_movement_that_differs_is_named_with_both_amounts_and_wechats_number(shop: Shop) -> None:
    day, rows = await _a_day(shop)
    await _found(shop, day, rows, [rows[0].changed(amount_fen=1), *rows[1:]])
    async with shop.storage.reading() as reader:
        (case,) = await reader.finance.cases()
    assert rows[0].transaction_id in case.reference
    found = json.loads(case.detail)
    assert (found["bill_fen"], found["flow_fen"]) == (rows[0].amount_fen, 1)


async def test_a_refund_that_is_under_way_on_both_sides_is_no_difference(shop: Shop) -> None:
    """Done here and not yet there, the bill was written earlier; done there, it is asked about and booked first."""
    day, rows = await _a_day(shop)
    assert await _found(shop, day, [*rows[:3], rows[3].changed(refund_state="PROCESSING")]) == []


async def test_each_difference_is_printed_with_what_the_case_says(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    day, rows = await _a_day(shop)
    rows[0] = rows[0].changed(amount_fen=PRICE - 1)
    _publish(shop, day, rows)
    assert await run_reconciliation(shop.payments.context, day) == 1
    said = json.dumps({"here_fen": PRICE, "there_fen": PRICE - 1})
    assert f"{rows[0].trade_no} {said}" in capsys.readouterr().out


def test_the_bill_of_yesterday_is_ready_after_ten_and_before_that_the_one_of_the_day_before() -> None:
    ready = ready_at("2026-11-28")
    assert [last_ready(ready - 1), last_ready(ready)] == ["2026-11-27", "2026-11-28"]


async def test_a_day_cannot_be_compared_while_there_are_no_books(shop: Shop) -> None:
    shop.pass_time(30 * DAY)
    with pytest.raises(problems.BillDayRefused) as refused:
        await shop.payments.reconcile(shanghai_date(shop.at - 2 * DAY))
    assert "没有可以核对的账" in refused.value.message
