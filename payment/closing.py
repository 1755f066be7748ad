"""What was not paid is given up or changed: an order is deleted or expires, a supplement is withdrawn or disputed.

Its open attempt is closed at WeChat first, so that nothing is paid that is no longer wanted. The pattern is that of
``payment.checkout``: look and decide under the order's lock, talk to WeChat outside of it, look again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from clock import DAY, MINUTE
from orders.transitions import Action, transition
from payment import payables, problems
from payment.attempts import PaymentAttempts
from payment.checkout import MAX_ROUNDS
from payment.context import Context, InTransaction, KeyedLocks, no_hook
from payment.payables import Payable
from payment.settlement import Settled
from refusals import OrderNotFound
from storage import Transaction
from storage.models import SYSTEM, Actor, Attempt, AttemptState, Cause, Order, OrderState, Supplement, User
from storage.writes import OrderMove

T = TypeVar("T")
SupplementDecision = Callable[[Transaction, Order, Supplement], Awaitable[T]]
"""What is decided about a supplement that cannot be paid at this moment, both locked; it may refuse by raising."""

EXPIRY_RETRY = 5 * MINUTE
EXPIRY_UNDER_REVIEW = DAY
EXPIRED_REASON = "超时未付款，已自动取消"
"""Why an unpaid order ended, as its user reads it."""


class Closing:
    def __init__(self, context: Context, attempts: PaymentAttempts, locks: KeyedLocks) -> None:
        self._context = context
        self._attempts = attempts
        self._locks = locks

    async def cancel(self, order_id: int, user: User, at: int) -> None:
        """The user deletes an unpaid order. Raises OrderNotFound, OrderNotDeletable (also when the money turns out
        to have arrived: it is settled then), PaymentPending, WeChatBusy, WeChatTimeout, WeChatRefused."""

        async def look(tx: Transaction) -> Attempt | None:
            order = await tx.orders.lock(order_id)
            if order is None or order.user_id != user.id:
                raise OrderNotFound
            return await self._cancel_or_attempt(tx, order, Action.DELETE, Actor("user", user.id), at)

        async with self._locks.lock(("user", user.id)):
            await self._until_closed(look)

    async def discard(self, order_id: int, cause: Cause, hook: InTransaction = no_hook) -> None:
        """The office cancels an unpaid order of a customer without the mini-program, who cannot do it; nobody can claim
        it any more. Raises like ``cancel``, OrderNotDeletable also once it is a user's own."""

        async def look(tx: Transaction) -> Attempt | None:
            order = await tx.orders.lock(order_id)
            if order is None:
                raise OrderNotFound
            if await tx.customers.get(order.user_id) is None:
                raise problems.OrderNotDeletable("订单在客户自己的小程序里，由客户自己删除")
            attempt = await self._cancel_or_attempt(
                tx, order, Action.DELETE, cause.actor, cause.at, cause.reason
            )
            if attempt is None:
                await tx.claims.revoke_open(order.id, cause.at)
                await hook(tx, order)
            return attempt

        async with self._locks.lock(("discard", order_id)):
            await self._until_closed(look)

    async def expire(self, order_id: int, claimed_until: int) -> bool:
        """Cancel an unpaid order whose time is over and whose expiry was claimed until then (``Orders.claim_expiry``);
        False when it was edited, paid, cancelled or claimed by another process meanwhile. Raises like ``cancel``;
        the claim then ends by itself."""
        at = self._context.clock()

        async def look(tx: Transaction) -> Attempt | None:
            order = await tx.orders.lock(order_id)
            if order is None or order.state != OrderState.UNPAID:
                raise problems.OrderNotDeletable
            if order.expires_at > at or order.expiry_claimed_until != claimed_until:
                raise problems.OrderNotDeletable
            return await self._cancel_or_attempt(tx, order, Action.EXPIRE, SYSTEM, at)

        try:
            await self._until_closed(look)
        except problems.OrderNotDeletable:
            return False
        except problems.PaymentPending:
            await self._context.storage.run(
                lambda tx: tx.orders.postpone_expiry(order_id, at, at + EXPIRY_UNDER_REVIEW)
            )
            return False
        return True

    async def release_supplement(self, supplement_id: int, decide: SupplementDecision[T]) -> T:
        """Run a decision about a supplement that was not paid, once its open attempt is closed at WeChat; what the
        decision gives. It runs in one transaction, under the order's lock, and sees the rows as they are then.

        Raises what ``decide`` raises, SupplementNotFound, SupplementNotChangeable (also when the money turns out to
        have arrived: it is settled then), PaymentPending, WeChatBusy, WeChatTimeout, WeChatRefused.
        """
        decided: list[T] = []

        async def look(tx: Transaction) -> Attempt | None:
            decided.clear()  # a transaction may be run again
            payable = await self._lock_supplement(tx, supplement_id)
            assert payable.supplement is not None
            if payable.paid_attempt_id is not None:
                raise problems.SupplementNotChangeable
            attempt = await self._open_attempt(tx, payable)
            if attempt is None:
                decided.append(await decide(tx, payable.order, payable.supplement))
            return attempt

        await self._until_closed(look)
        return decided[0]

    @staticmethod
    async def _lock_supplement(tx: Transaction, supplement_id: int) -> Payable:
        key = await payables.key_of_supplement(tx, supplement_id)
        order = await tx.orders.lock(key.order_id)
        assert order is not None
        return await payables.load(tx, order, supplement_id)

    async def _until_closed(self, look: Callable[[Transaction], Awaitable[Attempt | None]]) -> None:
        """Look, and close the attempt that was found, until ``look`` has found none and done its work."""
        for _ in range(MAX_ROUNDS):
            attempt = await self._context.storage.run(look)
            if attempt is None:
                return
            if await self._attempts.close(attempt) == Settled.PAID:
                raise _why_not_closed(attempt)
        raise problems.WeChatBusy

    async def _cancel_or_attempt(
        self, tx: Transaction, order: Order, action: Action, actor: Actor, at: int, reason: str = ""
    ) -> Attempt | None:
        """Cancel the locked order, or name the open attempt that must be closed at WeChat first."""
        if order.state != OrderState.UNPAID:
            raise problems.OrderNotDeletable
        attempt = await self._open_attempt(tx, payables.of_order(order))
        if attempt is None:
            if action == Action.EXPIRE:
                await transition(tx, order, action, Cause(actor, at, EXPIRED_REASON))
            else:  # what its user deletes is off the list, too
                await transition(tx, order, action, Cause(actor, at, reason), OrderMove(hidden_at=at))
        return attempt

    @staticmethod
    async def _open_attempt(tx: Transaction, payable: Payable) -> Attempt | None:
        """Raises PaymentPending for one that does not agree."""
        attempt = await payables.open_attempt(tx, payable)
        if attempt is not None and attempt.state == AttemptState.MISMATCH:
            raise problems.PaymentPending
        return attempt


def _why_not_closed(attempt: Attempt) -> problems.OrderNotDeletable:
    """The money of the attempt has arrived."""
    if attempt.supplement_id is None:
        return problems.OrderNotDeletable()
    return problems.SupplementNotChangeable()
