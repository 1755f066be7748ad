"""What users do: place and change orders, pay in every way, look, delete, ask for their money back."""

from __future__ import annotations

import hypothesis.strategies as st

from tests.model.base_machine import BaseMachine, index, kinds, manners, people, pick, step
from tests.model.chaos import CASHIER, LIES


class Users(BaseMachine):
    @step(person=people, service=st.integers(0, 2), day=st.integers(0, 3), manner=manners)
    def place(self, person: int, service: int, day: int, manner: tuple[str, int]) -> None:
        """Place an order, or change the unpaid one."""
        self.place_order(person, service, day, manner)

    @step(
        2, person=people, service=st.integers(0, 2), day=st.integers(0, 3), outcome=st.sampled_from(CASHIER)
    )
    def buy(self, person: int, service: int, day: int, outcome: str) -> None:
        """The straight road: place, then pay at once."""
        if parameters := self.place_order(person, service, day):
            self.pay_with(self.system.users[person].openid, parameters, outcome)

    @step(
        person=people,
        lie=st.sampled_from(LIES),
        target=st.sampled_from(["notification", "query", "both"]),
        outcome=st.sampled_from(CASHIER[:4]),
    )
    def buy_with_a_lie(self, person: int, lie: str, target: str, outcome: str) -> None:
        """What WeChat signs about this payment is wrong in one fact, once."""
        if parameters := self.place_order(person, 1):
            wish = {
                "fault": f"wrong_{lie}",
                "target": target,
                "scope": parameters["package"][len("prepay_id=") :],
            }
            self.break_with(wish | {"total": 2} if lie == "amount" else wish)
            self.pay_with(self.system.users[person].openid, parameters, outcome)

    @step(number=index, manner=manners)
    def resume(self, number: int, manner: tuple[str, int]) -> None:
        if not (order := self.unpaid(number)):
            return
        user = self.owner_of(order)
        given = self.act("resume", lambda process: process.payments.resume(order.id, user), manner)
        if given is not None:
            self.system.prepaid.append((user.openid, given))

    @step(number=index, outcome=st.sampled_from(["", *CASHIER]), manner=manners)
    def pay_for_another(self, number: int, outcome: str, manner: tuple[str, int]) -> None:
        """A payer with whom the order is shared takes the payment over, and pays at once or leaves it."""
        if not (order := self.unpaid(number)):
            return
        payer = self.system.payer_for(order.user_id)
        given = self.act("pay for another", lambda process: process.payments.resume(order.id, payer), manner)
        if given is not None:
            self.system.prepaid.append((payer.openid, given))
            if outcome:
                self.pay_with(payer.openid, given, outcome)

    @step(number=index, outcome=st.sampled_from(CASHIER))
    def pay(self, number: int, outcome: str) -> None:
        """At the cashier, with anything the user was ever given to pay with, the newest most likely."""
        if chosen := pick(self.system.prepaid[::-1], number % 7):
            self.pay_with(*chosen, outcome)

    @step(number=index, manner=manners)
    def cancel(self, number: int, manner: tuple[str, int]) -> None:
        order = self.unpaid(number) if number % 5 else self.paid(number, "paid")
        if order is None:
            return
        user = self.owner_of(order)
        self.act("cancel", lambda process: process.payments.cancel(order.id, user), manner)

    @step(number=index, manner=manners)
    def look(self, number: int, manner: tuple[str, int]) -> None:
        """Open the order's page, which asks WeChat."""
        if not (order := self.unpaid(number)):
            return
        self.act("look", lambda process: process.payments.refresh(order.id), manner)

    @step(number=index, kind=kinds, manner=manners)
    def ask_for_refund(self, number: int, kind: str, manner: tuple[str, int]) -> None:
        """Cancel, at whatever the tier gives, or ask for money back."""
        if order := self.paid(number, "paid", "serving", "finished", "refunding"):
            self.ask_back(order, kind, manner)

    @step(number=index, manner=manners)
    def take_back(self, number: int, manner: tuple[str, int]) -> None:
        """Withdraw a request, if nobody has decided it."""
        if order := self.paid(number, "refunding"):
            user = self.owner_of(order)
            self.act("take back", lambda process: process.payments.withdraw_request(order.id, user), manner)
