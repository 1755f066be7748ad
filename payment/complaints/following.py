"""Following complaints: WeChat's list every few minutes, and the detail of each that is new, changed or was notified.

Notifications have no details, come late, twice, in any order or never: they only say that it is time to read.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from functools import partial

from clock import MINUTE, Clock, shanghai
from config import Settings
from failures import place
from payment.complaints.reading import (
    CLOCKS_DIFFER,
    READ_AGAIN,
    Read,
    apply_detail,
    read_again_after,
    was_continued,
)
from payment.wechatpay.complaint_replies import PROCESSED, Detail, Listed, Negotiated
from payment.wechatpay.complaints import PAGE, ComplaintCalls
from payment.wechatpay.errors import Busy, GatewayError
from privacy import Vault
from storage import Storage, StorageError, Transaction
from storage.job_run import JobRun, run_job
from storage.models.wechat_complaints import WeChatComplaint

logger = logging.getLogger("hospital.payment.complaints")

LIST_JOB = "complaint_list"
LIST_EVERY = 3 * MINUTE
LIST_CLAIM = 2 * MINUTE
MAX_PAGES = 60
"""3,000 complaints in 30 days. WeChat allows 200 lists a minute."""
DAYS_BEFORE = 29
"""With today 30 days, the longest span that WeChat's list has."""
UNREAD_AFTER = 10 * MINUTE
"""A complaint that was heard of and could not be read for so long is an alarm: its deadline is not known."""
READS_AT_ONCE = 30
"""Per round: far below what WeChat allows in a minute."""


class ComplaintFollower:
    def __init__(
        self, storage: Storage, calls: ComplaintCalls, vault: Vault, settings: Settings, clock: Clock
    ) -> None:
        self._storage = storage
        self._calls = calls
        self._vault = vault
        self._office = settings.office
        self._clock = clock

    async def list_due(self, owner: str) -> int:
        """Read the list, if that is due; one process at a time (the job row). How many complaints are new or changed.
        Raises GatewayError, StorageError: the row has it, too."""
        changed = 0

        async def work(run: JobRun) -> None:
            nonlocal changed
            run.pause = LIST_EVERY
            changed = await self._read_list(run)
            run.result["changed"] = changed

        await run_job(self._storage, self._clock, LIST_JOB, owner, LIST_CLAIM, work)
        return changed

    async def _read_list(self, run: JobRun) -> int:
        today = shanghai(self._clock()).date()
        begin, changed = today - timedelta(days=DAYS_BEFORE), 0
        for page in range(MAX_PAGES):
            if not await run.keep_claim():
                return changed
            found = await self._calls.page(begin.isoformat(), today.isoformat(), page * PAGE)
            changed += await self._storage.run(partial(self._hear, listed=found))
            if None in found:
                run.problem = "a complaint without a usable number"
            if len(found) < PAGE:
                return changed
        run.problem = f"more than {MAX_PAGES * PAGE} complaints in 30 days"
        return changed

    async def _hear(self, tx: Transaction, listed: list[Listed | None]) -> int:
        at, changed = self._clock(), 0
        for each in filter(None, listed):
            known = await tx.wechat_complaints.find(each.complaint_id)
            if known is None or known.list_mark != each.mark or _was_put_off(known, at):
                await tx.wechat_complaints.hear(each.complaint_id, at, each.mark)
                changed += 1
        return changed

    async def read_due(self) -> int:
        """Read the details that are due; how many could be read. Raises Busy when WeChat wants fewer calls, and
        StorageError; other failures are in the rows, and their readings come again."""
        async with self._storage.reading() as reader:
            due = await reader.wechat_complaints.due(self._clock(), READS_AT_ONCE)
        read = 0
        for row in due:
            try:
                await self.read(row.external_id)
                read += 1
            except (Busy, StorageError):
                raise
            except GatewayError as error:
                logger.warning("complaint %s could not be read: %s", row.external_id, error.slug)
            except Exception as error:  # others must not wait behind it
                logger.warning("complaint %s could not be read: %s", row.external_id, place(error))
                await self._note_failure(row, self._clock(), type(error).__name__)
        return read

    async def read(self, external_id: str) -> tuple[Detail, int | None]:
        """Ask for a complaint's detail and write down what it says: the detail, and the complaint's id (None: a newer
        reading was quicker). Raises GatewayError, StorageError."""
        asked_at = self._clock()
        async with self._storage.reading() as reader:
            known = await reader.wechat_complaints.find(external_id)
        try:
            detail = await self._calls.detail(external_id)
            begun_at = await self._begun_at(detail, known, asked_at)
        except Busy:
            raise
        except GatewayError as error:
            if known is not None:
                await self._note_failure(known, asked_at, f"{error.slug} {error.code}".strip())
            raise
        read = Read(detail, asked_at, begun_at)
        complaint_id = await self._storage.run(
            lambda tx: apply_detail(tx, read, self._office, self._vault, self._clock())
        )
        return detail, complaint_id

    async def _begun_at(self, detail: Detail, known: WeChatComplaint | None, asked_at: int) -> int:
        """When its payer last complained: the clock runs from there. Of a continuation only the history tells; where it
        does not, the moment at which it was first seen."""
        if not was_continued(known, detail):
            return detail.at
        seen_at = min(asked_at, known.news_at) if known is not None else asked_at
        try:
            history = await self._calls.history(detail.complaint_id)
        except Busy:
            raise
        except GatewayError as error:  # a deadline that is a little late is better than none
            logger.warning(
                "the history of complaint %s could not be had: %s", detail.complaint_id, error.slug
            )
            return max(seen_at, detail.at)
        continued = [entry.at for entry in history if is_continuation(entry)]
        return max(min(max(continued, default=seen_at), asked_at), detail.at)

    async def _note_failure(self, row: WeChatComplaint, asked_at: int, problem: str) -> None:
        due_at = asked_at + read_again_after(row.failures)
        await self._storage.run(
            lambda tx: tx.wechat_complaints.write_failure(row.external_id, asked_at, due_at, problem)
        )


def _was_put_off(known: WeChatComplaint, at: int) -> bool:
    """Is the next reading of an unsettled complaint later than any pause? A clock that was wrong has set it."""
    due_at = known.read_due_at
    return known.state != PROCESSED and due_at is not None and due_at > at + READ_AGAIN + CLOCKS_DIFFER


def is_continuation(entry: Negotiated) -> bool:
    """WeChat spells its kinds in more than one way."""
    return "CONTINUE" in entry.kind.upper()
