"""Placing, resuming, editing, cancelling and expiring an order, and what each means for its payment."""

from __future__ import annotations

import asyncio

import pytest

from clock import DAY, HOUR, MINUTE
from payment import problems
from payment.wechatpay import errors
from storage.models import AttemptState, OrderState
from tests.payment.conftest import PRICE, Shop
from tests.payment.fake_wechat import lost


async def test_the_straight_road_ends_in_a_paid_order(shop: Shop) -> None:
    user = await shop.user()
    order_id, parameters = await shop.payments.place(user, shop.content(), shop.at)
    attempt = await shop.attempt(order_id)
    assert attempt.state == AttemptState.PREPAID
    assert parameters == {"package": f"prepay_id={attempt.prepay_id}"}
    assert attempt.amount_fen == PRICE
    assert len(attempt.out_trade_no) == 32
    shop.wechat.pay(attempt.out_trade_no)
    await shop.payments.notify({}, shop.wechat.paid_notice(attempt.out_trade_no))
    order = await shop.order(order_id)
    assert (order.state, order.paid_fen, order.paid_attempt_id) == (OrderState.PAID, PRICE, attempt.id)
    assert await shop.states(order_id) == ["unpaid", "paid"]
    await shop.assert_books_agree()


@pytest.mark.promise(9)
async def test_twenty_taps_at_once_give_one_order_one_attempt_and_one_call(shop: Shop) -> None:
    user = await shop.user()
    results = await asyncio.gather(*(shop.payments.place(user, shop.content(), shop.at) for _ in range(20)))
    assert len({order_id for order_id, _ in results}) == 1
    assert len(await shop.attempts(results[0][0])) == 1
    assert shop.wechat.calls["create"] == 1
    assert len({parameters["package"] for _, parameters in results}) == 1


@pytest.mark.promise(9)
async def test_twenty_taps_on_as_many_processes_give_one_order_and_one_number(shop: Shop) -> None:
    user = await shop.user()
    processes = [shop.another() for _ in range(20)]
    results = await asyncio.gather(*(each.place(user, shop.content(), shop.at) for each in processes))
    (order_id,) = {order_id for order_id, _ in results}
    (attempt,) = await shop.attempts(order_id)
    assert set(shop.wechat.numbers["create"]) == {attempt.out_trade_no}
    assert attempt.state == AttemptState.PREPAID
    shop.wechat.pay(attempt.out_trade_no)
    shop.pass_time(2 * MINUTE)
    await shop.sweep()
    assert await shop.balance() == {"payment": PRICE}


@pytest.mark.promise(9)
async def test_a_young_prepay_id_is_signed_again_and_an_old_one_is_renewed(shop: Shop) -> None:
    user = await shop.user()
    order_id, first = await shop.payments.place(user, shop.content(), shop.at)
    shop.pass_time(HOUR)
    assert await shop.payments.resume(order_id, user) == first
    assert shop.wechat.calls["create"] == 1
    shop.pass_time(HOUR)
    renewed = await shop.payments.resume(order_id, user)
    assert renewed != first
    assert shop.wechat.calls["create"] == 2
    (attempt,) = await shop.attempts(order_id)
    assert set(shop.wechat.numbers["create"]) == {attempt.out_trade_no}


async def test_a_configuration_that_changed_replaces_the_attempt_instead_of_renewing_it(shop: Shop) -> None:
    user = await shop.user()
    order_id = await shop.placed(user)
    first = await shop.attempt(order_id)
    changed = vars(shop.wechat.merchant) | {"notify_url": "https://other.test/notify/"}
    shop.wechat.merchant = type(shop.wechat.merchant)(**changed)
    await shop.payments.resume(order_id, user)
    closed, fresh = await shop.attempts(order_id)
    assert closed.id == first.id
    assert closed.state == AttemptState.CLOSED
    assert fresh.state == AttemptState.PREPAID
    assert fresh.out_trade_no != first.out_trade_no
    assert shop.wechat.charges[first.out_trade_no].state == "CLOSED"


async def test_an_edit_that_leaves_money_and_name_alone_keeps_the_attempt(shop: Shop) -> None:
    user = await shop.user()
    order_id = await shop.placed(user)
    assert await shop.placed(user, wishes="轮椅", department="骨科") == order_id
    assert len(await shop.attempts(order_id)) == 1
    assert (await shop.order(order_id)).wishes == "轮椅"
    assert shop.wechat.calls == {"create": 1}


