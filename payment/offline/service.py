"""Money outside of WeChat, as the handlers use it: each act in one transaction, once nothing is open at WeChat."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from payment import problems
from payment.attempts import PaymentAttempts
from payment.context import Context, InTransaction, KeyedLocks, no_hook
from payment.offline import receipts, refunds, reversals
from payment.offline.problems import PaidAtWeChat
from payment.offline.receipts import Handling, Receipt, Rules
from payment.payables import PayableKey
from payment.settlement import Settled
from storage import Transaction
from storage.models import Actor, Attempt, Cause, Refund

T = TypeVar("T")
MAX_ROUNDS = 4
"""How often it is looked again because a payment at WeChat was in the way."""


class OfflineMoney:
    """``seen``: the mark of the page (``marks.mark_of``); ``hook``: see ``InTransaction``."""

    def __init__(self, context: Context, attempts: PaymentAttempts) -> None:
        self._context = context
        self._attempts = attempts
        self._locks = KeyedLocks()
        self._rules = Rules(context.day_rules, context.settings)

    async def record(
        self,
        key: PayableKey,
        receipt: Receipt,
        actor: Actor,
        seen: str | None = None,
        hook: InTransaction = no_hook,
    ) -> int:
        """See ``receipts.record``. An open attempt is closed at WeChat first; money that had arrived there is settled,
        and this is refused. Raises also WeChatBusy, WeChatTimeout, WeChatRefused."""

        async def work(tx: Transaction) -> int | Attempt:
            cause = Cause(actor, self._context.clock())
            found = await receipts.record(tx, key, receipt, cause, self._rules, seen)
            if isinstance(found, int):
                await hook(tx, found)
            return found

        async with self._locks.lock(key):
            for _ in range(MAX_ROUNDS):
                found = await self._context.storage.run(work)
                if isinstance(found, int):
                    return found
                if await self._attempts.close(found) == Settled.PAID:
                    raise PaidAtWeChat
        raise problems.WeChatBusy

    async def reverse(
        self,
        key: PayableKey,
        reason: str,
        actor: Actor,
        seen: str | None = None,
        hook: InTransaction = no_hook,
    ) -> int:
        """See ``reversals.reverse``."""
        cause = Cause(actor, self._context.clock(), reason)
        return await self._run(lambda tx: reversals.reverse(tx, key, cause, self._rules, seen), hook)

    async def correct(
        self,
        key: PayableKey,
        receipt: Receipt,
        reason: str,
        actor: Actor,
        seen: str | None = None,
        hook: InTransaction = no_hook,
    ) -> int:
        """See ``reversals.correct``."""
        cause = Cause(actor, self._context.clock(), reason)
        return await self._run(lambda tx: reversals.correct(tx, key, receipt, cause, self._rules, seen), hook)

    async def confirm_refund(
        self,
        refund_id: int,
        handling: Handling,
        actor: Actor,
        seen: str | None = None,
        hook: InTransaction = no_hook,
    ) -> Refund:
        """See ``refunds.confirm``."""
        cause = Cause(actor, self._context.clock())
        return await self._run(lambda tx: refunds.confirm(tx, refund_id, handling, cause, seen), hook)

    async def _run(self, work: Callable[[Transaction], Awaitable[T]], hook: InTransaction) -> T:
        async def run(tx: Transaction) -> T:
            outcome = await work(tx)
            await hook(tx, outcome)
            return outcome

        return await self._context.storage.run(run)
