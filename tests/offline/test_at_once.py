"""Two people, two tabs, WeChat and the clock, all at once: each fen is booked once, and nothing is paid twice."""

from __future__ import annotations

import pytest

from clock import HOUR, MINUTE
from orders import serving
from orders.sharing.claims import Secret
from orders.supplements import deciding
from orders.supplements.deciding import Seen, supplement_fingerprint
from orders.transitions import TransitionRefused
from payment import problems
from payment.books.closing import Closing as BooksClosing
from payment.books.closing import check_closed_months, close_month, read_books, totals_mark
from payment.books.months import month_at, over_at
from payment.offline.receipts import Receipt
from payment.payables import PayableKey
from payment.settlement import Settled
from storage import Transaction
from storage.models import AttemptState, Cause, InvoiceState, Order, OrderState, Supplement, SupplementState
from tests.offline.conftest import assert_books_balance, entries, handling, mark, paid_offline, receipt
from tests.offline.phone import add_patient, claim, customer, given, ordered, patient, phone_order
from tests.offline.racing import (
    assert_sound,
    done,
    invoice,
    invoice_asked,
    invoice_mark,
    issue,
    race,
)
from tests.payment.conftest import ADMIN, PRICE, Shop
from tests.payment.supplements.desk import EXTRA, Desk
from tests.payment.visit_money import escort

pytestmark = pytest.mark.promise(39, 44)


@pytest.fixture
def desk(shop: Shop) -> Desk:
    return Desk(shop)


async def test_cash_for_money_that_does_not_agree_is_refused_until_a_person_has_looked(shop: Shop) -> None:
    order_id = await shop.placed()
    number = (await shop.attempt(order_id)).out_trade_no
    shop.wechat.pay(number)
    notice = shop.wechat.paid_notice(number, amount={"total": 1, "currency": "CNY"})
    assert await shop.payments.notify({}, notice) == Settled.MISMATCH
    with pytest.raises(problems.PaymentPending):
        await shop.payments.offline.record(PayableKey(order_id), receipt(shop), ADMIN)
    assert await entries(shop, order_id) == []
    results = await race(
        shop.payments.offline.record(PayableKey(order_id), receipt(shop), ADMIN),
        shop.another().notify({}, shop.wechat.paid_notice(number)),
    )
    assert done(results) == 1
    assert (await shop.order(order_id)).state == OrderState.PAID
    await assert_sound(shop, order_id)


async def test_a_correction_twice_at_once_is_one(shop: Shop) -> None:
    order_id = await paid_offline(shop)
    seen = await mark(shop, order_id)
    right = receipt(shop, handled_by="李")
    results = await race(
        *(
            way.offline.correct(PayableKey(order_id), right, "是李收的", ADMIN, seen)
            for way in (shop.payments, shop.another(), shop.another())
        )
    )
    assert done(results) == 1
    assert [each.kind for each in await entries(shop, order_id)] == ["receipt", "reversal", "receipt"]
    await assert_sound(shop, order_id)


async def test_of_a_reversal_a_correction_and_a_refund_one_happens(shop: Shop) -> None:
    for number in range(3):
        user = await shop.user(f"oUser{number}")
        order_id = await shop.placed(user)
        key = PayableKey(order_id)
        await shop.payments.offline.record(key, receipt(shop), ADMIN)
        seen = await mark(shop, order_id)
        acts = [
            shop.another().offline.reverse(key, "没收到", ADMIN, seen),
            shop.another().offline.correct(key, receipt(shop, handled_by="李"), "是李收的", ADMIN, seen),
            shop.another().request_refund(order_id, user, "不去了", PRICE),
        ]
        results = await race(*acts[number:], *acts[:number])
        order = await shop.order(order_id)
        assert done(results) == 1 or order.state == OrderState.REFUNDING  # corrected first, then asked for
        if order.state == OrderState.UNPAID:
            assert await shop.refunds(order_id) == []
        await assert_sound(shop, order_id)


async def test_a_refund_is_paid_back_once_by_two_clerks(shop: Shop) -> None:
    order_id = await paid_offline(shop)
    refund_id = await shop.payments.start_refund(order_id, ADMIN, 1_000, "协商")
    seen = await mark(shop, order_id)
    results = await race(
        *(
            way.offline.confirm_refund(refund_id, handling(shop), ADMIN, seen)
            for way in (shop.payments, shop.another())
        )
    )
    assert done(results) == 1
    assert (await shop.order(order_id)).refunded_fen == 1_000
    await assert_sound(shop, order_id)


