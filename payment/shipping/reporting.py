"""Telling WeChat that the service of a payment was given: once.

WeChat has no key that makes a repetition harmless: a second report of a payment is a re-shipment, of which it takes
one. So it is asked before what it knows; only an answer that the payment is to be shipped lets a report go out. What
the report says is in the row before it goes out, and counted as carried out until WeChat says otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence

from payment.shipping.context import (
    BUSY_PAUSES,
    FAILED,
    NOT_PERMITTED_PAUSE,
    RECHECK,
    UNKNOWN_PAUSES,
    Problem,
    ShippingContext,
    key_of,
    open_case,
)
from payment.shipping.decisions import Act, Task, decide
from payment.shipping.following import AT_WECHAT, next_look, said
from storage import Transaction
from storage.locked_rows import must_have_changed
from storage.models import Shipment, ShipmentState, TradeState
from storage.writes import ShipmentMove
from wechat.api import Forbidden, Rejected, Unanswered, Unavailable, WeChatApiError
from wechat.shipping import (
    BUSY,
    NOT_KNOWN_YET,
    NOT_THE_PAYER,
    SHIPPED_ALREADY,
    Report,
    ShippingState,
)

MAX_UPLOADS = 2
"""So many reports of a payment may have arrived: the first, and one re-shipment."""
PENDING = (ShipmentState.PENDING,)


async def report(context: ShippingContext, task: Task) -> str:
    """One try; what came of it, in a word for the job row. Raises StorageError."""
    try:
        answer = await context.calls.state_of(key_of(task.attempt))
    except WeChatApiError as error:
        return await _asked_in_vain(context, task, error)
    if answer.state != TradeState.TO_SHIP:
        return await _adopt(context, task, answer)
    if task.shipment.uploads >= MAX_UPLOADS:
        return await _fail(context, task, None, "上报了两次，微信仍显示待发货")
    content = await context.storage.run(lambda tx: _freeze(tx, context, task.shipment))
    if content is None:
        return "changed"
    try:
        await context.calls.upload(content)
    except WeChatApiError as error:
        return await _uploaded_in_vain(context, task, error)
    at = context.clock()
    done = ShipmentMove(
        state=ShipmentState.SHIPPED,
        wechat_state=int(TradeState.SHIPPED),
        shipped_at=at,
        tries=0,
        next_at=next_look(at, at),
        claimed_until=0,
        last_code=None,
        last_error="",
    )
    await context.storage.run(lambda tx: tx.shipments.move(task.shipment.id, PENDING, done, at))
    return "shipped"


async def _freeze(tx: Transaction, context: ShippingContext, asked_about: Shipment) -> Report | None:
    """The report as it goes out, in the row; None when there is nothing to report any more, or when another process has
    sent one since WeChat was asked: this one was held up until its claim was over."""
    at = context.clock()
    task = await decide(tx, asked_about.id, at)
    shipment = task.shipment
    if task.act is not Act.REPORT or shipment.uploads != asked_about.uploads:
        return None
    upload_time = shipment.upload_time
    if upload_time is None or shipment.uploads:  # one that may have arrived has used its time up
        upload_time = max(at, (upload_time or 0) + 1)
    frozen = ShipmentMove(upload_time=upload_time, uploads=shipment.uploads + 1)
    must_have_changed(await tx.shipments.move(shipment.id, PENDING, frozen, at))
    settings = context.settings.shipping
    supplement = "（补款）" if task.attempt.supplement_id is not None else ""
    return Report(
        key=key_of(task.attempt),
        openid=task.attempt.openid,
        logistics_type=settings.logistics_type,
        description=settings.description + supplement,
        upload_time=upload_time,
    )


async def _asked_in_vain(context: ShippingContext, task: Task, error: WeChatApiError) -> str:
    """Nothing was uploaded."""
    if isinstance(error, Rejected) and error.code == NOT_KNOWN_YET:
        return await _unknown(context, task)
    if isinstance(error, Rejected) and error.code not in BUSY:
        return await _fail(context, task, error.code, "微信不回答这笔支付的发货状态")
    return await _later(context, task, error, BUSY_PAUSES)


async def _uploaded_in_vain(context: ShippingContext, task: Task, error: WeChatApiError) -> str:
    if isinstance(error, Unanswered):  # the next try asks what has become of it
        return await _later(context, task, error, UNKNOWN_PAUSES)
    await _not_carried_out(context, task)
    if isinstance(error, Unavailable | Forbidden) or error.code in BUSY:
        return await _later(context, task, error, BUSY_PAUSES)
    if error.code == NOT_KNOWN_YET:
        return await _unknown(context, task)
    if error.code in SHIPPED_ALREADY:
        return await _decided_by_state(context, task, error)
    why = "付款人与微信的记录不一致" if error.code == NOT_THE_PAYER else "微信不接受上报的内容"
    return await _fail(context, task, error.code, why)


async def _not_carried_out(context: ShippingContext, task: Task) -> None:
    """WeChat says that it has done nothing: the report does not count, and goes out again as it was."""
    at, before = context.clock(), task.shipment.uploads
    await context.storage.run(
        lambda tx: tx.shipments.move(task.shipment.id, PENDING, ShipmentMove(uploads=before), at)
    )


async def _decided_by_state(context: ShippingContext, task: Task, error: WeChatApiError) -> str:
    try:
        answer = await context.calls.state_of(key_of(task.attempt))
    except WeChatApiError as second:
        return await _later(context, task, second, BUSY_PAUSES)
    if answer.state == TradeState.TO_SHIP:
        return await _fail(context, task, error.code, "微信说这笔支付不能发货")
    return await _adopt(context, task, answer)


async def _adopt(context: ShippingContext, task: Task, answer: ShippingState) -> str:
    """WeChat knows more than we do: it was shipped by an earlier try or by a person, or paid back."""
    if answer.state not in (*AT_WECHAT, TradeState.REFUNDED):
        return await _fail(context, task, None, "微信的发货状态无法识别")
    at = context.clock()
    await context.storage.run(
        lambda tx: tx.shipments.move(task.shipment.id, PENDING, said(task.shipment, answer, at), at)
    )
    return "known"


async def _unknown(context: ShippingContext, task: Task) -> str:
    """WeChat does not know the payment: not yet, or never."""
    shipment, at = task.shipment, context.clock()
    if shipment.tries < len(UNKNOWN_PAUSES):
        return await _later(context, task, Rejected(code=NOT_KNOWN_YET), UNKNOWN_PAUSES)
    async with context.storage.reading() as reader:
        since = (await reader.trade_management.get()).managed_since
    if since is not None and shipment.paid_at < since:
        gone = ShipmentMove(
            state=ShipmentState.UNKNOWN, next_at=None, claimed_until=0, last_code=NOT_KNOWN_YET
        )
        await context.storage.run(lambda tx: tx.shipments.move(shipment.id, PENDING, gone, at))
        return "unknown"
    return await _fail(context, task, NOT_KNOWN_YET, "微信的发货管理里一直没有这笔支付")


async def _later(context: ShippingContext, task: Task, error: WeChatApiError, pauses: Sequence[int]) -> str:
    """Try again, a number of times; what the account may not do is tried as long as it takes."""
    shipment, at = task.shipment, context.clock()
    if isinstance(error, Forbidden):
        pause = NOT_PERMITTED_PAUSE
    elif shipment.tries < len(pauses):
        pause = pauses[shipment.tries]
    else:
        return await _fail(context, task, error.code, "多次上报都没有成功")
    move = ShipmentMove(
        tries=shipment.tries + (0 if isinstance(error, Forbidden) else 1),
        next_at=at + pause,
        claimed_until=0,
        last_code=error.code,
        last_error=str(error)[:127],
    )
    await context.storage.run(lambda tx: tx.shipments.move(shipment.id, PENDING, move, at))
    return "later"


async def _fail(context: ShippingContext, task: Task, code: int | None, why: str) -> str:
    at = context.clock()
    move = ShipmentMove(
        state=ShipmentState.FAILED,
        next_at=at + RECHECK,
        claimed_until=0,
        last_code=code,
        last_error=why,
    )

    async def fail(tx: Transaction) -> None:
        if await tx.shipments.move(task.shipment.id, PENDING, move, at):
            await open_case(tx, Problem(FAILED, code, why), task.shipment, task.attempt, at)

    await context.storage.run(fail)
    return "failed"
