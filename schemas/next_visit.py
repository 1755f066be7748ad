"""What a home page begins with."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from money import amount_text
from orders.sharing.access import OrderRole
from orders.sharing.members import SharedWithUser
from orders.visits.next_visit import Found
from schemas.base import Choice, Input, Output
from schemas.members import SharedOrderRow, shared_order_row
from schemas.order import own_order_row
from schemas.supplement import KIND
from schemas.wire import time_text
from storage.models import OrderState, Supplement, SupplementKind


class NextOrderRow(SharedOrderRow):
    role = Choice(tuple(OrderRole), metadata={"description": "as whom the caller reads it"})
    expiresTime = fields.String(required=True, metadata={"description": "empty unless unpaid"})


class SupplementToPay(Input):
    id = fields.Integer(required=True)
    orderId = fields.Integer(required=True)
    kindTitle = fields.String(required=True)
    amount = fields.String(required=True)
    patient = fields.String(required=True)


class NextVisitReply(Output):
    order = fields.Nested(NextOrderRow, required=True, allow_none=True)
    unpaid = fields.Nested(NextOrderRow, required=True, allow_none=True)
    supplements = fields.List(
        fields.Nested(SupplementToPay), required=True, metadata={"description": "that the caller may pay now"}
    )


def supplement_to_pay(found: Found, supplement: Supplement) -> dict[str, Any]:
    return {
        "id": supplement.id,
        "orderId": supplement.order_id,
        "kindTitle": KIND[SupplementKind(supplement.kind)],
        "amount": amount_text(supplement.amount_fen),
        "patient": found.order.patient_name,
    }


def next_row(found: Found | None, at: int) -> dict[str, Any] | None:
    if found is None:
        return None
    order, role = found.order, found.role
    if role == OrderRole.OWNER:
        row = {**own_order_row(order, "", [], at), "owner": "", "role": role}
    else:
        row = shared_order_row(SharedWithUser(order, role, found.owner_nickname), "", at)
    expires = time_text(order.expires_at) if order.state == OrderState.UNPAID else ""
    return {**row, "expiresTime": expires}
