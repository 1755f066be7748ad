"""What the office writes about an order, an escort or a user: saved, and written down, in one transaction."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from handlers.admin.base import AdminHandler
from handlers.errors import not_found
from storage import Transaction
from storage.models import Escort, Order, User

Row = TypeVar("Row")


@dataclass(frozen=True)
class RemarkKind(Generic[Row]):
    """A remark that rows of a table have; ``act`` and ``field`` are its names in the audit log."""

    subject: str
    act: str
    field: str
    lock: Callable[[Transaction, int], Awaitable[Row | None]]
    text: Callable[[Row], str]
    save: Callable[[Transaction, int, str, int], Awaitable[Any]]


ORDER_NOTE = RemarkKind[Order](
    "order",
    "order.notes",
    "notes",
    lambda tx, order_id: tx.orders.lock(order_id),
    lambda order: order.admin_notes,
    lambda tx, order_id, text, at: tx.orders.set_notes(order_id, text, at),
)
ESCORT_REMARK = RemarkKind[Escort](
    "escort",
    "escort.remark",
    "remark",
    lambda tx, escort_id: tx.escorts.lock(escort_id),
    lambda escort: escort.remark,
    lambda tx, escort_id, text, at: tx.escorts.set_remark(escort_id, text),
)
USER_REMARK = RemarkKind[User](
    "user",
    "user.remark",
    "remark",
    lambda tx, user_id: tx.users.lock(user_id),
    lambda user: user.admin_remark,
    lambda tx, user_id, text, at: tx.users.set_remark(user_id, text),
)


async def save_remark(
    handler: AdminHandler,
    kind: RemarkKind[Row],
    row_id: int,
    text: str,
    is_stale: Callable[[Row], bool] = lambda row: False,
) -> Row | None:
    """Save the text unless the form is stale: nobody overwrites unseen what a colleague wrote meanwhile.

    None when it was saved, else the row as the colleague has left it. Raises ApiError 404.
    """

    async def work(tx: Transaction) -> Row | None:
        row = await kind.lock(tx, row_id)
        if row is None:
            raise not_found()
        if is_stale(row):
            return row
        await kind.save(tx, row_id, text, handler.now())
        before, after = {kind.field: kind.text(row)}, {kind.field: text}
        await handler.audit(tx, kind.act, (kind.subject, row_id), before, after)
        return None

    return await handler.services.storage.run(work)