@pytest.mark.parametrize("change", [{"price_fen": 60_000}, {"service_name": "全心全程陪诊服务"}])
async def test_an_edit_that_changes_what_is_paid_closes_the_old_attempt_first(
    shop: Shop, change: dict[str, object]
) -> None:
    user = await shop.user()
    order_id = await shop.placed(user)
    old = await shop.attempt(order_id)

    async def still_unedited() -> None:
        order = await shop.order(order_id)
        assert (order.price_fen, order.service_name) == (PRICE, "特需门诊VIP陪诊服务")

    shop.wechat.before["close"].append(still_unedited)
    assert await shop.placed(user, **change) == order_id
    closed, fresh = await shop.attempts(order_id)
    assert (closed.id, closed.state) == (old.id, AttemptState.CLOSED)
    assert fresh.state == AttemptState.PREPAID
    assert fresh.amount_fen == (await shop.order(order_id)).price_fen
    assert shop.wechat.charges[old.out_trade_no].state == "CLOSED"


async def test_an_edit_of_an_order_whose_money_has_arrived_settles_it_and_changes_nothing(shop: Shop) -> None:
    user = await shop.user()
    order_id = await shop.placed(user)
    shop.wechat.pay((await shop.attempt(order_id)).out_trade_no)
    with pytest.raises(problems.OrderAlreadyPaid):
        await shop.placed(user, price_fen=100)
    order = await shop.order(order_id)
    assert (order.state, order.price_fen, order.paid_fen) == (OrderState.PAID, PRICE, PRICE)
    await shop.assert_books_agree()


async def test_money_that_comes_while_an_edit_closes_the_payment_settles_it(shop: Shop) -> None:
    user = await shop.user()
    order_id = await shop.placed(user)
    number = (await shop.attempt(order_id)).out_trade_no

    async def quicker() -> None:
        shop.wechat.pay(number)

    shop.wechat.before["close"].append(quicker)
    with pytest.raises(problems.OrderAlreadyPaid):
        await shop.placed(user, price_fen=100)
    assert (await shop.order(order_id)).state == OrderState.PAID
    await shop.assert_books_agree()


@pytest.mark.promise(15)
async def test_the_price_is_kept_in_the_order_whatever_the_catalog_does_later(shop: Shop) -> None:
    user = await shop.user()
    async with shop.storage.transaction() as tx:
        service = {"name": "陪诊", "unit": "次", "price_fen": PRICE, "summary": "", "introduction": ""}
        service |= {"included": "", "notice": "", "picture": "", "position": 1}
        service_id = await tx.catalog.add("services", service)
        await tx.commit()
    order_id = await shop.placed(user, service_id=service_id)
    await shop.storage.run(lambda tx: tx.catalog.change("services", service_id, {"price_fen": 1}))
    shop.pass_time(2 * HOUR)
    await shop.payments.resume(order_id, user)
    attempt = await shop.attempt(order_id)
    assert (await shop.order(order_id)).price_fen == attempt.amount_fen == PRICE
    assert shop.wechat.charges[attempt.out_trade_no].parameters["total_fen"] == PRICE


@pytest.mark.promise(11)
async def test_a_create_whose_answer_is_lost_is_repeated_with_the_same_number(shop: Shop) -> None:
    shop.wechat.after["create"].append(lost())
    order_id = await shop.placed()
    (attempt,) = await shop.attempts(order_id)
    assert attempt.state == AttemptState.PREPAID
    assert shop.wechat.numbers["create"] == [attempt.out_trade_no] * 2
    assert len(shop.wechat.charges) == 1


@pytest.mark.promise(11)
async def test_a_create_that_stays_unanswered_is_taken_up_by_the_next_tap_with_the_same_number(
    shop: Shop,
) -> None:
    user = await shop.user()
    shop.wechat.after["create"] += [lost(), lost()]
    with pytest.raises(problems.WeChatTimeout):
        await shop.placed(user)
    order = await shop.unpaid(user)
    (attempt,) = await shop.attempts(order.id)
    assert attempt.state == AttemptState.UNKNOWN
    await shop.payments.resume(order.id, user)
    (same,) = await shop.attempts(order.id)
    assert (same.out_trade_no, same.state) == (attempt.out_trade_no, AttemptState.PREPAID)
    assert set(shop.wechat.numbers["create"]) == {attempt.out_trade_no}


