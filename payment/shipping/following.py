"""What WeChat says about a payment, and what follows from it. Events may be lost, so it is asked."""

from __future__ import annotations

from clock import DAY, HOUR, MINUTE
from payment.shipping.context import (
    BUSY_PAUSES,
    FAILED,
    RECHECK,
    UNSETTLED,
    Problem,
    ShippingContext,
    key_of,
    open_case,
)
from payment.shipping.decisions import Task
from storage import Transaction
from storage.locked_rows import must_have_changed
from storage.models import Attempt, Shipment, ShipmentState, TradeState
from storage.writes import ShipmentMove
from wechat.api import Rejected, WeChatApiError
from wechat.shipping import NOT_KNOWN_YET, ShippingState

FOLLOWED = (ShipmentState.SHIPPED, ShipmentState.FAILED, ShipmentState.WITHHELD)
AT_WECHAT = (TradeState.SHIPPED, TradeState.CONFIRMED, TradeState.TO_SETTLE, TradeState.FINISHED)
"""The report has arrived."""
UNSETTLED_AFTER = 20 * DAY
"""The longest that WeChat takes by itself is half of it: then a person is told."""
FOLLOW_FOR = 120 * DAY
_LATE = HOUR
"""A report that WeChat does not show after this long did not count."""


def next_look(shipped_at: int, at: int) -> int | None:
    """When to ask again about a payment that is shipped and not settled; None: never by itself."""
    age = at - shipped_at
    if age > FOLLOW_FOR:
        return None
    for until, pause in ((HOUR, 10 * MINUTE), (DAY, HOUR), (15 * DAY, 6 * HOUR)):
        if age < until:
            return at + pause
    return at + DAY


def said(shipment: Shipment, answer: ShippingState, at: int) -> ShipmentMove:
    """The change that an answer of ``get_order`` makes."""
    known: dict[str, object] = {
        "wechat_state": int(answer.state),
        "in_complaint": answer.in_complaint,
        "tries": 0,
        "claimed_until": 0,
    }
    if answer.state == TradeState.REFUNDED:
        known |= {"state": ShipmentState.REFUNDED, "next_at": None}
    elif answer.state in AT_WECHAT:
        shipped_at = shipment.shipped_at or at
        known |= {
            "state": ShipmentState.SHIPPED,
            "shipped_at": shipped_at,
            "last_code": None,
            "last_error": "",
        }
        known["next_at"] = next_look(shipped_at, at)
        if answer.state != TradeState.SHIPPED and shipment.confirmed_at is None:
            known["confirmed_at"] = at
        if answer.state == TradeState.FINISHED:
            known |= {"state": ShipmentState.SETTLED, "next_at": None}
            known["settled_at"] = shipment.settled_at or at
    return ShipmentMove(**known)  # type: ignore[arg-type]


async def adopt(
    tx: Transaction, shipment: Shipment, attempt: Attempt, answer: ShippingState, at: int
) -> None:
    """Write down what WeChat says of a payment that it was told of, or that waits for a person."""
    now = await tx.shipments.lock(shipment.id)
    if now is None or now.state not in FOLLOWED:
        return
    must_have_changed(await tx.shipments.move(now.id, FOLLOWED, said(now, answer, at), at))
    if answer.state in (TradeState.UNKNOWN, TradeState.TO_SHIP):
        await _not_there(tx, now, attempt, at)
    elif (
        answer.state in AT_WECHAT[:-1]
        and now.shipped_at is not None
        and at - now.shipped_at > UNSETTLED_AFTER
    ):
        why = "有投诉没有结束" if answer.in_complaint else "发货后很久没有结算"
        await _tell_unsettled(tx, why, now, attempt, at)


async def _tell_unsettled(tx: Transaction, why: str, shipment: Shipment, attempt: Attempt, at: int) -> None:
    """Once for each reason: whoever has closed the case has seen it, and another day is no news."""
    known = await tx.finance.case_about(UNSETTLED, attempt.out_trade_no)
    if known is None or why not in known.detail:
        await open_case(tx, Problem(UNSETTLED, None, why), shipment, attempt, at)


async def _not_there(tx: Transaction, shipment: Shipment, attempt: Attempt, at: int) -> None:
    if shipment.state != ShipmentState.SHIPPED:
        later = ShipmentMove(next_at=at + RECHECK)
        must_have_changed(await tx.shipments.move(shipment.id, FOLLOWED, later, at))
        return
    if shipment.shipped_at is not None and at - shipment.shipped_at < _LATE:
        soon = ShipmentMove(next_at=at + 10 * MINUTE)
        must_have_changed(await tx.shipments.move(shipment.id, FOLLOWED, soon, at))
        return
    why = "上报过，微信却仍显示待发货"
    failed = ShipmentMove(state=ShipmentState.FAILED, next_at=at + RECHECK, last_error=why)
    must_have_changed(await tx.shipments.move(shipment.id, FOLLOWED, failed, at))
    await open_case(tx, Problem(FAILED, None, why), shipment, attempt, at)


async def follow(context: ShippingContext, task: Task) -> ShippingState | None:
    """Ask WeChat about a payment and write its answer down; None without one. Raises StorageError."""
    shipment, attempt = task.shipment, task.attempt
    try:
        answer = await context.calls.state_of(key_of(attempt))
    except WeChatApiError as error:
        if isinstance(error, Rejected) and error.code == NOT_KNOWN_YET:
            answer = ShippingState(TradeState.UNKNOWN, False)
        else:
            await _ask_later(context, shipment, error)
            return None
    at = context.clock()
    await context.storage.run(lambda tx: adopt(tx, shipment, attempt, answer, at))
    return answer


async def _ask_later(context: ShippingContext, shipment: Shipment, error: WeChatApiError) -> None:
    at = context.clock()
    move = ShipmentMove(
        tries=shipment.tries + 1,
        next_at=at + max(MINUTE, BUSY_PAUSES[min(shipment.tries, len(BUSY_PAUSES) - 1)]),
        claimed_until=0,
        last_code=error.code,
        last_error=str(error)[:127],
    )
    await context.storage.run(lambda tx: tx.shipments.move(shipment.id, FOLLOWED, move, at))
