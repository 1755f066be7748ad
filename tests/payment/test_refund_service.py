"""What starting and ending a refund wakes, tells and leaves: the sweeper, rows of others, the order's ending."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from clock import HOUR, MINUTE
from payment import problems
from payment.payables import of_order
from payment.refunds.cancellation import OrderEnding
from payment.refunds.policy import RefundPolicy
from payment.refunds.quotes import SUPPLEMENT_RULE, quote
from storage.models import Ending, OrderState, RefundKind, RefundState
from tests.core.escorts import Clock, add_escort, invitations_of, offer, states
from tests.offline.conftest import paid_offline
from tests.payment.conftest import ADMIN, PRICE, Shop
from tests.payment.refunding import refunded_part, sent
from tests.payment.supplements.desk import Desk
from tests.payment.visit_money import assigned, pay_out


class Told:
    """What is written in the same transaction, and what it is told."""

    def __init__(self) -> None:
        self.outcomes: list[Any] = []

    async def __call__(self, tx: Any, outcome: Any) -> None:
        assert not tx.committed
        self.outcomes.append(outcome)


@pytest.mark.promise(12)
async def test_a_started_and_a_renewed_refund_are_sent_without_waiting_for_the_next_round(shop: Shop) -> None:
    wake, told = shop.payments.context.wake, Told()
    order_id = await shop.paid()
    wake.clear()
    refund_id = await shop.payments.start_refund(order_id, ADMIN, 1_000, hook=told)
    assert wake.is_set()
    assert told.outcomes == [refund_id]
    await shop.sweep()
    number = (await shop.refund(order_id)).out_refund_no
    shop.wechat.finish_refund(number, "CLOSED")
    await shop.payments.notify({}, shop.wechat.refund_notice(number))
    wake.clear()
    new_id = await shop.payments.renew_refund(refund_id, ADMIN, hook=told)
    assert wake.is_set()
    assert told.outcomes == [refund_id, new_id]
    other = await shop.paid(await shop.user("oOther"))
    wake.clear()
    await shop.payments.end_order(other, ADMIN, OrderEnding(Ending.CANCELLED_BY_COMPANY, PRICE))
    assert wake.is_set()


@pytest.mark.promise(12)
async def test_what_is_written_with_a_step_is_told_how_it_ended(shop: Shop) -> None:
    order_id, told = await shop.paid(), Told()
    refund_id = await shop.payments.start_refund(order_id, ADMIN, 1_000)
    assert await shop.payments.retry_refund(refund_id, told) == RefundState.PROCESSING
    number = (await shop.refund(order_id)).out_refund_no
    shop.wechat.finish_refund(number)
    shop.pass_time(2 * HOUR)
    assert await shop.payments.retry_refund(refund_id, told) == RefundState.SUCCEEDED
    assert told.outcomes == [None, RefundState.PROCESSING, None, RefundState.SUCCEEDED]


@pytest.mark.promise(12)
async def test_who_takes_a_refund_back_is_written_with_it(shop: Shop) -> None:
    order_id, told = await shop.paid(), Told()
    refund_id = await shop.payments.start_refund(order_id, ADMIN, 1_000)
    shop.pass_time(HOUR)
    await shop.payments.withdraw_refund(refund_id, ADMIN, "不用了", told)
    assert told.outcomes == [None, RefundState.CLOSED]
    by_hand, told = await paid_offline(shop), Told()
    refund_id = await shop.payments.start_refund(by_hand, ADMIN, 1_000)
    await shop.payments.withdraw_refund(refund_id, ADMIN, "不用了", told)
    assert told.outcomes == [RefundState.CLOSED]


@pytest.mark.promise(33)
async def test_the_rule_that_is_told_has_no_grace_once_an_escort_is_assigned(shop: Shop) -> None:
    order_id = await shop.paid()
    free = shop.payments.rule_of_order(await shop.order(order_id))
    await assigned(shop, order_id)
    order = await shop.order(order_id)
    assert shop.payments.rule_of_order(order).grace != free.grace
    assert shop.payments.percent(order) == shop.payments.rule_of_order(order).percent_now


@pytest.mark.promise(33)
@pytest.mark.parametrize(
    ("first", "ending"),
    [
        ("asked and paid out", Ending.CANCELLED_BY_USER),
        ("asked and refused", Ending.CANCELLED_BY_COMPANY),
        ("by the office", Ending.CANCELLED_BY_COMPANY),
    ],
)
async def test_an_order_of_which_all_went_back_ended_by_whom_the_money_was_wanted(
    shop: Shop, first: str, ending: Ending
) -> None:
    user = await shop.user()
    order_id, part = await shop.paid(user), 1_000
    if first == "by the office":
        await refunded_part(shop, order_id, part)
    else:
        asked = await shop.payments.request_refund(order_id, user, "", part, kind=RefundKind.MONEY_BACK)
        if first == "asked and paid out":
            await shop.payments.approve_refund(asked, ADMIN)
            await pay_out(shop, order_id)
        else:
            await shop.payments.reject_refund(asked, ADMIN, note="已经服务")
            part = 0
    shop.pass_time(2 * MINUTE)
    await shop.payments.start_refund(order_id, ADMIN, PRICE - part, "医生停诊")
    await pay_out(shop, order_id)
    order = await shop.order(order_id)
    assert (order.state, order.ending) == (OrderState.REFUNDED, ending)


@pytest.mark.promise(33)
async def test_while_money_is_asked_back_no_escort_is_offered_the_order(shop: Shop) -> None:
    user = await shop.user()
    order_id = await shop.paid(user)
    escort_id = await add_escort(shop.storage, "王芳", 900)
    await offer(shop.storage, Clock(shop.at), order_id, [escort_id])
    assert await states(shop.storage, order_id) == ["offered"]
    await shop.payments.request_refund(order_id, user, "", 1_000, kind=RefundKind.MONEY_BACK)
    (invitation,) = (await invitations_of(shop.storage, order_id)).values()
    assert (invitation.state, invitation.reason) == ("withdrawn", "订单申请退款")


async def test_the_grace_time_is_as_many_minutes_as_are_configured(shop: Shop) -> None:
    shop.settings = shop.settings.replace("orders", refund_grace_minutes=7)
    assert shop.another().context.policy.grace_ms == 7 * MINUTE


async def test_a_refund_that_is_over_is_not_asked_about_and_says_how_it_ended(shop: Shop) -> None:
    _, refund = await sent(shop)
    shop.wechat.finish_refund(refund.out_refund_no)
    assert await shop.payments.retry_refund(refund.id) == RefundState.SUCCEEDED
    asked = shop.wechat.calls["query_refund"]
    assert await shop.payments.retry_refund(refund.id) == RefundState.SUCCEEDED
    assert shop.wechat.calls["query_refund"] == asked
    with pytest.raises(problems.RefundNotFound):
        await shop.payments.retry_refund(refund.id + 99)


@pytest.mark.promise(12)
async def test_a_refund_that_another_process_is_sending_is_not_sent_by_hand(shop: Shop) -> None:
    order_id = await shop.paid()
    refund_id = await shop.payments.start_refund(order_id, ADMIN, 1_000)
    refund = await shop.refund(order_id)
    assert await shop.payments.refund_sender.claim(refund)
    for act in (shop.payments.retry_refund(refund_id), shop.payments.withdraw_refund(refund_id, ADMIN)):
        with pytest.raises(problems.RefundUnderWay):
            await act
    assert shop.wechat.calls["refund"] == 0


async def test_of_what_was_given_back_already_nothing_is_offered(shop: Shop) -> None:
    order_id = await shop.paid()
    await shop.payments.start_refund(order_id, ADMIN, PRICE)
    order = await shop.order(order_id)
    offered = quote(of_order(order), await shop.refunds(order_id), RefundPolicy(), shop.at)
    assert (offered.amount_fen, offered.percent, offered.remaining_fen) == (0, 0, 0)
    supplement = replace(of_order(order), supplement=await Desk(shop).get(await Desk(shop).opened(order_id)))
    of_supplement = quote(supplement, [], RefundPolicy(), shop.at)
    assert (of_supplement.amount_fen, of_supplement.percent) == (0, 0)
    assert (of_supplement.rule, of_supplement.remaining_fen) == (SUPPLEMENT_RULE, PRICE)
