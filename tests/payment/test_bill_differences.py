"""Each kind of difference between a day's bills and the books, told exactly: number, order, and both sides."""

from __future__ import annotations

from typing import Any

import pytest

from clock import DAY, shanghai_date
from payment.reconciliation.bill_comparison import KINDS, Comparison, Difference, Fee, count_by_kind
from payment.wechatpay.bills.parsing import parse_flow_bill, parse_trade_bill
from storage.models import AttemptState, RefundState
from tests.payment.bills import Row, flow_bill, rows_of, trade_bill
from tests.payment.conftest import ADMIN, PRICE, Shop
from tests.payment.reconciling import BACK, day_with_refunds

pytestmark = pytest.mark.promise(30)


async def compared(shop: Shop, day: str, trade: list[Row], flow: bytes | None = None) -> Comparison:
    rows, _ = parse_trade_bill(trade_bill(trade))
    flows, _ = parse_flow_bill(flow_bill(trade) if flow is None else flow)
    comparison = Comparison(day, rows, flows)
    async with shop.storage.reading() as reader:
        await comparison.run(reader)
    return comparison


async def test_what_is_the_same_on_both_sides_is_no_difference_and_gives_its_fee(shop: Shop) -> None:
    """WeChat gives a part of the fee back with a refund."""
    day, orders, rows = await day_with_refunds(shop, 2, 1)
    rows[2] = rows[2].changed(fee_fen=-60)
    comparison = await compared(shop, day, rows)
    assert comparison.differences == []
    assert comparison.fees == [
        Fee(rows[0].trade_no, 353, rows[0].at, orders[0]),
        Fee(rows[1].trade_no, 353, rows[1].at, orders[1]),
        Fee(rows[2].refund_no, -60, rows[2].at, orders[0]),
    ]
    comparison = await compared(shop, day, [row.changed(fee_fen=0) for row in rows])
    assert (comparison.differences, comparison.fees) == ([], []), "a payment may cost nothing"


async def test_a_payment_that_differs_is_told_with_its_order_and_both_sides(shop: Shop) -> None:
    day, orders, rows = await day_with_refunds(shop, 4, 0)
    here = rows[1].transaction_id
    bill = [
        rows[0].changed(amount_fen=PRICE + 1),
        rows[1].changed(transaction_id="4200ANOTHER", appid="wx9", mchid="1", currency="USD"),
        rows[2],
        Row(rows[0].at, "STRANGER0001", "4200STRANGER", 8_800),
        Row(rows[0].at, "REVOKED00001", "4200REVOKED", 7_700, state="REVOKED"),
    ]
    comparison = await compared(shop, day, bill)
    differs = {
        "transaction_id": {"here": here, "there": "4200ANOTHER"},
        "appid": {"here": rows[1].appid, "there": "wx9"},
        "mchid": {"here": rows[1].mchid, "there": "1"},
        "currency": {"here": "CNY", "there": "USD"},
    }
    stranger = {"amount_fen": 8_800, "transaction_id": "4200STRANGER", "state_here": None}
    unlisted = {"amount_fen": PRICE, "transaction_id": rows[3].transaction_id}
    both = {"here_fen": PRICE, "there_fen": PRICE + 1}
    flow_of_revoked = {"amount_fen": 7_700, "flow_id": "F4交易"}
    assert comparison.differences == [
        Difference("bill_payment_revoked", "REVOKED00001", {"amount_fen": 7_700, "line": 6}),
        Difference("bill_amount_differs", rows[0].trade_no, both, orders[0]),
        Difference("bill_payment_differs", rows[1].trade_no, {"differs": differs}, orders[1]),
        Difference("bill_payment_missing_here", "STRANGER0001", stranger),
        Difference("bill_payment_missing_there", rows[3].trade_no, unlisted, orders[3]),
        Difference("bill_flow_extra", "4200REVOKED", flow_of_revoked),
    ]
    assert [fee.reference for fee in comparison.fees] == [rows[2].trade_no], "what differs has no fee yet"


async def test_a_payment_that_is_not_paid_here_is_told_with_its_order_and_its_state(shop: Shop) -> None:
    order_id = await shop.placed()
    number = (await shop.attempt(order_id)).out_trade_no
    shop.wechat.pay(number)
    (row,) = rows_of(shop.wechat)
    detail = {
        "amount_fen": PRICE,
        "transaction_id": row.transaction_id,
        "state_here": AttemptState.PREPAID,
    }
    comparison = await compared(shop, shanghai_date(shop.at), [row])
    assert comparison.differences == [Difference("bill_payment_missing_here", number, detail, order_id)]


async def test_a_refund_that_differs_is_told_with_its_order_and_both_sides(shop: Shop) -> None:
    day, orders, rows = await day_with_refunds(shop, 4, 4)
    paid, back = rows[:4], rows[4:]
    bill = [
        *paid,
        back[0].changed(amount_fen=BACK - 1, fee_fen=-5),
        back[1].changed(refund_state="FAIL", fee_fen=-5),
        back[2].changed(refund_state="CLOSED", fee_fen=-5),
        back[0].changed(amount_fen=55, refund_no="RSTRANGER", refund_id="50STRANGER", fee_fen=-5),
    ]
    comparison = await compared(shop, day, bill)
    unlisted = {"amount_fen": BACK + 3, "state": RefundState.SUCCEEDED}
    assert comparison.differences == [
        Difference(
            "bill_refund_amount_differs",
            back[0].refund_no,
            {"here_fen": BACK, "there_fen": BACK - 1},
            orders[0],
        ),
        Difference(
            "bill_refund_state_differs",
            back[1].refund_no,
            {"here": RefundState.SUCCEEDED, "there": "FAIL"},
            orders[1],
        ),
        Difference(
            "bill_refund_state_differs",
            back[2].refund_no,
            {"here": RefundState.SUCCEEDED, "there": "CLOSED"},
            orders[2],
        ),
        Difference(
            "bill_refund_missing_here", "RSTRANGER", {"amount_fen": 55, "out_trade_no": paid[0].trade_no}
        ),
        Difference("bill_refund_missing_there", back[3].refund_no, unlisted, orders[3]),
    ]
    assert [fee.reference for fee in comparison.fees] == [row.trade_no for row in paid]


