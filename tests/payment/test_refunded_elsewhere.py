"""Money that went back at WeChat's merchant platform: what the books, the order and the case say of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from payment.refunds.external_refunds import CASE, REASON
from payment.settlement import Settled
from payment.wechatpay.results import parse_transaction
from storage.models import FinanceCase, OrderState, RefundKind, RefundState
from tests.payment.conftest import ADMIN, PRICE, Shop


async def settle(shop: Shop, number: str, state: str = "REFUND") -> Settled:
    told = parse_transaction(shop.wechat.transaction(number, trade_state=state))
    return await shop.payments.attempts.settle(told)


async def only_case(shop: Shop) -> tuple[FinanceCase, dict[str, Any]]:
    async with shop.storage.reading() as reader:
        (case,) = await reader.finance.cases()
    return case, json.loads(case.detail)


async def pay_late(shop: Shop, number: str) -> None:
    """Paid in the very moment of its closing."""
    shop.wechat.charges[number].state = "NOTPAY"
    shop.wechat.pay(number)


@pytest.mark.promise(10)
async def test_what_is_first_heard_of_as_refunded_is_booked_with_its_times_and_reason(shop: Shop) -> None:
    order_id = await shop.placed()
    number = (await shop.attempt(order_id)).out_trade_no
    shop.wechat.pay(number)
    assert await settle(shop, number) == Settled.REFUNDED
    refund = await shop.refund(order_id)
    assert (refund.state, refund.reason, refund.source) == (RefundState.SUCCEEDED, REASON, "system")
    assert (refund.decided_at, refund.finished_at, refund.submitted_at) == (shop.at, shop.at, None)
    case, detail = await only_case(shop)
    assert (case.kind, case.reference, case.order_id) == (CASE, number, order_id)
    assert (detail["booked"], detail["amount_fen"]) == ("refunded", PRICE)
    async with shop.storage.reading() as reader:
        _, paid, *back = await reader.orders.history(order_id)
    assert (paid.to_state, [step.reason for step in back]) == (OrderState.PAID, [REASON, REASON])


@pytest.mark.promise(10)
async def test_a_deleted_order_is_on_the_list_again_and_stays_cancelled(shop: Shop) -> None:
    user = await shop.user()
    order_id = await shop.placed(user)
    number = (await shop.attempt(order_id)).out_trade_no
    await shop.payments.cancel(order_id, user)
    assert (await shop.order(order_id)).hidden_at is not None
    await pay_late(shop, number)
    assert await settle(shop, number) == Settled.REFUNDED
    order = await shop.order(order_id)
    assert (order.state, order.hidden_at, order.paid_fen) == (OrderState.CANCELLED, None, 0)


@pytest.mark.promise(10)
async def test_an_order_that_has_another_price_by_now_is_not_ended_by_it(shop: Shop) -> None:
    user = await shop.user()
    order_id = await shop.placed(user)
    old = (await shop.attempt(order_id)).out_trade_no
    await shop.placed(user, price_fen=PRICE + 100)
    await pay_late(shop, old)
    assert await settle(shop, old) == Settled.REFUNDED
    assert (await shop.order(order_id)).state == OrderState.UNPAID
    assert await shop.balance() == {"payment": PRICE, "refund": -PRICE}


@pytest.mark.promise(13, 30)
@pytest.mark.parametrize(
    "ours", ["none", "of this payment", "of this payment, and rejected", "of another payment"]
)
async def test_a_refund_that_is_not_ours_is_a_case(shop: Shop, ours: str) -> None:
    user = await shop.user()
    order_id = await shop.placed(user)
    old = (await shop.attempt(order_id)).out_trade_no
    await shop.placed(user, price_fen=PRICE + 100)
    number = (await shop.attempt(order_id)).out_trade_no
    shop.wechat.pay(number)
    assert await settle(shop, number, "SUCCESS") == Settled.PAID
    if ours == "of another payment":
        await pay_late(shop, old)
        assert await settle(shop, old, "SUCCESS") == Settled.SURPLUS
    elif ours == "of this payment":
        await shop.payments.start_refund(order_id, ADMIN, 1_000)
    elif ours != "none":
        refund_id = await shop.payments.request_refund(order_id, user, "", 1_000, kind=RefundKind.MONEY_BACK)
        await shop.payments.reject_refund(refund_id, ADMIN, "已服务")
    for _ in range(2):
        assert await settle(shop, number) == Settled.ALREADY
    if ours == "of this payment":
        assert await shop.cases() == []
        return
    case, detail = await only_case(shop)
    assert (case.kind, case.reference) == (CASE, number)
    assert detail["differs"] == {"trade_state": {"expected": "SUCCESS", "found": "REFUND"}}
