"""What users send: a complaint about an order, a suggestion without one, and what they add later.

An action's id belongs to the user: the same one again is the same complaint, or the same addition. With other words it
is refused: what was changed after a lost answer would else be lost without a word.
"""

from __future__ import annotations

from config.office_settings import OfficeSettings
from frozen_dataclasses import frozen
from orders.complaints.deadlines import deadlines_of
from orders.complaints.locking import ComplaintNotFound, lock
from orders.sharing import access
from orders.sharing.access import Act
from orders.visits.jobs import ActionReused
from privacy import COMPLAINT, COMPLAINT_ENTRY, Vault
from refusals import AccountClosed, InvalidInput, Refused
from storage import Transaction
from storage.locked_rows import must_have_changed
from storage.models import (
    Complaint,
    ComplaintEntryKind,
    ComplaintKind,
    ComplaintPhoto,
    ComplaintSource,
    ComplaintState,
)
from storage.writes import ComplaintMove, NewComplaint, NewComplaintEntry

MAX_UNSETTLED = 3
"""Of one order, or of a user without one: more is said below those that are there."""
MAX_PHOTOS = 6
MAX_ADDITIONS = 50
"""Of one complaint."""
WITHOUT_ORDER = (ComplaintKind.SUGGESTION, ComplaintKind.OTHER)


class TooManyComplaints(Refused):
    """Those that are there are not settled yet."""

    slug = "too_many_complaints"
    message = f"已经有 {MAX_UNSETTLED} 件还在处理，请在里面补充，或者直接打电话给我们"


class TooManyAdditions(Refused):
    slug = "too_many_additions"
    message = "补充得太多了，请直接打电话给我们"


class ComplaintForgotten(Refused):
    """It was closed long ago, and what was said is not stored any more."""

    slug = "complaint_forgotten"
    message = "这件事结束很久了，内容已经按期限删除，请重新写一份"


@frozen()
class Sent:
    """What a user sends. ``photos``: the action ids of photos that were uploaded before."""

    order_id: int | None
    kind: ComplaintKind
    action_id: str
    text: str
    photos: tuple[str, ...] = ()


async def complain(
    tx: Transaction, vault: Vault, sent: Sent, user_id: int, office: OfficeSettings, at: int
) -> int:
    """Its id; that of the one which is there when the same action arrives again.

    Raises AccountClosed, OrderNotFound (for all but owner and payer), InvalidInput, TooManyComplaints,
    ActionReused; Duplicate when the same action arrives twice at this moment.
    """
    if not await tx.users.lock_living(user_id):
        raise AccountClosed
    if sent.order_id is not None:
        await access.lock(tx, sent.order_id, user_id, Act.COMPLAIN)
    known = await tx.complaints.of_action(user_id, sent.action_id)
    if known is not None:
        return _again(known, sent, vault)
    await _check_number(tx, sent, user_id)
    photos = await _unsent(tx, sent.photos, user_id)
    due = deadlines_of(ComplaintSource.OWN, office)
    complaint_id = await tx.complaints.add(
        NewComplaint(
            order_id=sent.order_id,
            user_id=user_id,
            kind=sent.kind,
            action_id=sent.action_id,
            text_sealed=vault.seal(sent.text, COMPLAINT),
            answer_due_at=at + due.answer,
            settle_due_at=at + due.settle,
        ),
        at,
    )
    for photo in photos:
        await tx.complaints.send_photo(photo.id, complaint_id)
    return complaint_id


async def _check_number(tx: Transaction, sent: Sent, user_id: int) -> None:
    if sent.order_id is not None:
        known = await tx.complaints.unsettled_of_order(sent.order_id)
        unsettled = sum(complaint.source == ComplaintSource.OWN for complaint in known)
    elif sent.kind not in WITHOUT_ORDER:
        raise InvalidInput("kind", "这一类要在对应的订单里提出")
    else:
        unsettled = await tx.complaints.count_unsettled_without_order(user_id)
    if unsettled >= MAX_UNSETTLED:
        raise TooManyComplaints


async def _unsent(tx: Transaction, actions: tuple[str, ...], user_id: int) -> list[ComplaintPhoto]:
    """The photos that a user has uploaded and not sent yet. Raises InvalidInput."""
    found = []
    for action in dict.fromkeys(actions):
        photo = await tx.complaints.photo_of_action(user_id, action)
        if photo is None or photo.complaint_id is not None:
            raise InvalidInput("photos", "有一张照片没有上传成功，请重新选择")
        found.append(photo)
    return found


def _again(known: Complaint, sent: Sent, vault: Vault) -> int:
    same = (known.order_id, known.kind) == (sent.order_id, sent.kind)
    if not same or not _says(known.text_sealed, sent.text, COMPLAINT, vault):
        raise ActionReused
    return known.id


def _says(sealed: str, text: str, context: str, vault: Vault) -> bool:
    """Whether this was said; of what is forgotten it is not known any more."""
    return not sealed or vault.open(sealed, context) == text


async def add_to(
    tx: Transaction,
    vault: Vault,
    entry: tuple[int, str, str],
    user_id: int,
    office: OfficeSettings,
    at: int,
) -> None:
    """What the user says afterwards: it waits for an answer again, and one that was closed is opened again with new
    deadlines. ``entry``: the complaint, the action's id, the text.

    Raises AccountClosed, ComplaintNotFound, ComplaintForgotten, TooManyAdditions, ActionReused.
    """
    complaint_id, action_id, text = entry
    if not await tx.users.lock_living(user_id):
        raise AccountClosed
    complaint = await lock(tx, complaint_id)
    if complaint.user_id != user_id or complaint.source != ComplaintSource.OWN:
        raise ComplaintNotFound
    known = await tx.complaints.entry_of_action("user", user_id, action_id)
    if known is not None:
        same = known.complaint_id == complaint_id
        if not same or not _says(known.text_sealed, text, COMPLAINT_ENTRY, vault):
            raise ActionReused
        return
    if not complaint.text_sealed:
        raise ComplaintForgotten
    additions = [
        each
        for each in await tx.complaints.entries([complaint_id])
        if each.kind == ComplaintEntryKind.ADDITION
    ]
    if len(additions) >= MAX_ADDITIONS:
        raise TooManyAdditions
    await tx.complaints.add_entry(
        NewComplaintEntry(
            complaint_id,
            ComplaintEntryKind.ADDITION,
            "user",
            user_id,
            action_id,
            vault.seal(text, COMPLAINT_ENTRY),
            at,
        )
    )
    await _open_again(tx, complaint, office, at)


async def _open_again(tx: Transaction, complaint: Complaint, office: OfficeSettings, at: int) -> None:
    due = deadlines_of(complaint.source, office)
    changes = ComplaintMove()
    if complaint.state == ComplaintState.CLOSED:
        changes = ComplaintMove(
            answer_due_at=at + due.answer, settle_due_at=at + due.settle, closed_at=None, closed_by=None
        )
    elif complaint.state == ComplaintState.ANSWERED:
        changes = ComplaintMove(answer_due_at=at + due.answer)
    moved = await tx.complaints.move(complaint.id, (complaint.state,), ComplaintState.OPEN, at, changes)
    must_have_changed(moved)  # read under its lock
