"""The sweeper: asks about what is not final, sends what is approved, ends what has expired.

Every process may run one. Each item is claimed by a conditional update in the database before anything is done
about it, so no two do the same work; the job row shows the last round, the backlog and the failures.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import logging
import secrets
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from clock import DAY, MINUTE
from failures import RepeatedFailures, place
from payment import payables
from payment.attempts import PaymentAttempts
from payment.closing import EXPIRY_RETRY, Closing
from payment.context import Context
from payment.problems import PaymentError
from payment.query_schedule import next_query_at
from payment.refunds.sending import RefundSender
from payment.settlement import Settled
from payment.wechatpay.errors import GatewayError
from storage import StorageError, Transaction
from storage.models import FINAL_ATTEMPTS, Attempt, Refund, RefundState

logger = logging.getLogger("hospital.payment.sweeper")

JOB = "sweep"
CLAIM = 2 * MINUTE
"""How long an item belongs to who claimed it: longer than an item may take."""
ITEM_SECONDS = 60.0
ROUND_SECONDS = 60.0
"""No item is begun later than this in a round, so that a frozen WeChat cannot hold one up for long."""
ORDERS_AT_ONCE, ATTEMPTS_AT_ONCE, REFUNDS_AT_ONCE = 2, 4, 2
BATCH_SIZE = 200
Item = TypeVar("Item")


@dataclass
class SweepResult:
    """What a round did, in numbers; ``backlog`` is what is still due after it."""

    queried: int = 0
    settled: int = 0
    closed: int = 0
    expired: int = 0
    refunds_sent: int = 0
    refunds_asked: int = 0
    refunds_done: int = 0
    sessions: int = 0
    failures: int = 0
    backlog: int = 0
    last_error: str = ""

    @property
    def work(self) -> int:
        return self.queried + self.expired + self.refunds_sent + self.refunds_asked


class Sweeper:
    """``owner`` names this process in the job row; ``interval`` is seconds between rounds."""

    def __init__(
        self,
        context: Context,
        attempts: PaymentAttempts,
        refunds: RefundSender,
        closing: Closing,
        owner: str = "",
        interval: float = 5.0,
    ) -> None:
        self._storage, self._clock, self._wake = context.storage, context.clock, context.wake
        self._attempts, self._refunds, self._closing = attempts, refunds, closing
        self._owner = owner[:64] or secrets.token_hex(8)
        self._interval = interval
        self._task: asyncio.Task[None] | None = None

    async def run_once(self, limit: int = BATCH_SIZE) -> SweepResult:
        """One round over at most ``limit`` items of each kind. A failing item stops no other; StorageError is
        raised only when the database cannot even be asked what is due."""
        result = SweepResult()
        at = self._clock()
        async with self._storage.reading() as reader:
            attempts = await reader.attempts.due(at, limit)
            refunds = await reader.refunds.due(at, limit)
            expired = await reader.orders.expired(at, limit)
        # Side by side, so that a slow answer about one kind does not keep the others waiting.
        await asyncio.gather(
            self._process(expired, self._expire_order, ORDERS_AT_ONCE, result),
            self._process(attempts, self._follow_up_attempt, ATTEMPTS_AT_ONCE, result),
            self._process(refunds, self._advance_refund, REFUNDS_AT_ONCE, result),
        )
        await self._record_round(result)
        return result

    async def _process(
        self,
        items: Iterable[Item],
        work: Callable[[Item, SweepResult], Awaitable[None]],
        at_once: int,
        result: SweepResult,
    ) -> None:
        slots = asyncio.Semaphore(at_once)
        time = asyncio.get_running_loop().time
        over = time() + ROUND_SECONDS

        async def one(item: Item) -> None:
            async with slots:
                if time() > over:
                    return  # WeChat is slow today: the rest is still due, and comes in the next round
                try:
                    async with asyncio.timeout(ITEM_SECONDS):
                        await work(item, result)
                except Exception as error:  # whatever it is, it must not stop the others
                    result.failures += 1
                    result.last_error = _error_text(error)
                    if not isinstance(error, PaymentError | GatewayError | StorageError | TimeoutError):
                        logger.error("sweep: an item failed: %s", place(error))

        await asyncio.gather(*(one(item) for item in items))

    # Orders whose time is over

    async def _expire_order(self, order_id: int, result: SweepResult) -> None:
        at = self._clock()
        until = at + EXPIRY_RETRY
        if not await self._storage.run(lambda tx: tx.orders.claim_expiry(order_id, at, until)):
            return
        if await self._closing.expire(order_id, until):
            result.expired += 1

    # Attempts

    async def _follow_up_attempt(self, attempt: Attempt, result: SweepResult) -> None:
        at = self._clock()
        if not await self._storage.run(lambda tx: tx.attempts.claim(attempt, at, at + CLAIM)):
            return
        result.queried += 1
        error = ""
        try:
            await self._settle_attempt(attempt, result)
        except Exception as failure:
            error = _error_text(failure)
            raise
        finally:
            next_at = next_query_at(attempt, self._clock())
            await self._storage.run(lambda tx: tx.attempts.reschedule(attempt.id, next_at, error))

    async def _settle_attempt(self, attempt: Attempt, result: SweepResult) -> None:
        async with self._storage.reading() as reader:
            fresh = await reader.attempts.get(attempt.id)
            order = await reader.orders.get(attempt.order_id)
            assert order is not None
            payable = await payables.load(reader, order, attempt.supplement_id)
        if fresh is None or fresh.state in FINAL_ATTEMPTS:
            return
        settled = await self._attempts.follow_up(fresh, wanted=payable.wanted)
        if settled in (Settled.PAID, Settled.SURPLUS, Settled.REFUNDED):
            result.settled += 1
        elif settled == Settled.CLOSED:
            result.closed += 1

    # Refunds

    async def _advance_refund(self, refund: Refund, result: SweepResult) -> None:
        if not await self._refunds.claim(refund):
            return
        state = await self._refunds.advance(refund)
        if refund.state == RefundState.APPROVED:
            result.refunds_sent += 1
        else:
            result.refunds_asked += 1
        if state == RefundState.SUCCEEDED:
            result.refunds_done += 1

    # The job row, and what has no item of its own

    async def _record_round(self, result: SweepResult) -> None:
        at = self._clock()
        try:
            result.sessions = await self._storage.run(lambda tx: tx.sessions.sweep(at))
            await self._storage.run(lambda tx: tx.limits.sweep(at))
            await self._storage.run(lambda tx: tx.failures.sweep(at - DAY))
            await self._storage.run(lambda tx: tx.downloads.sweep(at - DAY))
        except StorageError as error:  # the row must tell of the round all the same
            result.failures += 1
            result.last_error = _error_text(error)

        async def note(tx: Transaction) -> None:
            result.backlog = await tx.attempts.backlog(at) + await tx.refunds.backlog(at)
            text = json.dumps(dataclasses.asdict(result))
            error = f"{result.failures} failed: {result.last_error}" if result.failures else ""
            await tx.jobs.note(JOB, self._owner, self._clock(), text, error)

        await self._storage.run(note)

    # In the background

    def start(self) -> None:
        """Begin to sweep, every interval and whenever ``Context.wake`` is set."""
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run(), name="sweeper")

    async def stop(self) -> None:
        """Stop, after at most the item that is being written down."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    async def _run(self) -> None:
        wake = self._wake
        failures = RepeatedFailures("sweep", logger)
        while True:
            wake.clear()
            try:
                await self.run_once()
                failures.succeeded()
            except StorageError as error:
                failures.failed(f"{type(error).__name__}: {error}")
            except Exception as error:
                failures.failed(place(error))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._interval):
                    await wake.wait()


def _error_text(error: BaseException) -> str:
    """A failure for the job row: the kind, and our own texts, which hold no personal data."""
    if isinstance(error, PaymentError | GatewayError):
        return f"{type(error).__name__}: {getattr(error, 'slug', '')}"
    return type(error).__name__


__all__ = ["DAY", "JOB", "SweepResult", "Sweeper"]
