"""Refunds against WeChat: sending what is approved, asking about what is under way.

The number never changes between tries, so a reply that was lost costs a repetition and never a second refund.
What the reply to a refund request says is *accepted*; *refunded* is what a query or a notification says.
"""

from __future__ import annotations

import logging

from clock import DAY, HOUR, MINUTE, SECOND
from failures import place
from payment import problems
from payment.context import Context, InTransaction, no_hook
from payment.evidence import Source
from payment.refunds import decisions
from payment.refunds.decisions import MIN_REFUND_INTERVAL, last_before
from payment.refunds.outcome import apply_refund
from payment.refunds.steps import lock_refund, open_case
from payment.wechatpay.errors import Busy, GatewayError, NotEnoughMoney, NotFound, Refused, Unknown
from payment.wechatpay.results import RefundResult
from storage import StorageUnavailable, Transaction
from storage.claims import is_claimed
from storage.models import QUERIED_REFUNDS, Actor, Attempt, Channel, Refund, RefundState
from storage.writes import RefundMove

logger = logging.getLogger("hospital.payment.refunds")

CLAIM = 2 * MINUTE
"""How long a refund belongs to who claimed it: longer than a step may take."""
ARRIVAL_MARGIN = 10 * MINUTE
"""A request whose outcome is unknown may still arrive at WeChat for so long, whatever a query says meanwhile."""
LOST_AFTER = HOUR
"""A refund that WeChat accepted so long ago, and does not find twice in a row, is a case: once alone says nothing."""


def retry_delay(tries: int) -> int:
    """How long to wait (ms) after so many tries: half a minute, doubling up to two hours."""
    return min(30 * SECOND << min(tries, 8), 2 * HOUR)


def may_still_arrive(refund: Refund, at: int) -> bool:
    """Could a request for this approved refund be on its way to WeChat? ``unanswered_at`` says when one got
    no answer; one that was cut short has left its claim behind."""
    cut_short_at = refund.claimed_until - CLAIM if refund.claimed_until else 0
    return at < max(refund.unanswered_at or 0, cut_short_at) + ARRIVAL_MARGIN


def _is_lost(refund: Refund, error: NotFound, at: int) -> bool:
    again = refund.last_error == str(error)
    return again and at >= (refund.submitted_at or refund.requested_at) + LOST_AFTER


