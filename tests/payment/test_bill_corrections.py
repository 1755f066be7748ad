"""What the bill tells of is settled, put on its day, and booked: for every row, whatever happens to another."""

from __future__ import annotations

import pytest

from clock import DAY, day_bounds
from payment.reconciliation import reconcile
from payment.reconciliation.bill_comparison import correct_refund_dates, settle_missing
from payment.wechatpay.bills.parsing import parse_trade_bill
from storage.models import AttemptState, Refund, RefundState
from tests.payment.bills import Row, rows_of, trade_bill
from tests.payment.conftest import ADMIN, Shop
from tests.payment.fake_wechat import lost
from tests.payment.reconciling import BACK, day_with_refunds
from tests.payment.test_reconcile import _publish

pytestmark = pytest.mark.promise(30)


async def test_what_the_bill_tells_of_is_asked_about_only_while_it_is_open_here(shop: Shop) -> None:
    await day_with_refunds(shop, 1, 1)
    order_id = await shop.paid(await shop.user("oUnderWay"))
    await shop.payments.start_refund(order_id, ADMIN, BACK)
    await shop.sweep()
    rows = rows_of(shop.wechat)
    stranger = Row(rows[0].at, "STRANGER0001", "4200STRANGER", 8_800)
    strange_refund = rows[-1].changed(refund_no="RSTRANGER", refund_id="50STRANGER", refund_state="SUCCESS")
    bill, _ = parse_trade_bill(trade_bill([*rows, stranger, strange_refund]))
    before = shop.wechat.calls.copy()
    await settle_missing(shop.payments.context, bill)
    assert shop.wechat.calls == before, "what is done, unknown, or under way on both sides"
    shop.wechat.finish_refund(rows[-1].refund_no)
    bill, _ = parse_trade_bill(trade_bill(rows_of(shop.wechat)))
    await settle_missing(shop.payments.context, bill)
    assert (shop.wechat.calls - before) == {"query_refund": 1}
    assert (await shop.refund(order_id)).state == RefundState.SUCCEEDED


async def test_a_question_that_fails_leaves_the_others_of_the_day_to_be_asked(shop: Shop) -> None:
    orders = [await shop.placed(await shop.user(f"oOpen{count}")) for count in range(2)]
    for order_id in orders:
        shop.wechat.pay((await shop.attempt(order_id)).out_trade_no)
    shop.wechat.before["query"].append(lost())
    bill, _ = parse_trade_bill(trade_bill(rows_of(shop.wechat)))
    await settle_missing(shop.payments.context, bill)
    assert [(await shop.attempt(order_id)).state for order_id in orders] == [
        AttemptState.PREPAID,
        AttemptState.PAID,
    ]


async def dated(shop: Shop, order_id: int, at: int) -> Refund:
    """Let WeChat say that it accepted the order's refund at ``at``; the refund as it is here."""
    refund = await shop.refund(order_id)
    shop.wechat.refunds[refund.out_refund_no].created_at = at
    return refund


async def test_a_refund_is_moved_to_another_day_only_when_wechat_says_so(shop: Shop) -> None:
    """The day's first moment belongs to it, and the next day's first moment does not."""
    day, orders, rows = await day_with_refunds(shop, 5, 5)
    first_at, end = day_bounds(day)
    said = [first_at, end, first_at - 1_000, first_at - DAY, end + DAY]
    before = [await dated(shop, order_id, at) for order_id, at in zip(orders, said, strict=True)]
    shop.wechat.before["query_refund"].append(lost())
    listed, _ = parse_trade_bill(trade_bill([*rows[:5], rows[5 + 4]]))
    await correct_refund_dates(shop.payments.context, day, listed)
    after = [await shop.refund(order_id) for order_id in orders]
    kept = [refund.submitted_at for refund in before]
    assert [refund.submitted_at for refund in after] == [
        kept[0],
        end,
        first_at - 1_000,
        first_at - DAY,
        kept[4],
    ]
    asked = shop.wechat.numbers["query_refund"][-4:]
    assert asked == [refund.out_refund_no for refund in before[:4]], "what the bill lists keeps its day"
    assert [(refund.state, refund.updated_at) for refund in after] == [
        (refund.state, refund.updated_at) for refund in before
    ]
    await correct_refund_dates(shop.payments.context, day, listed)
    assert (await shop.refund(orders[0])).submitted_at == kept[0], "asked again, and it was this day"


async def test_differences_and_fees_beyond_one_batch_are_all_told_and_booked(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconcile, "_BATCH", 2)
    day, orders, rows = await day_with_refunds(shop, 5, 0)
    shop.pass_time(2 * DAY)
    strangers = [Row(rows[0].at, f"STRANGER000{count}", f"4200STRANGER{count}", 8_800) for count in range(5)]
    _publish(shop, day, [*rows, *strangers])
    result = await shop.payments.reconcile(day)
    assert (len(result.differences), result.new_cases) == (5, 5)
    async with shop.storage.reading() as reader:
        cases = {case.reference: case.opened_at for case in await reader.finance.cases()}
        fees = [entry for entry in await reader.ledger.after(0, 100) if entry.kind == "fee"]
    assert cases == {row.trade_no: shop.at for row in strangers}
    booked = [(fee.reference, fee.amount_fen, fee.order_id, fee.occurred_at, fee.booked_at) for fee in fees]
    assert booked == [
        (row.trade_no, -row.fee_fen, order_id, row.at, shop.at)
        for row, order_id in zip(rows, orders, strict=True)
    ]
