"""What is read of supplements, by whom it may be."""

from __future__ import annotations

from orders.sharing.access import Act, access_of
from orders.supplements.proposing import BY_ESCORT
from storage import Reader
from storage.models import Supplement


async def proposed_by(reader: Reader, order_id: int, escort_id: int) -> list[Supplement]:
    """What the escort has proposed for the order, oldest first."""
    return [
        each
        for each in await reader.supplements.of_order(order_id)
        if (each.proposed_by_kind, each.proposed_by) == (BY_ESCORT, escort_id)
    ]


async def receipt_for(reader: Reader, supplement_id: int, user_id: int) -> str:
    """The file of a receipt, for who may pay the supplement and for the escort who has proposed it and serves the
    order; empty for others, and where there is none."""
    supplement = await reader.supplements.get(supplement_id)
    if supplement is None or not supplement.receipt_file:
        return ""
    relation = await reader.members.relation(supplement.order_id, user_id)
    if relation is None:
        return ""
    access = access_of(relation, user_id)
    pays = supplement.opened_at is not None and access.may(Act.PAY)
    mine = (supplement.proposed_by_kind, supplement.proposed_by) == (BY_ESCORT, access.escort_id)
    return supplement.receipt_file if pays or (mine and access.may(Act.WRITE_RECORD)) else ""
