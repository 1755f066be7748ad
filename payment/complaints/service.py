"""Complaints at WeChat, as handlers and background use them: one facade over following and sending."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import field

from clock import MINUTE, SECOND, Clock
from config import Settings
from frozen_dataclasses import frozen
from payment.complaints import acts
from payment.complaints.acts import PlannedAct
from payment.complaints.following import LIST_JOB, ComplaintFollower
from payment.complaints.sending import ActSender
from payment.wechatpay.complaint_replies import Detail, Negotiated
from payment.wechatpay.complaints import ComplaintCalls
from payment.wechatpay.errors import Busy, GatewayError
from payment.wechatpay.gateway import Gateway
from privacy import Vault
from refusals import Refused
from sealed_files import DocumentFiles
from storage import Storage, Transaction
from storage.job_run import JobRun, run_job
from storage.models.wechat_complaints import ComplaintAct

logger = logging.getLogger("hospital.payment.complaints")

JOB = "complaints"
CLAIM = 5 * MINUTE
NOTED_EVERY = MINUTE
"""A round with nothing to do is written down once in this time."""
BUSY_PAUSE = 30 * SECOND
LOOK_SECONDS = 8.0
"""Longer nobody waits for a page: what is stored is shown then."""
SEND_SECONDS = 15.0
MAX_SHOWN_PICTURES = 12
PICTURES_AT_ONCE = 4


class ComplaintsOff(Refused):
    """``pay.complaints`` is not set."""

    slug = "complaints_off"
    message = "没有开启微信投诉（pay.complaints），请到微信支付商户平台处理"


@frozen()
class Opened:
    """A complaint as WeChat shows it now; ``problem``: why it, or its history, could not be had."""

    detail: Detail | None = field(repr=False)
    history: tuple[Negotiated, ...] = field(repr=False)
    problem: str = ""


class WeChatComplaints:
    """Unless a method says otherwise it raises StorageError alone: what WeChat says is in what it returns, or in the
    rows."""

    def __init__(
        self,
        storage: Storage,
        gateway: Gateway,
        settings: Settings,
        files: DocumentFiles,
        vault: Vault,
        clock: Clock,
    ) -> None:
        self._storage = storage
        self._vault = vault
        self._clock = clock
        self.enabled = settings.pay.complaints
        self.calls = ComplaintCalls(gateway)
        self.follower = ComplaintFollower(storage, self.calls, vault, settings, clock)
        self.sender = ActSender(storage, self.calls, self.follower, files, vault, clock)
        self._noted_at = 0

    async def run_once(self, owner: str) -> None:
        """The list, if it is due, then what is to be read and sent. Raises GatewayError too."""
        if not self.enabled:
            return
        listing: GatewayError | None = None
        try:
            await self.follower.list_due(owner)
        except GatewayError as error:  # what is known already goes on
            listing = error
        at = self._clock()
        async with self._storage.reading() as reader:
            due = await reader.wechat_complaints.anything_due(at)
        if due or at - self._noted_at >= NOTED_EVERY:
            self._noted_at = at
            await run_job(self._storage, self._clock, JOB, owner, CLAIM, self._round)
        if listing is not None:
            raise listing

    async def remove_jobs(self) -> None:
        """Where complaints are not followed (any more), nothing is late."""
        await self._storage.run(lambda tx: tx.jobs.remove((JOB, LIST_JOB)))

    async def _round(self, run: JobRun) -> None:
        run.result["sent"] = await self.sender.send_due()
        if not await run.keep_claim():
            return
        try:
            run.result["read"] = await self.follower.read_due()
        except Busy as error:
            run.problem, run.pause = error.code or error.slug, BUSY_PAUSE

    async def plan(
        self, tx: Transaction, complaint_id: int, wanted: PlannedAct, admin_id: int, at: int
    ) -> tuple[int, bool]:
        """See ``acts.plan``. Raises ComplaintsOff too."""
        if not self.enabled:
            raise ComplaintsOff
        return await acts.plan(tx, self._vault, complaint_id, wanted, admin_id, at)

    async def tell_of_refund(
        self, tx: Transaction, complaint_id: int, refund_id: int, admin_id: int, at: int
    ) -> None:
        """See ``acts.tell_of_refund``."""
        if self.enabled:
            await acts.tell_of_refund(tx, self._vault, complaint_id, refund_id, admin_id, at)

    async def send_now(self, act_id: int) -> ComplaintAct | None:
        """Send what was planned; as it is then. What takes longer than a person waits goes on by itself."""
        sending = asyncio.ensure_future(self.sender.perform(act_id))
        done, _ = await asyncio.wait([sending], timeout=SEND_SECONDS)
        if done:
            return sending.result()
        sending.add_done_callback(_forget)
        async with self._storage.reading() as reader:
            return await reader.wechat_complaints.act(act_id)

    async def look(self, external_id: str) -> Opened:
        """What WeChat shows of a complaint now, written down on the way."""
        if not self.enabled:
            return Opened(None, (), ComplaintsOff.message)
        detail: Detail | None = None
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                detail, _ = await self.follower.read(external_id)
                history = await self.calls.history(external_id)
        except (GatewayError, TimeoutError) as error:
            logger.info("complaint %s could not be looked at: %s", external_id, type(error).__name__)
            said = error.message or error.code if isinstance(error, GatewayError) else ""
            return Opened(
                detail, (), f"微信没有给出{'协商历史' if detail else '最新内容'}{f'：{said}' if said else ''}"
            )
        return Opened(detail, tuple(history))

    async def pictures(self, media_ids: list[str]) -> dict[str, bytes]:
        """The bytes of pictures, the first ``MAX_SHOWN_PICTURES`` of them; those that cannot be had are left out."""
        turns = asyncio.Semaphore(PICTURES_AT_ONCE)

        async def load(media_id: str) -> tuple[str, bytes]:
            async with turns:
                try:
                    return media_id, await self.calls.image(media_id)
                except GatewayError as error:
                    logger.info("a picture of a complaint could not be had: %s", error.slug)
                    return media_id, b""

        loading = [asyncio.ensure_future(load(each)) for each in media_ids[:MAX_SHOWN_PICTURES]]
        if not loading:
            return {}
        done, late = await asyncio.wait(loading, timeout=LOOK_SECONDS)
        for task in late:
            task.cancel()
        return {media_id: content for media_id, content in (task.result() for task in done) if content}


def _forget(task: asyncio.Future[ComplaintAct | None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        logger.warning("an act about a complaint failed; it is taken up again")
