"""How many visits an escort has finished and how they were rated, kept beside the escort (``escort_records``).

It counts what is finished now. Whatever takes an order to that state or out of it (``orders.transitions``), and its
rating, changes the row in its own transaction, under the lock of the order and then of the escort: by what is added,
never by what was read. Version 1.0.0 did not know the row: a process of it that still runs after the migration, during
an upgrade, finishes and rates beside it. It leaves no trace of a rating but the order itself, so the escorts are
compared with their orders in turns, for ever; what is wrong is put right under the escort's lock.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from functools import partial

from clock import MINUTE, Clock
from storage import Storage, Transaction
from storage.job_run import JobRun, run_job
from storage.models import Order, OrderState
from storage.views import EscortRecord

logger = logging.getLogger("hospital.escorts")

JOB = "escort_records"
CLAIM = 5 * MINUTE
PAUSE = MINUTE
AT_ONCE = 20
"""So many escorts are compared in one round: a hundred within five minutes."""
NO_RECORD = EscortRecord(0, 0, 0)


async def count_move(tx: Transaction, order: Order, to_state: str) -> None:
    """The locked ``order``, as it was before, has gone to another state. No arrow to 已完成 or out of it gives the
    order to another escort, but one out of it may take the escort off."""
    step = (to_state == OrderState.FINISHED) - (order.state == OrderState.FINISHED)
    if step and order.escort_id is not None:
        change = EscortRecord(step, step * bool(order.stars), step * order.stars)
        await _add(tx, order.escort_id, change)


async def count_rating(tx: Transaction, order: Order, stars: int) -> None:
    """The locked, finished ``order`` was rated."""
    if order.escort_id is not None:
        await _add(tx, order.escort_id, EscortRecord(0, 1, stars))


async def _add(tx: Transaction, escort_id: int, change: EscortRecord) -> None:
    await tx.escorts.lock(escort_id)
    await tx.escort_records.add(escort_id, change)


async def problems(storage: Storage) -> list[str]:
    """Every escort whose row does not say what the orders say. Reads all finished visits. Raises StorageError."""
    return await _compare_locked(storage, await _suspects(storage), put_right=False)


async def repair_all(storage: Storage) -> list[str]:
    """Compare every escort and put right what is wrong; what was, in words. May be interrupted and run again, also
    beside servers. Raises StorageError."""
    return await _compare_locked(storage, await _suspects(storage), put_right=True)


async def repair_due(storage: Storage, clock: Clock, owner: str) -> int:
    """One process at a time (the job row): compare the next escorts, after the last ones the first. How many were put
    right. Raises StorageError."""
    mended: list[str] = []

    async def work(run: JobRun) -> None:
        async with storage.reading() as reader:
            job = await reader.jobs.get(JOB)
        run.pause = PAUSE
        escorts, suspects = await _look(storage, _reached(job.last_result if job is not None else ""))
        mended.extend(await _compare_locked(storage, suspects, put_right=True))
        run.result = {"reached": escorts[-1] if len(escorts) == AT_ONCE else 0, "mended": len(mended)}

    await run_job(storage, clock, JOB, owner, CLAIM, work)
    if mended:
        logger.warning("what is kept about finished visits of escorts: put right: %d", len(mended))
    return len(mended)


def _reached(result: str) -> int:
    """The last escort of the last round, as it has written; 0, to begin anew, where that is not readable."""
    try:
        return max(0, int(json.loads(result or "{}").get("reached", 0)))
    except (ValueError, TypeError, AttributeError):
        return 0


async def _suspects(storage: Storage) -> list[int]:
    """Those of all escorts whose numbers differ without a lock."""
    found: list[int] = []
    after = 0
    while True:
        escorts, suspects = await _look(storage, after)
        found += suspects
        if len(escorts) < AT_ONCE:
            return found
        after = escorts[-1]


async def _look(storage: Storage, after: int) -> tuple[list[int], list[int]]:
    """The next escorts, and those of them whose numbers differ; a visit may just be finished."""
    async with storage.reading() as reader:
        escorts = await reader.escort_records.escorts_after(after, AT_ONCE)
        kept = await reader.escort_records.as_they_are(set(escorts))
        counted = await reader.escort_records.counted(set(escorts))
    return escorts, [each for each in escorts if kept.get(each) != counted.get(each)]


async def _compare_locked(storage: Storage, escort_ids: Iterable[int], *, put_right: bool) -> list[str]:
    return [
        line
        for escort_id in escort_ids
        for line in await storage.run(partial(_compare, escort_id=escort_id, put_right=put_right))
    ]


async def _compare(tx: Transaction, escort_id: int, put_right: bool) -> list[str]:
    """What is wrong, in words. Under the lock that everybody who counts holds until the commit, both numbers are of
    the same moment."""
    await tx.escorts.lock(escort_id)
    kept = (await tx.escort_records.as_they_are({escort_id})).get(escort_id, NO_RECORD)
    counted = (await tx.escort_records.counted({escort_id})).get(escort_id, NO_RECORD)
    if kept == counted:
        return []
    if put_right:
        await tx.escort_records.keep(escort_id, counted)
    return [
        f"escort {escort_id}: {kept.finished} finished visits, {kept.ratings} ratings with {kept.stars} stars are "
        f"kept, the orders have {counted.finished}, {counted.ratings} with {counted.stars}"
    ]
