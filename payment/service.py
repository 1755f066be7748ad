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
from typing import TypeVar

from clock import SECOND, Clock
from config import Settings
from payment import cases, problems
from payment.attempts import PaymentAttempts
from payment.checkout import Checkout
from payment.context import Context, InTransaction, Signer, WeChatPay, no_hook
from payment.notification_inbox import NotificationInbox, Verifier
from payment.reconciliation import bill_days, reconcile
from payment.reconciliation.reconcile_job import catch_up
from payment.refunds import cancellation, decisions, quotes, requests
from payment.refunds.amount_checks import DecisionChecks
from payment.refunds.deadlines import Rule, rule_of
from payment.refunds.quotes import Quote
from payment.refunds.sending import RefundSender
from payment.refunds.steps import Decision
from payment.settlement import Settled
from payment.sweeper import Sweeper
from payment.wechatpay.errors import GatewayError, NotFound
from storage import Storage, StorageError, Transaction
from storage.models import (
    UNFINISHED_ATTEMPTS,
    Actor,
    Attempt,
    AttemptState,
    Ending,
    Order,
    OrderContent,
    Refund,
    RefundKind,
    RefundState,
    User,
)

logger = logging.getLogger("hospital.payment")

MIN_QUERY_INTERVAL = 3 * SECOND
"""Opening an order again and again asks WeChat once in this time."""
REFRESH_SECONDS = 4.0
"""Longer the reader does not wait for WeChat; the sweeper asks again anyway."""
T = TypeVar("T")


