"""Orders that are cancelled: an escort who would have come, the time before the visit, refunds that WeChat pays out."""

from __future__ import annotations

import json

from clock import MINUTE
from orders import serving
from orders.visit_time import visit_begin_ms
from storage.models import Cause, EscortState
from tests.payment.conftest import ADMIN, Shop


async def escort(shop: Shop) -> int:
    """An approved escort's id."""
    user = await shop.user("oEscort")
    async with shop.storage.transaction() as tx:
        await tx.escorts.apply(user.id, "陪诊员", "sealed", "0000", shop.at)
        found = await tx.escorts.of_user(user.id)
        assert found is not None
        await tx.escorts.move(found.id, EscortState.PENDING, EscortState.APPROVED, shop.at)
        await tx.commit()
    return found.id


async def assigned(shop: Shop, order_id: int) -> int:
    escort_id = await escort(shop)
    await shop.storage.run(lambda tx: serving.assign(tx, order_id, escort_id, "am", Cause(ADMIN, shop.at)))
    return escort_id


async def before_visit(shop: Shop, order_id: int, before: int) -> None:
    shop.at = visit_begin_ms((await shop.order(order_id)).visit_date) - before


async def pay_out(shop: Shop, order_id: int, status: str = "SUCCESS") -> None:
    """WeChat takes the newest refund to its end."""
    shop.pass_time(2 * MINUTE)
    await shop.sweep()
    number = (await shop.refund(order_id)).out_refund_no
    shop.wechat.finish_refund(number, status)
    await shop.payments.notify({}, shop.wechat.refund_notice(number))


async def is_free(shop: Shop, escort_id: int, order_id: int) -> bool:
    order = await shop.order(order_id)
    async with shop.storage.reading() as reader:
        booked = await reader.escorts.is_booked(escort_id)
        visits = await reader.escorts.visits(order.visit_date, order.visit_date)
    return not booked and not visits


async def messages(shop: Shop, user_id: int, kind: str) -> list[str]:
    async with shop.storage.reading() as reader:
        found = await reader.outbox.of_user(user_id)
    return [json.loads(each.payload)["outcome"] for each in found if each.kind == kind]
