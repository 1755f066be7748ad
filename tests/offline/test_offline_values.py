"""Money outside of WeChat beside everything else: full days, payments that do not agree, and what an act leaves."""

from __future__ import annotations

from typing import Any

import pytest

from clock import DAY, HOUR, MINUTE
from payment import problems
from payment.books.closing import MonthClosed
from payment.books.months import month_at
from payment.context import InTransaction
from payment.offline.problems import NotReversible, PaidAtWeChat
from payment.payables import PayableKey
from refusals import OrderNotFound
from storage.models import ClosedMonth, OrderState, RefundState
from tests.offline.conftest import booked, entries, handling, paid_offline, receipt
from tests.payment.conftest import ADMIN, PRICE, Shop
from tests.payment.supplements.desk import EXTRA, Desk
from tests.payment.test_bookable_days import block_day
from tests.payment.visit_money import assigned

pytestmark = pytest.mark.promise(39)


async def test_cash_for_a_day_that_is_blocked_by_now_pays_the_order_and_is_shown(shop: Shop) -> None:
    order_id = await shop.placed()
    await block_day(shop)
    await shop.payments.offline.record(PayableKey(order_id), receipt(shop), ADMIN)
    order = await shop.order(order_id)
    assert (order.state, order.overbooked_open) == (OrderState.PAID, True)
    assert not (await shop.order(await paid_offline(shop, visit_date="2026-02-01"))).overbooked_open


async def test_cash_for_a_supplement_says_nothing_of_its_day(shop: Shop) -> None:
    order_id = await paid_offline(shop)
    supplement_id = await Desk(shop).opened(order_id)
    await block_day(shop)
    await shop.payments.offline.record(PayableKey(order_id, supplement_id), receipt(shop, EXTRA), ADMIN)
    assert not (await shop.order(order_id)).overbooked_open


async def test_no_cash_is_taken_while_a_payment_that_does_not_agree_holds_the_order(shop: Shop) -> None:
    order_id = await shop.placed()
    number = (await shop.attempt(order_id)).out_trade_no
    shop.wechat.pay(number)
    await shop.payments.notify({}, shop.wechat.paid_notice(number, trade_type="NATIVE"))
    with pytest.raises(problems.PaymentPending):
        await shop.payments.offline.record(PayableKey(order_id), receipt(shop), ADMIN)
    assert await booked(shop, order_id) == []


async def test_what_is_paid_is_not_paid_again_and_it_is_said_where(shop: Shop) -> None:
    at_wechat, in_cash = await shop.paid(), await paid_offline(shop)
    with pytest.raises(PaidAtWeChat):
        await shop.payments.offline.record(PayableKey(at_wechat), receipt(shop), ADMIN)
    with pytest.raises(problems.OrderAlreadyPaid):
        await shop.payments.offline.record(PayableKey(in_cash), receipt(shop), ADMIN)
    cancelled = await shop.placed(await shop.user("oOther"))
    await shop.payments.cancel(cancelled, await shop.user("oOther"))
    with pytest.raises(problems.OrderNotPayable):
        await shop.payments.offline.record(PayableKey(cancelled), receipt(shop), ADMIN)
    for act in (
        shop.payments.offline.record(PayableKey(999), receipt(shop), ADMIN),
        shop.payments.offline.reverse(PayableKey(999), "", ADMIN),
        shop.payments.offline.correct(PayableKey(999), receipt(shop), "", ADMIN),
    ):
        with pytest.raises(OrderNotFound):
            await act


async def test_a_refund_was_done_when_the_money_changed_hands(shop: Shop) -> None:
    order_id = await paid_offline(shop)
    refund_id = await shop.payments.start_refund(order_id, ADMIN, 1_000, "协商退款")
    shop.pass_time(HOUR)
    gave = handling(shop, reference="R 7", note="x" * 300, occurred_at=shop.at - 5 * MINUTE)
    await shop.payments.offline.confirm_refund(refund_id, gave, ADMIN)
    refund = await shop.refund(order_id)
    assert (refund.state, refund.finished_at) == (RefundState.SUCCEEDED, shop.at - 5 * MINUTE)
    assert (refund.next_query_at, refund.last_error, refund.updated_at) == (None, "", shop.at)
    entry = (await entries(shop, order_id))[-1]
    assert (entry.kind, entry.entry_key) == ("refund", f"refund:{refund_id}")
    assert (entry.amount_fen, entry.refund_id) == (-1_000, refund_id)
    assert (entry.method, entry.reference, entry.handled_by) == ("cash", "R 7", "王店员")
    assert (entry.occurred_at, entry.recorded_by, entry.recorded_at) == (gave.occurred_at, ADMIN.id, shop.at)
    assert entry.note == "x" * 255
    async with shop.storage.reading() as reader:
        booked_at = (await reader.ledger.of_order(order_id))[-1]
    assert (booked_at.reference, booked_at.occurred_at) == (refund.out_refund_no, gave.occurred_at)
    assert booked_at.booked_at == shop.at


