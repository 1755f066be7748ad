"""The end of what was said in complaints: with their user, or some time after they were closed.

That there was one, about which order, of which kind and when, stays; texts and photos do not.
"""

from __future__ import annotations

from storage import Transaction
from storage.models import UNSETTLED_COMPLAINTS, ComplaintSource, ComplaintState
from storage.writes import ComplaintMove


async def erase_of_user(tx: Transaction, user_id: int, at: int) -> list[str]:
    """Of a user, who is locked: no answer is expected any more, so what is open is closed, but for those at WeChat,
    whose deadlines run on there. The files of the photos, which are to be removed once this is committed."""
    complaints = await tx.complaints.of_user(user_id)
    for complaint in complaints:
        if complaint.source != ComplaintSource.OWN:
            continue
        changes = ComplaintMove(closed_at=at)
        await tx.complaints.move(complaint.id, UNSETTLED_COMPLAINTS, ComplaintState.CLOSED, at, changes)
    files = await tx.complaints.delete_unsent_photos(user_id)
    return files + await _erase(tx, [complaint.id for complaint in complaints])


async def _erase(tx: Transaction, complaint_ids: list[int]) -> list[str]:
    """What was said, and what was sent to WeChat about it; what is still to be sent is erased with its end."""
    files = await tx.wechat_complaints.erase_acts(complaint_ids)
    return files + await tx.complaints.erase(complaint_ids)


async def forget(tx: Transaction, complaint_id: int, closed_before: int) -> list[str]:
    """Of one that was closed before a moment, unless it was opened again meanwhile; the files as above."""
    complaint = await tx.complaints.lock(complaint_id)
    if complaint is None or complaint.closed_at is None or complaint.closed_at >= closed_before:
        return []
    return await _erase(tx, [complaint_id])
