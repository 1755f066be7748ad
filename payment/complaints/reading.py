"""What a detail of WeChat's changes here. All of it in the caller's transaction."""

from __future__ import annotations

import hashlib

from clock import DAY, MINUTE, SECOND
from config.office_settings import OfficeSettings
from frozen_dataclasses import frozen
from orders.complaints.deadlines import deadlines_of
from orders.complaints.locking import lock
from payment.wechatpay.complaint_replies import PROCESSED, PROCESSING, REFUND_PROBLEM, Detail
from privacy import COMPLAINT, Vault
from storage import Transaction
from storage.locked_rows import must_have_changed
from storage.models import (
    Attempt,
    Complaint,
    ComplaintKind,
    ComplaintSource,
    ComplaintState,
)
from storage.models.wechat_complaints import WeChatComplaint
from storage.writes import ComplaintMove, NewComplaint
from storage.writes.wechat_complaints import WeChatComplaintReading

READ_AGAIN = 30 * MINUTE
"""So often the detail of an unsettled complaint is read although nothing was heard of it: a list may lag."""
READ_SETTLED_AGAIN = DAY
FOLLOWED_FOR = 90 * DAY
"""So long after it was settled: its payer may continue, and the list holds only what began within 30 days."""
CLOCKS_DIFFER = 2 * MINUTE
_BACKOFF = (15 * SECOND, 30 * SECOND, MINUTE, 2 * MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE)


def read_again_after(failures: int) -> int:
    """How long to wait (ms) after so many readings that failed."""
    return _BACKOFF[min(failures, len(_BACKOFF) - 1)]


@frozen()
class Read:
    """A detail, when it was asked for, and when its payer last complained (ms)."""

    detail: Detail
    asked_at: int
    begun_at: int


def state_of(detail: Detail, settled_mark: str = "") -> ComplaintState:
    """What is to be done about it next. Whoever has written again after the end waits for an answer, too, until the
    office has settled exactly this."""
    if detail.state == PROCESSED and (not detail.user_waits or detail.mark == settled_mark):
        return ComplaintState.CLOSED
    if detail.state == PROCESSING and not detail.user_waits:
        return ComplaintState.ANSWERED
    return ComplaintState.OPEN  # in a state that is not known, too


def was_continued(known: WeChatComplaint | None, detail: Detail) -> bool:
    """Is there a continuation of which the deadlines do not know yet?"""
    return detail.times > (known.times if known is not None and known.read_at is not None else 1)


async def apply_detail(
    tx: Transaction, read: Read, office: OfficeSettings, vault: Vault, at: int
) -> int | None:
    """Write down what was read; the complaint's id, or None when something newer was read before."""
    detail = read.detail
    attempt = await _attempt(tx, detail)
    if attempt is not None:
        await tx.orders.lock(attempt.order_id)
    row = await tx.wechat_complaints.lock(detail.complaint_id)
    if row is None:
        await tx.wechat_complaints.hear(detail.complaint_id, at)
        row = await tx.wechat_complaints.lock(detail.complaint_id)
        assert row is not None
    if row.read_at is not None and read.asked_at < row.read_at <= at + CLOCKS_DIFFER:
        return None  # of a reading that lies in the future a clock was wrong, and it must not hide the others
    if row.complaint_id is None:
        complaint_id = await _add(tx, read, attempt, office, vault, at)
        complaint = await lock(tx, complaint_id)
        await _move(tx, complaint, state_of(detail), ComplaintMove(), at)
    else:
        complaint = await lock(tx, row.complaint_id)
        await _update(tx, complaint, row, read, office, at)
    complaint = await lock(tx, complaint.id)
    due = _next_reading(row, read, complaint, at)
    await tx.wechat_complaints.write_reading(row.id, _reading(detail, read.asked_at, complaint.id, due))
    return complaint.id


async def _attempt(tx: Transaction, detail: Detail) -> Attempt | None:
    """The payment that is complained about, by WeChat's number or ours; None: it was not made here."""
    found = await tx.attempts.by_transaction(detail.transaction_id) if detail.transaction_id else None
    if found is None and detail.out_trade_no:
        found = await tx.attempts.by_number(detail.out_trade_no)
    return found


