"""One run of a recurring job: claimed, done, and its outcome written down whatever happened.

The claim is in the job's row, so that several processes on one database never do the same run. A run that fails, of
whatever kind of failure, leaves its error in the row and frees the claim; one that is cancelled frees it, too.
"""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
from collections.abc import Awaitable, Callable
from typing import Any

from storage.errors import StorageError
from storage.interface import Storage

logger = logging.getLogger("hospital.jobs")

RELEASE_SECONDS = 3.0
"""A server that is being stopped waits no longer for a claim to be given back: it ends by itself."""
Clock = Callable[[], int]


class JobRun:
    """What a run tells of itself: ``result`` (numbers and names for the row), ``problem`` (empty: all went well),
    ``pause`` (ms that nobody shall run the job after it)."""

    def __init__(self, storage: Storage, clock: Clock, name: str, owner: str, claim: int) -> None:
        self._storage, self._clock, self._claim = storage, clock, claim
        self.name, self.owner = name, owner
        self.result: dict[str, Any] = {}
        self.problem = ""
        self.pause = 0

    async def keep_claim(self) -> bool:
        """Before each long step: hold the claim a full time from now on. False when it was lost to another process."""
        until = self._clock() + self._claim
        return await self._storage.run(lambda tx: tx.jobs.extend(self.name, self.owner, until))

    async def _finish(self) -> None:
        at, text = self._clock(), json.dumps(self.result, ensure_ascii=False)
        await self._storage.run(
            lambda tx: tx.jobs.finish(self.name, self.owner, at, text, self.problem, at + self.pause)
        )

    async def _release(self) -> None:
        try:
            async with asyncio.timeout(RELEASE_SECONDS):
                at = self._clock()
                await self._storage.run(lambda tx: tx.jobs.release(self.name, self.owner, at))
        except (StorageError, TimeoutError):
            logger.warning("job %s: the claim could not be given back; it ends by itself", self.name)


async def run_job(
    storage: Storage,
    clock: Clock,
    name: str,
    owner: str,
    claim: int,
    work: Callable[[JobRun], Awaitable[None]],
) -> JobRun | None:
    """Do ``work`` under the claim of the job; None when another process has it, or its pause is not over.

    A failure of ``work`` is in the row by its kind (its text may quote data) unless ``work`` has set ``problem``, and
    is raised again. ``claim``: how long (ms) a run may take, or, with ``keep_claim``, each of its steps.
    """
    at = clock()
    owner = f"{secrets.token_hex(4)}:{owner}"[
        :64
    ]  # of this run: a process must not take its own last one for over
    if not await storage.run(lambda tx: tx.jobs.claim(name, owner, at, at + claim)):
        return None
    run = JobRun(storage, clock, name, owner, claim)
    try:
        await work(run)
    except asyncio.CancelledError:
        await run._release()
        raise
    except BaseException as error:
        run.problem = run.problem or type(error).__name__
        try:
            await run._finish()
        except StorageError as second:  # the database cannot be reached: what ``work`` raised matters more
            logger.warning("job %s: the outcome could not be written: %s", name, second)
        raise
    await run._finish()
    return run
