"""Finding a complaint, and locking it with the order that it is about."""

from __future__ import annotations

from refusals import Refused, Unknown
from storage import Transaction
from storage.models import Complaint


class ComplaintNotFound(Unknown):
    """No such complaint, or it is another user's."""

    slug = "complaint_not_found"
    message = "没有找到这件投诉"


class ComplaintClosed(Refused):
    """Nothing is done with one that is settled."""

    slug = "complaint_closed"
    message = "这件投诉已经解决了，请刷新后再看"


async def lock(tx: Transaction, complaint_id: int) -> Complaint:
    """The complaint, its order locked first. Raises ComplaintNotFound."""
    known = await tx.complaints.get(complaint_id)
    if known is None:
        raise ComplaintNotFound
    if known.order_id is not None:
        await tx.orders.lock(known.order_id)
    complaint = await tx.complaints.lock(complaint_id)
    assert complaint is not None  # complaints are never deleted
    return complaint
