"""Only the listed event types act. Others are kept as evidence, acknowledged, and change nothing, at both addresses."""

from __future__ import annotations

import json
from typing import Any

import pytest

from payment.wechatpay.notification import ACTING_TYPES
from storage.models import AttemptState, OrderState, RefundState
from tests.payment.conftest import ADMIN, PRICE, Shop
from tests.payment.fake_wechat import notice


async def _kept(shop: Shop, reference: str) -> list[tuple[str, str, dict[str, Any]]]:
    async with shop.storage.reading() as reader:
        events = await reader.payment_events.of_reference(reference)
    return [(event.event_type, event.outcome, json.loads(event.resource)) for event in events]


def test_the_listed_types_are_those_of_the_rules() -> None:
    of_refunds = {"REFUND.SUCCESS", "REFUND.ABNORMAL", "REFUND.CLOSED"}
    assert set(ACTING_TYPES) == {"TRANSACTION.SUCCESS", *of_refunds, "MCHTRANSFER.BILL.FINISHED"}


@pytest.mark.promise(4)
@pytest.mark.parametrize(
    "event_type", ["TRANSACTION.CLOSED", "TRANSACTION.PAYSCORE", "transaction.success", "PAYSCORE.USER_PAID"]
)
async def test_another_event_pays_nothing_whatever_its_resource_says(shop: Shop, event_type: str) -> None:
    order_id = await shop.placed()
    number = (await shop.attempt(order_id)).out_trade_no
    shop.wechat.pay(number)
    resource = shop.wechat.transaction(number)
    assert resource["trade_state"] == "SUCCESS"
    body = notice(event_type, "transaction", resource)
    for _ in range(2):
        assert await shop.payments.notify({}, body) in ("ignored", "seen")
    assert (await shop.order(order_id)).state == OrderState.UNPAID
    assert (await shop.attempt(order_id)).state == AttemptState.PREPAID
    assert await shop.balance() == {}
    assert await shop.cases() == []
    assert await _kept(shop, number) == [(event_type, "ignored", resource)]
    assert await shop.payments.notify({}, shop.wechat.paid_notice(number)) == "paid"


@pytest.mark.promise(4)
@pytest.mark.parametrize("state", ["CLOSED", "NOTPAY"])
async def test_another_event_closes_nothing_either(shop: Shop, state: str) -> None:
    order_id = await shop.placed()
    number = (await shop.attempt(order_id)).out_trade_no
    body = notice("TRANSACTION.CLOSED", "transaction", shop.wechat.transaction(number, trade_state=state))
    assert await shop.payments.notify({}, body) == "ignored"
    assert (await shop.attempt(order_id)).state == AttemptState.PREPAID


@pytest.mark.promise(13)
@pytest.mark.parametrize("event_type", ["REFUND.PROCESSING", "REFUND.REVOKED", "MCHTRANSFER.BILL.CREATED"])
async def test_another_event_ends_no_refund(shop: Shop, event_type: str) -> None:
    order_id = await shop.paid()
    await shop.payments.start_refund(order_id, ADMIN, PRICE)
    await shop.sweep()
    refund = await shop.refund(order_id)
    shop.wechat.finish_refund(refund.out_refund_no)
    resource = shop.wechat.refund_object(refund.out_refund_no, "refund_status")
    assert resource["refund_status"] == "SUCCESS"
    assert await shop.payments.notify({}, notice(event_type, "refund", resource)) == "ignored"
    assert (await shop.refund(order_id)).state == RefundState.PROCESSING
    assert await shop.balance() == {"payment": PRICE}
    assert await _kept(shop, refund.out_refund_no) == [(event_type, "ignored", resource)]


@pytest.mark.promise(13)
async def test_a_listed_event_acts_at_whichever_address_it_arrives(shop: Shop) -> None:
    order_id = await shop.placed()
    number = (await shop.attempt(order_id)).out_trade_no
    shop.wechat.pay(number)
    assert await shop.payments.notify({}, shop.wechat.paid_notice(number)) == "paid"
    await shop.payments.start_refund(order_id, ADMIN, PRICE)
    await shop.sweep()
    refund = await shop.refund(order_id)
    shop.wechat.finish_refund(refund.out_refund_no)
    await shop.payments.notify({}, shop.wechat.refund_notice(refund.out_refund_no))
    assert (await shop.order(order_id)).state == OrderState.REFUNDED


@pytest.mark.parametrize(
    "resource", [{}, {"out_trade_no": 5}, {"out_trade_no": "编号"}, {"out_trade_no": "x" * 65}]
)
async def test_evidence_of_which_the_number_is_unusable_is_kept_under_none(
    shop: Shop, resource: dict[str, object]
) -> None:
    assert await shop.payments.notify({}, notice("COUPON.USE", "coupon", resource)) == "ignored"
    assert await _kept(shop, "") == [("COUPON.USE", "ignored", resource)]
