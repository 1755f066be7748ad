"""What happens about money outside of WeChat: received, reversed, corrected, paid back; also while its order is being
paid at WeChat."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import hypothesis.strategies as st

from clock import DAY, HOUR
from payment import payables
from payment.offline.marks import mark_of
from payment.offline.receipts import Handling, Receipt
from payment.payables import PayableKey
from storage.models import OfflineMethod, Order, SupplementState
from tests.model.base_machine import BaseMachine, index, manners, pick, step
from tests.model.expecting import expect
from tests.model.process import Process
from tests.model.settlement import ADMIN
from tests.model.system import REFUSALS

methods = st.sampled_from(OfflineMethod)
AGES = (0, 0, HOUR, 2 * DAY, -HOUR)
"""How long ago the money changed hands; what lies in the future is refused."""
MEANWHILE = ("", "", "", "paid", "look", "resume", "sweep")
"""What happens at WeChat as the office records a receipt. ``paid``: the user has paid there, and no notification
comes."""


class OfflineMoney(BaseMachine):
    @step(
        5,
        number=index,
        supplement=st.sampled_from([False, False, True]),
        short_fen=st.sampled_from([0] * 9 + [1]),
        method=methods,
        age=st.sampled_from(AGES),
        meanwhile=st.sampled_from(MEANWHILE),
        manner=manners,
    )
    def receive(
        self,
        number: int,
        supplement: bool,
        short_fen: int,
        method: OfflineMethod,
        age: int,
        meanwhile: str,
        manner: tuple[str, int],
    ) -> None:
        """The office records money for an order or a supplement that waits for it."""
        if not (found := self._unpaid_supplement(number) if supplement else self._unpaid_order(number)):
            return
        key, order, amount_fen = found
        if meanwhile == "paid":
            self._pay_unnoticed(order, key)
        receipt = Receipt(amount_fen - short_fen, self._handling(method, age))
        before = self._receipts_of(key)

        async def receive(process: Process) -> Any:
            seen = await self._mark(process, key)
            record = process.payments.offline.record(key, receipt, ADMIN, seen)
            return await _beside(record, self._meanwhile(process, meanwhile, order, key))

        done = self.act(f"receive{', paid there' if meanwhile == 'paid' else ''}", receive, manner)
        made = self._receipts_of(key) - before
        expect(made in (0, 1), "one act recorded money more than once", key, made)
        expect(done is None or made == 1, "said to be recorded, and is not", key)
        if short_fen or age < 0:
            expect(made == 0, "money that cannot be so was recorded", key, receipt)

    @step(2, number=index, act=st.sampled_from(["reverse", "correct"]), method=methods, manner=manners)
    def take_receipt_back(
        self, number: int, act: str, method: OfflineMethod, manner: tuple[str, int]
    ) -> None:
        """A receipt that was a mistake: reversed, or replaced by the right one; also one that WeChat's money is."""
        paying = [each for each in self.books().attempts if each.state == "paid"]
        in_cash = [each for each in paying if each.channel == "offline"]
        more = {each.order_id for each in self.books().supplements if each.paid_fen > each.refunded_fen}
        if number % 2:  # orders for which something more is paid
            in_cash = [a for a in in_cash if a.order_id in more and a.supplement_id is None] or in_cash
        if not (chosen := pick((in_cash or paying)[::-1] if number % 10 else paying, number)):
            return
        key = PayableKey(chosen.order_id, chosen.supplement_id)
        receipt = Receipt(chosen.amount_fen, self._handling(method, 0))
        before = self._receipts_of(key)

        async def take_back(process: Process) -> Any:
            offline, seen = process.payments.offline, await self._mark(process, key)
            if act == "reverse":
                return await offline.reverse(key, "记错了", ADMIN, seen)
            return await offline.correct(key, receipt, "方式记错了", ADMIN, seen)

        done = self.act(f"{act} receipt", take_back, manner)
        made = self._receipts_of(key) - before
        expect(made in ((0,) if act == "reverse" else (0, 1)), "one correction recorded more", key, made)
        expect(done is None or made == (act == "correct"), "said to be corrected, and is not", key)

    @step(2, number=index, share=st.sampled_from([30, 100]), manner=manners)
    def refund_offline(self, number: int, share: int, manner: tuple[str, int]) -> None:
        """The office gives back money of an order that was received outside of WeChat."""
        holders = {each.id for each in self.books().attempts if each.channel == "offline"}
        orders = [each for each in self.books().orders if each.paid_attempt_id in holders]
        if order := pick(orders[::-1], number):
            amount = max(1, order.paid_fen * share // 100)
            self.act(
                "refund cash",
                lambda process: process.payments.start_refund(order.id, ADMIN, amount, "协商"),
                manner,
            )

    @step(4, number=index, method=methods, any_of_them=st.sampled_from([False] * 5 + [True]), manner=manners)
    def pay_back(
        self, number: int, method: OfflineMethod, any_of_them: bool, manner: tuple[str, int]
    ) -> None:
        """A person confirms that they paid a refund back; of any refund, too, which is refused."""
        offline = {each.id for each in self.books().attempts if each.channel == "offline"}
        waiting = [r for r in self.books().refunds if r.state == "approved" and r.attempt_id in offline]
        if not (refund := pick((self.books().refunds if any_of_them else waiting)[::-1], number)):
            return
        payable = refund in waiting

        async def confirm(process: Process) -> Any:
            given = self._handling(method, 0)
            return await process.payments.offline.confirm_refund(refund.id, given, ADMIN)

        done = self.act("pay back", confirm, manner)
        expect(done is None or payable, "paid back by hand what was not to be", refund)

    # What they need

    def _unpaid_order(self, number: int) -> tuple[PayableKey, Order, int] | None:
        """Some are paid at WeChat already, which is refused."""
        order = self.unpaid(number) if number % 8 else self.paid(number, "unpaid", "paid")
        return (PayableKey(order.id), order, order.price_fen) if order else None

    def _unpaid_supplement(self, number: int) -> tuple[PayableKey, Order, int] | None:
        states = [SupplementState.OPEN] if number % 8 else list(SupplementState)
        found = pick([each for each in self.books().supplements if each.state in states][::-1], number)
        if found is None:
            return None
        order = next(each for each in self.books().orders if each.id == found.order_id)
        return PayableKey(order.id, found.id), order, found.amount_fen

    def _pay_unnoticed(self, order: Order, key: PayableKey) -> None:
        user = self.owner_of(order)
        given = self.act("pay before the office records", lambda process: self._resumed(process, order, key))
        if given is not None:
            self.system.prepaid.append((user.openid, given))
            self.pay_with(user.openid, given, "success_without_notify")

    def _resumed(self, process: Process, order: Order, key: PayableKey) -> Awaitable[dict[str, str]]:
        if key.supplement_id is not None:
            return process.payments.pay_supplement(key.supplement_id, self.owner_of(order))
        return process.payments.resume(order.id, self.owner_of(order))

    def _meanwhile(
        self, process: Process, what: str, order: Order, key: PayableKey
    ) -> Callable[[], Awaitable[Any]] | None:
        async def resume() -> None:
            given = await self._resumed(process, order, key)
            self.system.prepaid.append((self.owner_of(order).openid, given))

        acts: dict[str, Callable[[], Awaitable[Any]]] = {
            "look": lambda: process.payments.refresh(order.id),
            "resume": resume,
            "sweep": lambda: process.sweeper.run_once(),
        }
        return acts.get(what)

    def _handling(self, method: OfflineMethod, age: int) -> Handling:
        return Handling(method, "", "前台", self.system.at - age)

    def _receipts_of(self, key: PayableKey) -> int:
        """How many receipts there are, also those that were reversed."""
        books = self.books()
        of_it = {a.id for a in books.attempts if PayableKey(a.order_id, a.supplement_id) == key}
        return sum(each.kind == "receipt" and each.attempt_id in of_it for each in books.offline)

    async def _mark(self, process: Process, key: PayableKey) -> str:
        """As the page of this process shows it."""
        async with process.storage.reading() as reader:
            order = await reader.orders.get(key.order_id)
            assert order is not None
            return await mark_of(reader, await payables.load(reader, order, key.supplement_id))


async def _beside(record: Awaitable[int], other: Callable[[], Awaitable[Any]] | None) -> int:
    """Both at once; the other may be refused, and what it is refused with does not matter here."""
    if other is None:
        return await record
    outcomes: tuple[Any, ...] = await asyncio.gather(record, other(), return_exceptions=True)
    made, beside = outcomes
    if isinstance(beside, BaseException) and not isinstance(beside, REFUSALS):
        raise beside
    if isinstance(made, BaseException):
        raise made
    return int(made)