async def _add(
    tx: Transaction, read: Read, attempt: Attempt | None, office: OfficeSettings, vault: Vault, at: int
) -> int:
    detail, due = read.detail, deadlines_of(ComplaintSource.WECHAT, office)
    payer = await tx.users.by_openid(detail.openid) if detail.openid else None
    text = "\n".join(part for part in (detail.problem, detail.text) if part) or "（没有写内容）"
    return await tx.complaints.add(
        NewComplaint(
            order_id=attempt.order_id if attempt else None,
            user_id=payer.id if payer else None,
            kind=ComplaintKind.REFUND if detail.problem_type == REFUND_PROBLEM else ComplaintKind.OTHER,
            action_id=hashlib.sha256(detail.complaint_id.encode()).hexdigest()[:40],
            text_sealed=vault.seal(text, COMPLAINT),
            answer_due_at=read.begun_at + due.answer,
            settle_due_at=read.begun_at + due.settle,
            source=ComplaintSource.WECHAT,
            external_id=detail.complaint_id,
        ),
        min(detail.at, at),
    )


async def _update(
    tx: Transaction,
    complaint: Complaint,
    row: WeChatComplaint,
    read: Read,
    office: OfficeSettings,
    at: int,
) -> None:
    detail, due = read.detail, deadlines_of(ComplaintSource.WECHAT, office)
    state, changes = state_of(detail, row.settled_mark), ComplaintMove()
    if was_continued(row, detail):
        changes = ComplaintMove(
            answer_due_at=read.begun_at + due.answer, settle_due_at=read.begun_at + due.settle
        )
    elif state == ComplaintState.OPEN and complaint.state != ComplaintState.OPEN:
        changes = ComplaintMove(answer_due_at=at + due.answer)
        if complaint.state == ComplaintState.CLOSED:
            changes = ComplaintMove(answer_due_at=at + due.answer, settle_due_at=at + due.settle)
    if state != complaint.state or detail.mark != row.mark:
        await _move(tx, complaint, state, changes, at)


async def _move(
    tx: Transaction, complaint: Complaint, state: ComplaintState, due: ComplaintMove, at: int
) -> None:
    answered = at if state == ComplaintState.ANSWERED and complaint.state == ComplaintState.OPEN else None
    closing = state == ComplaintState.CLOSED
    changes = ComplaintMove(
        answer_due_at=due.answer_due_at,
        settle_due_at=due.settle_due_at,
        closed_at=(complaint.closed_at or at) if closing else None,
        closed_by=complaint.closed_by if closing else None,
    )
    if answered is not None:
        changes = ComplaintMove(
            changes.answer_due_at, changes.settle_due_at, answered, changes.closed_at, changes.closed_by
        )
    moved = await tx.complaints.move(complaint.id, (complaint.state,), state, at, changes)
    must_have_changed(moved)  # read under its lock


def _next_reading(row: WeChatComplaint, read: Read, complaint: Complaint, at: int) -> int | None:
    if row.news_at > read.asked_at:
        return row.read_due_at  # something was heard while WeChat was being asked
    if complaint.state != ComplaintState.CLOSED:
        return at + READ_AGAIN
    if complaint.closed_at is not None and at - complaint.closed_at < FOLLOWED_FOR:
        return at + READ_SETTLED_AGAIN
    return None


def _reading(detail: Detail, asked_at: int, complaint_id: int, due: int | None) -> WeChatComplaintReading:
    return WeChatComplaintReading(
        complaint_id=complaint_id,
        read_at=asked_at,
        read_due_at=due,
        state=detail.state,
        problem_type=detail.problem_type,
        times=detail.times,
        user_waits=detail.user_waits,
        full_refunded=detail.full_refunded,
        platform=detail.platform,
        refund_wanted_fen=detail.refund_wanted_fen,
        transaction_id=detail.transaction_id,
        out_trade_no=detail.out_trade_no,
        mark=detail.mark,
    )
