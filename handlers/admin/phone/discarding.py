"""An unpaid order by phone is cancelled by the office: its customer has no mini-program to delete it in."""

from __future__ import annotations

from typing import Any

from handlers.admin.orders.actions import ORDER, OrderAct
from handlers.errors import ApiError
from payment.problems import PaymentError
from refusals import Refused
from schemas.claims import DiscardedOrder
from storage import Transaction
from storage.models import Cause


class DiscardHandler(OrderAct):
    """Nothing was paid, so nothing goes back; who holds a link or a code to it cannot use them any more."""

    async def post(self, order_id: str) -> None:
        self.back = f"orders/{order_id}/"

        async def write(tx: Transaction, _: Any) -> None:
            await self.audit(tx, "order.discard", ("order", int(order_id)), after={"reason": reason})

        try:
            reason = self.load(DiscardedOrder())["reason"]
            cause = Cause(self.actor, self.now(), reason)
            await self.services.payments.closing.discard(int(order_id), cause, write)
        except (ApiError, PaymentError, Refused) as error:
            await self.show(int(order_id), claim_error=self.form_error(error).for_staff)
            return
        self.redirect_done(self.back, "discarded")


routes = [(rf"{ORDER}/discard/", DiscardHandler)]
