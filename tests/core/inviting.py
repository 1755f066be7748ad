"""Escorts who answer invitations, each in a transaction."""

from __future__ import annotations

from orders.escorts import invitations
from refusals import Refused
from storage import Storage, Transaction
from storage.models import Invitation
from tests.core.escorts import (
    Clock,
    invitations_of,
)


async def withdraw(invitation_id: int, order_id: int, clock: Clock, tx: Transaction) -> Invitation:
    return await invitations.withdraw(tx, invitation_id, order_id, "不用了", clock)


async def accept(storage: Storage, clock: Clock, order_id: int, escort_id: int) -> str:
    """``yes``, or the slug of the refusal."""
    invitation = (await invitations_of(storage, order_id))[escort_id]
    try:
        await storage.run(lambda tx: invitations.accept(tx, invitation.id, escort_id, clock, 4))
    except Refused as error:
        return error.slug
    return "yes"
