"""From an order, or a supplement, to the parameters of ``wx.requestPayment``. The way back: ``payment.closing``.

The pattern is the same everywhere: look and decide in one short transaction under the order's row lock, talk to
WeChat outside of it, look again. What a round found is never trusted after a call to WeChat.
"""

from __future__ import annotations

import dataclasses
import logging

from clock import HOUR, day_bounds
from frozen_dataclasses import frozen
from orders.booking.bookable_days import check_day, hold_place
from orders.booking.day_places import visit_of
from orders.booking.placing import content_for
from payment import payables, problems
from payment.attempt_terms import description_of, matches, prepay_is_fresh
from payment.attempts import PaymentAttempts
from payment.context import Context, KeyedLocks
from payment.payables import Payable, PayableKey
from payment.settlement import Settled
from refusals import OrderNotFound
from storage import Contention, Duplicate, Transaction
from storage.locked_rows import must_have_changed
from storage.models import Actor, Attempt, AttemptState, Order, OrderState, User
from storage.writes import OrderContent

logger = logging.getLogger("hospital.payment.checkout")

MAX_ROUNDS = 4
"""How often a decision is made again because something else happened to the order meanwhile."""


@frozen()
class _NextStep:
    """What a look at the payable found: a prepay_id to sign, or an attempt to create or to close at WeChat."""

    key: PayableKey
    attempt: Attempt
    step: str
    """``sign``, ``create`` or ``close``."""


@frozen()
class _Wanted:
    """What a form asks for: the content, and which of the user's unpaid orders it means (``_find_unpaid``)."""

    content: OrderContent
    unpaid_id: int | None
    per_patient: bool


