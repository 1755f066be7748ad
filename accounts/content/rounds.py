"""The job about avatars that wait: WeChat is asked about one at a time, its events are followed, and whom it leaves
without one for half an hour goes to the office.

One process at a time does a round (the job row): pictures that WeChat gets in a burst were judged wrongly.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

from accounts import profile
from accounts.content import deciding, pictures
from accounts.content.deciding import ContentDecided, Decision
from clock import DAY, MINUTE, SECOND, Clock
from failures import place
from frozen_dataclasses import frozen
from privacy import Vault
from refusals import Refused
from storage import Storage, StorageUnavailable, Transaction
from storage.job_run import JobRun, run_job
from storage.models import ContentCheck, ContentState, ContentVerdict
from storage.writes import ContentMove
from wechat.api import Unanswered, Unavailable, WeChatApiError
from wechat.content_checks import ContentChecks, Scene, Suggest, reason_of

logger = logging.getLogger("hospital.content")

JOB = "content"
CLAIM = 2 * MINUTE
ROUND_AT_LEAST_EVERY = 30 * SECOND
AT_A_TIME = 20
ANSWER_WITHIN = 30 * MINUTE
"""WeChat's event comes by then, or the office decides."""
MAX_PAUSE = 5 * MINUTE
VERDICTS_FOR = DAY


@frozen()
class Places:
    """Where pictures are, and ``address``: from the name of one that waits, where WeChat can fetch it."""

    unchecked: Path
    avatars: Path
    address: Callable[[str], str]


class ContentRounds:
    def __init__(
        self, storage: Storage, clock: Clock, checks: ContentChecks, vault: Vault, places: Places
    ) -> None:
        self._storage, self._clock, self._checks, self._vault = storage, clock, checks, vault
        self._places = places
        self._looked_at = 0

    async def run_once(self, owner: str) -> None:
        """A round, when something is due, and one in half a minute. Raises StorageError."""
        at = self._clock()
        if at - self._looked_at < ROUND_AT_LEAST_EVERY and not await self._something_due(at):
            return
        await run_job(self._storage, self._clock, JOB, owner, CLAIM, self._round)
        self._looked_at = at

    async def _something_due(self, at: int) -> bool:
        async with self._storage.reading() as reader:
            return bool(
                await reader.content.due(ContentState.UNSENT, at, 1)
                or await reader.content.judged(1)
                or await reader.content.due(ContentState.ASKED, at, 1)
            )

    async def _round(self, run: JobRun) -> None:
        at, failed = self._clock(), 0
        async with self._storage.reading() as reader:
            judged = await reader.content.judged(AT_A_TIME)
            unsent = await reader.content.due(ContentState.UNSENT, at, AT_A_TIME)
        for check_id, verdict in judged:
            failed += not await self._tried(partial(self._follow, check_id, verdict))
        async with self._storage.reading() as reader:
            silent = await reader.content.due(ContentState.ASKED, at, AT_A_TIME)
        for check in silent:
            failed += not await self._tried(partial(self._to_office, check, "no_event"))
        for check in unsent:
            if not await run.keep_claim():
                return
            failed += not await self._tried(partial(self._ask, check))
        await self._storage.run(lambda tx: tx.content.delete_verdicts(at - VERDICTS_FOR))
        run.result = {"asked": len(unsent), "answered": len(judged), "unanswered": len(silent)}
        run.problem = f"{failed} failed" if failed else ""

    async def _tried(self, work: Callable[[], Awaitable[None]]) -> bool:
        """One that fails holds up no other. Raises StorageUnavailable."""
        try:
            await work()
        except StorageUnavailable:
            raise
        except Refused:
            pass  # the user has sent another one, or is gone
        except Exception as error:
            logger.warning("a picture could not be dealt with: %s", place(error))
            return False
        return True

    async def _follow(self, check_id: int, verdict: ContentVerdict) -> None:
        """Do what WeChat's event says."""
        async with self._storage.reading() as reader:
            check = await reader.content.get(check_id)
        if check is None or check.state != ContentState.ASKED:
            return
        if verdict.suggest not in (Suggest.FINE, Suggest.RISKY):
            await self._to_office(check, verdict.reason or "review", verdict.label)
            return
        fine = verdict.suggest == Suggest.FINE
        folders = self._places.unchecked, self._places.avatars
        if fine and not await asyncio.to_thread(pictures.publish, *folders, check.file):
            raise ContentDecided
        decision = Decision(fine, None, self._clock(), verdict.suggest, verdict.label)
        try:
            decided = await self._storage.run(lambda tx: deciding.decide(tx, self._vault, check.id, decision))
        except Refused:
            await pictures.withdraw(self._storage, self._places.avatars, check)
            raise
        profile.remove_avatar(self._places.avatars, decided.unused_avatar)
        pictures.discard(self._places.unchecked, [decided.check.file])

    async def _ask(self, check: ContentCheck) -> None:
        """Ask WeChat about a picture. Asking twice does no harm, so a lost answer is asked for again."""
        if not self._checks.enabled:
            await self._to_office(check, "off")
            return
        async with self._storage.reading() as reader:
            user = await reader.users.get(check.user_id)
        if user is None:
            return
        try:
            trace_id = await self._checks.picture(
                user.openid, Scene.PROFILE, self._places.address(check.file)
            )
        except (Unavailable, Unanswered) as error:
            await self._put_off(check, reason_of(error))
            return
        except WeChatApiError as error:
            await self._to_office(check, reason_of(error))
            return
        next_at = self._clock() + ANSWER_WITHIN
        await self._storage.run(partial(_asked, check=check, trace_id=trace_id, next_at=next_at))

    async def _put_off(self, check: ContentCheck, reason: str) -> None:
        at = self._clock()
        if at - check.submitted_at >= ANSWER_WITHIN:
            await self._to_office(check, reason)
            return
        next_at = at + min(10 * SECOND * 2**check.tries, MAX_PAUSE)
        await self._storage.run(lambda tx: tx.content.put_off(check.id, next_at))

    async def _to_office(self, check: ContentCheck, reason: str, label: int = 0) -> None:
        await self._storage.run(lambda tx: deciding.to_office(tx, check, reason, label))


async def _asked(tx: Transaction, check: ContentCheck, trace_id: str, next_at: int) -> None:
    move = ContentMove(trace_id=trace_id, next_at=next_at)
    await tx.content.move(check.id, ContentState.UNSENT, ContentState.ASKED, move)