async def test_after_a_reversal_the_order_keeps_its_place_for_a_while_and_waits_no_longer_than_its_day(
    shop: Shop,
) -> None:
    order_id = await paid_offline(shop)
    shop.pass_time(HOUR)
    await shop.payments.offline.reverse(PayableKey(order_id), "记错了", ADMIN)
    order = await shop.order(order_id)
    minutes = shop.payments.context.day_rules.visits.place_hold_minutes
    assert minutes > 1
    assert order.place_held_until == shop.at + minutes * MINUTE
    async with shop.storage.reading() as reader:
        step = (await reader.orders.history(order_id))[-1]
    assert (step.to_state, step.reason, step.at) == ("unpaid", "收款已撤销：记错了", shop.at)


async def test_an_order_that_is_overbooked_waits_for_nobody_once_its_receipt_is_reversed(shop: Shop) -> None:
    order_id = await shop.placed()
    await block_day(shop)
    await shop.payments.offline.record(PayableKey(order_id), receipt(shop), ADMIN)
    await shop.payments.offline.reverse(PayableKey(order_id), "记错了", ADMIN)
    assert not (await shop.order(order_id)).overbooked_open


async def test_nothing_is_reversed_in_a_month_whose_books_are_closed(shop: Shop) -> None:
    order_id = await paid_offline(shop)
    closed = ClosedMonth(month_at(shop.at).name, 1, shop.at, 0, "{}")
    await shop.storage.run(lambda tx: tx.months.close(closed))
    for act in (
        shop.payments.offline.reverse(PayableKey(order_id), "记错了", ADMIN),
        shop.payments.offline.correct(
            PayableKey(order_id), receipt(shop, occurred_at=shop.at - 40 * DAY), "", ADMIN
        ),
    ):
        with pytest.raises(MonthClosed):
            await act
    assert await booked(shop, order_id) == [("offline_payment", PRICE)]


async def test_while_the_visit_goes_on_or_is_over_the_office_is_told_what_to_do_instead(shop: Shop) -> None:
    order_id = await paid_offline(shop)
    await assigned(shop, order_id)
    with pytest.raises(NotReversible, match="先取消安排"):
        await shop.payments.offline.reverse(PayableKey(order_id), "记错了", ADMIN)


class Stopped(Exception):
    """A hook that takes everything back."""


@pytest.mark.parametrize("act", ["record", "reverse", "correct", "confirm"])
async def test_an_act_and_what_is_written_with_it_are_one_transaction(shop: Shop, act: str) -> None:
    order_id = await shop.placed() if act == "record" else await paid_offline(shop)
    refund_id = await shop.payments.start_refund(order_id, ADMIN, 1_000) if act == "confirm" else 0
    before = (await shop.order(order_id), await entries(shop, order_id), await shop.refunds(order_id))
    told: list[Any] = []
    offline, key = shop.payments.offline, PayableKey(order_id)

    async def stop(tx: object, outcome: Any) -> None:
        told.append(outcome)
        raise Stopped

    async def note(tx: object, outcome: Any) -> None:
        told.append(outcome)

    def work(hook: InTransaction) -> Any:
        if act == "record":
            return offline.record(key, receipt(shop), ADMIN, hook=hook)
        if act == "reverse":
            return offline.reverse(key, "记错了", ADMIN, hook=hook)
        if act == "correct":
            return offline.correct(key, receipt(shop, handled_by="李"), "是李收的", ADMIN, hook=hook)
        return offline.confirm_refund(refund_id, handling(shop), ADMIN, hook=hook)

    with pytest.raises(Stopped):
        await work(stop)
    assert (await shop.order(order_id), await entries(shop, order_id), await shop.refunds(order_id)) == before
    outcome = await work(note)
    assert told[-1] == outcome
    assert outcome is not None
