"""What an order has earned its escort, on the order's page: for owners alone; and a correction of it."""

from __future__ import annotations

from typing import Any

from handlers.admin.orders.actions import ORDER, OrderAct
from handlers.admin.pay.escort import signed
from handlers.errors import ApiError, not_found
from orders.escort_pay import earnings
from orders.escort_pay.earnings import Correction
from refusals import Refused
from schemas.admin_pay import OrderCorrection
from storage import Transaction
from storage.models import Role


class PayOrderAct(OrderAct):
    role = Role.OWNER

    async def again(self, order_id: str, error: Exception) -> None:
        refusal = self.form_error(error).for_staff
        await self.show(int(order_id), pay_error=refusal, typed_pay=self.body_fields)


class CorrectPayHandler(PayOrderAct):
    """More or less pay for this order: an entry of its own, with a reason."""

    async def post(self, order_id: str) -> None:
        self.back = f"orders/{order_id}/"
        seen = self.shown_fingerprint()
        try:
            given = self.load(OrderCorrection())
            wanted = Correction(given["escort_id"], int(order_id), signed(given), given["reason"])

            async def run(tx: Transaction) -> None:
                if await tx.orders.lock(int(order_id)) is None:
                    raise not_found()
                made = await earnings.correct(tx, wanted, seen, self.caller.id, self.now())
                after: dict[str, Any] = {"escort": made.escort_id, "amount_fen": made.amount_fen}
                await self.audit(
                    tx, "pay.correct", ("order", int(order_id)), after={**after, "reason": made.reason}
                )

            await self.services.storage.run(run)
        except (ApiError, Refused) as error:
            await self.again(order_id, error)
        else:
            self.redirect_done(self.back, "pay-corrected")


class EarnPayHandler(PayOrderAct):
    """A finished order without pay earns by the rules of now."""

    async def post(self, order_id: str) -> None:
        self.back = f"orders/{order_id}/"

        async def run(tx: Transaction) -> None:
            order = await tx.orders.lock(int(order_id))
            if order is None:
                raise not_found()
            made = await earnings.earn_later(tx, order, self.now())
            after = {"escort": made.escort_id, "amount_fen": made.amount_fen}
            await self.audit(tx, "pay.earn", ("order", order.id), after=after)

        try:
            await self.services.storage.run(run)
        except Refused as error:
            await self.again(order_id, error)
        else:
            self.redirect_done(self.back, "pay-earned")


routes = [
    (rf"{ORDER}/pay/", CorrectPayHandler),
    (rf"{ORDER}/pay/earn/", EarnPayHandler),
]
