"""Money, as the handlers use it: one facade over checkout, notifications, decisions, the sweeper and the books.

Locks, everywhere in this module and in this order: the user's row (by who adds an order), the order's, the attempt's,
the refund's. All that happens to an order's money happens under the order's lock, so a refund read after it needs no
lock of its own.
No transaction is open while WeChat is being called, and what was read before a call is read again after it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import TypeVar

from clock import SECOND, Clock
from config import Settings
from payment import cases, payables, problems
from payment.attempts import PaymentAttempts
from payment.checkout import Checkout
from payment.closing import Closing, SupplementDecision
from payment.context import Context, InTransaction, KeyedLocks, Signer, WeChatPay, no_hook
from payment.notification_inbox import NotificationInbox, Verifier
from payment.offline.service import OfflineMoney
from payment.payables import PayableKey
from payment.reconciliation import bill_days, reconcile
from payment.reconciliation.reconcile_job import catch_up
from payment.refunds.service import RefundService
from payment.settlement import Settled
from payment.sweeper import Sweeper
from payment.wechatpay.errors import GatewayError, NotFound
from storage import Storage, StorageError, Transaction
from storage.models import Attempt, AttemptState, User
from storage.writes import OrderContent

logger = logging.getLogger("hospital.payment")
T = TypeVar("T")

MIN_QUERY_INTERVAL = 3 * SECOND
"""Opening an order again and again asks WeChat once in this time."""
REFRESH_SECONDS = 4.0
"""Longer the reader does not wait for WeChat; the sweeper asks again anyway."""


class Payments(RefundService):
    """Open the gateway before, close it after; this itself holds no connection.

    Unless a method says otherwise it raises PaymentError (a refusal with slug, status and Chinese message),
    OrderNotFound and StorageError. ``at`` is the present moment (ms) where a caller has read the clock already;
    ``hook``: see ``InTransaction``.
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
        super().__init__(Context(storage, gateway, signer, settings, clock))
        self.attempts = PaymentAttempts(self.context)
        locks = KeyedLocks()
        self.checkout = Checkout(self.context, self.attempts, locks)
        self.closing = Closing(self.context, self.attempts, locks)
        self.offline = OfflineMoney(self.context, self.attempts)
        self._inbox = NotificationInbox(self.context, verifier)

    @property
    def clock_skew_ms(self) -> int | None:
        """WeChat Pay's time minus ours at its last answer; None before the first."""
        return self.context.gateway.clock_skew_ms

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
        """The order's payment goes on: see ``Checkout.resume``."""
        return await self.checkout.resume(PayableKey(order_id), user)

    async def pay_supplement(self, supplement_id: int, user: User) -> dict[str, str]:
        """The same for a supplement, whose payment may begin by it. Raises SupplementNotFound too."""
        async with self._storage.reading() as reader:
            key = await payables.key_of_supplement(reader, supplement_id)
        return await self.checkout.resume(key, user)

    async def cancel(self, order_id: int, user: User, at: int | None = None) -> None:
        """See ``Closing.cancel``."""
        await self.closing.cancel(order_id, user, self._at(at))

    async def release_supplement(self, supplement_id: int, decide: SupplementDecision[T]) -> T:
        """Withdraw, dispute or change a supplement that was not paid. See ``Closing.release_supplement``."""
        return await self.closing.release_supplement(supplement_id, decide)

    async def refresh(self, order_id: int) -> None:
        """Ask WeChat when the order, or a supplement of it, may have been paid without our knowing. Never raises: the
        reader sees what is known, and the sweeper asks again."""
        try:
            async with asyncio.timeout(REFRESH_SECONDS):
                await self._refresh(order_id)
        except (GatewayError, problems.PaymentError, StorageError, TimeoutError) as error:
            logger.info("order %d could not be checked at WeChat: %s", order_id, type(error).__name__)
        except Exception:
            logger.exception("order %d could not be checked", order_id)

    async def _refresh(self, order_id: int) -> None:
        async with self._storage.reading() as reader:
            attempts = await reader.attempts.all_open_of_order(order_id)
        for attempt in attempts:
            if attempt.state in (AttemptState.PREPAID, AttemptState.MISMATCH) and await self._claim(attempt):
                await self.attempts.query(attempt)

    async def query_payment(
        self, order_id: int, hook: InTransaction = no_hook, supplement_id: int | None = None
    ) -> Settled | None:
        """An administrator asks WeChat whether an order, or a supplement of it, was paid; None when there is nothing
        to ask about, or when it was asked a moment ago. Raises WeChatBusy, WeChatTimeout, WeChatRefused."""
        async with self._storage.reading() as reader:
            attempts = await reader.attempts.all_open_of_order(order_id)
        attempt = next((each for each in attempts if each.supplement_id == supplement_id), None)
        if attempt is None or not await self._claim(attempt, hook):
            return None
        try:
            return await self.attempts.query(attempt, hook)
        except NotFound:
            return Settled.PENDING  # no user has reached WeChat's cashier yet
        except GatewayError as error:
            raise problems.of_gateway(error) from error

    async def _claim(self, attempt: Attempt, hook: InTransaction = no_hook) -> bool:
        """Take an open attempt for a query. It is not given back: who opens the order within this interval reads the
        database alone."""
        at = self._clock()

        async def claim(tx: Transaction) -> bool:
            claimed = await tx.attempts.claim(attempt, at, at + MIN_QUERY_INTERVAL)
            if claimed:
                await hook(tx, None)
            return claimed

        return await self._storage.run(claim)

    # Notifications

    async def notify(self, headers: Mapping[str, str], body: bytes) -> str:
        """A notification about a payment, a refund or a transfer, whichever address it was sent to. See
        ``NotificationInbox``."""
        return await self._inbox.accept(headers, body)

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
        return Sweeper(self.context, self.attempts, self.refund_sender, self.closing, owner, interval)
