"""What the office writes about an order, a rating, an escort or a user: saved, and written down, in one transaction."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeVar

from frozen_dataclasses import frozen
from handlers.admin.base import AdminHandler
from handlers.errors import not_found
from orders import serving
from storage import Transaction
from storage.models import Escort, Order, User

Row = TypeVar("Row")


@frozen()
class RemarkKind(Generic[Row]):
    """A remark that rows of a table have; ``act`` and ``field`` are its names in the audit log."""

    subject: str
    act: str
    field: str
    lock: Callable[[Transaction, int], Awaitable[Row | None]]
    text: Callable[[Row], str]
    save: Callable[[Transaction, Row, str, int], Awaitable[Any]]


ORDER_NOTE = RemarkKind[Order](
    "order",
    "order.notes",
    "notes",
    lambda tx, order_id: tx.orders.lock(order_id),
    lambda order: order.admin_notes,
    lambda tx, order, text, at: tx.orders.set_notes(order.id, text, at),
)
RATING_ANSWER = RemarkKind[Order](
    "order",
    "order.rating_answer",
    "answer",
    lambda tx, order_id: tx.orders.lock(order_id),
    lambda order: order.rating_answer,
    serving.answer_rating,
)
ESCORT_REMARK = RemarkKind[Escort](
    "escort",
    "escort.remark",
    "remark",
    lambda tx, escort_id: tx.escorts.lock(escort_id),
    lambda escort: escort.remark,
    lambda tx, escort, text, at: tx.escorts.set_remark(escort.id, text),
)
USER_REMARK = RemarkKind[User](
    "user",
    "user.remark",
    "remark",
    lambda tx, user_id: tx.users.lock(user_id),
    lambda user: user.admin_remark,
    lambda tx, user, text, at: tx.users.set_remark(user.id, text),
)


async def save_remark(
    handler: AdminHandler,
    kind: RemarkKind[Row],
    row_id: int,
    text: str,
    is_stale: Callable[[Row], bool] = lambda row: False,
) -> Row | None:
    """Save the text unless the form is stale: nobody overwrites unseen what a colleague wrote meanwhile.

    None when it was saved, else the row as the colleague has left it. Raises ApiError 404 and what
    ``kind.save`` raises.
    """

    async def work(tx: Transaction) -> Row | None:
        row = await kind.lock(tx, row_id)
        if row is None:
            raise not_found()
        if is_stale(row):
            return row
        await kind.save(tx, row, text, handler.now())
        before, after = {kind.field: kind.text(row)}, {kind.field: text}
        await handler.audit(tx, kind.act, (kind.subject, row_id), before, after)
        return None

    return await handler.services.storage.run(work)
