"""Refunds against WeChat: sending what is approved, asking about what is under way.

The number never changes between tries, so a reply that was lost costs a repetition and never a second refund.
What the reply to a refund request says is *accepted*; *refunded* is what a query or a notification says.
"""

from __future__ import annotations

import logging

from clock import DAY, HOUR, MINUTE, SECOND
from payment import problems, refunds
from payment.context import Context
from payment.errors import Busy, GatewayError, NotEnoughMoney, NotFound, Refused, Unknown
from payment.refund_outcome import apply_refund
from payment.refund_steps import locked, open_case
from payment.refunds import PAUSE_BETWEEN
from payment.results import RefundResult
from payment.settlement import Source
from storage import Transaction
from storage.models import Actor, Attempt, Refund, RefundState

logger = logging.getLogger("hospital.payment.refunds")

CLAIM = 2 * MINUTE
"""How long a refund belongs to who claimed it: longer than a step may take."""
LOST_AFTER = 5
"""So many queries that do not find a refund which WeChat had accepted are a case."""


def pause(tries: int) -> int:
    """How long to wait (ms) after so many tries: half a minute, doubling up to two hours."""
    return min(30 * SECOND << min(tries, 8), 2 * HOUR)


class RefundWork:
    def __init__(self, context: Context) -> None:
        self._context = context

    async def advance(self, refund: Refund) -> RefundState:
        """Take a claimed refund one step further and say when the next one is due; its state afterwards.

        Raises StorageError; WeChat's failures are noted in the row, and the claim is given back in every case.
        """
        async with self._context.storage.reading() as reader:
            fresh = await reader.refunds.get(refund.id)
            attempt = await reader.attempts.get(refund.attempt_id)
        assert fresh is not None
        assert attempt is not None
        try:
            if fresh.state == RefundState.APPROVED:
                return await self._send(fresh, attempt)
            if fresh.state in (RefundState.PROCESSING, RefundState.ABNORMAL):
                return await self._ask(fresh)
        except GatewayError as error:
            await self._plan_after(fresh, error)
        return RefundState(fresh.state)

    async def _send(self, refund: Refund, attempt: Attempt) -> RefundState:
        at = self._context.clock()
        if wait_until := await self._too_soon(refund, at):
            await self._context.storage.run(lambda tx: tx.refunds.plan(refund.id, wait_until))
            return RefundState.APPROVED
        try:
            result = await self._context.gateway.refund(
                out_trade_no=attempt.out_trade_no,
                out_refund_no=refund.out_refund_no,
                refund_fen=refund.amount_fen,
                total_fen=attempt.amount_fen,
                reason=refund.reason,
            )
        except Refused as error:
            if not error.must_query:
                raise
            try:
                return await self._ask(refund)  # an earlier try may have succeeded: WeChat's own word decides
            except NotFound:
                raise error from None
        return await self._accepted(refund, result)

    async def _too_soon(self, refund: Refund, at: int) -> int | None:
        """WeChat wants a minute between two refunds of one payment: the moment until which this one waits."""
        async with self._context.storage.reading() as reader:
            siblings = await reader.refunds.of_order(refund.order_id)
        others = [each for each in siblings if each.id != refund.id and each.attempt_id == refund.attempt_id]
        if any(
            each.id < refund.id and each.state == RefundState.APPROVED and each.claimed_until > at
            for each in others
        ):
            return at + PAUSE_BETWEEN  # an older one is being sent at this moment
        next_at = max((each.submitted_at or 0 for each in others), default=0) + PAUSE_BETWEEN
        return next_at if next_at > at else None

    async def _accepted(self, refund: Refund, result: RefundResult) -> RefundState:
        """WeChat has it. Whatever status the reply carries, done is what a query will say in a moment."""
        at = self._context.clock()

        async def keep(tx: Transaction) -> RefundState:
            _, fresh = await locked(tx, refund.id)
            await tx.refunds.move(
                refund.id,
                (RefundState.APPROVED,),
                RefundState.PROCESSING,
                at,
                submitted_at=at if result.created_at is None else result.created_at,
                wechat_refund_id=result.refund_id,
                next_query_at=at,
            )
            await tx.refunds.plan(refund.id, at + (5 * SECOND if result.status == "SUCCESS" else MINUTE))
            return RefundState.PROCESSING if fresh.state == RefundState.APPROVED else RefundState(fresh.state)

        return await self._context.storage.run(keep)

    async def _ask(self, refund: Refund) -> RefundState:
        result = await self._context.gateway.query_refund(refund.out_refund_no)
        at = self._context.clock()

        async def keep(tx: Transaction) -> RefundState:
            state = await apply_refund(tx, result, Source.QUERY, at)
            assert state is not None  # the number is of our row
            later = DAY if state == RefundState.ABNORMAL else max(MINUTE, pause(refund.query_count))
            await tx.refunds.plan(refund.id, at + later)
            return state

        return await self._context.storage.run(keep)

    async def _plan_after(self, refund: Refund, error: GatewayError) -> None:
        """Note the failure where an administrator sees it, and say when to try again, with the same number."""
        at = self._context.clock()
        kind, wait = "", pause(refund.query_count)
        if isinstance(error, NotEnoughMoney):
            kind, wait = "refund_not_enough", max(wait, 10 * MINUTE)
        elif isinstance(error, NotFound) and refund.state != RefundState.APPROVED:
            kind = "refund_lost" if refund.query_count >= LOST_AFTER else ""
        elif isinstance(error, Refused) and not isinstance(error, Busy | Unknown) and error.verified:
            kind, wait = "refund_refused", DAY

        async def note(tx: Transaction) -> None:
            _, fresh = await locked(tx, refund.id)
            if kind and fresh.state == refund.state:
                detail = {"amount_fen": refund.amount_fen, "code": error.code, "error": str(error)}
                await open_case(tx, kind, refund, detail, at)
            await tx.refunds.plan(refund.id, at + wait, str(error))

        await self._context.storage.run(note)
        logger.warning("refund %d not done yet: %s; again in %d s", refund.id, error, wait // 1000)

    async def claim(self, refund: Refund) -> bool:
        """Take a refund for one step; False while another process has it."""
        at = self._context.clock()
        return await self._context.storage.run(lambda tx: tx.refunds.claim(refund, at, at + CLAIM))

    async def step_now(self, refund_id: int) -> RefundState:
        """An administrator wants this refund sent or asked about at once. Raises RefundNotFound, WeChatBusy."""
        async with self._context.storage.reading() as reader:
            refund = await reader.refunds.get(refund_id)
        if refund is None:
            raise problems.RefundNotFound
        if refund.next_query_at is None:
            return RefundState(refund.state)
        if not await self.claim(refund):
            raise problems.WeChatBusy
        return await self.advance(refund)

    async def withdraw(self, refund_id: int, actor: Actor, note: str) -> None:
        """Take back an approved refund that WeChat does not have: asked now, under a claim, so that no process is
        sending it. Raises RefundNotFound, RefundAlreadyDecided, RefundNotAllowed, WeChatBusy, WeChatTimeout."""
        async with self._context.storage.reading() as reader:
            refund = await reader.refunds.get(refund_id)
        if refund is None:
            raise problems.RefundNotFound
        if refund.state != RefundState.APPROVED:
            raise problems.RefundAlreadyDecided
        if not await self.claim(refund):
            raise problems.WeChatBusy
        try:
            await self._ask(refund)
        except NotFound as error:
            if not error.verified:
                raise problems.WeChatTimeout from error
            at = self._context.clock()
            await self._context.storage.run(lambda tx: refunds.withdraw(tx, refund_id, actor, note, at))
            return
        except GatewayError as error:
            await self._plan_after(refund, error)
            raise problems.of_gateway(error) from error
        raise problems.RefundAlreadyDecided
