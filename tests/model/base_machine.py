"""What the steps of the model share: the system, whom and what they choose, and the acts that many begin with.

What a step draws never depends on what happened before, so that a run can be repeated and shrunk although threads
and sockets take part: a number chooses among whatever there is to act upon, and a step without an object does nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, TypeVar

import hypothesis.strategies as st
from hypothesis.stateful import RuleBasedStateMachine

from clock import DAY, HOUR, MINUTE, SECOND, shanghai_date
from storage.models import Order, Refund, RefundKind, Takes, User
from storage.writes import OrderContent
from tests.model.books import Books, read_books
from tests.model.expecting import expect
from tests.model.invariants import Invariants
from tests.model.process import Process
from tests.model.system import USERS, System

T = TypeVar("T")
OpenSystem = Callable[[], System]
CloseSystem = Callable[[System], None]

index = st.integers(0, 999)
people = st.integers(0, USERS - 1)
kinds = st.sampled_from(["", *RefundKind])
manners = st.sampled_from(
    [("plain", 0)] * 10
    + [("race", 0)] * 2
    + [("twice", 0)] * 3
    + [(how, n) for how in ("cancel", "die") for n in range(1, 7)]
)
SERVICES = (
    (1, "全心全程陪诊服务", "天", 58_800),
    (2, "特需门诊陪诊服务", "次", 88_800),
    (3, "代取报告", "次", 101),
)
PAUSES = (SECOND, 20 * SECOND, 70 * SECOND, 6 * MINUTE, 40 * MINUTE, 2 * HOUR, 5 * HOUR, DAY, 3 * DAY)


def pick(things: Sequence[T], number: int) -> T | None:
    return things[number % len(things)] if things else None


def step(weight: int = 1, **arguments: st.SearchStrategy[Any]) -> Callable[[T], T]:
    """Marks a method as something that may happen, ``weight`` times as often as most others."""

    def mark(method: T) -> T:
        method.step = (weight, arguments)  # type: ignore[attr-defined]
        return method

    return mark


def steps_of(*classes: type) -> st.SearchStrategy[tuple[str, dict[str, Any]]]:
    """One of the marked methods with its arguments.

    In place of a hypothesis rule for each: of those it leaves many out of a run altogether, and most of what can go
    wrong here needs a payment, a fault, time and a sweep together.
    """
    choices = []
    for each in classes:
        for name, member in vars(each).items():
            weight, arguments = getattr(member, "step", (0, {}))
            choices += [st.tuples(st.just(name), st.fixed_dictionaries(arguments))] * weight
    return st.integers(0, len(choices) - 1).flatmap(lambda chosen: choices[chosen])


class BaseMachine(RuleBasedStateMachine):
    """``loop`` runs everything; ``open_system`` and ``close_system`` give and take a fresh database each time."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, open_system: OpenSystem, close_system: CloseSystem
    ) -> None:
        super().__init__()
        self._loop = loop
        self._close_system = close_system
        self._failed = False
        self._books: Books | None = None
        self.system = open_system()
        self.checker = Invariants(self.system)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        self._books = None
        try:
            return self._loop.run_until_complete(work)
        except BaseException:
            self._failed = True
            raise

    def act(
        self, name: str, work: Callable[[Process], Awaitable[Any]], manner: tuple[str, int] = ("plain", 0)
    ) -> Any:
        return self.run(self.system.act(name, work, manner))

    def books(self) -> Books:
        """As they were after the last step, or as they are if something happened since."""
        if self._books is None:
            self._books = self.run(read_books(self.system))
        return self._books

    def order(self, number: int, *states: str) -> Order | None:
        """One of the orders in these states (any, if none is named), the newest first."""
        found = [order for order in self.books().orders if not states or order.state in states]
        return pick(found[::-1], number)

    def refund(self, number: int, *states: str) -> Refund | None:
        found = [refund for refund in self.books().refunds if not states or refund.state in states]
        return pick(found[::-1], number)

    def unpaid(self, number: int) -> Order | None:
        """An unpaid order; if there is none, a user tries to place one, so that few steps are wasted."""
        return self.order(number, "unpaid") or self._sure(
            lambda: self.place_order(number % USERS, number % 3), "unpaid"
        )

    def paid(self, number: int, *states: str) -> Order | None:
        return self.order(number, *states) or self._sure(lambda: self.buy_something(number), *states)

    def _sure(self, make: Callable[[], Any], *states: str) -> Order | None:
        """With the faults set aside meanwhile; still, it may be refused (money on its way, a case under review)."""
        faults = self.system.sandbox.context.faults
        aside, faults._active = faults._active, {}
        make()
        faults._active = aside
        return self.order(0, *states)

    # Acts that many steps begin with

    def place_order(
        self, person: int, service: int, day: int = 2, manner: tuple[str, int] = ("plain", 0)
    ) -> dict[str, str] | None:
        user = self.system.users[person]
        service_id, name, unit, price_fen = SERVICES[service]
        content = OrderContent(
            hospital_id=1,
            hospital_name="西京医院",
            department="心内科",
            visit_date=shanghai_date(self.system.at + day * DAY),
            service_id=service_id,
            service_name=name,
            service_unit=unit,
            takes=Takes.DAY if unit == "天" else Takes.HALF,
            price_fen=price_fen,
            patient_id=1 + day % 2,
            patient_name="测试",
            wishes="",
        )
        per_patient = service > 0
        placed = self.act(
            "place", lambda process: process.payments.place(user, content, per_patient=per_patient), manner
        )
        if placed is None:
            return None
        self.system.prepaid.append((user.openid, placed[1]))
        return placed[1]

    def buy_something(self, number: int, outcome: str = "success") -> None:
        if parameters := self.place_order(number % USERS, number % len(SERVICES)):
            self.pay_with(self.system.users[number % USERS].openid, parameters, outcome)

    def pay_with(self, openid: str, parameters: dict[str, str], outcome: str) -> None:
        async def at_the_cashier(_: Process) -> None:
            wish = {"prepay_id": parameters["package"], "outcome": outcome, "openid": openid}
            reply = await self.system.phone.post("cashier/", json={**wish, "payment": parameters})
            result = "accepted" if reply.status_code == 200 else reply.json()["error"]
            expect(result != "pay_sign_invalid", "the cashier cannot verify our signature")
            self.system.counts[f"cashier, {outcome}: {result}"] += 1

        self.act("pay", at_the_cashier)

    def ask_back(self, order: Order, kind: str = "", manner: tuple[str, int] = ("plain", 0)) -> None:
        """``kind``: empty as released clients send it."""
        user = self.owner_of(order)

        async def ask(process: Process) -> None:
            shown = await process.payments.quote(order)
            amount = shown.remaining_fen // 3 if kind == RefundKind.MONEY_BACK else shown.amount_fen
            wanted = RefundKind(kind) if kind else None
            await process.payments.request_refund(order.id, user, "行程有变", amount, kind=wanted)

        self.act("ask", ask, manner)

    def _requested(self, number: int) -> Refund | None:
        """A refund that waits for a decision; if there is none, a user asks for one (the policy may refuse)."""
        if not (refund := self.refund(number, "requested")):
            if order := self.paid(number, "paid", "serving"):
                self.ask_back(order)
            refund = self.refund(number, "requested")
        return refund

    def break_with(self, fault: dict[str, Any]) -> None:
        self.system.sandbox.context.faults.switch_on(fault, self.system.at)
        self.system.counts[f"fault: {fault['fault']}"] += 1

    def owner_of(self, order: Order) -> User:
        return next(user for user in self.system.users if user.id == order.user_id)
