"""What the office sends to WeChat about a complaint, decided under its lock: the row says what will be sent before
anything is. All of it in the caller's transaction."""

from __future__ import annotations

from frozen_dataclasses import frozen
from orders.complaints.handling import ComplaintChanged, link_refund, mark
from orders.complaints.locking import ComplaintClosed, ComplaintNotFound, lock
from payment.wechatpay.complaint_replies import PENDING, PROCESSED, REFUND_PROBLEM
from privacy import COMPLAINT_ENTRY, Vault
from refusals import InvalidInput, Refused
from storage import Transaction
from storage.locked_rows import must_have_changed
from storage.models import (
    REFUNDS_ON_THEIR_WAY,
    UNSETTLED_COMPLAINTS,
    Complaint,
    ComplaintSource,
    RefundState,
)
from storage.models.wechat_complaints import ComplaintActKind, WeChatComplaint
from storage.writes import ComplaintMove
from storage.writes.wechat_complaints import NewComplaintAct

REFUNDS_TO_TELL = (*REFUNDS_ON_THEIR_WAY, RefundState.SUCCEEDED)


class ActOpen(Refused):
    """One act at a time: the next one depends on what came of it."""

    slug = "complaint_act_open"
    message = "上一个操作还在发给微信，结果出来后才能继续"


class NotAnsweredYet(Refused):
    """WeChat wants an answer before the end."""

    slug = "complaint_not_answered"
    message = "还没有答复过用户，请先答复，再反馈处理完成"


class NoRefundWanted(Refused):
    slug = "complaint_without_refund"
    message = "用户没有申请退款，不需要同意或拒绝退款"


@frozen()
class PlannedAct:
    """What a page sends. ``pictures``: names and sizes of sealed files, which are there already. ``seen``: the mark of
    the page."""

    kind: ComplaintActKind
    action_id: str
    text: str
    seen: str
    pictures: tuple[tuple[str, int], ...] = ()
    refund_id: int | None = None


async def plan(
    tx: Transaction, vault: Vault, complaint_id: int, wanted: PlannedAct, admin_id: int, at: int
) -> tuple[int, bool]:
    """Write down what is to be sent; its id, and False when the same action has written it before. Who acts looks after
    a complaint without an administrator.

    Raises ComplaintNotFound, ComplaintChanged, ComplaintClosed, ActOpen, NotAnsweredYet, NoRefundWanted, InvalidInput.
    """
    complaint, row = await _lock(tx, complaint_id)
    known = await tx.wechat_complaints.act_of_action(admin_id, wanted.action_id)
    if known is not None:
        return known.id, False
    if mark(complaint) != wanted.seen:
        raise ComplaintChanged
    if complaint.state not in UNSETTLED_COMPLAINTS:
        raise ComplaintClosed
    await _check_none_open(tx, complaint_id, wanted.kind)
    if wanted.kind == ComplaintActKind.COMPLETE and row.state == PENDING:
        raise NotAnsweredYet
    if wanted.kind in (ComplaintActKind.REJECT, ComplaintActKind.APPROVE) and not may_decide_refund(row):
        raise NoRefundWanted
    if wanted.refund_id is not None:
        await _check_refund(tx, complaint, wanted.refund_id, at)
    act_id = await _add(tx, vault, complaint_id, wanted, admin_id, at)
    must_have_changed(
        await tx.complaints.move(complaint.id, (complaint.state,), complaint.state, at, ComplaintMove())
    )
    if complaint.assigned_to is None:
        await tx.complaints.assign(complaint.id, admin_id, at)
    return act_id, True


def may_decide_refund(row: WeChatComplaint) -> bool:
    return row.problem_type == REFUND_PROBLEM and row.state != PROCESSED


async def _lock(tx: Transaction, complaint_id: int) -> tuple[Complaint, WeChatComplaint]:
    complaint = await lock(tx, complaint_id)
    row = await tx.wechat_complaints.of_complaint(complaint_id)
    if row is None or complaint.source != ComplaintSource.WECHAT:
        raise ComplaintNotFound
    return complaint, row


async def _check_none_open(tx: Transaction, complaint_id: int, kind: ComplaintActKind) -> None:
    """An answer does not wait for an approval that waits for its refund: its deadline runs on."""
    for act in await tx.wechat_complaints.acts(complaint_id):
        if act.open_complaint_id is not None or (act.ended_at is None and kind != ComplaintActKind.ANSWER):
            raise ActOpen


async def _check_refund(tx: Transaction, complaint: Complaint, refund_id: int, at: int) -> None:
    """The refund is of this complaint's order and on its way; from now on it was made because of the complaint."""
    refund = await tx.refunds.get(refund_id)
    if refund is None or refund.order_id != complaint.order_id or refund.state not in REFUNDS_TO_TELL:
        raise InvalidInput("refund_id", "请选择这笔订单里正在退或已经退成的一笔")
    assert complaint.order_id is not None
    await link_refund(tx, complaint.id, complaint.order_id, refund_id, at)


async def _add(
    tx: Transaction, vault: Vault, complaint_id: int, wanted: PlannedAct, admin_id: int, at: int
) -> int:
    act_id = await tx.wechat_complaints.add_act(
        NewComplaintAct(
            complaint_id=complaint_id,
            kind=wanted.kind,
            text_sealed=vault.seal(wanted.text, COMPLAINT_ENTRY) if wanted.text else "",
            refund_id=wanted.refund_id,
            admin_id=admin_id,
            action_id=wanted.action_id,
            created_at=at,
            due_at=at,
        )
    )
    for file, size in wanted.pictures:
        await tx.wechat_complaints.add_picture(act_id, file, size)
    return act_id


async def tell_of_refund(
    tx: Transaction, vault: Vault, complaint_id: int, refund_id: int, admin_id: int, at: int
) -> int | None:
    """A refund was started because of a complaint: WeChat is told that it was approved, once the refund is on its way.
    The act's id; None for a complaint of our own, or one whose payer asks for no refund. Raises ActOpen."""
    complaint = await lock(tx, complaint_id)
    row = await tx.wechat_complaints.of_complaint(complaint_id)
    if row is None or complaint.state not in UNSETTLED_COMPLAINTS or not may_decide_refund(row):
        return None
    await _check_none_open(tx, complaint_id, ComplaintActKind.APPROVE)
    action_id = f"refund-{refund_id}"
    known = await tx.wechat_complaints.act_of_action(admin_id, action_id)
    if known is not None:
        return known.id
    wanted = PlannedAct(ComplaintActKind.APPROVE, action_id, "", "", refund_id=refund_id)
    return await _add(tx, vault, complaint_id, wanted, admin_id, at)
