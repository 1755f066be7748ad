"""What the office does about a complaint: who looks after it, notes, answers, a refund, closing it."""

from __future__ import annotations

from orders.complaints.locking import ComplaintClosed, ComplaintNotFound, lock
from orders.messages import queue_complaint
from privacy import COMPLAINT_ENTRY, Vault
from refusals import InvalidInput, Refused
from storage import Transaction
from storage.locked_rows import must_have_changed
from storage.models import (
    UNSETTLED_COMPLAINTS,
    Actor,
    Complaint,
    ComplaintEntryKind,
    ComplaintSource,
    ComplaintState,
    Role,
)
from storage.writes import ComplaintMove, NewComplaintEntry
from wechat.message_facts import MessageOutcome


class AnsweredAtWeChat(Refused):
    """Its payer reads WeChat's page alone: see ``payment.complaints``."""

    slug = "complaint_at_wechat"
    message = "这是用户在微信里的投诉，请用这一页给微信投诉的按钮，或到微信的后台处理"


class ComplaintChanged(Refused):
    """It is not as the page has shown it: a colleague has changed it, or the user has added something."""

    slug = "complaint_changed"
    message = "这件投诉刚刚有变化：同事处理过，或者用户又补充了。没有保存，请看过最新的内容再提交"


def mark(complaint: Complaint) -> str:
    """What a page shows of it, for the forms of that page."""
    return f"{complaint.id}-{complaint.state}-{complaint.assigned_to or 0}-{complaint.updated_at}"


async def _lock_own(
    tx: Transaction, complaint_id: int, seen: str, sources: tuple[str, ...] = (ComplaintSource.OWN,)
) -> Complaint:
    """One that is answered, or closed, here. Raises as ``_lock_seen``, AnsweredAtWeChat."""
    complaint = await _lock_seen(tx, complaint_id, seen)
    if complaint.source not in sources:
        raise AnsweredAtWeChat
    return complaint


async def _lock_seen(tx: Transaction, complaint_id: int, seen: str) -> Complaint:
    """Raises ComplaintNotFound, ComplaintChanged, ComplaintClosed."""
    complaint = await lock(tx, complaint_id)
    if mark(complaint) != seen:
        raise ComplaintChanged
    if complaint.state not in UNSETTLED_COMPLAINTS:
        raise ComplaintClosed
    return complaint


async def assign(tx: Transaction, complaint_id: int, admin_id: int, seen: str, at: int) -> Complaint:
    """Give it to an administrator; as it was before. Raises as ``_lock_seen``, InvalidInput."""
    complaint = await _lock_seen(tx, complaint_id, seen)
    admin = await tx.administrators.get(admin_id)
    if admin is None or admin.disabled_at is not None or admin.role == Role.ACCOUNTANT:
        raise InvalidInput("assigned_to", "请选择一位还在用的店主或店员账号")
    await tx.complaints.assign(complaint_id, admin_id, at)
    return complaint


async def add_note(
    tx: Transaction, vault: Vault, complaint_id: int, note: tuple[str, str], author: Actor, at: int
) -> None:
    """A note for the office alone, also below a closed one. ``note``: the action's id, and the text."""
    complaint = await lock(tx, complaint_id)
    await _add_entry(tx, vault, (complaint, ComplaintEntryKind.NOTE), note, author, at)


async def answer(
    tx: Transaction, vault: Vault, complaint_id: int, said: tuple[str, str, str], author: Actor, at: int
) -> None:
    """An answer, which the user reads and gets a message about. A complaint without an administrator becomes that of
    who answers. ``said``: the action's id, the text, and the mark of the page. The same action again changes nothing.

    Raises ComplaintNotFound, ComplaintChanged, ComplaintClosed.
    """
    action_id, text, seen = said
    assert author.id is not None
    if await tx.complaints.entry_of_action(author.kind, author.id, action_id) is not None:
        return
    complaint = await _lock_own(tx, complaint_id, seen)
    entry_id = await _add_entry(
        tx, vault, (complaint, ComplaintEntryKind.ANSWER), (action_id, text), author, at
    )
    changes = ComplaintMove(answered_at=at)
    moved = await tx.complaints.move(complaint.id, UNSETTLED_COMPLAINTS, ComplaintState.ANSWERED, at, changes)
    must_have_changed(moved)
    if complaint.assigned_to is None:
        await tx.complaints.assign(complaint.id, author.id, at)
    await queue_complaint(tx, complaint, f"{complaint.id}-{entry_id}", MessageOutcome.ANSWERED, at)


async def _add_entry(
    tx: Transaction,
    vault: Vault,
    where: tuple[Complaint, ComplaintEntryKind],
    said: tuple[str, str],
    author: Actor,
    at: int,
) -> int:
    """The id of what was said; that of the one which is there when the same action arrives again."""
    complaint, kind = where
    action_id, text = said
    assert author.id is not None
    known = await tx.complaints.entry_of_action(author.kind, author.id, action_id)
    if known is not None:
        return known.id
    return await tx.complaints.add_entry(
        NewComplaintEntry(
            complaint.id, kind, author.kind, author.id, action_id, vault.seal(text, COMPLAINT_ENTRY), at
        )
    )


async def close(
    tx: Transaction, vault: Vault, complaint_id: int, said: tuple[str, str, str], author: Actor, at: int
) -> None:
    """It is settled. ``said``: the action's id, a note for the office, and the mark of the page.

    Raises ComplaintNotFound, ComplaintChanged, ComplaintClosed.
    """
    action_id, note, seen = said
    complaint = await _lock_own(tx, complaint_id, seen, (ComplaintSource.OWN, ComplaintSource.TRADE))
    await _add_entry(tx, vault, (complaint, ComplaintEntryKind.NOTE), (action_id, note), author, at)
    changes = ComplaintMove(closed_at=at, closed_by=author.id)
    moved = await tx.complaints.move(complaint.id, UNSETTLED_COMPLAINTS, ComplaintState.CLOSED, at, changes)
    must_have_changed(moved)
    await queue_complaint(tx, complaint, f"{complaint.id}-closed-{at}", MessageOutcome.SETTLED, at)


async def link_refund(tx: Transaction, complaint_id: int, order_id: int, refund_id: int, at: int) -> None:
    """The order's refund was made because of the complaint. Raises ComplaintNotFound, for one about another order or a
    closed one too."""
    if not await tx.complaints.link_refund(complaint_id, order_id, refund_id, at):
        raise ComplaintNotFound
