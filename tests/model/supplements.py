"""What happens about supplements: made, paid, disputed, opened again with another amount, withdrawn, given back."""

from __future__ import annotations

from typing import Any

import hypothesis.strategies as st

from orders.supplements import deciding
from orders.supplements.proposing import SupplementLimits, Wanted
from storage import Transaction
from storage.models import Order, Supplement, SupplementKind, SupplementState
from tests.model.base_machine import BaseMachine, index, manners, pick, step
from tests.model.chaos import CASHIER
from tests.model.process import Process
from tests.model.settlement import ADMIN

LIMITS = SupplementLimits(max_fen=1_000_000, days=30)
AMOUNTS = (1, 101, 12_000, 58_800)
"""The last one is what an order costs: nothing may be told apart by its amount."""


class Supplements(BaseMachine):
    def supplement(self, number: int, *states: str) -> Supplement | None:
        """One of those in these states, the newest first."""
        found = [each for each in self.books().supplements if each.state in states]
        return pick(found[::-1], number)

    @step(2, number=index, amount=st.sampled_from(AMOUNTS), manner=manners)
    def make_supplement(self, number: int, amount: int, manner: tuple[str, int]) -> None:
        if order := self.paid(number, "paid", "serving", "finished", "refunding"):
            action_id = f"made-{order.id}-{len(self.books().supplements)}"
            wanted = Wanted(order.id, SupplementKind.OVERTIME, amount, "加时", action_id)
            self.act(
                "make supplement",
                lambda process: process.storage.run(
                    lambda tx: deciding.make(tx, wanted, 1, LIMITS, self.system.at)
                ),
                manner,
            )

    def _open_one(self, number: int) -> Supplement | None:
        """One that can be paid; if there is none, the office makes it."""
        if not (found := self.supplement(number, SupplementState.OPEN)):
            self.make_supplement(number, AMOUNTS[number % len(AMOUNTS)], ("plain", 0))
            found = self.supplement(number, SupplementState.OPEN)
        return found

    @step(4, number=index, outcome=st.sampled_from(["", *CASHIER]), for_another=st.booleans(), manner=manners)
    def pay_supplement(self, number: int, outcome: str, for_another: bool, manner: tuple[str, int]) -> None:
        """By the order's user, or by the payer with whom it is shared; at once, or later."""
        if not (supplement := self._open_one(number)):
            return
        order = next(each for each in self.books().orders if each.id == supplement.order_id)
        payer = self.system.payer_for(order.user_id) if for_another else self.owner_of(order)
        given = self.act(
            "pay supplement",
            lambda process: process.payments.pay_supplement(supplement.id, payer),
            manner,
        )
        if given is not None:
            self.system.prepaid.append((payer.openid, given))
            if outcome:
                self.pay_with(payer.openid, given, outcome)

    @step(
        2,
        act=st.sampled_from(["dispute", "open", "withdraw"]),
        number=index,
        amount=st.sampled_from(AMOUNTS),
        manner=manners,
    )
    def decide_supplement(self, act: str, number: int, amount: int, manner: tuple[str, int]) -> None:
        """Disputed by its user, opened again by the office with another amount, or withdrawn; also what was paid a
        moment ago."""
        if not (known := self.supplement(number, *SupplementState)):
            return
        order = next(each for each in self.books().orders if each.id == known.order_id)
        seen = deciding.Seen(order.id, known.id, deciding.supplement_fingerprint(known))

        async def decide(tx: Transaction, order: Order, supplement: Supplement) -> Any:
            at = self.system.at
            if act == "dispute":
                said = deciding.Dispute(order.user_id, "没有加时", at)
                return await deciding.dispute(tx, order, supplement, said)
            if act == "open":
                opening = deciding.Opening(seen, amount, "核对后", 1, at)
                return await deciding.open_(tx, order, supplement, opening, LIMITS)
            return await deciding.withdraw(tx, order, supplement, seen, "算错了", at)

        self.act(
            f"{act} supplement",
            lambda process: process.payments.release_supplement(known.id, decide),
            manner,
        )

    @step(
        2,
        number=index,
        share=st.sampled_from([1, 30, 50, 100, 101]),
        asked=st.booleans(),
        manner=manners,
    )
    def give_supplement_back(self, number: int, share: int, asked: bool, manner: tuple[str, int]) -> None:
        """By the office, or asked for by its user, whom the office answers as all others."""
        if not (supplement := self.supplement(number, SupplementState.PAID)):
            return
        order = next(each for each in self.books().orders if each.id == supplement.order_id)
        amount = max(1, supplement.paid_fen * share // 100)

        async def give(process: Process) -> Any:
            if asked:
                user = self.owner_of(order)
                return await process.payments.request_supplement_refund(supplement.id, user, amount, "不对")
            return await process.payments.start_supplement_refund(supplement.id, ADMIN, amount, "协商")

        self.act("ask for supplement" if asked else "refund supplement", give, manner)

    @step(number=index, manner=manners)
    def take_supplement_request_back(self, number: int, manner: tuple[str, int]) -> None:
        if not (supplement := self.supplement(number, SupplementState.PAID)):
            return
        order = next(each for each in self.books().orders if each.id == supplement.order_id)
        user = self.owner_of(order)
        self.act(
            "take supplement back",
            lambda process: process.payments.withdraw_supplement_request(supplement.id, user),
            manner,
        )
