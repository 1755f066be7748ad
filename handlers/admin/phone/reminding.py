"""A text message to a user of the mini-program whom WeChat's messages do not reach: its text, with a link to the order.

The office sends it from its own phone: this server sends no text messages.
"""

from __future__ import annotations

from frozen_dataclasses import frozen
from handlers.admin.orders.actions import ORDER, OrderAct
from handlers.admin.phone.opening import link_to
from handlers.admin.phone.order_facts import remind_until
from handlers.errors import not_found
from refusals import Refused
from storage import Reader, Transaction
from storage.models import Order


class NothingToRemind(Refused):
    """The order waits for neither money nor a visit, or its customer has no mini-program."""

    slug = "nothing_to_remind"
    message = "这个订单现在不用提醒：已经结束，或客户没有小程序"


@frozen()
class Reminder:
    """``url`` empty: ``problem`` says why WeChat gave none, and the text leads through the list of orders. ``until``:
    UTC ms."""

    url: str
    until: int
    problem: str


async def _query(reader: Reader, order: Order) -> str:
    """The page's query: a payment's number, which nobody can guess, where there is one."""
    attempts = await reader.attempts.of_order(order.id)
    numbers = [each.out_trade_no for each in attempts if each.supplement_id is None]
    return f"out_trade_no={numbers[-1]}" if numbers else f"id={order.id}"


class ReminderHandler(OrderAct):
    """Writes the message. Each time with a link of its own: one for each message."""

    async def post(self, order_id: str) -> None:
        self.back = f"orders/{order_id}/"
        if not self.services.settings.wechat.links:
            raise not_found()
        at = self.now()

        async def work(tx: Transaction) -> tuple[str, int]:
            order = await tx.orders.get(int(order_id))
            if order is None:
                raise not_found()
            until = remind_until(order, at)
            if not until or await tx.customers.get(order.user_id) is not None:
                raise NothingToRemind
            await self.audit(tx, "order.sms", ("order", order.id))
            return await _query(tx, order), until

        try:
            query, until = await self.services.storage.run(work)
        except Refused as error:
            await self.show(int(order_id), sms_error=self.form_error(error).for_staff)
            return
        made = await link_to(self.services, "pages/order/order", query, until, at)
        await self.show(int(order_id), sms=Reminder(*made))


routes = [(rf"{ORDER}/sms/", ReminderHandler)]