@pytest.mark.promise(11)
async def test_the_attempt_is_committed_before_wechat_is_asked(shop: Shop) -> None:
    user = await shop.user()
    seen = []

    async def look() -> None:
        order = await shop.unpaid(user)
        seen.extend(await shop.attempts(order.id))

    shop.wechat.before["create"].append(look)
    await shop.placed(user)
    assert [attempt.state for attempt in seen] == [AttemptState.CREATED]
    assert seen[0].out_trade_no == shop.wechat.numbers["create"][0]


async def test_a_notification_that_is_quicker_than_the_reply_is_settled(shop: Shop) -> None:
    user = await shop.user()

    async def paid_already() -> None:
        number = shop.wechat.numbers["create"][-1]
        shop.wechat.pay(number)
        await shop.another().notify({}, shop.wechat.paid_notice(number))

    shop.wechat.after["create"].append(paid_already)
    with pytest.raises(problems.OrderAlreadyPaid):
        await shop.placed(user)
    async with shop.storage.reading() as reader:
        (order,) = await reader.orders.of_user(user.id)
    assert order.state == OrderState.PAID
    await shop.assert_books_agree()


async def test_a_busy_wechat_leaves_an_order_that_can_be_paid_later(shop: Shop) -> None:
    user = await shop.user()
    shop.wechat.before["create"].append(errors.Busy(status=429))
    with pytest.raises(problems.WeChatBusy):
        await shop.placed(user)
    order = await shop.unpaid(user)
    assert await shop.payments.resume(order.id, user)


async def test_a_number_that_wechat_knows_with_other_parameters_is_closed_and_replaced(shop: Shop) -> None:
    user = await shop.user()
    order_id = await shop.placed(user)
    first = await shop.attempt(order_id)
    shop.wechat.charges[first.out_trade_no].parameters["description"] = "something else"
    shop.pass_time(2 * HOUR)
    await shop.payments.resume(order_id, user)
    old, fresh = await shop.attempts(order_id)
    assert (old.state, fresh.state) == (AttemptState.CLOSED, AttemptState.PREPAID)


async def test_opening_an_order_asks_wechat_once_in_a_while_and_never_fails(shop: Shop) -> None:
    order_id = await shop.placed()
    await asyncio.gather(*(shop.payments.refresh(order_id) for _ in range(20)))
    assert shop.wechat.calls["query"] == 1
    shop.pass_time(10_000)
    shop.wechat.before["query"].append(lost())
    await shop.payments.refresh(order_id)
    shop.wechat.pay((await shop.attempt(order_id)).out_trade_no)
    shop.pass_time(10_000)
    await shop.payments.refresh(order_id)
    assert (await shop.order(order_id)).state == OrderState.PAID


async def test_no_payment_is_handed_out_for_an_order_that_was_paid_meanwhile(shop: Shop) -> None:
    user = await shop.user()
    order_id = await shop.placed(user)
    old = (await shop.attempt(order_id)).out_trade_no

    async def late_money() -> None:
        shop.wechat.charges[old].state = "NOTPAY"
        shop.wechat.pay(old)
        await shop.another().notify({}, shop.wechat.paid_notice(old))

    shop.wechat.after["create"].append(late_money)
    with pytest.raises(problems.OrderAlreadyPaid):
        await shop.placed(user, service_name="全心全程陪诊服务")
    shop.pass_time(2 * MINUTE)
    await shop.sweep()
    assert (await shop.attempt(order_id)).state == AttemptState.CLOSED
    await shop.assert_books_agree()


async def test_a_service_without_a_price_is_not_sold(shop: Shop) -> None:
    with pytest.raises(problems.OrderNotPayable):
        await shop.placed(price_fen=0)


async def test_an_order_that_lives_for_weeks_gets_payments_that_wechat_still_knows(shop: Shop) -> None:
    shop.settings = shop.settings.replace("orders", unpaid_hours=24 * 30)
    shop.payments = shop.another()
    user = await shop.user()
    order_id = await shop.placed(user)
    shop.pass_time(8 * DAY)
    shop.wechat.charges[(await shop.attempt(order_id)).out_trade_no].state = "CLOSED"  # by WeChat itself
    await shop.payments.resume(order_id, user)
    assert [attempt.state for attempt in await shop.attempts(order_id)] == ["closed", "prepaid"]
