"""What becomes of the invitations to an order that nobody can accept any more. The order must be locked.

Whatever changes a paid order calls ``withdraw_open``: escorts accept what they have read, or nothing.
"""

from __future__ import annotations

from orders.messages import queue_invitation_ended
from storage import Transaction
from storage.models import InvitationState, Order
from wechat.message_facts import MessageOutcome


async def withdraw_open(
    tx: Transaction, order: Order, reason: str, at: int, given_to: int | None = None
) -> None:
    """The office has changed, ended or given away the order: its open invitations are withdrawn, and their escorts
    told, but for the one who has been given it."""
    await _end(tx, order, InvitationState.WITHDRAWN, at, reason, given_to)


async def mark_taken(tx: Transaction, order: Order, at: int) -> None:
    """An escort has accepted the order: what is still open was too late, and its escorts are told."""
    await _end(tx, order, InvitationState.TAKEN, at)


async def _end(
    tx: Transaction,
    order: Order,
    state: InvitationState,
    at: int,
    reason: str = "",
    untold: int | None = None,
) -> None:
    for invitation in await tx.invitations.open_of_orders({order.id}, at):
        if await tx.invitations.end(invitation.id, state, at, reason) and invitation.escort_id != untold:
            await queue_invitation_ended(tx, order, invitation, _OUTCOMES[state], at)


_OUTCOMES = {
    InvitationState.TAKEN: MessageOutcome.TAKEN,
    InvitationState.WITHDRAWN: MessageOutcome.WITHDRAWN,
}
