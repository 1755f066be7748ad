"""What a home page begins with."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from orders.sharing.access import OrderRole
from orders.sharing.members import SharedWithUser
from orders.visits.next_visit import Found
from schemas.base import Choice, Output
from schemas.members import SharedOrderRow, shared_order_row
from schemas.order import own_order_row
from schemas.wire import time_text
from storage.models import OrderState


class NextOrderRow(SharedOrderRow):
    role = Choice(tuple(OrderRole), metadata={"description": "as whom the caller reads it"})
    expiresTime = fields.String(required=True, metadata={"description": "empty unless unpaid"})


class NextVisitReply(Output):
    order = fields.Nested(NextOrderRow, required=True, allow_none=True)
    unpaid = fields.Nested(NextOrderRow, required=True, allow_none=True)


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
