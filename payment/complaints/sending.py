"""Sending what was planned, once each. No act at WeChat is idempotent, and a reply may be lost: what may have been done
is first looked for in the complaint's history, or in its detail.

The claim is in the row, so that a request that waits and the job of any process never send the same. Nothing of this is
in a transaction while WeChat is being asked.
"""

from __future__ import annotations

import asyncio
import logging
from functools import partial

from clock import MINUTE, SECOND, Clock
from failures import place
from payment.complaints.acts import REFUNDS_TO_TELL
from payment.complaints.following import ComplaintFollower
from payment.complaints.history_search import HistorySearch
from payment.wechatpay.complaint_replies import PROCESSED
from payment.wechatpay.complaints import ComplaintCalls
from payment.wechatpay.errors import Busy, GatewayError, Misconfigured, Refused, Unknown
from privacy import COMPLAINT_ENTRY, Vault
from sealed_files import DocumentFiles
from storage import Duplicate, Storage, StorageError, Transaction
from storage.claims import is_due
from storage.models import UNSETTLED_COMPLAINTS, Complaint, ComplaintEntryKind, ComplaintState, RefundState
from storage.models.wechat_complaints import (
    ComplaintAct,
    ComplaintActKind,
    ComplaintActState,
    WeChatComplaint,
)
from storage.writes import ComplaintMove, NewComplaintEntry
from storage.writes.wechat_complaints import ComplaintActMove

logger = logging.getLogger("hospital.payment.complaints")

CLAIM = 2 * MINUTE
"""Longer than all calls of an act may take."""
LOOK_AFTER = MINUTE
"""So long after a lost reply the history is believed when it does not have the act."""
PICTURE_GONE = "要发的图片已经不在，请重新选择"
REFUND_PAUSE = 15 * SECOND
ACTS_AT_ONCE = 20
MAX_WAIT = 15 * MINUTE
_UNENDED = (ComplaintActState.PLANNED, ComplaintActState.SENDING, ComplaintActState.UNKNOWN)


def send_again_after(tries: int) -> int:
    """How long to wait (ms) after so many tries."""
    return min(15 * SECOND << min(tries, 7), MAX_WAIT)