class Payments:
    """Open the gateway before, close it after; this itself holds no connection.

    Unless a method says otherwise it raises PaymentError (a refusal with slug, status and Chinese message) and
    StorageError. ``at`` is the present moment (ms) where a caller has read the clock already; ``hook``:
    see ``InTransaction``.
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
        self.attempts = PaymentAttempts(self.context)
        self.checkout = Checkout(self.context, self.attempts)
        self.refund_sender = RefundSender(self.context)
        self._inbox = NotificationInbox(self.context, verifier)
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
        content: OrderContent,
        at: int | None = None,
        unpaid_id: int | None = None,
        per_patient: bool = False,
    ) -> tuple[int, dict[str, str]]:
        """See ``Checkout.place``: the order's id, and the parameters for ``wx.requestPayment``."""
        return await self.checkout.place(user, content, self._at(at), unpaid_id, per_patient)

    async def resume(self, order_id: int, user: User) -> dict[str, str]:
        """See ``Checkout.resume``."""
        return await self.checkout.resume(order_id, user)

    async def cancel(self, order_id: int, user: User, at: int | None = None) -> None:
        """See ``Checkout.cancel``."""
        await self.checkout.cancel(order_id, user, self._at(at))

    async def refresh(self, order_id: int) -> None:
        """Ask WeChat when the order may have been paid without our knowing. Never raises: the reader sees what is
        known, and the sweeper asks again."""
        try:
            async with asyncio.timeout(REFRESH_SECONDS):
                await self._refresh(order_id)
        except (GatewayError, problems.PaymentError, StorageError, TimeoutError) as error:
            logger.info("order %d could not be checked at WeChat: %s", order_id, type(error).__name__)
        except Exception:
            logger.exception("order %d could not be checked", order_id)

    async def _refresh(self, order_id: int) -> None:
        if attempt := await self._claim_open_attempt(order_id, (AttemptState.PREPAID, AttemptState.MISMATCH)):
            await self.attempts.query(attempt)

    async def query_payment(self, order_id: int, hook: InTransaction = no_hook) -> Settled | None:
        """An administrator asks WeChat whether an order was paid; None when there is nothing to ask about, or when
        it was asked a moment ago. Raises WeChatBusy, WeChatTimeout, WeChatRefused."""
        attempt = await self._claim_open_attempt(
            order_id, (*UNFINISHED_ATTEMPTS, AttemptState.MISMATCH), hook
        )
        if attempt is None:
            return None
        try:
            return await self.attempts.query(attempt, hook)
        except NotFound:
            return Settled.PENDING  # nobody has got as far as WeChat's cashier
        except GatewayError as error:
            raise problems.of_gateway(error) from error

    async def _claim_open_attempt(
        self, order_id: int, states: tuple[str, ...], hook: InTransaction = no_hook
    ) -> Attempt | None:
        """The order's open attempt, taken for a query. It is not given back: who opens the order within this
        interval reads the database alone."""
        async with self._storage.reading() as reader:
            attempt = await reader.attempts.open_of_order(order_id)
        if attempt is None or attempt.state not in states:
            return None
        at = self._clock()

        async def claim(tx: Transaction) -> bool:
            claimed = await tx.attempts.claim(attempt, at, at + MIN_QUERY_INTERVAL)
            if claimed:
                await hook(tx, None)
            return claimed

        return attempt if await self._storage.run(claim) else None

    # Notifications

    async def notify(self, headers: Mapping[str, str], body: bytes) -> str:
        """A notification about a payment or a refund, whichever address it was sent to. See ``NotificationInbox``."""
        return await self._inbox.accept(headers, body)

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

    async def request_refund(
        self,
        order_id: int,
        user: User,
        reason: str,
        shown_fen: int | None,
        at: int | None = None,
        kind: RefundKind | None = None,
    ) -> int:
        """The user asks for a cancellation or for money back; the refund's id. See ``requests.request_refund``."""
        wanted = requests.RefundRequest(kind, reason, shown_fen)
        moment, policy = self._at(at), self.context.policy
        return await self._storage.run(
            lambda tx: requests.request_refund(tx, order_id, user.id, wanted, policy, moment)
        )

    async def withdraw_request(self, order_id: int, user: User, at: int | None = None) -> None:
        """The user withdraws a request that nobody has decided. See ``requests.withdraw_request``."""
        moment = self._at(at)
        await self._storage.run(lambda tx: requests.withdraw_request(tx, order_id, user.id, moment))

    async def approve_refund(
        self,
        refund_id: int,
        actor: Actor,
        amount_fen: int | None = None,
        note: str = "",
        at: int | None = None,
        hook: InTransaction = no_hook,
        checks: DecisionChecks | None = None,
    ) -> None:
        """Approve a request; the sweeper sends it at once. See ``requests.approve_refund``."""
        moment = self._at(at)
        await self._run(
            lambda tx: requests.approve_refund(
                tx, refund_id, Decision(actor, moment, note, checks), amount_fen
            ),
            hook,
        )
        self.wake.set()

    async def reject_refund(
        self,
        refund_id: int,
        actor: Actor,
        note: str = "",
        at: int | None = None,
        hook: InTransaction = no_hook,
        checks: DecisionChecks | None = None,
    ) -> None:
        """Reject a request. See ``requests.reject_refund``."""
        moment = self._at(at)
        await self._run(
            lambda tx: requests.reject_refund(tx, refund_id, Decision(actor, moment, note, checks)), hook
        )

    async def end_order(
        self,
        order_id: int,
        actor: Actor,
        ending: Ending,
        amount_fen: int,
        reason: str = "",
        at: int | None = None,
        checks: DecisionChecks | None = None,
        hook: InTransaction = no_hook,
    ) -> int | None:
        """The office ends an order that will not be served. See ``cancellation.end_order``."""
        decision, policy = Decision(actor, self._at(at), reason, checks), self.context.policy
        refund_id = await self._run(
            lambda tx: cancellation.end_order(tx, order_id, decision, ending, amount_fen, policy),
            hook,
        )
        self.wake.set()
        return refund_id

    async def start_refund(
        self,
        order_id: int,
        actor: Actor,
        amount_fen: int,
        reason: str = "",
        at: int | None = None,
        checks: DecisionChecks | None = None,
        hook: InTransaction = no_hook,
    ) -> int:
        """An administrator refunds an order, wholly or in part; the refund's id. See ``decisions.start_refund``."""
        moment, policy = self._at(at), self.context.policy
        refund_id = await self._run(
            lambda tx: decisions.start_refund(
                tx, order_id, Decision(actor, moment, reason, checks), amount_fen, policy
            ),
            hook,
        )
        self.wake.set()
        return refund_id

    async def renew_refund(
        self, refund_id: int, actor: Actor, at: int | None = None, hook: InTransaction = no_hook
    ) -> int:
        """Refund under a new number what WeChat closed; the new refund's id. See ``decisions.renew_refund``."""
        moment = self._at(at)
        new_id = await self._run(lambda tx: decisions.renew_refund(tx, refund_id, actor, moment), hook)
        self.wake.set()
        return new_id

    async def retry_refund(self, refund_id: int, hook: InTransaction = no_hook) -> RefundState:
        """Send or ask about a refund now (an approved one that failed, an abnormal one that was handled at WeChat's
        merchant platform); its state. See ``RefundSender.step_now``."""
        return await self.refund_sender.step_now(refund_id, hook)

    async def withdraw_refund(
        self, refund_id: int, actor: Actor, note: str = "", hook: InTransaction = no_hook
    ) -> None:
        """Take back an approved refund that WeChat does not have. See ``RefundSender.withdraw``."""
        await self.refund_sender.withdraw(refund_id, actor, note, hook)

    async def _run(self, work: Callable[[Transaction], Awaitable[T]], hook: InTransaction) -> T:
        """``work`` and what the caller wants written with it, in one transaction."""

        async def run(tx: Transaction) -> T:
            outcome = await work(tx)
            await hook(tx, outcome)
            return outcome

        return await self._storage.run(run)

    # Cases

    async def close_case(
        self,
        case_id: int,
        admin_id: int,
        note: str,
        at: int | None = None,
        hook: InTransaction = no_hook,
        seen: str | None = None,
    ) -> None:
        """A human has looked. See ``cases.close``."""
        moment = self._at(at)
        await self._run(lambda tx: cases.close(tx, case_id, admin_id, note, moment, seen), hook)

    async def review_mismatch(self, out_trade_no: str, hook: InTransaction = no_hook) -> Settled:
        """Ask WeChat again about a payment that does not agree. See ``cases.review``."""
        return await cases.review(self.context, out_trade_no, hook)

    async def release_mismatch(
        self, out_trade_no: str, hook: InTransaction = no_hook, seen: tuple[int, str | None] | None = None
    ) -> None:
        """Free the order of a payment that does not agree. ``seen``: the case that was decided on, and its marks. See
        ``cases.release``."""
        moment = self._clock()
        await self._run(lambda tx: cases.release(tx, out_trade_no, moment, seen), hook)

    # The books

    async def reconcile(
        self, day: str | None = None, hook: InTransaction = no_hook
    ) -> reconcile.Reconciliation:
        """Compare a Shanghai day (None: yesterday) with WeChat's bills. See ``reconcile.reconcile_day``."""
        return await reconcile.reconcile_day(self.context, day or bill_days.yesterday(self._clock()), hook)

    async def reconcile_due(self, owner: str) -> list[str]:
        """The daily job: after 10:00 the days of the last week that have no bill yet. See
        ``reconcile_job.catch_up``."""
        return await catch_up(self.context, owner)

    def sweeper(self, owner: str = "", interval: float = 5.0) -> Sweeper:
        """The background work of one process: see ``Sweeper``."""
        return Sweeper(self.context, self.attempts, self.refund_sender, self.checkout, owner, interval)

    def _at(self, at: int | None) -> int:
        return self._clock() if at is None else at
