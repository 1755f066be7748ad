"""One user's afternoon in ``make crash``: some orders, something more to pay, some regrets; a part of it in cash."""

from __future__ import annotations

import asyncio

from bench.cash import pay_back, receive
from bench.people import Desk, Phone, Purchase, Town
from bench.supplements import buy_supplement

OUTCOMES = {"success": 70, "success_without_notify": 15, "success_notified_twice": 8, "cancel": 7}
REFUNDS = 0.5
PARTIAL = 0.25
WITHDRAWN = 0.2
"""So many of those who ask for a cancellation take the request back; half of them ask again."""
LEAVES = 0.3
"""So many users close the app right after their last payment and never look again."""
CASH = 0.3
"""So many orders are paid at the office, where the payment that was begun at WeChat is closed."""
SUPPLEMENTS = 0.4
"""So many orders are paid something more for."""


class User:
    """One user's afternoon: some orders, some regrets."""

    def __init__(self, town: Town, desk: Desk, person: str) -> None:
        self._town = town
        self._desk = desk
        self._phone = Phone(town, person)

    async def live(self, orders: int) -> None:
        phone, chance = self._phone, self._town.random
        await phone.log_in()
        await phone.add_patient()
        for number in range(orders):
            purchase, prepay_id = await phone.place()
            if chance.random() < CASH:
                await self._pay_in_cash(purchase)
            else:
                outcome = chance.choices(list(OUTCOMES), list(OUTCOMES.values()))[0]
                await phone.pay(purchase, prepay_id, outcome)
            if number == orders - 1 and chance.random() < LEAVES:
                self._town.counts["users who left at once"] += 1
                return
            await phone.until_progress(purchase, "已付款")
            if chance.random() < SUPPLEMENTS:
                await buy_supplement(phone, self._desk, purchase)
            if chance.random() < REFUNDS:
                await self._give_back(purchase)

    async def _pay_in_cash(self, purchase: Purchase) -> None:
        await receive(self._town, self._desk, purchase.order_id, purchase.price_fen)
        purchase.in_cash = True
        self._town.purchases.append(purchase)
        self._town.counts["payments"] += 1

    async def _give_back(self, purchase: Purchase) -> None:
        phone, chance = self._phone, self._town.random
        asked = await phone.ask_refund(purchase)
        if chance.random() < WITHDRAWN:
            await phone.withdraw_request(purchase)
            if chance.random() < 0.5:
                return
            asked = await phone.ask_refund(purchase)
        purchase.refund_fen = asked // 2 if chance.random() < PARTIAL else asked
        approvals = [self._desk.approve(purchase.order_id, purchase.refund_fen)]
        if chance.random() < 0.2:  # a double click
            approvals.append(self._desk.approve(purchase.order_id, purchase.refund_fen))
        await asyncio.gather(*approvals)
        if purchase.in_cash and purchase.refund_fen:
            await pay_back(self._town, self._desk, purchase)