class RefundSender:
    def __init__(self, context: Context) -> None:
        self._context = context

    async def advance(self, refund: Refund, hook: InTransaction = no_hook) -> RefundState:
        """Take a claimed refund one step further and say when the next one is due; its state afterwards, which
        ``hook`` is told too when WeChat has answered.

        Raises StorageError, and what was not foreseen; WeChat's failures are noted in the row alone. The claim is
        given back in every case but that of a database that cannot be reached, where it ends by itself.
        """
        async with self._context.storage.reading() as reader:
            fresh = await reader.refunds.get(refund.id)
            attempt = await reader.attempts.get(refund.attempt_id)
        assert fresh is not None
        assert attempt is not None
        if attempt.channel == Channel.OFFLINE:  # a person pays it back
            return RefundState(fresh.state)
        try:
            if fresh.state == RefundState.APPROVED:
                return await self._send(fresh, attempt, hook)
            if fresh.state in QUERIED_REFUNDS:
                return await self._query(fresh, hook)
        except GatewayError as error:
            await self._reschedule_after(fresh, error)
        except StorageUnavailable:
            raise
        except (
            Exception
        ) as error:  # what WeChat has done by now is not known: never at once again, and seen in the row
            await self._reschedule_after(fresh, Unknown(place(error)))
            raise
        return RefundState(fresh.state)

    async def _send(self, refund: Refund, attempt: Attempt, hook: InTransaction) -> RefundState:
        at = self._context.clock()
        if wait_until := await self._too_soon(refund, at):
            await self._context.storage.run(lambda tx: tx.refunds.reschedule(refund.id, wait_until))
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
                return await self._query(
                    refund, hook
                )  # an earlier try may have succeeded: WeChat's answer decides
            except NotFound:
                raise error from None
        return await self._mark_accepted(refund, result, hook)

    async def _too_soon(self, refund: Refund, at: int) -> int | None:
        """WeChat wants a minute between two refunds of one payment: the moment until which this one waits."""
        async with self._context.storage.reading() as reader:
            siblings = await reader.refunds.of_order(refund.order_id)
        others = [each for each in siblings if each.id != refund.id and each.attempt_id == refund.attempt_id]
        if any(
            each.id < refund.id and each.state == RefundState.APPROVED and is_claimed(each.claimed_until, at)
            for each in others
        ):
            return at + MIN_REFUND_INTERVAL  # an older one is being sent at this moment
        sent = [each.submitted_at or 0 for each in others]
        next_at = last_before(sent, at, 0) + MIN_REFUND_INTERVAL
        return next_at if next_at > at else None

    async def _mark_accepted(self, refund: Refund, result: RefundResult, hook: InTransaction) -> RefundState:
        """WeChat has it. Whatever status the reply carries, done is what a query will say in a moment."""
        at = self._context.clock()

        async def keep(tx: Transaction) -> RefundState:
            _, fresh = await lock_refund(tx, refund.id)
            await tx.refunds.move(
                refund.id,
                (RefundState.APPROVED,),
                RefundState.PROCESSING,
                at,
                RefundMove(
                    submitted_at=at if result.created_at is None else result.created_at,
                    wechat_refund_id=result.refund_id,
                    next_query_at=at,
                ),
            )
            await tx.refunds.reschedule(
                refund.id, at + (5 * SECOND if result.status == "SUCCESS" else MINUTE)
            )
            state = (
                RefundState.PROCESSING if fresh.state == RefundState.APPROVED else RefundState(fresh.state)
            )
            await hook(tx, state)
            return state

        return await self._context.storage.run(keep)

    async def _query(self, refund: Refund, hook: InTransaction) -> RefundState:
        result = await self._context.gateway.query_refund(refund.out_refund_no)
        at = self._context.clock()

        async def keep(tx: Transaction) -> RefundState:
            state = await apply_refund(tx, result, Source.QUERY, at)
            assert state is not None  # the number is of our row
            later = DAY if state == RefundState.ABNORMAL else max(MINUTE, retry_delay(refund.query_count))
            await tx.refunds.reschedule(refund.id, at + later)
            await hook(tx, state)
            return state

        return await self._context.storage.run(keep)

    async def _reschedule_after(self, refund: Refund, error: GatewayError) -> None:
        """Note the failure where an administrator sees it, and say when to try again, with the same number."""
        at = self._context.clock()
        kind, wait = "", retry_delay(refund.query_count)
        if isinstance(error, NotEnoughMoney):
            kind, wait = "refund_not_enough", max(wait, 10 * MINUTE)
        elif isinstance(error, NotFound) and refund.state != RefundState.APPROVED:
            kind = "refund_lost" if _is_lost(refund, error, at) else ""
        elif isinstance(error, Refused) and not isinstance(error, Busy | Unknown) and error.verified:
            kind, wait = "refund_refused", DAY

        async def note(tx: Transaction) -> None:
            _, fresh = await lock_refund(tx, refund.id)
            if kind and fresh.state == refund.state:
                detail = {"amount_fen": refund.amount_fen, "code": error.code, "error": str(error)}
                await open_case(tx, kind, refund, detail, at)
            if not (error.verified or isinstance(error, Busy)):  # for ``may_still_arrive``
                approved = RefundState.APPROVED
                await tx.refunds.move(refund.id, (approved,), approved, at, RefundMove(unanswered_at=at))
            await tx.refunds.reschedule(refund.id, at + wait, str(error))

        await self._context.storage.run(note)
        logger.warning("refund %d not done yet: %s; again in %d s", refund.id, error, wait // 1000)

    async def claim(self, refund: Refund, hook: InTransaction = no_hook) -> bool:
        """Take a refund for one step; False while another process has it."""
        at = self._context.clock()

        async def take(tx: Transaction) -> bool:
            claimed = await tx.refunds.claim(refund, at, at + CLAIM)
            if claimed:
                await hook(tx, None)
            return claimed

        return await self._context.storage.run(take)

    async def step_now(self, refund_id: int, hook: InTransaction = no_hook) -> RefundState:
        """An administrator wants this refund sent or asked about at once. Raises RefundNotFound, RefundUnderWay."""
        async with self._context.storage.reading() as reader:
            refund = await reader.refunds.get(refund_id)
        if refund is None:
            raise problems.RefundNotFound
        if refund.next_query_at is None:
            return RefundState(refund.state)
        if not await self.claim(refund, hook):
            raise problems.RefundUnderWay
        return await self.advance(refund, hook)

    async def withdraw(self, refund_id: int, actor: Actor, note: str, hook: InTransaction = no_hook) -> None:
        """Take back an approved refund that WeChat does not have: asked now, under a claim, so that no process is
        sending it. Raises RefundNotFound, RefundAlreadyDecided, RefundNotAllowed, RefundUnderWay, RefundMayLand,
        WeChatBusy, WeChatTimeout, WeChatRefused."""
        async with self._context.storage.reading() as reader:
            refund = await reader.refunds.get(refund_id)
        if refund is None:
            raise problems.RefundNotFound
        if refund.state != RefundState.APPROVED:
            raise problems.RefundAlreadyDecided
        if not await self.claim(refund, hook):
            raise problems.RefundUnderWay
        try:
            await self._query(refund, hook)
        except NotFound as error:
            await self._withdraw_unknown(refund, actor, note, error, hook)
            return
        except GatewayError as error:
            await self._reschedule_after(refund, error)
            raise problems.of_gateway(error) from error
        raise problems.RefundAlreadyDecided

    async def _withdraw_unknown(
        self, refund: Refund, actor: Actor, note: str, error: NotFound, hook: InTransaction
    ) -> None:
        """WeChat does not know the refund: it is taken back, unless that may change in a moment."""
        at = self._context.clock()
        if not error.verified or may_still_arrive(refund, at):
            await self._context.storage.run(
                lambda tx: tx.refunds.reschedule(refund.id, refund.next_query_at, refund.last_error)
            )
            raise (problems.RefundMayLand if error.verified else problems.WeChatTimeout) from error

        async def take_back(tx: Transaction) -> None:
            await decisions.withdraw_refund(tx, refund.id, actor, note, at)
            await hook(tx, RefundState.CLOSED)

        await self._context.storage.run(take_back)
