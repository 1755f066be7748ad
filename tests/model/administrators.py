"""What administrators do: serve orders, decide refunds, handle cases and mismatches, reconcile."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import hypothesis.strategies as st

from clock import DAY, HOUR
from orders import serving
from payment.refunds.cancellation import OrderEnding
from storage.models import UNSERVED, Cause, Ending
from tests.model.base_machine import BaseMachine, index, manners, pick, step
from tests.model.chaos import BAD_BILLS, BILL_FAULTS
from tests.model.expecting import expect
from tests.model.offline_invariants import offline_numbers
from tests.model.process import Process
from tests.model.settlement import ADMIN

AMOUNTS = {"bill_amount_differs", "bill_refund_amount_differs"}
MISSING_HERE = {"bill_payment_missing_here", "bill_refund_missing_here"}
MISSING_THERE = {"bill_payment_missing_there", "bill_refund_missing_there"}
FLOWS = {"bill_flow_missing", "bill_flow_extra", "bill_flow_differs"}


def found_as(fault: dict[str, Any]) -> set[str]:
    """What an altered bill may show as. The altered row may be of a payment that is not booked (a mismatch)."""
    if fault.get("target") == "fundflow":
        return FLOWS | MISSING_THERE
    kinds = {"bill_missing_row": MISSING_THERE | FLOWS, "bill_extra_row": MISSING_HERE}
    return kinds.get(fault["fault"], AMOUNTS | MISSING_HERE)


class Administrators(BaseMachine):
    @step(act=st.sampled_from(["assign", "unassign", "finish", "reopen"]), number=index, escort=index)
    def serve(self, act: str, number: int, escort: int) -> None:
        if not (order := self.paid(number, "paid", "serving", "finished")):
            return
        at = self.system.at
        escort_id = self.system.escorts[escort % len(self.system.escorts)]
        half = ("am", "pm", "day")[escort % 3]

        async def serve(process: Process) -> Any:
            acts: dict[str, Callable[[Any], Awaitable[Any]]] = {
                "assign": lambda tx: serving.assign(tx, order.id, escort_id, half, Cause(ADMIN, at)),
                "unassign": lambda tx: serving.unassign(tx, order.id, ADMIN, at),
                "finish": lambda tx: serving.finish(tx, order.id, ADMIN, at),
                "reopen": lambda tx: serving.reopen(tx, order.id, ADMIN, at),
            }
            return await process.storage.run(acts[act])

        self.act(act, serve)

    @step(number=index, share=st.sampled_from([None, 1, 50, 100, 150]), manner=manners)
    def approve(self, number: int, share: int | None, manner: tuple[str, int]) -> None:
        """As asked, or another share of the payment in percent (too much is refused)."""
        if refund := self._requested(number):
            paid_fen = next(a.amount_fen for a in self.books().attempts if a.id == refund.attempt_id)
            amount = None if share is None else max(1, paid_fen * share // 100)
            self.act(
                "approve", lambda process: process.payments.approve_refund(refund.id, ADMIN, amount), manner
            )

    @step(
        number=index,
        ending=st.sampled_from([str(each) for each in UNSERVED]),
        share=st.sampled_from([0, 50, 100, 101]),
        manner=manners,
    )
    def end_order(self, number: int, ending: str, share: int, manner: tuple[str, int]) -> None:
        """The office ends an order that will not be served, with a share of the payment in percent."""
        if order := self.paid(number, "paid", "serving", "refunding"):
            amount = order.paid_fen * share // 100
            self.act(
                "end",
                lambda process: process.payments.end_order(
                    order.id, ADMIN, OrderEnding(Ending(ending), amount, "电话")
                ),
                manner,
            )

    @step(number=index)
    def reject(self, number: int) -> None:
        if refund := self._requested(number):
            self.act("reject", lambda process: process.payments.reject_refund(refund.id, ADMIN, "已开始服务"))

    @step(number=index, share=st.sampled_from([1, 30, 50, 100, 101]), manner=manners)
    def start_refund(self, number: int, share: int, manner: tuple[str, int]) -> None:
        if not (
            order := self.paid(number, "paid", "serving", "finished", "refunding", "refunded", "cancelled")
        ):
            return
        amount = max(1, order.paid_fen * share // 100)
        self.act(
            "start", lambda process: process.payments.start_refund(order.id, ADMIN, amount, "协商"), manner
        )

    @step(act=st.sampled_from(["retry", "retry", "renew", "withdraw"]), number=index, manner=manners)
    def push_refund(self, act: str, number: int, manner: tuple[str, int]) -> None:
        states = {"retry": (), "renew": ("closed",), "withdraw": ("approved", "processing")}[act]
        if refund := self.refund(number, *states):

            async def push(process: Process) -> Any:
                if act == "retry":
                    return await process.payments.retry_refund(refund.id)
                if act == "renew":
                    return await process.payments.renew_refund(refund.id, ADMIN)
                return await process.payments.withdraw_refund(refund.id, ADMIN, "用户改变主意")

            self.act(act, push, manner)

    @step(number=index, manner=manners)
    def close_case(self, number: int, manner: tuple[str, int]) -> None:
        if case := pick([case for case in self.books().cases if case.state == "open"], number):
            self.act("close case", lambda process: process.payments.close_case(case.id, 1, "已处理"), manner)

    @step(act=st.sampled_from(["review", "review", "release"]), number=index, manner=manners)
    def handle_mismatch(self, act: str, number: int, manner: tuple[str, int]) -> None:
        mismatched = [attempt for attempt in self.books().attempts if attempt.state == "mismatch"]
        if attempt := pick(mismatched, number):

            async def handle(process: Process) -> Any:
                payments = process.payments
                if act == "review":
                    return await payments.review_mismatch(attempt.out_trade_no)
                return await payments.release_mismatch(attempt.out_trade_no)

            self.act(act, handle, manner)

    @step(number=index, fault=st.sampled_from([None, *BILL_FAULTS, *BAD_BILLS]), manner=manners)
    def reconcile(self, number: int, fault: dict[str, Any] | None, manner: tuple[str, int]) -> None:
        """A day that is over, with a bill that may be spoiled: what was altered must be found."""
        if not self.system.billed_days():
            self.run(self.system.pass_time(DAY + 2 * HOUR))
        if not (day := pick(self.system.billed_days()[::-1], number % 3)):
            return
        faults = self.system.sandbox.context.faults
        if fault is not None:
            faults.switch_on(fault, self.system.at)
        waiting = len(faults.active())
        result = self.act("reconcile", lambda process: process.payments.reconcile(day), manner)
        struck = len(faults.active()) < waiting
        for item in BILL_FAULTS + BAD_BILLS:
            faults.switch_off(name=item["fault"])
        if result is None or manner[0] == "twice":  # then the other process may have got the altered bill
            return
        offline = offline_numbers(self.books()) & {each.reference for each in result.differences}
        expect(not offline, "a bill was compared with money outside of WeChat", day, offline)
        if fault in BILL_FAULTS and struck and (result.payments or fault["fault"] == "bill_extra_row"):
            kinds = {difference.kind for difference in result.differences}
            expect(kinds & found_as(fault), "an altered bill was found in order", day, fault, result)
            self.system.counts["altered bills found"] += 1
