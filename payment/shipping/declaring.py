"""Telling WeChat that a visit is more than 15 days after its payment (presale), again when the visit was moved. To say
the same twice is harmless."""

from __future__ import annotations

from payment.shipping.context import (
    NOT_PERMITTED_PAUSE,
    PRESALE_REFUSED,
    UNKNOWN_PAUSES,
    Problem,
    ShippingContext,
    key_of,
    open_case,
)
from payment.shipping.decisions import Task
from storage import Transaction
from storage.models import ShipmentState
from storage.writes import ShipmentMove
from wechat.api import Forbidden, WeChatApiError
from wechat.shipping import presale_end

WAITING = (ShipmentState.WAITING,)


async def declare(context: ShippingContext, task: Task) -> str:
    """One try; what came of it, in a word. Raises StorageError."""
    shipment, visit_date = task.shipment, task.order.visit_date
    try:
        await context.calls.declare_presale(key_of(task.attempt), presale_end(visit_date, shipment.paid_at))
    except WeChatApiError as error:
        return await _in_vain(context, task, error)
    at = context.clock()
    told = ShipmentMove(
        declared_date=visit_date,
        declaration_code=0,
        tries=0,
        next_at=None,
        claimed_until=0,
        last_code=None,
        last_error="",
    )
    await context.storage.run(lambda tx: tx.shipments.move(shipment.id, WAITING, told, at))
    return "declared"


async def _in_vain(context: ShippingContext, task: Task, error: WeChatApiError) -> str:
    """Which of WeChat's codes pass by themselves is not sure: all of them are tried again for some hours."""
    shipment, at = task.shipment, context.clock()
    if isinstance(error, Forbidden) or shipment.tries < len(UNKNOWN_PAUSES):
        forbidden = isinstance(error, Forbidden)
        move = ShipmentMove(
            tries=shipment.tries + (0 if forbidden else 1),
            next_at=at + (NOT_PERMITTED_PAUSE if forbidden else UNKNOWN_PAUSES[shipment.tries]),
            claimed_until=0,
            last_code=error.code,
            last_error=str(error)[:127],
        )
        await context.storage.run(lambda tx: tx.shipments.move(shipment.id, WAITING, move, at))
        return "later"
    refused = ShipmentMove(
        declared_date=task.order.visit_date,
        declaration_code=error.code if error.code is not None else -1,
        next_at=None,
        claimed_until=0,
        last_code=error.code,
        last_error=str(error)[:127],
    )

    async def give_up(tx: Transaction) -> None:
        if await tx.shipments.move(shipment.id, WAITING, refused, at):
            problem = Problem(PRESALE_REFUSED, error.code, "微信不接受推迟发货的报备")
            await open_case(tx, problem, shipment, task.attempt, at)

    await context.storage.run(give_up)
    return "failed"
