"""Complaints of WeChat's second channel (交易类投诉), of which a pushed event alone tells: ``complaint_callback``.

They are answered in the mini-program's back end, within 48 hours; here they are an alarm with a deadline: a complaint
in the office's list, which is closed by hand. What WeChat calls their states is not documented, so no event closes one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from clock import DAY, HOUR, SECOND
from privacy import COMPLAINT, COMPLAINT_ENTRY, Vault
from storage import Transaction
from storage.locked_rows import must_have_changed
from storage.models import Complaint, ComplaintEntryKind, ComplaintKind, ComplaintSource, ComplaintState
from storage.writes import ComplaintMove, NewComplaint, NewComplaintEntry
from wechat.push.events import PushedEvent, text

INFO = "BussiCallBackInfo"
TO_ANSWER = 48 * HOUR
TEXT = (
    "用户在小程序里提交了交易投诉 {number}。内容和凭证只有小程序后台看得到，请在期限前到小程序后台的「交易投诉」处理，"
    "处理完在这里标记为已解决。"
)
_NUMBER = re.compile(r"[0-9A-Za-z_-]{1,56}", re.ASCII)
_TIME = re.compile(r"[0-9]{10}|[0-9]{13}", re.ASCII)


class TradeComplaintEvents:
    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    async def told(self, tx: Transaction, event: PushedEvent) -> None:
        """Each complaint is one row however often it is told of; another status is a note, a later deadline opens it
        again. Without a usable number there is nothing to point to, and the event is dropped."""
        said = event.fields.get(INFO)
        info: Mapping[str, Any] = said if isinstance(said, Mapping) else event.fields
        number = text(info, "complaint_order_id")
        if not _NUMBER.fullmatch(number):
            return
        attempt = await tx.attempts.by_number(text(info, "out_trade_no")[:32])
        if attempt is not None:
            await tx.orders.lock(attempt.order_id)
        due_at, external_id = _due_at(info, event.created_at), f"trade-{number}"
        known = await tx.complaints.of_external(external_id)
        if known is None:
            content = self._vault.seal(TEXT.format(number=number), COMPLAINT)
            complaint_id = await tx.complaints.add(
                NewComplaint(
                    order_id=attempt.order_id if attempt else None,
                    user_id=None,
                    kind=ComplaintKind.OTHER,
                    action_id=external_id[:40],
                    text_sealed=content,
                    answer_due_at=due_at,
                    settle_due_at=due_at,
                    source=ComplaintSource.TRADE,
                    external_id=external_id,
                ),
                event.created_at,
            )
            known = await tx.complaints.lock(complaint_id)
            assert known is not None
        await self._note(tx, known, text(info, "status"), event.created_at)
        if due_at > known.answer_due_at:
            await _open_again(tx, known, due_at, event.created_at)

    async def _note(self, tx: Transaction, complaint: Complaint, status: str, at: int) -> None:
        if not complaint.text_sealed:
            return  # it was forgotten
        words = f"微信通知：状态 {status or '没有写'}"[:100]
        await tx.complaints.add_entry(
            NewComplaintEntry(
                complaint.id,
                ComplaintEntryKind.NOTE,
                "wechat",
                0,
                f"wechat-{at}-{status}"[:40],
                self._vault.seal(words, COMPLAINT_ENTRY),
                at,
            )
        )


async def _open_again(tx: Transaction, complaint: Complaint, due_at: int, at: int) -> None:
    changes = ComplaintMove(answer_due_at=due_at, settle_due_at=due_at, closed_at=None, closed_by=None)
    must_have_changed(
        await tx.complaints.move(complaint.id, (complaint.state,), ComplaintState.OPEN, at, changes)
    )


def _due_at(info: Mapping[str, Any], told_at: int) -> int:
    """WeChat's ``expire_time``, in seconds or milliseconds, where it is near; else 48 hours from the event."""
    given = text(info, "expire_time")
    if _TIME.fullmatch(given):
        at = int(given) * (SECOND if len(given) == 10 else 1)
        if abs(at - told_at) <= 60 * DAY:
            return at
    return told_at + TO_ANSWER
