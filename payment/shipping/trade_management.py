"""Is the account under trade management? Asked at the start of each process, daily, and when WeChat says that
something about it has changed."""

from __future__ import annotations

from dataclasses import dataclass

from clock import DAY, MINUTE
from payment.shipping.context import ShippingContext, logger
from storage.claims import is_due
from storage.models import TradeManagement
from storage.writes import TradeManagementChange
from wechat.api import WeChatApiError

ASK_EVERY = DAY
RETRY = 10 * MINUTE


@dataclass
class Question:
    """One process's: it asks when it starts, whatever another has asked before."""

    context: ShippingContext
    asked: bool = False

    async def ask_when_due(self) -> TradeManagement:
        """What is known, after having asked if that is due. Raises StorageError."""
        async with self.context.storage.reading() as reader:
            known = await reader.trade_management.get()
        if self.asked and not is_due(known.due_at, self.context.clock(), ASK_EVERY):
            return known
        self.asked = True
        await ask(self.context)
        async with self.context.storage.reading() as reader:
            return await reader.trade_management.get()


async def ask(context: ShippingContext) -> None:
    """Ask WeChat and write the answer down, or that there was none. Raises StorageError."""
    try:
        managed = await context.calls.is_managed()
        completed = managed and await context.calls.is_confirmation_completed()
    except WeChatApiError as error:
        at, text = context.clock(), str(error)[:127]
        failed = TradeManagementChange(failed_at=at, last_error=text, due_at=at + RETRY)
        await context.storage.run(lambda tx: tx.trade_management.change(failed))
        logger.warning("trade management could not be asked about: %s", error)
        return
    at = context.clock()
    async with context.storage.transaction() as tx:
        known = await tx.trade_management.get()
        since = known.managed_since if known.managed else at
        await tx.trade_management.change(
            TradeManagementChange(
                managed=managed,
                completed=completed,
                managed_since=since if managed else None,
                answered_at=at,
                due_at=at + ASK_EVERY,
                failed_at=None,
                last_error="",
            )
        )
        dropped = 0 if managed else await tx.shipments.drop_unsent()
        await tx.commit()
    if known.answered_at is None or known.managed != managed:
        logger.info("the account is %sunder trade management", "" if managed else "not ")
    if dropped:
        logger.info("%d payments need not be reported to WeChat", dropped)