class Checkout:
    def __init__(self, context: Context, attempts: PaymentAttempts, locks: KeyedLocks) -> None:
        self._context = context
        self._attempts = attempts
        self._locks = locks

    async def place(
        self,
        user: User,
        content: OrderContent,
        at: int,
        unpaid_id: int | None = None,
        per_patient: bool = False,
    ) -> tuple[int, dict[str, str]]:
        """Make the user's order, or update the one that is unpaid, and open or resume its payment.

        ``content``: what the form asks for, with the price of the catalog. ``unpaid_id``: the order
        that the user means to change; no other one is changed or made for it. ``per_patient``: the client knows that
        each patient may have an unpaid order; which one is meant otherwise: see ``_find_unpaid``. Raises DayClosed,
        OrderAlreadyPaid when the money of the order that was to be changed has arrived, OrderNotFound when that order
        is no longer, PatientHasUnpaidOrder when it would become the patient's second one, and every PaymentError of
        ``resume``.
        """
        if content.price_fen < 1:
            raise problems.OrderNotPayable("这项服务暂时不能在线下单，请联系客服")
        wanted = _Wanted(content, unpaid_id, per_patient)
        async with self._locks.lock(("user", user.id)):
            for _ in range(MAX_ROUNDS):
                found = await self._context.storage.run(lambda tx: self._save_and_look(tx, user, wanted, at))
                if isinstance(found, _NextStep):
                    parameters = await self._take(found)
                    parameters = parameters or await self._payment_parameters(found.key, user)
                    return found.key.order_id, parameters
                if await self._attempts.close(found) == Settled.PAID:
                    raise problems.OrderAlreadyPaid
        raise problems.WeChatBusy

    async def _save_and_look(
        self, tx: Transaction, user: User, wanted: _Wanted, at: int
    ) -> _NextStep | Attempt:
        """Save the order and see in the same transaction, under the same lock, what its payment needs next; or the
        attempt that must be closed before the order may be changed."""
        saved = await self._add_or_edit(tx, user, wanted, at)
        if isinstance(saved, Attempt):
            return saved
        order = await tx.orders.get(saved)
        assert order is not None
        return await self._step_of(tx, payables.of_order(order), user)

    async def _add_or_edit(
        self,
        tx: Transaction,
        user: User,
        wanted: _Wanted,
        at: int,
    ) -> int | Attempt:
        """The order's id once it holds ``content``, or the attempt that must be closed before it may."""
        unpaid_id = wanted.unpaid_id
        # never beyond the day of the visit: nobody pays for a day that is over
        expires_at = min(
            at + self._context.settings.orders.unpaid_hours * HOUR, day_bounds(wanted.content.visit_date)[1]
        )
        if not await tx.users.lock_living(user.id):
            raise problems.OrderNotPayable("账号已停用或已注销，不能下单")
        unpaid = await tx.orders.unpaid_of_user(user.id)
        order = _find_unpaid(unpaid, wanted)
        if unpaid_id is not None and order is None:
            raise await self._why_not_unpaid(tx, unpaid_id, user)
        content = content_for(wanted.content, order)
        if order is None:
            try:
                return await tx.orders.add(user.id, content, Actor("user", user.id), at, expires_at)
            except Duplicate as error:
                # Another tap was first. Begin again: this transaction holds a shared lock on the other's row,
                # and asking for more in it would be a deadlock among twenty taps.
                raise Contention("the user's unpaid order was made by another request") from error
        if any(other.patient_id == content.patient_id for other in unpaid if other.id != order.id):
            raise problems.PatientHasUnpaidOrder
        attempt = await tx.attempts.open_of_order(order.id)
        if attempt is not None and attempt.state == AttemptState.MISMATCH:
            raise problems.PaymentPending
        if attempt is not None and not self._still_matches(attempt, order, content):
            await check_day(
                tx, self._context.day_rules, visit_of(content), at, order.id
            )  # before it is closed
            return attempt
        must_have_changed(await tx.orders.edit(order.id, content, at, expires_at))
        return order.id

    @staticmethod
    async def _why_not_unpaid(
        tx: Transaction, order_id: int, user: User
    ) -> problems.PaymentError | OrderNotFound:
        """What became of an order that the user believes to be unpaid: a second one for it would be paid twice."""
        order = await tx.orders.lock(order_id)
        if order is None or order.user_id != user.id:
            return OrderNotFound()
        if order.state == OrderState.CANCELLED and order.paid_at is None:
            return OrderNotFound("之前的订单已取消或已过期，请作为新订单提交")
        return problems.OrderAlreadyPaid()

    def _still_matches(self, attempt: Attempt, order: Order, content: OrderContent) -> bool:
        """Would the open attempt still ask for the right money under the right name?"""
        changed = dataclasses.replace(order, **dataclasses.asdict(content))
        payable, brand = payables.of_order(changed), self._context.settings.orders.brand
        return (attempt.amount_fen, attempt.description) == (
            payable.amount_fen,
            description_of(payable, brand),
        )

    async def resume(self, key: PayableKey, user: User) -> dict[str, str]:
        """The parameters for ``wx.requestPayment`` of an unpaid order or supplement that the user may pay.

        Raises OrderNotFound, SupplementNotFound, OrderAlreadyPaid, OrderNotPayable, DayClosed, PaymentPending,
        WeChatBusy, WeChatTimeout, WeChatRefused.
        """
        async with self._locks.lock(("user", user.id)):
            return await self._payment_parameters(key, user)

    async def _payment_parameters(self, key: PayableKey, user: User) -> dict[str, str]:
        # one payer after the other: two who pay at once would close each other's attempt again and again
        async with self._locks.lock(key):
            for _ in range(MAX_ROUNDS):
                step = await self._context.storage.run(lambda tx: self._next_step(tx, key, user))
                if (parameters := await self._take(step)) is not None:
                    return parameters
        raise problems.WeChatBusy

    async def _take(self, found: _NextStep) -> dict[str, str] | None:
        """Do at WeChat what was found to be next; the payment's parameters, or None: look again."""
        if found.step == "close":
            if await self._attempts.close(found.attempt) == Settled.PAID:
                raise payables.already_paid(found.attempt.supplement_id)
            return None
        attempt = await self._attempts.create(found.attempt) if found.step == "create" else found.attempt
        return self._context.sign(attempt.prepay_id) if attempt is not None else None

    async def _next_step(self, tx: Transaction, key: PayableKey, user: User) -> _NextStep:
        return await self._step_of(tx, await payables.lock_for_payer(tx, key, user), user)

    async def _step_of(self, tx: Transaction, payable: Payable, user: User) -> _NextStep:
        """What the payment of a locked payable by this user needs next; a new attempt is added where there is none. One
        that another payer began is closed at WeChat first."""
        at = self._context.clock()
        attempt = await payables.open_attempt(tx, payable)
        if attempt is not None and attempt.state == AttemptState.MISMATCH:
            raise problems.PaymentPending
        if not payables.can_be_paid(payable, at):
            raise payables.why_not_payable(payable)
        if payable.supplement is None:
            await hold_place(tx, self._context.day_rules, payable.order, at)
        if attempt is None:
            return _NextStep(payable.key, await self._attempts.add(tx, payable, user, at), "create")
        if not matches(self._context, attempt, payable, user.openid, at):
            return _NextStep(payable.key, attempt, "close")
        return _NextStep(payable.key, attempt, "sign" if prepay_is_fresh(attempt, at) else "create")


def _find_unpaid(unpaid: list[Order], wanted: _Wanted) -> Order | None:
    """Which of the user's unpaid orders (newest first, one for each patient) is to be changed; None: a new one is made.

    The one that the form names; else the patient's. A released client knows one unpaid order per user: where the
    patient has none, it changes the newest one, as it always has.
    """
    if wanted.unpaid_id is not None:
        return next((order for order in unpaid if order.id == wanted.unpaid_id), None)
    of_patient = next((order for order in unpaid if order.patient_id == wanted.content.patient_id), None)
    if of_patient is not None or wanted.per_patient:
        return of_patient
    return unpaid[0] if unpaid else None
