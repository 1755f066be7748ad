"""A number that is dialled: revealed and written down in one act, to be opened by the phone (``tel:``)."""

from __future__ import annotations

import orjson

from accounts.patients import reveal
from handlers.admin.orders.actions import ORDER
from handlers.admin.page import AdminPage
from handlers.errors import not_found, refused
from privacy import ESCORT_PHONE, ORDER_CONTACT_PHONE
from storage import Transaction

PATIENT = "patient"


class CallHandler(AdminPage):
    """Whom to call about an order: the contact of the day, else the patient; or its escort."""

    section = "orders"

    async def post(self, order_id: str, whom: str) -> None:
        self.back = f"orders/{order_id}/"

        async def run(tx: Transaction) -> tuple[str, str]:
            order = await tx.orders.get(int(order_id))
            if order is None:
                raise not_found()
            what = "phone"
            if whom != PATIENT:
                name, number = await self._escort(tx, order.escort_id)
            elif order.contact_phone_sealed:
                name, what = order.patient_name, "contact_phone"
                number = self.services.vault.open(order.contact_phone_sealed, ORDER_CONTACT_PHONE)
            else:
                patient = await tx.patients.get(order.patient_id)
                if patient is None:
                    raise not_found()
                name, number = order.patient_name, reveal(self.services.vault, patient, "phone")
            await self.audit(tx, f"order.call.{whom}", ("order", order.id), after={"what": what})
            return name, number

        name, number = await self.services.storage.run(run)
        if self.request.headers.get("Accept", "").startswith("application/json"):
            self.set_header("Content-Type", "application/json; charset=utf-8")
            self.finish(orjson.dumps({"name": name, "phone": number}))
            return
        self.render("admin/desk/call.html", name=name, number=number, order_id=int(order_id))

    async def _escort(self, tx: Transaction, escort_id: int | None) -> tuple[str, str]:
        escort = await tx.escorts.get(escort_id) if escort_id else None
        if escort is None:
            raise refused("no_escort", "这个订单还没有陪诊员")
        number = self.services.vault.open(escort.phone_sealed, ESCORT_PHONE)
        if not number:
            raise refused("no_escort_phone", "这位陪诊员已删除个人资料")
        return escort.name, number


routes = [(rf"{ORDER}/call/({PATIENT}|escort)/", CallHandler)]
