"""Which days are reconciled: those whose bill is there, and from the day on which the books begin."""

from __future__ import annotations

import datetime

import pytest

from clock import DAY, HOUR, MINUTE, shanghai_date
from payment import problems
from payment.reconciliation.reconcile_job import run_reconciliation
from tests.payment.bills import rows_of, trade_bill
from tests.payment.conftest import Shop
from tests.payment.reconciling import job_row, past_days


async def test_yesterday_is_refused_until_its_bill_is_there(shop: Shop) -> None:
    (day,) = await past_days(shop, 1)
    shop.at -= 2 * HOUR - 5 * MINUTE + 1
    with pytest.raises(problems.BillDayRefused):
        await shop.payments.reconcile(day)
    assert await shop.payments.reconcile_due("p1") == []
    shop.at += 1
    assert await shop.payments.reconcile_due("p1") == [day]


async def test_without_a_day_it_is_yesterday_that_is_compared(shop: Shop) -> None:
    days = await past_days(shop, 2)
    assert (await shop.payments.reconcile()).day == days[-1]


async def test_a_merchant_number_with_a_past_is_not_reconciled_into_it(shop: Shop) -> None:
    """Six days of another system's payments, then the first of ours: without a setting the books begin with it."""
    past = []
    for number in range(6):
        day = datetime.date.fromisoformat(shanghai_date(shop.at))
        past.append(day.isoformat())
        stranger = rows_of(shop.wechat)[:0]
        shop.wechat.bills["trade", day] = trade_bill(stranger) if number % 2 else b"older system"
        shop.pass_time(DAY)
    assert await shop.payments.reconcile_due("p1") == [], "there are no books yet"
    (ours,) = await past_days(shop, 1)
    assert await shop.payments.reconcile_due("p1") == [ours]
    assert await shop.cases() == []
    with pytest.raises(problems.BillDayRefused, match=ours):
        await shop.payments.reconcile(past[-1])


async def test_payments_of_an_older_system_do_not_begin_the_books_but_their_import_does(shop: Shop) -> None:
    order_id = await shop.placed()
    number = (await shop.attempt(order_id)).out_trade_no
    async with (
        shop.storage.transaction() as tx
    ):  # as an import leaves it: no address, paid years ago, booked now
        paid_at = shop.at - 400 * DAY
        await tx.connection.execute(
            "UPDATE payment_attempts SET notify_url = '', state = 'paid', created_at = :at, paid_at = :at",
            {"at": paid_at},
        )
        attempt = await tx.attempts.by_number(number)
        assert attempt is not None
        await tx.ledger.book(
            "payment", number, attempt.amount_fen, paid_at, shop.at, order_id=order_id, attempt_id=attempt.id
        )
        await tx.commit()
    imported_on = shanghai_date(shop.at)
    shop.pass_time(3 * DAY + 2 * HOUR)
    assert await shop.payments.reconcile_due("p1") == [
        shanghai_date(shop.at - back * DAY) for back in (3, 2, 1)
    ]
    with pytest.raises(problems.BillDayRefused, match=imported_on):
        await shop.payments.reconcile(shanghai_date(shop.at - 4 * DAY))


async def test_the_day_on_which_the_books_begin_can_be_set(shop: Shop) -> None:
    days = await past_days(shop, 4)
    configured = shop.settings.replace("pay", books_begin=days[2])
    shop.payments.context.settings = configured
    assert await shop.payments.reconcile_due("p1") == days[2:]
    with pytest.raises(problems.BillDayRefused, match=days[2]):
        await shop.payments.reconcile(days[1])
    shop.payments.context.settings = shop.settings.replace("pay", books_begin="2099-01-01")
    assert await run_reconciliation(shop.payments.context) == 0
    assert await shop.payments.reconcile_due("p1") == []


async def test_a_round_without_anything_to_do_shows_that_the_job_lives(shop: Shop) -> None:
    assert await shop.payments.reconcile_due("p1") == []
    job = await job_row(shop)
    assert (job.finished_at, job.last_error, job.last_result) == (shop.at, "", '{"days": []}')
