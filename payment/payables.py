"""What can be paid: an order, or a supplement (补款) of an order. Checkout, settlement, refunds, books speak of this.

All that happens to a payable happens under its order's lock. Who pays is the order's user, or a member whom they have
given the role of a payer; the attempt holds the payer's openid, which settlement compares, and their id. A refund goes
back to the account that the money came from.
"""

from __future__ import annotations

from frozen_dataclasses import frozen
from orders import paying
from orders.messages import queue_supplement_paid
from orders.sharing import access
from orders.sharing.access import Act
from payment import problems
from refusals import OrderNotFound, SupplementNotFound
from storage import Reader, Transaction
from storage.locked_rows import must_have_changed
from storage.models import (
    ORDERS_NEVER_PAID,
    Attempt,
    Cause,
    Order,
    OrderState,
    Supplement,
    SupplementKind,
    SupplementState,
    User,
)

_TITLES = {
    SupplementKind.OVERTIME: "补款（加时）",
    SupplementKind.OUTLAY: "补款（代付）",
    SupplementKind.OTHER: "补款",
}
_WHY_SURPLUS = {
    SupplementState.WITHDRAWN: "补款已撤回，自动退款",
    SupplementState.DISPUTED: "补款有异议，自动退款",
    SupplementState.OPEN: "补款金额已变更，自动退款",
    SupplementState.PROPOSED: "补款金额已变更，自动退款",
}


@frozen()
class PayableKey:
    """Which payable: the order itself, or a supplement of it."""

    order_id: int
    supplement_id: int | None = None


@frozen()
class Payable:
    """An order or one of its supplements, as it was read."""

    order: Order
    supplement: Supplement | None
    amount_fen: int
    """What it costs."""
    title: str
    """What it is called in WeChat's cashier: nothing about the patient."""
    wanted: bool
    """Does it wait for its money? Money for what does not goes back."""
    payable_until: int | None
    """None: as long as it is wanted."""
    paid_attempt_id: int | None
    """The attempt whose money paid it; money on any other is surplus."""
    paid_at: int | None
    paid_fen: int
    refunded_fen: int

    @property
    def key(self) -> PayableKey:
        return PayableKey(self.order.id, self.supplement.id if self.supplement is not None else None)

    def is_paid_by(self, attempt_id: int) -> bool:
        return attempt_id == self.paid_attempt_id

    def __str__(self) -> str:
        """For the log."""
        what = "" if self.supplement is None else f"supplement {self.supplement.id} of "
        return f"{what}order {self.order.id}"


def of_order(order: Order) -> Payable:
    unit = f"（{order.service_unit}）" if order.service_unit else ""
    return Payable(
        order=order,
        supplement=None,
        amount_fen=order.price_fen,
        title=f"{order.service_name}{unit}",
        wanted=order.state == OrderState.UNPAID,
        payable_until=order.expires_at,
        paid_attempt_id=order.paid_attempt_id,
        paid_at=order.paid_at,
        paid_fen=order.paid_fen,
        refunded_fen=order.refunded_fen,
    )


def of_supplement(order: Order, supplement: Supplement) -> Payable:
    return Payable(
        order=order,
        supplement=supplement,
        amount_fen=supplement.amount_fen,
        title=f"{_TITLES[SupplementKind(supplement.kind)]} {order.service_name}",
        wanted=supplement.state == SupplementState.OPEN,
        payable_until=None,
        paid_attempt_id=supplement.paid_attempt_id,
        paid_at=supplement.paid_at,
        paid_fen=supplement.paid_fen,
        refunded_fen=supplement.refunded_fen,
    )


# Reading and locking


async def key_of_supplement(reader: Reader, supplement_id: int) -> PayableKey:
    """Raises SupplementNotFound."""
    supplement = await reader.supplements.get(supplement_id)
    if supplement is None:
        raise SupplementNotFound
    return PayableKey(supplement.order_id, supplement.id)


async def load(reader: Reader, order: Order, supplement_id: int | None) -> Payable:
    """The order itself, or its supplement. In a transaction that has locked the order, this is locked with it. Raises
    SupplementNotFound."""
    if supplement_id is None:
        return of_order(order)
    supplement = await reader.supplements.get(supplement_id)
    if supplement is None or supplement.order_id != order.id:
        raise SupplementNotFound
    return of_supplement(order, supplement)


async def reload(reader: Reader, payable: Payable) -> Payable:
    """As it is now, after a change in the same transaction."""
    order = await reader.orders.get(payable.order.id)
    assert order is not None
    return await load(reader, order, payable.key.supplement_id)


