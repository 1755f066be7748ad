"""What WeChat says of a refund, and what is written down of it, value by value."""

from __future__ import annotations

import json
from typing import Any

import pytest

from clock import DAY, HOUR, MINUTE
from storage.models import OrderState, RefundState
from tests.payment.conftest import PRICE, Shop
from tests.payment.refunding import sent, wechat_says


@pytest.mark.promise(13)
async def test_a_refund_that_arrived_keeps_when_and_under_which_number_of_wechats(shop: Shop) -> None:
    order_id, refund = await sent(shop)
    assert (refund.submitted_at, refund.next_query_at) == (shop.at // 1000 * 1000, shop.at + MINUTE)
    shop.pass_time(HOUR)
    shop.wechat.finish_refund(refund.out_refund_no)
    arrived_at = shop.at // 1000 * 1000
    shop.pass_time(5 * MINUTE + 7)
    assert await wechat_says(shop, refund.out_refund_no) == RefundState.SUCCEEDED
    done = await shop.refund(order_id)
    assert (done.finished_at, done.next_query_at, done.last_error) == (arrived_at, None, "")
    assert done.wechat_refund_id == shop.wechat.refunds[refund.out_refund_no].refund_id
    assert done.submitted_at == refund.submitted_at, "as it was accepted first"
    order = await shop.order(order_id)
    assert (order.refunded_fen, order.state, order.state_before_refund) == (1_000, OrderState.PAID, "")
    async with shop.storage.reading() as reader:
        step = (await reader.orders.history(order_id))[-1]
    assert step.reason == "退款到账 ￥10.00"


@pytest.mark.promise(13)
async def test_an_abnormal_refund_is_asked_about_once_a_day(shop: Shop) -> None:
    order_id, refund = await sent(shop)
    shop.wechat.finish_refund(refund.out_refund_no, "ABNORMAL")
    assert await wechat_says(shop, refund.out_refund_no) == RefundState.ABNORMAL
    abnormal = await shop.refund(order_id)
    assert (abnormal.next_query_at, abnormal.finished_at) == (shop.at + DAY, None)
    assert await shop.cases() == ["refund_abnormal"]


@pytest.mark.promise(12, 13)
@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("refund_fen", {"amount": {"total": PRICE, "refund": 999, "currency": "CNY"}}),
        ("total_fen", {"amount": {"total": PRICE + 1, "refund": 1_000, "currency": "CNY"}}),
        ("currency", {"amount": {"total": PRICE, "refund": 1_000, "currency": "USD"}}),
        ("out_trade_no", {"out_trade_no": "20260101000000AAAAAAAAAAAAAAAAAA"}),
        ("transaction_id", {"transaction_id": "4200000000000000000000000001"}),
    ],
)
async def test_a_refund_that_differs_in_one_thing_changes_nothing_and_says_in_which(
    shop: Shop, name: str, change: dict[str, Any]
) -> None:
    order_id, refund = await sent(shop)
    shop.wechat.finish_refund(refund.out_refund_no)
    assert await wechat_says(shop, refund.out_refund_no, **change) == RefundState.PROCESSING
    assert (await shop.refund(order_id)).state == RefundState.PROCESSING
    async with shop.storage.reading() as reader:
        (case,) = await reader.finance.cases()
    detail = json.loads(case.detail)
    assert (case.kind, case.reference, case.order_id) == ("refund_mismatch", refund.out_refund_no, order_id)
    assert (list(detail["differs"]), detail["refund_id"]) == ([name], refund.id)
    assert sorted(detail["differs"][name]) == ["expected", "found"]


async def test_a_refund_of_a_number_that_is_not_ours_is_one_case(shop: Shop) -> None:
    _, refund = await sent(shop)
    for _ in range(2):
        assert await wechat_says(shop, refund.out_refund_no, out_refund_no="R0NOBODY") is None
    assert await shop.cases() == ["refund_unknown"]
    async with shop.storage.reading() as reader:
        (case,) = await reader.finance.cases()
    detail = json.loads(case.detail)
    assert (detail["source"], detail["wechat"]["out_refund_no"]) == ("query", "R0NOBODY")