class ActSender:
    def __init__(
        self,
        storage: Storage,
        calls: ComplaintCalls,
        follower: ComplaintFollower,
        files: DocumentFiles,
        vault: Vault,
        clock: Clock,
    ) -> None:
        self._storage = storage
        self._calls = calls
        self._follower = follower
        self._files = files
        self._vault = vault
        self._clock = clock
        self._search = HistorySearch(storage, calls, vault)

    async def send_due(self) -> int:
        """Send, or ask about, what is due; how many acts were taken. Raises StorageError."""
        async with self._storage.reading() as reader:
            due = await reader.wechat_complaints.due_acts(self._clock(), ACTS_AT_ONCE)
        for act in due:
            try:
                await self.perform(act.id)
            except StorageError:
                raise
            except Exception as error:  # others must not wait behind it; it is free again when its claim ends
                logger.warning("complaint act %d could not be sent: %s", act.id, place(error))
        return len(due)

    async def perform(self, act_id: int) -> ComplaintAct | None:
        """Take an act one step further, if nobody else does; as it is then. What WeChat says stands in the row. Raises
        StorageError."""
        at = self._clock()
        async with self._storage.reading() as reader:
            act = await reader.wechat_complaints.act(act_id)
        if act is None or act.state not in _UNENDED or not is_due(act.due_at, at, MAX_WAIT):
            return act
        if await self._storage.run(lambda tx: tx.wechat_complaints.claim_act(act, at, at + CLAIM)):
            await self._advance(act)
        async with self._storage.reading() as reader:
            return await reader.wechat_complaints.act(act_id)

    async def _advance(self, act: ComplaintAct) -> None:
        async with self._storage.reading() as reader:
            row = await reader.wechat_complaints.of_complaint(act.complaint_id)
            complaint = await reader.complaints.get(act.complaint_id)
            refund = await reader.refunds.get(act.refund_id) if act.refund_id else None
        assert row is not None
        assert complaint is not None
        if act.state == ComplaintActState.PLANNED:
            if refund is not None and refund.state not in REFUNDS_TO_TELL:
                await self._end(act, ComplaintActState.DROPPED, "这笔退款没有进行下去")
                return
            if refund is not None and refund.state == RefundState.APPROVED:  # WeChat may refuse it yet
                await self._wait_for_refund(act)
                return
            if complaint.state not in UNSETTLED_COMPLAINTS:
                await self._end(act, ComplaintActState.DROPPED, "投诉在这之前已经处理完成")
                return
        try:
            await self._send(act, row)
        except Busy as error:
            await self._later(act, _before(act), self._clock() + send_again_after(act.tries), _words(error))
        except Misconfigured as error:
            logger.warning("complaint act %d: %s", act.id, error.code)
            if act.tries:  # an earlier try may have been carried out
                await self._later(act, ComplaintActState.UNKNOWN, self._clock() + LOOK_AFTER, _words(error))
                return
            await self._end(act, ComplaintActState.REFUSED, _words(error))
        except Refused as error:
            await self._conclude_refused(act, row, error)
        except Unknown as error:
            at = self._clock()
            await self._later(act, ComplaintActState.UNKNOWN, at + LOOK_AFTER, _words(error))

    async def _send(self, act: ComplaintAct, row: WeChatComplaint) -> None:
        """Raises GatewayError. ``Unknown`` of an upload is ``Busy``: nobody has seen the picture."""
        if act.state != ComplaintActState.PLANNED and await self._search.has(act, row):
            await self._done(act, row)
            return
        media_ids = await self._upload(act)
        text = self._vault.open(act.text_sealed, COMPLAINT_ENTRY) if act.text_sealed else ""
        if not await self._mark_sent(act):
            return
        number = row.external_id
        match act.kind:
            case ComplaintActKind.ANSWER:
                await self._calls.answer(number, text, media_ids)
            case ComplaintActKind.REJECT:
                await self._calls.reject_refund(number, text, media_ids)
            case ComplaintActKind.APPROVE:
                await self._calls.approve_refund(number)
            case ComplaintActKind.COMPLETE:
                if row.state != PROCESSED:
                    await self._calls.complete(number)
        await self._done(act, row)

    async def _upload(self, act: ComplaintAct) -> list[str]:
        async with self._storage.reading() as reader:
            pictures = await reader.wechat_complaints.pictures(act.id)
        media_ids = []
        for picture in pictures:
            media_id = picture.media_id
            if not media_id:
                content = await asyncio.to_thread(self._files.read, picture.file)
                if content is None:
                    raise Refused("the picture is gone", message=PICTURE_GONE, verified=True)
                try:
                    media_id = await self._calls.upload(content)
                except Unknown as error:
                    raise Busy(error.detail, code=error.code, status=error.status) from None
                await self._storage.run(partial(_name_picture, picture_id=picture.id, media_id=media_id))
            media_ids.append(media_id)
        return media_ids

    async def _mark_sent(self, act: ComplaintAct) -> bool:
        """From now on it may be at WeChat. False: another process has sent it, as the claim was over, or another act of
        the complaint is open."""
        at = self._clock()
        changes = ComplaintActMove(
            open_complaint_id=act.complaint_id,
            sent_at=act.sent_at or at,
            tries=act.tries + 1,
            claimed_until=at + CLAIM,
            due_at=at + CLAIM,
        )
        try:
            return await self._storage.run(lambda tx: tx.wechat_complaints.begin_act(act, _UNENDED, changes))
        except Duplicate:
            await self._later(act, ComplaintActState.PLANNED, at + REFUND_PAUSE, "")
            return False

    async def _wait_for_refund(self, act: ComplaintAct) -> None:
        """Until WeChat has the refund, which may take days. The complaint can be answered meanwhile."""
        due_at = self._clock() + REFUND_PAUSE
        await self._move(
            act,
            ComplaintActState.PLANNED,
            ComplaintActMove(open_complaint_id=None, due_at=due_at, claimed_until=0),
        )

    async def _conclude_refused(self, act: ComplaintAct, row: WeChatComplaint, error: Refused) -> None:
        """No for a request that may have been carried out before means that it was, if WeChat has it. Without a
        signature it is not WeChat's word: the history is asked first, and then it is sent once more."""
        if not error.verified and act.state == ComplaintActState.PLANNED:
            await self._later(act, ComplaintActState.UNKNOWN, self._clock() + LOOK_AFTER, _words(error))
            return
        try:
            if act.tries and await self._search.has(act, row):
                await self._done(act, row)
                return
            if act.kind == ComplaintActKind.COMPLETE:
                detail, _ = await self._follower.read(row.external_id)
                if detail.state == PROCESSED:
                    await self._done(act, row)
                    return
        except GatewayError:
            await self._later(act, ComplaintActState.UNKNOWN, self._clock() + LOOK_AFTER, _words(error))
            return
        await self._end(act, ComplaintActState.REFUSED, _words(error))
        await self._read(row)

    async def _done(self, act: ComplaintAct, row: WeChatComplaint) -> None:
        await self._end(act, ComplaintActState.DONE, "")
        await self._read(row)

    async def _read(self, row: WeChatComplaint) -> None:
        """Its state is what the detail says now; if that cannot be had, it is due at once."""
        at = self._clock()
        await self._storage.run(lambda tx: tx.wechat_complaints.hear(row.external_id, at))
        try:
            await self._follower.read(row.external_id)
        except GatewayError as error:
            logger.info("complaint %s could not be read after an act: %s", row.external_id, error.slug)

    async def _later(self, act: ComplaintAct, state: ComplaintActState, due_at: int, problem: str) -> None:
        await self._move(act, state, ComplaintActMove(due_at=due_at, claimed_until=0, problem=problem))

    async def _move(self, act: ComplaintAct, state: ComplaintActState, changes: ComplaintActMove) -> None:
        await self._storage.run(lambda tx: tx.wechat_complaints.move_act(act.id, _UNENDED, state, changes))

    async def _end(self, act: ComplaintAct, state: ComplaintActState, problem: str) -> None:
        at = self._clock()
        files = await self._storage.run(lambda tx: self._write_end(tx, act, state, problem, at))
        await asyncio.to_thread(self._files.remove, files)

    async def _write_end(
        self, tx: Transaction, act: ComplaintAct, state: ComplaintActState, problem: str, at: int
    ) -> list[str]:
        """What was said joins what is shown of the complaint; what was refused stays with the act."""
        complaint = await tx.complaints.lock(act.complaint_id)
        assert complaint is not None
        done, text = state == ComplaintActState.DONE, act.text_sealed
        changes = ComplaintActMove(
            open_complaint_id=None, claimed_until=0, ended_at=at, problem=problem[:255], due_at=at
        )
        if done or not complaint.text_sealed:
            changes = ComplaintActMove(None, "", at, 0, ended_at=at, problem=problem[:255])
        if not await tx.wechat_complaints.move_act(act.id, _UNENDED, state, changes):
            return []
        if done and text and complaint.text_sealed:
            kind = (
                ComplaintEntryKind.NOTE
                if act.kind == ComplaintActKind.COMPLETE
                else ComplaintEntryKind.ANSWER
            )
            await tx.complaints.add_entry(
                NewComplaintEntry(complaint.id, kind, "admin", act.admin_id, act.action_id, text, at)
            )
        if done and act.kind == ComplaintActKind.COMPLETE:
            await _settle(tx, complaint, act.admin_id, at)
        return await tx.wechat_complaints.release_pictures(act.id)