async def lock_for_payer(tx: Transaction, key: PayableKey, payer: User) -> Payable:
    """The payable, locked, if this user may pay it. Raises OrderNotFound, SupplementNotFound, OrderNotPayable.

    The payer's row is locked before, and the owner's looked at: neither pays for an account that is closed.
    """
    if not await tx.users.lock_living(payer.id):
        raise problems.OrderNotPayable("账号已停用或已注销，不能付款")
    payable = await lock_for_user(tx, key, payer.id)
    order = payable.order
    if order.user_id != payer.id:
        owner = await tx.users.get(order.user_id)
        if owner is None or owner.deleted_at is not None or owner.disabled_at is not None:
            raise problems.OrderNotPayable("下单的账号已停用或已注销，不能付款")
    return payable


async def lock_for_user(tx: Transaction, key: PayableKey, user_id: int) -> Payable:
    """The payable, locked, if this user may pay it or could have. Raises OrderNotFound, SupplementNotFound: of a
    supplement a stranger gets the same answer as for one that does not exist, or was never opened."""
    try:
        order = (await access.lock(tx, key.order_id, user_id, Act.PAY)).order
    except OrderNotFound:
        if key.supplement_id is None:
            raise
        raise SupplementNotFound from None
    payable = await load(tx, order, key.supplement_id)
    if payable.supplement is not None and payable.supplement.opened_at is None:
        raise SupplementNotFound
    return payable


async def open_attempt(reader: Reader, payable: Payable) -> Attempt | None:
    """The one by which it can be paid now."""
    if payable.supplement is None:
        return await reader.attempts.open_of_order(payable.order.id)
    return await reader.attempts.open_of_supplement(payable.supplement.id)


# Money, under the lock


async def fulfil(tx: Transaction, payable: Payable, attempt: Attempt, paid_at: int, cause: Cause) -> None:
    """The locked payable, which is wanted, is paid by an attempt."""
    if payable.supplement is None:
        await paying.pay(tx, payable.order, attempt.id, attempt.amount_fen, paid_at, cause)
        return
    paid = await tx.supplements.mark_paid(
        payable.supplement.id, attempt.id, attempt.amount_fen, paid_at, cause.at
    )
    must_have_changed(paid)  # it was read under the lock
    await queue_supplement_paid(tx, payable.order, payable.supplement, cause.at)


async def add_refunded(tx: Transaction, payable: Payable, amount_fen: int, at: int) -> None:
    """So much of what paid it has gone back."""
    if payable.supplement is None:
        await tx.orders.add_refunded(payable.order.id, amount_fen, at)
    else:
        await tx.supplements.add_refunded(payable.supplement.id, amount_fen, at)


# What is told


def can_be_paid(payable: Payable, at: int) -> bool:
    return payable.wanted and (payable.payable_until is None or payable.payable_until > at)


def already_paid(supplement_id: int | None) -> problems.OrderAlreadyPaid:
    return problems.OrderAlreadyPaid() if supplement_id is None else problems.SupplementAlreadyPaid()


def why_not_payable(payable: Payable) -> problems.PaymentError:
    """Why a payable cannot be paid that is not wanted, or whose time is over."""
    if payable.supplement is None:
        if payable.order.state in ORDERS_NEVER_PAID:
            return problems.OrderNotPayable()
        return problems.OrderAlreadyPaid()
    if payable.supplement.state == SupplementState.PAID:
        return problems.SupplementAlreadyPaid()
    return problems.SupplementNotPayable()


def why_surplus(payable: Payable) -> str:
    """Why money goes back that it has no use for."""
    if payable.supplement is not None:
        return _WHY_SURPLUS.get(SupplementState(payable.supplement.state), "补款重复支付，自动退款")
    return {
        OrderState.CANCELLED: "订单已取消，自动退款",
        OrderState.UNPAID: "订单金额已变更，自动退款",
    }.get(OrderState(payable.order.state), "重复支付，自动退款")


# Whose money it was


async def payer_of(reader: Reader, payable: Payable) -> int | None:
    """The id of the user whose money paid it; None while it is not paid."""
    if payable.paid_attempt_id is None:
        return payable.order.user_id if payable.paid_at is not None else None
    attempt = await reader.attempts.get(payable.paid_attempt_id)
    return payer_of_attempt(payable.order, attempt)


def payer_of_attempt(order: Order, attempt: Attempt | None) -> int:
    """The id of the user who pays by this attempt: the order's in rows from before members could pay."""
    if attempt is None or attempt.payer_user_id is None:
        return order.user_id
    return attempt.payer_user_id
