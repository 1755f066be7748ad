"""A payment attempt and WeChat: create, ask, close. Nothing here is final before WeChat has confirmed it.

The attempt (number, amount, openid, expiry) is committed before WeChat is called, so a notification that arrives before
the reply finds it, and a reply that is lost is asked for again with the same number and the same parameters.
No transaction is open while WeChat is being called.
"""

from __future__ import annotations

import logging

from clock import MINUTE
from payment import payables, problems
from payment.attempt_terms import MIN_TIME_TO_EXPIRY, new_attempt
from payment.context import Context, InTransaction, no_hook
from payment.evidence import Source
from payment.payables import Payable
from payment.query_schedule import first_query_at
from payment.settlement import Settled, apply_transaction
from payment.wechatpay.errors import AlreadyClosed, AlreadyPaid, GatewayError, NotFound, Refused, Unknown
from payment.wechatpay.results import Transaction as WeChatPayment
from storage import Transaction
from storage.models import UNFINISHED_ATTEMPTS, Attempt, AttemptState, User
from storage.writes import AttemptMove

logger = logging.getLogger("hospital.payment.attempts")

ARRIVAL_MARGIN = 10 * MINUTE
"""A create that WeChat does not know of may still arrive until time_expire; after this much more it cannot."""
MAX_TRIES = 2
"""How often a call whose answer was lost is repeated while the user waits; later the sweeper goes on."""

_SETTLED_BY_STATE = {AttemptState.PAID: Settled.PAID, AttemptState.CLOSED: Settled.CLOSED}


