"""Orders that are offered to the escort who calls, and the answer to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from handlers.escort.base import EscortHandler
from handlers.operation import operation
from orders.escorts import invitations
from orders.transitions import Action, allowed
from schemas.escort import AcceptReply, DeclineInvitation, InvitationsReply, invitation_row
from schemas.user import Done, OneId
from storage import Reader


async def open_invitations(
    reader: Reader, escort_id: int, hospitals: Mapping[int, dict[str, Any]], at: int
) -> list[dict[str, Any]]:
    """What the escort can accept now; what ends first is first."""
    found = await reader.invitations.open_of_escort(escort_id, at)
    orders = await reader.escort_jobs.some({each.order_id for each in found})
    return [
        invitation_row(each, orders[each.order_id], hospitals.get(orders[each.order_id].hospital_id), at)
        for each in found
        if allowed(Action.ASSIGN, orders[each.order_id].state)
    ]


class InvitationsHandler(EscortHandler):
    @operation(reply=InvitationsReply, auth="escort")
    async def get(self) -> dict[str, Any]:
        """What the caller can accept now, with the time left. Nothing of the patient is told before."""
        hospitals = (await self.services.catalog.get()).hospitals
        async with self.services.storage.reading() as reader:
            return {"data": await open_invitations(reader, self.escort.id, hospitals, self.now())}


class AcceptHandler(EscortHandler):
    @operation(body=OneId, reply=AcceptReply, auth="escort", errors=(404, 409))
    async def post(self, given: dict[str, Any]) -> dict[str, Any]:
        """Accept the invitation ``id``: the first escort to accept has the order, and accepting again changes nothing.
        409 ``invitation_taken``, ``invitation_expired``, ``invitation_withdrawn``, ``invitation_declined``, or
        ``escort_unavailable`` with the reason."""
        services, escort_id = self.services, self.escort.id
        errands = services.settings.visits.errands_per_half_day
        order = await services.storage.run(
            lambda tx: invitations.accept(tx, given["id"], escort_id, services.clock, errands)
        )
        return {"orderId": order.id}


class DeclineHandler(EscortHandler):
    @operation(body=DeclineInvitation, reply=Done, auth="escort", errors=(404, 409))
    async def post(self, given: dict[str, Any]) -> dict[str, Any]:
        """Decline the invitation ``id``; the office reads the reason. Repeating it changes nothing."""
        services, escort_id = self.services, self.escort.id
        await services.storage.run(
            lambda tx: invitations.decline(tx, given["id"], escort_id, given["reason"], services.clock)
        )
        return {}


routes = [
    (r"/escort/invitations/", InvitationsHandler),
    (r"/escort/accept/", AcceptHandler),
    (r"/escort/decline/", DeclineHandler),
]
