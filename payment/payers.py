"""Who pays an order: its user, or a member whom they have given the role of a payer.

The attempt holds the payer's openid, which settlement compares, and their id. A refund goes back to the account that
the money came from; who that was is told here.
"""

from __future__ import annotations

from orders.sharing import access
from orders.sharing.access import Act
from payment import problems
from storage import Reader, Transaction
from storage.models import Attempt, Order, User


async def lock_payable(tx: Transaction, order_id: int, payer: User) -> Order:
    """The order, locked, if this user may pay it. Raises OrderNotFound, OrderNotPayable.

    The payer's row is locked before, and the owner's looked at: neither pays for an account that is closed.
    """
    if not await tx.users.lock_living(payer.id):
        raise problems.OrderNotPayable("账号已停用或已注销，不能付款")
    order = (await access.lock(tx, order_id, payer.id, Act.PAY)).order
    if order.user_id != payer.id:
        owner = await tx.users.get(order.user_id)
        if owner is None or owner.deleted_at is not None or owner.disabled_at is not None:
            raise problems.OrderNotPayable("下单的账号已停用或已注销，不能付款")
    return order


async def payer_of(reader: Reader, order: Order) -> int | None:
    """The id of the user whose money paid the order; None while nobody's has."""
    if order.paid_attempt_id is None:
        return order.user_id if order.paid_at is not None else None
    attempt = await reader.attempts.get(order.paid_attempt_id)
    return payer_of_attempt(order, attempt)


def payer_of_attempt(order: Order, attempt: Attempt | None) -> int:
    """The id of the user who pays by this attempt: the order's in rows from before members could pay."""
    if attempt is None or attempt.payer_user_id is None:
        return order.user_id
    return attempt.payer_user_id