class PaymentAttempts:
    """Attempts against WeChat. Every method may raise PaymentError or StorageError; nothing is lost by either."""

    def __init__(self, context: Context) -> None:
        self._context = context

    # In the caller's transaction, under the order's lock

    async def add(self, tx: Transaction, payable: Payable, payer: User, at: int) -> Attempt:
        """A new attempt by which this user pays it. Raises Duplicate while one is open."""
        new = new_attempt(self._context, payable, payer, at)
        await tx.attempts.add(payable.order.id, new, at, first_query_at(at))
        attempt = await tx.attempts.by_number(new.out_trade_no)
        assert attempt is not None
        return attempt

    # Against WeChat, outside any transaction

    async def create(self, attempt: Attempt) -> Attempt | None:
        """Get a prepay_id under the attempt's number; the attempt with it, or None when the attempt has ended
        meanwhile (paid, closed): look again. Raises WeChatBusy, WeChatTimeout, WeChatRefused, PaymentPending."""
        for remaining in reversed(range(MAX_TRIES)):
            asked_at = self._context.clock()
            try:
                prepay_id = await self._request_prepay(attempt)
            except Unknown as error:
                await self._record_failure(attempt, error)
                if not remaining:
                    raise problems.of_gateway(error) from error
            except GatewayError as error:
                await self._record_failure(attempt, error)
                if isinstance(error, Refused) and error.must_query:
                    return await self._after_refusal(attempt, error)
                raise problems.of_gateway(error) from error
            else:
                return await self._store_prepay(attempt, prepay_id, asked_at)
        raise AssertionError("unreachable")

    async def _request_prepay(self, attempt: Attempt) -> str:
        return await self._context.gateway.create_order(
            out_trade_no=attempt.out_trade_no,
            description=attempt.description,
            total_fen=attempt.amount_fen,
            openid=attempt.openid,
            expire_at=attempt.expires_at,
        )

    async def _record_failure(self, attempt: Attempt, error: GatewayError) -> None:
        """Note what went wrong. A prepaid attempt stays prepaid: its old prepay_id may still be paid."""
        states: tuple[str, ...] = (attempt.state,)
        to_state = attempt.state
        if isinstance(error, Unknown):
            states, to_state = (AttemptState.CREATED, AttemptState.UNKNOWN), AttemptState.UNKNOWN
        at = self._context.clock()
        changes = AttemptMove(last_error=str(error)[:127])
        await self._context.storage.run(
            lambda tx: tx.attempts.move(attempt.id, states, to_state, at, changes)
        )

    async def _store_prepay(self, attempt: Attempt, prepay_id: str, asked_at: int) -> Attempt | None:
        """Store what WeChat gave; None when the attempt has ended meanwhile, or what it pays is not wanted any more."""

        async def keep(tx: Transaction) -> Attempt | None:
            order = await tx.orders.lock(attempt.order_id)
            kept = await tx.attempts.move(
                attempt.id,
                UNFINISHED_ATTEMPTS,
                AttemptState.PREPAID,
                self._context.clock(),
                AttemptMove(
                    prepay_id=prepay_id,
                    prepay_at=asked_at,
                    next_query_at=first_query_at(asked_at),
                    last_error="",
                ),
            )
            assert order is not None
            wanted = kept and (await payables.load(tx, order, attempt.supplement_id)).wanted
            return await tx.attempts.get(attempt.id) if wanted else None

        return await self._context.storage.run(keep)

    async def _after_refusal(self, attempt: Attempt, error: Refused) -> Attempt | None:
        """A refusal that may mean that this number is known already: the truth is what a query says."""
        try:
            payment = await self._context.gateway.query_order(attempt.out_trade_no)
        except GatewayError as failure:
            raise problems.of_gateway(error if isinstance(failure, NotFound) else failure) from failure
        if await self.settle(payment) == Settled.PENDING:
            # In use and unpaid, but not under our parameters: this number gives no prepay_id any more.
            await self.close(attempt)
        return None

    async def settle(
        self, payment: WeChatPayment, source: Source = Source.QUERY, hook: InTransaction = no_hook
    ) -> Settled:
        """Apply what WeChat said, in a transaction of its own."""
        at = self._context.clock()

        async def apply(tx: Transaction) -> Settled:
            settled = await apply_transaction(tx, payment, source, at, self._context.day_rules)
            await hook(tx, settled)
            return settled

        settled = await self._context.storage.run(apply)
        if settled == Settled.SURPLUS:
            self._context.wake.set()
        return settled

    async def query(self, attempt: Attempt, hook: InTransaction = no_hook) -> Settled:
        """Ask WeChat and apply the answer. Raises GatewayError (NotFound among them)."""
        payment = await self._context.gateway.query_order(attempt.out_trade_no)
        return await self.settle(payment, hook=hook)

    async def close(self, attempt: Attempt) -> Settled:
        """Make sure that the attempt cannot be paid: CLOSED once WeChat has confirmed it, PAID when the payment
        arrived first (it is settled then, one way or the other).

        Raises WeChatBusy, WeChatTimeout, WeChatRefused, PaymentPending; after those it is as open as before.
        """
        try:
            ended = await self._state_at_wechat(attempt)
            if ended is None:
                await self._close_at_wechat(attempt)
                ended = await self._state_at_wechat(attempt)
        except NotFound as error:
            raise problems.WeChatTimeout from error
        except GatewayError as error:
            raise problems.of_gateway(error) from error
        if ended is None:  # closed, says one reply, and not paid, says the next: ask again later
            raise problems.WeChatTimeout
        return ended

    async def _state_at_wechat(self, attempt: Attempt) -> Settled | None:
        """PAID, CLOSED, or None while it can be paid."""
        try:
            settled = await self.query(attempt)
        except NotFound as error:
            if not error.verified:
                raise Unknown("an unsigned 'not found'", status=error.status) from error
            return await self._not_at_wechat(attempt)
        if settled == Settled.MISMATCH:
            raise problems.PaymentPending
        if settled == Settled.PENDING:
            return None
        return await self._final_state(attempt)

    async def _final_state(self, attempt: Attempt) -> Settled | None:
        async with self._context.storage.reading() as reader:
            now = await reader.attempts.get(attempt.id)
        assert now is not None
        if now.state == AttemptState.MISMATCH:
            raise problems.PaymentPending
        return _SETTLED_BY_STATE.get(AttemptState(now.state))

    async def _not_at_wechat(self, attempt: Attempt) -> Settled | None:
        """WeChat does not know the number. A create that was cut short may still arrive, so "not found" alone frees
        nothing before its expiry: send it on purpose, under the same number, and then it can be closed."""
        at = self._context.clock()
        if at > attempt.expires_at + ARRIVAL_MARGIN:
            return await self._close_without_wechat(attempt, "never arrived at WeChat")
        if attempt.expires_at < at + MIN_TIME_TO_EXPIRY:
            raise Unknown("may still arrive until it expires")
        try:
            prepay_id = await self._request_prepay(attempt)
        except (AlreadyPaid, AlreadyClosed):
            return None  # it did arrive; the close and the query after it will tell
        except Refused as error:
            if error.must_query and await self._is_known_at_wechat(attempt):
                return None
            if error.verified:
                return await self._close_without_wechat(attempt, f"refused by WeChat: {error}")
            raise
        await self._store_prepay(attempt, prepay_id, at)
        return None

    async def _is_known_at_wechat(self, attempt: Attempt) -> bool:
        """Does WeChat know the number, in a signed reply? Raises GatewayError."""
        try:
            await self._context.gateway.query_order(attempt.out_trade_no)
        except NotFound as error:
            if not error.verified:
                raise Unknown("an unsigned 'not found'", status=error.status) from error
            return False
        return True

    async def _close_without_wechat(self, attempt: Attempt, reason: str) -> Settled:
        at = self._context.clock()
        await self._context.storage.run(
            lambda tx: tx.attempts.move(
                attempt.id,
                UNFINISHED_ATTEMPTS,
                AttemptState.CLOSED,
                at,
                AttemptMove(last_error=reason[:127]),
            )
        )
        logger.info("attempt %d ended: %s", attempt.id, reason)
        return await self._final_state(attempt) or Settled.CLOSED

    async def _close_at_wechat(self, attempt: Attempt) -> None:
        try:
            await self._context.gateway.close_order(attempt.out_trade_no)
        except AlreadyClosed:
            return  # the query that follows confirms it
        except AlreadyPaid:
            # The query that follows books it; should it be answered by a server that lags behind, the sweeper will.
            at = self._context.clock()
            await self._context.storage.run(lambda tx: tx.attempts.make_due(attempt.id, at))

    # For the sweeper

    async def follow_up(self, attempt: Attempt, *, wanted: bool) -> Settled:
        """What the sweeper does with an open attempt: ask, and close what is not waited for any more.
        ``wanted``: does what it pays wait for its money?

        Raises what ``close`` and ``query`` raise.
        """
        if attempt.state == AttemptState.MISMATCH:
            return await self._query_mismatch(attempt)
        over = self._context.clock() > attempt.expires_at + ARRIVAL_MARGIN
        if not wanted or over:
            return await self.close(attempt)
        try:
            return await self.query(attempt)
        except NotFound:
            return Settled.PENDING  # it may still arrive, or the user's next tap will create it

    async def _query_mismatch(self, attempt: Attempt) -> Settled:
        """A payment that did not agree is never closed: there is money on it. But a report may come that agrees."""
        try:
            return await self.query(attempt)
        except NotFound:
            return Settled.MISMATCH