async def _settle(tx: Transaction, complaint: Complaint, admin_id: int, at: int) -> None:
    """Who has ended it is known; that it has ended is what the next reading says. One that had ended at WeChat before
    its payer wrote again ends here: what was written then is done with."""
    row = await tx.wechat_complaints.of_complaint(complaint.id)
    assert row is not None
    if row.state != PROCESSED:
        changes = ComplaintMove(closed_by=admin_id)
        await tx.complaints.move(complaint.id, UNSETTLED_COMPLAINTS, complaint.state, at, changes)
        return
    await tx.wechat_complaints.settle(row.id, row.mark)
    changes = ComplaintMove(closed_at=at, closed_by=admin_id)
    await tx.complaints.move(complaint.id, UNSETTLED_COMPLAINTS, ComplaintState.CLOSED, at, changes)


async def _name_picture(tx: Transaction, picture_id: int, media_id: str) -> None:
    await tx.wechat_complaints.name_picture(picture_id, media_id)


def _before(act: ComplaintAct) -> ComplaintActState:
    """Nothing happened: the act is what it was before this try."""
    return ComplaintActState.UNKNOWN if act.tries else ComplaintActState.PLANNED


def _words(error: GatewayError) -> str:
    """For people: WeChat's own sentence, else what its error is called."""
    return error.message or error.code or error.slug