async def test_a_supplement_is_withdrawn_paid_in_cash_and_paid_at_wechat_at_once(
    shop: Shop, desk: Desk
) -> None:
    order_id = await shop.paid()
    for turn in range(4):
        supplement_id = await desk.begun(order_id=order_id)
        number = (await desk.attempt(supplement_id)).out_trade_no
        supplement = await desk.get(supplement_id)
        seen = Seen(order_id, supplement_id, supplement_fingerprint(supplement))

        async def decide(tx: Transaction, order: Order, now: Supplement, seen: Seen = seen) -> None:
            await deciding.withdraw(tx, order, now, seen, "不用付", shop.at)

        shop.wechat.pay(number)
        key = PayableKey(order_id, supplement_id)
        acts = [
            shop.another().release_supplement(supplement_id, decide),
            shop.another().offline.record(key, receipt(shop, EXTRA), ADMIN),
            shop.another().notify({}, shop.wechat.paid_notice(number)),
        ]
        await race(*acts[turn % 3 :], *acts[: turn % 3])
        now = await desk.get(supplement_id)
        assert (now.state, now.paid_fen) == (SupplementState.PAID, EXTRA), "the money was there"
        await assert_sound(shop, order_id)


async def test_a_reversed_supplement_and_an_order_that_ends_leave_nothing_to_pay(
    shop: Shop, desk: Desk
) -> None:
    for number in range(3):
        user = await shop.user(f"oUser{number}")
        order_id = await shop.placed(user)
        await shop.payments.offline.record(PayableKey(order_id), receipt(shop), ADMIN)
        key = PayableKey(order_id, await desk.opened(order_id))
        await shop.payments.offline.record(key, receipt(shop, EXTRA), ADMIN)
        refund_id = await shop.payments.request_refund(order_id, user, "不去了", PRICE)
        await race(
            shop.another().offline.reverse(key, "没收到", ADMIN),
            shop.another().approve_refund(refund_id, ADMIN),
        )
        assert (await desk.get(key.supplement_id or 0)).state == SupplementState.WITHDRAWN
        await assert_sound(shop, order_id)


async def test_an_order_is_reversed_or_given_to_an_escort(shop: Shop) -> None:
    order_id = await paid_offline(shop)
    escort_id = await escort(shop)
    await race_with_transitions(shop, order_id, escort_id)
    order = await shop.order(order_id)
    assert (order.state, order.escort_id) in (
        (OrderState.SERVING, escort_id),
        (OrderState.UNPAID, None),
    )
    await assert_sound(shop, order_id)


async def race_with_transitions(shop: Shop, order_id: int, escort_id: int) -> None:
    async def assign() -> None:
        try:
            await shop.storage.run(
                lambda tx: serving.assign(tx, order_id, escort_id, "am", Cause(ADMIN, shop.at))
            )
        except TransitionRefused:
            return

    await race(assign(), shop.another().offline.reverse(PayableKey(order_id), "没收到", ADMIN))


async def test_an_order_is_claimed_while_a_clerk_takes_cash_and_another_user_claims_it(shop: Shop) -> None:
    for number in range(2):
        order_id = await phone_order(shop) if not number else await another_phone_order(shop)
        secret = Secret(code=(await given(shop, order_id)).code)
        users = [await shop.user(f"oClaims{number}-{each}") for each in range(2)]
        key = PayableKey(order_id)
        results = await race(
            claim(shop, secret, users[0].id),
            shop.another().offline.record(key, receipt(shop), ADMIN),
            claim(shop, secret, users[1].id),
            shop.another().offline.record(key, receipt(shop), ADMIN),
        )
        assert [isinstance(each, int) for each in results].count(True) == 2
        order = await shop.order(order_id)
        assert order.user_id in {user.id for user in users}
        assert (order.state, order.paid_fen, order.unpaid_user_id) == (OrderState.PAID, PRICE, None)
        await assert_sound(shop, order_id)


async def another_phone_order(shop: Shop) -> int:
    user_id = await customer(shop, phone="13712345678", name="李大明")
    return await ordered(shop, user_id, await add_patient(shop, user_id, patient(number="")))


