"""What users and administrators do about refunds, as the handlers use it: each act in one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from orders.visit_time import refunds_count_from, visit_begin_ms
from payment import payables
from payment.context import Context, InTransaction, no_hook
from payment.offline.refunds import is_of_offline_money
from payment.payables import Payable, PayableKey
from payment.refunds import cancellation, decisions, quotes, requests
from payment.refunds.amount_checks import DecisionChecks
from payment.refunds.deadlines import Rule, rule_of
from payment.refunds.quotes import Quote
from payment.refunds.sending import RefundSender
from payment.refunds.steps import Decision
from storage import Transaction
from storage.models import Actor, Cause, Order, Refund, RefundKind, RefundState, User

T = TypeVar("T")


class RefundService:
    """The part of ``Payments`` about money that goes back.

    What its methods raise, and what ``at`` and ``hook`` are, is said there.
    """

    def __init__(self, context: Context) -> None:
        self.context = context
        self.refund_sender = RefundSender(context)
        self._storage = context.storage
        self._clock = context.clock

    @property
    def wake(self) -> asyncio.Event:
        """Set when the sweeper has something to do at once."""
        return self.context.wake

    async def quote(self, order: Order, at: int | None = None, known: list[Refund] | None = None) -> Quote:
        """What the user would get back now. ``known``: the order's decisions, if they were read already."""
        if known is None:
            async with self._storage.reading() as reader:
                known = await reader.refunds.of_order(order.id)
        return self.quote_of(payables.of_order(order), known, at)

    def quote_of(self, payable: Payable, known: list[Refund], at: int | None = None) -> Quote:
        """The same of an order or a supplement. ``known``: all refunds of the order."""
        return quotes.quote(payable, known, self.context.policy, self._at(at))

    def rule(self, visit_date: str, visit_time: str = "", at: int | None = None) -> Rule:
        """The refund rule of a visit that was not ordered yet, with its dates."""
        return rule_of(self.context.policy, visit_begin_ms(visit_date, visit_time), self._at(at))

    def rule_of_order(self, order: Order, at: int | None = None) -> Rule:
        """The refund rule of an order with its dates; of one that is paid, with its own grace time."""
        assigned = order.escort_id is not None
        policy, moment = self.context.policy, self._at(at)
        return rule_of(
            policy,
            refunds_count_from(order),
            moment,
            paid_at=order.paid_at,
            assigned=assigned,
            max_percent=order.max_refund_percent,
        )

    def percent(self, order: Order, at: int | None = None) -> int:
        """What part of the payment a cancellation would give back now."""
        return quotes.quote_percent(order, self.context.policy, self._at(at))

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
            lambda tx: requests.request_refund(tx, PayableKey(order_id), user.id, wanted, policy, moment)
        )

    async def withdraw_request(self, order_id: int, user: User, at: int | None = None) -> None:
        """The user withdraws a request that is not decided. See ``requests.withdraw_request``."""
        moment = self._at(at)
        await self._storage.run(
            lambda tx: requests.withdraw_request(tx, PayableKey(order_id), user.id, moment)
        )

    async def request_supplement_refund(
        self, supplement_id: int, user: User, amount_fen: int | None, reason: str, at: int | None = None
    ) -> int:
        """The user asks for the money of a supplement, or a part of it; None was no amount. See
        ``requests.request_refund``."""
        wanted = requests.RefundRequest(RefundKind.MONEY_BACK, reason, amount_fen)
        moment, policy = self._at(at), self.context.policy

        async def request(tx: Transaction) -> int:
            key = await payables.key_of_supplement(tx, supplement_id)
            return await requests.request_refund(tx, key, user.id, wanted, policy, moment)

        return await self._storage.run(request)

    async def withdraw_supplement_request(
        self, supplement_id: int, user: User, at: int | None = None
    ) -> None:
        """The user withdraws such a request. See ``requests.withdraw_request``."""
        moment = self._at(at)

        async def withdraw(tx: Transaction) -> None:
            key = await payables.key_of_supplement(tx, supplement_id)
            await requests.withdraw_request(tx, key, user.id, moment)

        await self._storage.run(withdraw)

    async def approve_refund(
        self,
        refund_id: int,
        actor: Actor,
        amount_fen: int | None = None,
        note: str = "",
        hook: InTransaction = no_hook,
        checks: DecisionChecks | None = None,
    ) -> None:
        """Approve a request; the sweeper sends it at once. See ``requests.approve_refund``."""
        moment = self._clock()
        await self._run(
            lambda tx: requests.approve_refund(
                tx, refund_id, Decision(Cause(actor, moment, note), checks), amount_fen
            ),
            hook,
        )
        self.wake.set()

    async def reject_refund(
        self,
        refund_id: int,
        actor: Actor,
        note: str = "",
        hook: InTransaction = no_hook,
        checks: DecisionChecks | None = None,
    ) -> None:
        """Reject a request. See ``requests.reject_refund``."""
        moment = self._clock()
        await self._run(
            lambda tx: requests.reject_refund(tx, refund_id, Decision(Cause(actor, moment, note), checks)),
            hook,
        )

    async def end_order(
        self,
        order_id: int,
        actor: Actor,
        wanted: cancellation.OrderEnding,
        checks: DecisionChecks | None = None,
        hook: InTransaction = no_hook,
    ) -> int | None:
        """The office ends an order that will not be served. See ``cancellation.end_order``."""
        decision = Decision(Cause(actor, self._clock(), wanted.reason), checks)
        refund_id = await self._run(
            lambda tx: cancellation.end_order(tx, order_id, wanted, decision, self.context.policy), hook
        )
        self.wake.set()
        return refund_id

    async def start_refund(
        self,
        order_id: int,
        actor: Actor,
        amount_fen: int,
        reason: str = "",
        checks: DecisionChecks | None = None,
        hook: InTransaction = no_hook,
    ) -> int:
        """An administrator refunds an order, wholly or in part; the refund's id. See ``decisions.start_refund``."""
        decision = Decision(Cause(actor, self._clock(), reason), checks)
        return await self._start(PayableKey(order_id), decision, amount_fen, hook)

    async def start_supplement_refund(
        self,
        supplement_id: int,
        actor: Actor,
        amount_fen: int,
        reason: str = "",
        checks: DecisionChecks | None = None,
        hook: InTransaction = no_hook,
    ) -> int:
        """The same of a supplement."""
        async with self._storage.reading() as reader:
            key = await payables.key_of_supplement(reader, supplement_id)
        decision = Decision(Cause(actor, self._clock(), reason), checks)
        return await self._start(key, decision, amount_fen, hook)

    async def _start(self, key: PayableKey, decision: Decision, amount_fen: int, hook: InTransaction) -> int:
        policy = self.context.policy
        refund_id = await self._run(
            lambda tx: decisions.start_refund(tx, key, decision, amount_fen, policy), hook
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
        """Take back an approved refund that WeChat does not have, or that is not paid back yet: see
        ``RefundSender.withdraw`` and ``decisions.withdraw_refund``."""
        async with self._storage.reading() as reader:
            offline = await is_of_offline_money(reader, refund_id)
        if offline:
            moment = self._clock()

            async def work(tx: Transaction) -> RefundState:
                await decisions.withdraw_refund(tx, refund_id, actor, note, moment)
                return RefundState.CLOSED

            await self._run(work, hook)
            return
        await self.refund_sender.withdraw(refund_id, actor, note, hook)

    async def _run(self, work: Callable[[Transaction], Awaitable[T]], hook: InTransaction) -> T:
        """``work`` and what the caller wants written with it, in one transaction."""

        async def run(tx: Transaction) -> T:
            outcome = await work(tx)
            await hook(tx, outcome)
            return outcome

        return await self._storage.run(run)

    def _at(self, at: int | None) -> int:
        return self._clock() if at is None else at
