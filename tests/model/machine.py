"""The state machine: everybody does anything at any time, and after every step every fen has its place."""

from __future__ import annotations

from typing import Any

import hypothesis.strategies as st
from hypothesis.stateful import initialize, invariant, rule

from tests.model.administrators import Administrators
from tests.model.base_machine import PAUSES, BaseMachine, index, manners, pick, step, steps_of
from tests.model.chaos import CASHIER, FAULTS, SWITCHES
from tests.model.offline import OfflineMoney
from tests.model.process import Process
from tests.model.settlement import settle_everything
from tests.model.supplements import Supplements
from tests.model.users import Users


class Surroundings(BaseMachine):
    """WeChat, the clock, the machinery."""

    @step(
        3,
        faults=st.lists(st.tuples(st.sampled_from(sorted(FAULTS)), index), min_size=1, max_size=4),
        times=index,
    )
    def break_something(self, faults: list[tuple[str, int]], times: int) -> None:
        for kind, number in faults:
            wish = FAULTS[kind][number % len(FAULTS[kind])]
            often = 1 if wish["fault"] == "slow" else 1 + times % 4
            self.break_with({**wish, "times": often})

    @step(number=index, outcome=st.sampled_from(["SUCCESS", "ABNORMAL", "CLOSED"]))
    def merchant_platform(self, number: int, outcome: str) -> None:
        """WeChat, or a person at its merchant platform, decides a refund."""
        refunds = self.system.sandbox.context.state.refunds.values()
        open_ones = [r for r in refunds if r.status in ("PROCESSING", "ABNORMAL") and r.status != outcome]
        if payback := pick(open_ones, number):

            async def decide(_: Process) -> None:
                self.system.sandbox.refunds.settle(payback, outcome)

            self.act(f"decide {outcome}", decide)

    @step(number=index, notify=st.booleans())
    def paid_after_close(self, number: int, notify: bool) -> None:
        """WeChat takes money for a payment whose close it had confirmed."""
        closed = [c for c in self.system.sandbox.context.state.orders.values() if c.state == "CLOSED"]
        if charge := pick(closed[::-1], number):

            async def take(_: Process) -> None:
                self.system.paid_after_close.add(charge.out_trade_no)
                self.system.sandbox.payments.pay(charge, notify=notify)

            self.act("late money", take)

    @step(number=index, notify=st.booleans())
    def wrong_sum(self, number: int, notify: bool) -> None:
        """WeChat takes one fen in place of the price (of one fen: two), and says so truthfully."""
        payable = [c for c in self.system.sandbox.context.state.orders.values() if c.state == "NOTPAY"]
        if charge := pick(payable[::-1], number):

            async def take(_: Process) -> None:
                self.system.mismatched_amounts.add(charge.out_trade_no)
                charge.amount_fen = 2 if charge.amount_fen == 1 else 1
                self.system.sandbox.payments.pay(charge, notify=notify)

            self.act("wrong sum", take)

    @step(number=index)
    def resend_notification(self, number: int) -> None:
        known = list(self.system.sandbox.context.state.notifications.values())
        if record := pick(known[::-1], number):

            async def resend(_: Process) -> None:
                self.system.sandbox.notifier.resend(record)

            self.act("resend", resend)

    @step(pause=st.sampled_from(PAUSES), restart=st.booleans())
    def time_passes(self, pause: int, restart: bool) -> None:
        """With or without a restart of the server: nothing in memory may matter."""
        self.run(self.system.pass_time(pause))
        if restart:
            self.run(self.system.restart())

    @step(2, manner=manners)
    def sweep(self, manner: tuple[str, int]) -> None:
        self.act("sweep", lambda process: process.sweeper.run_once(), manner)

    @step(2, pause=st.sampled_from(PAUSES[2:7]))
    def time_passes_and_the_sweeper_works(self, pause: int) -> None:
        self.run(self.system.pass_time(pause))
        self.act("sweep", lambda process: process.sweeper.run_once())

    @step(seldom=st.integers(0, 5))
    def settle_everything(self, seldom: int) -> None:
        """In the middle of a run, which goes on afterwards: at its end it is done anyway."""
        if seldom == 5:
            self.run(settle_everything(self.system, self.checker))


class PaymentModel(Users, Administrators, Supplements, OfflineMoney, Surroundings):
    @initialize(
        switches=st.fixed_dictionaries({k: st.sampled_from(v) for k, v in SWITCHES.items()}),
        purchases=st.lists(st.sampled_from(CASHIER), min_size=1, max_size=3),
    )
    def open_for_business(self, switches: dict[str, str], purchases: list[str]) -> None:
        """WeChat behaves in one of the ways that its documents leave open; some people have bought already."""
        for name, value in switches.items():
            setattr(self.system.sandbox.settings, name, value)
        for number, outcome in enumerate(purchases):
            self.buy_something(number, outcome)

    @rule(step=steps_of(Users, Administrators, Supplements, OfflineMoney, Surroundings))
    def then(self, step: tuple[str, dict[str, Any]]) -> None:
        name, arguments = step
        getattr(self, name)(**arguments)

    @invariant()
    def every_fen_has_its_place(self) -> None:
        self._books = self.run(self.checker.check())

    def teardown(self) -> None:
        try:
            if not self._failed:
                self.run(settle_everything(self.system, self.checker))
                self._count_the_end()
        finally:
            self._close_system(self.system)

    def _count_the_end(self) -> None:
        books, counts = self.books(), self.system.counts
        counts["systems"] += 1
        counts["total: orders"] += len(books.orders)
        owners = {order.id: order.user_id for order in books.orders}
        paid = [a for a in books.attempts if a.state == "paid" and a.channel == "wechat"]
        counts["total: paid for another"] += sum(one.payer_user_id != owners[one.order_id] for one in paid)
        counts["total: supplements"] += len(books.supplements)
        counts["total: supplements paid"] += sum(each.paid_fen > 0 for each in books.supplements)
        counts["total: supplements refunded"] += sum(each.refunded_fen > 0 for each in books.supplements)
        for entry in books.ledger:
            counts[f"total: {entry.kind}s"] += 1
            counts[f"total: {entry.kind}s, fen"] += entry.amount_fen
        for moved in books.offline:
            counts[f"total: offline {moved.kind}s"] += 1
        of_supplements = {each.id for each in books.attempts if each.supplement_id is not None}
        cash = [moved for moved in books.offline if moved.kind == "receipt"]
        counts["total: supplements paid in cash"] += sum(each.attempt_id in of_supplements for each in cash)
        for case in books.cases:
            counts[f"case: {case.kind}"] += 1
        for attempt in books.attempts:
            counts[f"attempt: {attempt.state}"] += 1
        for refund in books.refunds:
            counts[f"refund: {refund.state} ({refund.source})"] += 1
