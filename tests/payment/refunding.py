"""A refund by the office, taken to its end at WeChat."""

from __future__ import annotations

from clock import MINUTE
from tests.payment.conftest import ADMIN, Shop


async def refunded_part(shop: Shop, order_id: int, amount_fen: int, status: str = "SUCCESS") -> None:
    """An administrator's refund, taken to its end at WeChat."""
    await shop.payments.start_refund(order_id, ADMIN, amount_fen, "协商退款")
    shop.pass_time(2 * MINUTE)
    await shop.sweep()
    number = (await shop.refund(order_id)).out_refund_no
    shop.wechat.finish_refund(number, status)
    await shop.payments.notify({}, shop.wechat.refund_notice(number))
