"""Money outside of WeChat in the books: the daily balance, the self-check, and a bill that knows nothing of it."""

from __future__ import annotations

import datetime

import pytest

from clock import DAY, HOUR, shanghai_date
from payment.books import ledger
from payment.payables import PayableKey
from tests.offline.conftest import booked, handling, paid_offline, receipt
from tests.payment.bills import flow_bill, rows_of, trade_bill
from tests.payment.conftest import ADMIN, PRICE, Shop


@pytest.mark.promise(30, 39)
async def test_the_bill_of_a_day_with_money_outside_of_wechat_is_clean(shop: Shop) -> None:
    await shop.paid(await shop.user("oUser0"))
    order_id = await shop.placed(await shop.user("oUser1"))
    await shop.payments.offline.record(PayableKey(order_id), receipt(shop), ADMIN)
    refund_id = await shop.payments.start_refund(order_id, ADMIN, 1_000, "协商退款")
    await shop.payments.offline.confirm_refund(refund_id, handling(shop), ADMIN)
    day = shanghai_date(shop.at)
    date = datetime.date.fromisoformat(day)
    shop.wechat.bills["trade", date] = trade_bill(rows_of(shop.wechat))
    shop.wechat.bills["fund_flow", date] = flow_bill(rows_of(shop.wechat))
    shop.pass_time(DAY + 2 * HOUR)
    result = await shop.payments.reconcile(day)
    assert result.differences == []
    assert await shop.cases() == []


async def test_a_business_that_only_takes_cash_has_no_day_to_compare_with_wechat_before_its_first(
    shop: Shop,
) -> None:
    user = await shop.user()
    order_id = await shop.storage.run(
        lambda tx: tx.orders.add(user.id, shop.content(), ADMIN, shop.at, shop.at + DAY)
    )
    await shop.payments.offline.record(PayableKey(order_id), receipt(shop), ADMIN)
    assert await booked(shop, order_id) == [("offline_payment", PRICE)]
    async with shop.storage.reading() as reader:
        assert await reader.attempts.first_at() is None
        assert await reader.ledger.first_booked_at() is None


@pytest.mark.promise(39)
async def test_the_daily_balance_shows_money_outside_of_wechat_in_columns_of_its_own(shop: Shop) -> None:
    order_id = await paid_offline(shop)
    refund_id = await shop.payments.start_refund(order_id, ADMIN, 1_000, "协商退款")
    await shop.payments.offline.confirm_refund(refund_id, handling(shop), ADMIN)
    async with shop.storage.reading() as reader:
        (day,) = await ledger.daily_balance(reader)
    assert (day.payments_fen, day.refunds_fen, day.fees_fen) == (0, 0, 0)
    assert (day.offline_payments_fen, day.offline_refunds_fen) == (PRICE, -1_000)
    assert (day.change_fen, day.closing_fen, day.movements) == (PRICE - 1_000, PRICE - 1_000, 2)
    text, status = await ledger.ledger_report(shop.storage)
    assert status == 0
    assert "线下收款" in text
    assert "线下退款" in text


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (
            "INSERT INTO ledger (kind, reference, amount_fen, order_id, attempt_id, occurred_at, booked_at) "
            "SELECT 'offline_payment', 'x', 5, order_id, id, 1, 1 FROM payment_attempts WHERE channel = 'offline'",
            "offline payment",
        ),
        (
            "INSERT INTO ledger (kind, reference, amount_fen, order_id, attempt_id, occurred_at, booked_at) "
            "SELECT 'offline_refund', 'x', -5, order_id, id, 1, 1 FROM payment_attempts WHERE channel = 'offline'",
            "other entries",
        ),
        ("UPDATE payment_attempts SET state = 'reversed' WHERE channel = 'offline'", "offline payment"),
        ("UPDATE payment_attempts SET channel = 'wechat'", "is not in the ledger"),
        ("UPDATE orders SET paid_fen = 1 WHERE paid_at IS NOT NULL", "another paid_fen"),
    ],
)
async def test_the_self_check_finds_what_does_not_agree(shop: Shop, change: str, problem: str) -> None:
    await paid_offline(shop)
    assert await ledger.self_check(shop.storage) == []
    async with shop.storage.transaction() as tx:
        await tx.connection.execute(change, {})
        await tx.commit()
    assert any(problem in each for each in await ledger.self_check(shop.storage))
