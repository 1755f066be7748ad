"""A refund by the office: sent to WeChat, told of by WeChat, and taken to its end."""

from __future__ import annotations

from typing import Any

from clock import MINUTE
from payment.evidence import Source
from payment.refunds.outcome import apply_refund
from payment.wechatpay.results import parse_refund
from storage.models import Refund, RefundState
from tests.payment.conftest import ADMIN, Shop


async def refunded_part(shop: Shop, order_id: int, amount_fen: int, status: str = "SUCCESS") -> None:
    """An administrator's refund, taken to its end at WeChat."""
    await shop.payments.start_refund(order_id, ADMIN, amount_fen, "协商退款")
    shop.pass_time(2 * MINUTE)
    await shop.sweep()
    number = (await shop.refund(order_id)).out_refund_no
    shop.wechat.finish_refund(number, status)
    await shop.payments.notify({}, shop.wechat.refund_notice(number))


async def wechat_says(shop: Shop, number: str, **changes: Any) -> RefundState | None:
    """WeChat's answer to a query, with these changes of it; the state of the refund afterwards."""
    result = parse_refund(shop.wechat.refund_object(number) | changes)
    return await shop.storage.run(lambda tx: apply_refund(tx, result, Source.QUERY, shop.at))


async def sent(shop: Shop, amount: int = 1_000) -> tuple[int, Refund]:
    """A refund that WeChat has accepted."""
    order_id = await shop.paid()
    shop.pass_time(2 * MINUTE)
    await shop.payments.start_refund(order_id, ADMIN, amount)
    await shop.sweep()
    refund = await shop.refund(order_id)
    assert refund.state == RefundState.PROCESSING
    return order_id, refund
