"""Taking an approved refund back: only while it is certain that WeChat will not make it after all."""

from __future__ import annotations

import pytest

from clock import MINUTE, SECOND
from payment import problems
from payment.refunds.sending import ARRIVAL_MARGIN, CLAIM
from payment.wechatpay import errors
from storage.models import OrderState, RefundState
from tests.payment.conftest import ADMIN, PRICE, Shop
from tests.payment.fake_wechat import lost


async def test_a_refund_that_wechat_refuses_is_a_case_and_may_be_withdrawn(shop: Shop) -> None:
    order_id = await shop.paid()
    refund_id = await shop.payments.start_refund(order_id, ADMIN, PRICE)
    shop.wechat.before["refund"].append(
        errors.Refused(code="USER_ACCOUNT_ABNORMAL", status=403, verified=True)
    )
    await shop.sweep()
    assert await shop.cases() == ["refund_refused"]
    assert (await shop.order(order_id)).state == OrderState.REFUNDING
    await shop.payments.withdraw_refund(refund_id, ADMIN, "改为转账" + "。" * 260)
    refund = await shop.refund(order_id)
    assert refund.state == RefundState.CLOSED
    assert refund.decision_note == "改为转账" + "。" * 251
    assert (refund.finished_at, refund.next_query_at) == (shop.at, None)
    assert (await shop.order(order_id)).state == OrderState.PAID
    assert (await last_reason(shop, order_id)).startswith("改为转账")


async def last_reason(shop: Shop, order_id: int) -> str:
    async with shop.storage.reading() as reader:
        return (await reader.orders.history(order_id))[-1].reason


async def test_without_a_note_the_history_says_that_it_was_withdrawn(shop: Shop) -> None:
    order_id = await shop.paid()
    refund_id = await shop.payments.start_refund(order_id, ADMIN, PRICE)
    shop.wechat.before["refund"].append(
        errors.Refused(code="USER_ACCOUNT_ABNORMAL", status=403, verified=True)
    )
    await shop.sweep()
    await shop.payments.withdraw_refund(refund_id, ADMIN)
    assert await last_reason(shop, order_id) == "退款已撤回"


async def test_a_refund_that_wechat_has_cannot_be_withdrawn(shop: Shop) -> None:
    order_id = await shop.paid()
    refund_id = await shop.payments.start_refund(order_id, ADMIN, PRICE)
    shop.wechat.after["refund"].append(lost())
    await shop.sweep()
    assert (await shop.refund(order_id)).state == RefundState.APPROVED
    with pytest.raises(problems.RefundAlreadyDecided):
        await shop.payments.withdraw_refund(refund_id, ADMIN)
    assert (await shop.refund(order_id)).state == RefundState.PROCESSING


@pytest.mark.promise(12)
async def test_a_refund_that_may_still_be_on_its_way_is_not_withdrawn(shop: Shop) -> None:
    """Freed now, its amount could be refunded a second time before the first arrives."""
    order_id = await shop.paid()
    refund_id = await shop.payments.start_refund(order_id, ADMIN, PRICE)
    shop.wechat.before["refund"].append(lost())
    await shop.sweep()
    for pause in (MINUTE, ARRIVAL_MARGIN - 2 * MINUTE):
        shop.pass_time(pause)
        with pytest.raises(problems.RefundMayLand):
            await shop.payments.withdraw_refund(refund_id, ADMIN)
        assert (await shop.refund(order_id)).state == RefundState.APPROVED
    shop.pass_time(MINUTE + SECOND)
    await shop.payments.withdraw_refund(refund_id, ADMIN)
    assert (await shop.refund(order_id)).state == RefundState.CLOSED


@pytest.mark.promise(12)
async def test_a_definite_no_does_not_shorten_the_wait_for_an_earlier_request(shop: Shop) -> None:
    order_id = await shop.paid()
    refund_id = await shop.payments.start_refund(order_id, ADMIN, PRICE)
    shop.wechat.before["refund"] += [lost(), errors.Busy(status=429, verified=True)]
    await shop.sweep()
    shop.pass_time(MINUTE)
    await shop.sweep()
    assert "wechat_busy" in (await shop.refund(order_id)).last_error
    with pytest.raises(problems.RefundMayLand):
        await shop.payments.withdraw_refund(refund_id, ADMIN)


@pytest.mark.promise(12)
async def test_a_request_that_was_cut_short_is_waited_for_too(shop: Shop) -> None:
    """The process ended during the call: all that is left is its claim."""
    order_id = await shop.paid()
    refund_id = await shop.payments.start_refund(order_id, ADMIN, PRICE)
    assert await shop.payments.refund_sender.claim(await shop.refund(order_id))
    with pytest.raises(problems.RefundUnderWay):
        await shop.payments.withdraw_refund(refund_id, ADMIN)
    shop.pass_time(CLAIM)
    with pytest.raises(problems.RefundMayLand):
        await shop.payments.withdraw_refund(refund_id, ADMIN)
    shop.pass_time(ARRIVAL_MARGIN)
    await shop.payments.withdraw_refund(refund_id, ADMIN)
    assert (await shop.order(order_id)).state == OrderState.PAID