@pytest.mark.parametrize("there", ["SUCCESS", "PROCESSING", "FAIL"])
async def test_a_refund_under_way_here_may_be_so_or_have_failed_there_but_not_be_done(
    shop: Shop, there: str
) -> None:
    order_id = await shop.paid()
    await shop.payments.start_refund(order_id, ADMIN, BACK)
    await shop.sweep()
    day, rows = shanghai_date(shop.at), rows_of(shop.wechat)
    comparison = await compared(shop, day, [rows[0], rows[1].changed(refund_state=there)])
    told = [(each.kind, each.detail) for each in comparison.differences]
    done = ("bill_refund_state_differs", {"here": RefundState.PROCESSING, "there": there})
    assert told == ([done] if there == "SUCCESS" else [])


async def test_a_refund_that_was_never_sent_is_not_missing_in_the_bill(shop: Shop) -> None:
    order_id = await shop.paid()
    rows = rows_of(shop.wechat)
    await shop.payments.start_refund(order_id, ADMIN, BACK)
    comparison = await compared(shop, shanghai_date(shop.at), rows)
    assert comparison.differences == []


async def test_the_account_moves_by_what_is_settled_not_by_what_was_ordered(shop: Shop) -> None:
    """A coupon lowers what WeChat settles of a payment, and what leaves the account for a refund."""
    day, _, rows = await day_with_refunds(shop, 1, 1)
    trade = [rows[0].changed(settled_fen=PRICE - 500), rows[1].changed(settled_fen=BACK - 300)]
    moved = [rows[0].changed(amount_fen=PRICE - 500), rows[1].changed(amount_fen=BACK - 300)]
    assert (await compared(shop, day, trade, flow_bill(moved))).differences == []
    comparison = await compared(shop, day, trade, flow_bill(rows))
    assert comparison.differences == [
        Difference("bill_flow_differs", rows[0].transaction_id, {"bill_fen": PRICE - 500, "flow_fen": PRICE}),
        Difference("bill_flow_differs", rows[1].refund_id, {"bill_fen": BACK - 300, "flow_fen": BACK}),
    ]
    comparison = await compared(shop, day, trade, flow_bill(moved[1:]))
    assert comparison.differences == [
        Difference("bill_flow_missing", rows[0].trade_no, {"amount_fen": PRICE - 500})
    ]


async def test_a_movement_in_the_wrong_direction_differs(shop: Shop) -> None:
    day, _, rows = await day_with_refunds(shop, 1, 1)
    trade = [row.changed(fee_fen=0) for row in rows]
    head, paid, back, *totals = flow_bill(trade).decode().split("\r\n")
    turned = [head, paid.replace("`收入,", "`支出,"), back.replace("`支出,", "`收入,"), *totals]
    turned[-2] = f"`2,`1,`{BACK / 100:.2f},`1,`{PRICE / 100:.2f}"
    comparison = await compared(shop, day, trade, "\r\n".join(turned).encode())
    assert comparison.differences == [
        Difference("bill_flow_differs", rows[0].transaction_id, {"bill_fen": PRICE, "flow_fen": PRICE}),
        Difference("bill_flow_differs", rows[1].refund_id, {"bill_fen": BACK, "flow_fen": BACK}),
    ]


async def test_a_refund_of_an_earlier_day_leaves_the_account_with_the_amount_that_is_known_here(
    shop: Shop,
) -> None:
    """It is not in this day's trade bill; the movement names it by the merchant's number."""
    _, _, rows = await day_with_refunds(shop, 1, 1)
    shop.pass_time(DAY)
    day, back = shanghai_date(shop.at), rows[1]
    assert (await compared(shop, day, [], flow_bill([back]))).differences == []
    comparison = await compared(shop, day, [], flow_bill([back.changed(amount_fen=BACK + 7)]))
    assert comparison.differences == [
        Difference("bill_flow_differs", back.refund_id, {"bill_fen": BACK, "flow_fen": BACK + 7})
    ]
    unnamed = flow_bill([back]).replace(back.refund_no.encode(), b"")
    unknown = flow_bill([back.changed(refund_no="RSTRANGER")])
    for flow in (unnamed, unknown):
        comparison = await compared(shop, day, [], flow)
        assert comparison.differences == [
            Difference("bill_flow_extra", back.refund_id, {"amount_fen": BACK, "flow_id": "F0退款"})
        ]
    nameless = unnamed.replace(back.refund_id.encode(), b"")
    (found,) = (await compared(shop, day, [], nameless)).differences
    assert found.reference == "F0退款", "a movement without a payment is named by its own number"


def test_differences_are_counted_in_the_order_in_which_an_accountant_reads_them() -> None:
    kinds = list(KINDS)
    found = [Difference(kind, "", {}) for kind in (kinds[3], kinds[0], kinds[3])]
    assert list(count_by_kind(found)) == [(kinds[0], 1), (kinds[3], 2)]


def test_what_a_difference_says_stays_readable_as_it_is_written() -> None:
    detail: dict[str, Any] = {"here": RefundState.SUCCEEDED, "amount": 1, "who": "张三"}
    assert Difference("", "", detail).detail_json == '{"here": "succeeded", "amount": 1, "who": "张三"}'
