"""Money, as the handlers use it: one facade over checkout, notifications, decisions, the sweeper and the books.

Locks, everywhere in this module and in this order: the user's row (by who adds an order), the order's, the attempt's,
the refund's. All that happens to an order's money happens under the order's lock, so a refund read after it needs no
lock of its own.
No transaction is open while WeChat is being called, and what was read before a call is read again after it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

from clock import SECOND, Clock
from config import Settings
from payment import cases, problems
from payment.attempts import AttemptWork
from payment.checkout import Checkout
from payment.context import Also, Context, Signer, WeChatPay, nothing_else
from payment.notification_inbox import Notices, Verifier
from payment.reconciliation import bill_days, reconcile
from payment.reconciliation.reconcile_job import catch_up
from payment.refunds import cancellation, decisions, quotes, requests
from payment.refunds.deadlines import Rule, rule_of
from payment.refunds.quotes import Quote
from payment.refunds.sending import RefundWork
from payment.settlement import UNFINISHED, Settled
from payment.wechatpay.errors import GatewayError, NotFound
from storage import Storage, StorageError, Transaction
from storage.models import (
    Actor,
    Attempt,
    AttemptState,
    Ending,
    Order,
    Refund,
    RefundKind,
    RefundState,
    User,
)

logger = logging.getLogger("hospital.payment")

CHECK_PAUSE = 3 * SECOND
"""Opening an order again and again asks WeChat once in this time."""
CHECK_SECONDS = 4.0
"""Longer the reader does not wait for WeChat; the sweeper asks again anyway."""
T = TypeVar("T")


class Payments:
    """Open the gateway before, close it after; this itself holds no connection.

    Unless a method says otherwise it raises PaymentError (a refusal with slug, status and Chinese message) and
    StorageError. ``at`` is the present moment (ms) where a caller has read the clock already; ``also``: see `Also`.
    """

    def __init__(
        self,
        storage: Storage,
        gateway: WeChatPay,
        verifier: Verifier,
        signer: Signer,
        settings: Settings,
        clock: Clock,
    ) -> None:
        """``signer``: from a prepay_id to the five parameters of ``wx.requestPayment``."""
        self.context = Context(storage, gateway, signer, settings, clock)
        self.attempts = AttemptWork(self.context)
        self.checkout = Checkout(self.context, self.attempts)
        self.refund_work = RefundWork(self.context)
        self._notices = Notices(self.context, verifier)
        self._storage = storage
        self._clock = clock

    @property
    def wake(self) -> asyncio.Event:
        """Set when the sweeper has something to do at once."""
        return self.context.wake

    # The user pays

    async def place(
        self,
        user: User,
        content: dict[str, Any],
        at: int | None = None,
        believed_id: int | None = None,
        per_patient: bool = False,
    ) -> tuple[int, dict[str, str]]:
        """See `Checkout.place`: the order's id, and the parameters for ``wx.requestPayment``."""
        return await self.checkout.place(user, content, self._at(at), believed_id, per_patient)

    async def resume(self, order_id: int, user: User) -> dict[str, str]:
        """See `Checkout.resume`."""
        return await self.checkout.resume(order_id, user)

    async def cancel(self, order_id: int, user: User, at: int | None = None) -> None:
        """See `Checkout.cancel`."""
        await self.checkout.cancel(order_id, user, self._at(at))

    async def check(self, order_id: int) -> None:
        """Ask WeChat when the order may have been paid without our knowing. Never raises: the reader sees what is
        known, and the sweeper asks again."""
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                await self._check(order_id)
        except (GatewayError, problems.PaymentError, StorageError, TimeoutError) as error:
            logger.info("order %d could not be checked at WeChat: %s", order_id, type(error).__name__)
        except Exception:
            logger.exception("order %d could not be checked", order_id)

    async def _check(self, order_id: int) -> None:
        if attempt := await self._claimed(order_id, (AttemptState.PREPAID, AttemptState.MISMATCH)):
            await self.attempts.query(attempt)

    async def ask_about(self, order_id: int, also: Also = nothing_else) -> Settled | None:
        """An administrator asks WeChat whether an order was paid; None when there is nothing to ask about, or when
        it was asked a moment ago. Raises WeChatBusy, WeChatTimeout, WeChatRefused."""
        attempt = await self._claimed(order_id, (*UNFINISHED, AttemptState.MISMATCH), also)
        if attempt is None:
            return None
        try:
            return await self.attempts.query(attempt, also)
        except NotFound:
            return Settled.PENDING  # nobody has got as far as WeChat's cashier
        except GatewayError as error:
            raise problems.of_gateway(error) from error

    async def _claimed(
        self, order_id: int, states: tuple[str, ...], also: Also = nothing_else
    ) -> Attempt | None:
        """The order's open attempt, taken for a query. It is not given back: whoever opens the order within the
        pause reads the database alone."""
        async with self._storage.reading() as reader:
            attempt = await reader.attempts.open_of_order(order_id)
        if attempt is None or attempt.state not in states:
            return None
        at = self._clock()

        async def claim(tx: Transaction) -> bool:
            claimed = await tx.attempts.claim(attempt, at, at + CHECK_PAUSE)
            if claimed:
                await also(tx, None)
            return claimed

        return attempt if await self._storage.run(claim) else None

    # WeChat speaks

    async def notify(self, headers: Mapping[str, str], body: bytes) -> str:
        """A notification about a payment: see `Notices.accept`."""
        return await self._notices.accept(headers, body)

    async def refund_notify(self, headers: Mapping[str, str], body: bytes) -> str:
        """A notification about a refund: the same road, whichever address it was sent to."""
        return await self._notices.accept(headers, body)

    # Refunds

    async def quote(self, order: Order, at: int | None = None, known: list[Refund] | None = None) -> Quote:
        """What the user would get back now. ``known``: the order's decisions, if they were read already."""
        if known is None:
            async with self._storage.reading() as reader:
                known = await reader.refunds.of_order(order.id)
        return quotes.quote(order, known, self.context.policy, self._at(at))

    def rule(self, visit_date: str, at: int | None = None, order: Order | None = None) -> Rule:
        """The refund rule of a visit with its dates; of an order that is paid, with its own grace time."""
        paid_at, assigned = (order.paid_at, order.escort_id is not None) if order else (None, False)
        return rule_of(self.context.policy, visit_date, self._at(at), paid_at=paid_at, assigned=assigned)

    async def ask(
        self,
        order_id: int,
        user: User,
        reason: str,
        shown_fen: int,
        at: int | None = None,
        kind: RefundKind | None = None,
    ) -> int:
        """The user asks for a cancellation or for money back; the refund's id. See `requests.request`."""
        moment, policy = self._at(at), self.context.policy
        return await self._storage.run(
            lambda tx: requests.request(tx, order_id, user.id, kind, reason, shown_fen, policy, moment)
        )

    async def take_back(self, order_id: int, user: User, at: int | None = None) -> None:
        """The user withdraws a request that nobody has decided. See `requests.take_back`."""
        moment = self._at(at)
        await self._storage.run(lambda tx: requests.take_back(tx, order_id, user.id, moment))

    async def approve(
        self,
        refund_id: int,
        actor: Actor,
        amount_fen: int | None = None,
        note: str = "",
        at: int | None = None,
        also: Also = nothing_else,
        seen: str | None = None,
    ) -> None:
        """Say yes; the sweeper sends it at once. See `requests.approve`."""
        moment = self._at(at)
        await self._do(
            lambda tx: requests.approve(tx, refund_id, actor, amount_fen, note, moment, seen), also
        )
        self.wake.set()

    async def reject(
        self,
        refund_id: int,
        actor: Actor,
        note: str = "",
        at: int | None = None,
        also: Also = nothing_else,
        seen: str | None = None,
    ) -> None:
        """Say no. See `requests.reject`."""
        moment = self._at(at)
        await self._do(lambda tx: requests.reject(tx, refund_id, actor, note, moment, seen), also)

    async def end_order(
        self,
        order_id: int,
        actor: Actor,
        ending: Ending,
        amount_fen: int,
        reason: str = "",
        at: int | None = None,
        seen: str | None = None,
        also: Also = nothing_else,
    ) -> int | None:
        """The office ends an order that will not be served. See `cancellation.end_order`."""
        moment, policy = self._at(at), self.context.policy
        refund_id = await self._do(
            lambda tx: cancellation.end_order(
                tx, order_id, actor, ending, amount_fen, reason, policy, moment, seen
            ),
            also,
        )
        self.wake.set()
        return refund_id

    async def start(
        self,
        order_id: int,
        actor: Actor,
        amount_fen: int,
        reason: str = "",
        at: int | None = None,
        seen: str | None = None,
        also: Also = nothing_else,
    ) -> int:
        """An administrator refunds an order, wholly or in part; the refund's id. See `decisions.start`."""
        moment, policy = self._at(at), self.context.policy
        refund_id = await self._do(
            lambda tx: decisions.start(tx, order_id, actor, amount_fen, reason, policy, moment, seen), also
        )
        self.wake.set()
        return refund_id

    async def renew(
        self, refund_id: int, actor: Actor, at: int | None = None, also: Also = nothing_else
    ) -> int:
        """Refund under a new number what WeChat closed; the new refund's id. See `decisions.renew`."""
        moment = self._at(at)
        new_id = await self._do(lambda tx: decisions.renew(tx, refund_id, actor, moment), also)
        self.wake.set()
        return new_id

    async def retry_refund(self, refund_id: int, also: Also = nothing_else) -> RefundState:
        """Send or ask about a refund now (an approved one that failed, an abnormal one that was handled at WeChat's
        merchant platform); its state. See `RefundWork.step_now`."""
        return await self.refund_work.step_now(refund_id, also)

    async def withdraw(self, refund_id: int, actor: Actor, note: str = "", also: Also = nothing_else) -> None:
        """Take back an approved refund that WeChat does not have. See `RefundWork.withdraw`."""
        await self.refund_work.withdraw(refund_id, actor, note, also)

    async def _do(self, work: Callable[[Transaction], Awaitable[T]], also: Also) -> T:
        """``work`` and what the caller wants written with it, in one transaction."""

        async def run(tx: Transaction) -> T:
            outcome = await work(tx)
            await also(tx, outcome)
            return outcome

        return await self._storage.run(run)

    # Cases

    async def close_case(
        self,
        case_id: int,
        admin_id: int,
        note: str,
        at: int | None = None,
        also: Also = nothing_else,
        seen: str | None = None,
    ) -> None:
        """A human has looked. See `cases.close`."""
        moment = self._at(at)
        await self._do(lambda tx: cases.close(tx, case_id, admin_id, note, moment, seen), also)

    async def review_mismatch(self, out_trade_no: str, also: Also = nothing_else) -> Settled:
        """Ask WeChat again about a payment that does not agree. See `cases.review`."""
        return await cases.review(self.context, out_trade_no, also)

    async def release_mismatch(
        self, out_trade_no: str, also: Also = nothing_else, seen: tuple[int, str | None] | None = None
    ) -> None:
        """Free the order of a payment that does not agree. ``seen``: the case that was decided on, and its marks. See
        `cases.release`."""
        moment = self._clock()
        await self._do(lambda tx: cases.release(tx, out_trade_no, moment, seen), also)

    # The books

    async def reconcile(self, day: str | None = None) -> reconcile.Reconciliation:
        """Compare a Shanghai day (None: yesterday) with WeChat's bills. See `reconcile.reconcile_day`."""
        return await reconcile.reconcile_day(self, day or bill_days.yesterday(self._clock()))

    async def check_bill_day(self, day: str) -> None:
        """May this day be compared? Raises BillDayRefused. See `bill_days.check_day`."""
        async with self._storage.reading() as reader:
            await bill_days.check_day(reader, day, self._clock(), self.context.settings.pay.books_begin)

    async def reconcile_due(self, owner: str) -> list[str]:
        """The daily job: after 10:00 the days of the last week that have no bill yet. See `reconcile_job.catch_up`."""
        return await catch_up(self, owner)

    def _at(self, at: int | None) -> int:
        return self._clock() if at is None else at
