"""A user's right to their own data: to take it along, and to have it deleted. The books stay, without names."""

from __future__ import annotations

from typing import Any

from handlers.base import ApiHandler
from handlers.errors import refused
from handlers.escorts import PHONE as ESCORT_PHONE
from handlers.escorts import escort_row
from handlers.operation import operation
from handlers.patients import ID_NUMBER, PHONE
from schemas.user import DeleteMe, Done, ExportReply
from schemas.wire import PROGRESS, amount_text, time_text
from storage.models import OrderState

UNFINISHED = (OrderState.UNPAID, OrderState.PAID, OrderState.SERVING, OrderState.REFUNDING)


class ExportHandler(ApiHandler):
    @operation(reply=ExportReply(), auth="user")
    async def get(self) -> dict[str, Any]:
        """Everything that is stored about the caller, in full."""
        user, vault = self.caller, self.services.vault
        async with self.services.storage.reading() as reader:
            patients = await reader.patients.of_user(user.id)
            orders = await reader.orders.all_of_user(user.id)
            escort = await reader.escorts.of_user(user.id)
            refunds = {
                order.id: await reader.refunds.of_order(order.id) for order in orders if order.paid_fen
            }
        application = escort_row(escort, vault)
        if escort and application:
            application["phone"] = vault.open(escort.phone_sealed, ESCORT_PHONE)
        return {
            "data": {
                "profile": {"nickname": user.nickname, "registeredTime": time_text(user.created_at)},
                "patients": [
                    {
                        "name": patient.name,
                        "sex": patient.sex,
                        "phone": vault.open(patient.phone_sealed, PHONE),
                        "idcard": vault.open(patient.id_number_sealed, ID_NUMBER),
                        "relation": patient.relation,
                    }
                    for patient in patients
                ],
                "orders": [
                    {
                        "id": order.id,
                        "hospital": order.hospital_name,
                        "department": order.department,
                        "wantTime": order.visit_date,
                        "service": order.service_name,
                        "patient": order.patient_name,
                        "more": order.wishes,
                        "price": amount_text(order.price_fen),
                        "progress": PROGRESS[OrderState(order.state)],
                        "date": time_text(order.created_at),
                        "paidTime": time_text(order.paid_at),
                        "refunds": [
                            {"amount": amount_text(refund.amount_fen), "reason": refund.reason}
                            for refund in refunds.get(order.id, [])
                        ],
                        "rating": {"stars": order.stars, "comment": order.comment} if order.stars else None,
                    }
                    for order in orders
                ],
                "caregiver": application,
            }
        }


class DeleteMeHandler(ApiHandler):
    @operation(body=DeleteMe(), reply=Done(), auth="user", errors=(409,))
    async def post(self, given: dict[str, Any]) -> dict[str, Any]:
        """Delete the caller's personal data and sessions. Refused while an order is still under way."""
        user, at = self.caller, self.now()
        async with self.services.storage.transaction() as tx:
            counts = await tx.orders.count_by_state(user.id)
            if any(counts.get(state) for state in UNFINISHED):
                raise refused("orders_under_way", "您还有进行中的订单，请先完成、取消或退款后再删除资料")
            await tx.patients.erase_of_user(user.id, at)
            await tx.escorts.erase_of_user(user.id)
            await tx.orders.erase_names_of_user(user.id)
            await tx.outbox.erase_of_user(user.id)
            await tx.users.erase(user.id, at)
            await tx.sessions.end_all(user.id)
            await tx.commit()
        if user.avatar_file:
            (self.services.avatars / user.avatar_file).unlink(missing_ok=True)
        return {"msg": "您的个人资料已删除"}


routes = [
    (r"/user/export/", ExportHandler),
    (r"/user/deleteMe/", DeleteMeHandler),
]