async def test_an_order_is_claimed_and_paid_for_while_it_expires(shop: Shop) -> None:
    order_id = await phone_order(shop)
    secret = Secret(code=(await given(shop, order_id)).code)
    user = await shop.user()
    shop.pass_time(71 * HOUR)
    async with shop.storage.transaction() as tx:
        await tx.connection.execute("UPDATE orders SET expires_at = :at", {"at": shop.at - 1})
        await tx.commit()
    results = await race(
        claim(shop, secret, user.id),
        shop.sweep(),
        shop.another().offline.record(PayableKey(order_id), receipt(shop), ADMIN),
    )
    order = await shop.order(order_id)
    assert order.state in (OrderState.PAID, OrderState.CANCELLED)
    assert isinstance(results[2], int) == (order.state == OrderState.PAID)
    assert order.user_id == user.id
    await assert_sound(shop, order_id)


async def test_an_invoice_is_never_about_more_than_is_left(shop: Shop, desk: Desk) -> None:
    for number in range(3):
        order_id = await shop.placed(await shop.user(f"oUser{number}"))
        await shop.payments.offline.record(PayableKey(order_id), receipt(shop), ADMIN)
        key = PayableKey(order_id, await desk.opened(order_id))
        await shop.payments.offline.record(key, Receipt(EXTRA, handling(shop)), ADMIN)
        await shop.storage.run(lambda tx, order=order_id: serving.finish(tx, order, ADMIN, shop.at))  # type: ignore[misc]
        refund_id = await shop.payments.start_refund(order_id, ADMIN, 1_000, "协商")
        await shop.payments.offline.confirm_refund(refund_id, handling(shop), ADMIN)
        invoice_id = await invoice_asked(shop, order_id)
        seen = await invoice_mark(shop, invoice_id)
        await race(
            issue(shop, invoice_id, seen),
            shop.another().offline.reverse(key, "没收到", ADMIN),
            issue(shop, invoice_id, seen),
        )
        now = await invoice(shop, invoice_id)
        left = PRICE - 1_000
        assert now.state in (InvoiceState.REQUESTED, InvoiceState.TO_REVERSE) or now.amount_fen <= left
        await assert_sound(shop, order_id)


async def test_a_payment_that_is_begun_while_cash_is_recorded_is_never_open_beside_it(shop: Shop) -> None:
    user = await shop.user()
    order_id = await shop.placed(user)
    await race(
        shop.another().resume(order_id, user),
        shop.another().offline.record(PayableKey(order_id), receipt(shop), ADMIN),
        shop.another().resume(order_id, user),
    )
    order = await shop.order(order_id)
    assert order.state == OrderState.PAID
    shop.pass_time(2 * MINUTE)
    await shop.sweep()
    states = {each.state for each in await shop.attempts(order_id)}
    assert states <= {AttemptState.PAID, AttemptState.CLOSED}
    await assert_sound(shop, order_id)


async def test_a_receipt_dated_into_a_month_that_is_just_closed_counts_once(shop: Shop) -> None:
    first = await paid_offline(shop)
    month, before = month_at(shop.at), shop.at
    shop.at = over_at(month) + MINUTE
    orders = [await shop.placed(await shop.user(f"oUser{number}")) for number in range(2, 5)]
    async with shop.storage.reading() as reader:
        seen = totals_mark(await read_books(reader, month, shop.at, ""))
    wanted = BooksClosing(month, 1, seen, despite_open_days=True)
    results = await race(
        shop.another().offline.record(PayableKey(orders[0]), receipt(shop, occurred_at=before), ADMIN),
        shop.storage.run(lambda tx: close_month(tx, wanted, shop.at, "")),
        shop.another().offline.record(PayableKey(orders[1]), receipt(shop, occurred_at=before), ADMIN),
        shop.storage.run(lambda tx: close_month(tx, wanted, shop.at, "")),
        shop.another().offline.record(PayableKey(orders[2]), receipt(shop, occurred_at=before), ADMIN),
    )
    assert done(results[1::2]) <= 1
    counted = 0
    async with shop.storage.reading() as reader:
        for each in (month, month.next()):
            counted += (await read_books(reader, each, shop.at, "")).totals.net_fen
        assert await check_closed_months(reader) == []
        closed = await reader.months.closed(month.name)
    assert (closed is not None) == (done(results[1::2]) == 1)
    assert counted == sum((await shop.balance()).values()) == PRICE * (1 + done(results[0::2]))
    assert (await shop.order(first)).state == OrderState.PAID
    await assert_books_balance(shop)
