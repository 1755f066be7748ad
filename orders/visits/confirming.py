"""The job that counts a report as confirmed when nobody has done so in time."""

from __future__ import annotations

from functools import partial

from clock import HOUR, MINUTE, Clock
from storage import Storage, Transaction
from storage.job_run import JobRun, run_job

JOB = "visit_reports"
CLAIM = 10 * MINUTE
AT_ONCE = 200


async def confirm_due(storage: Storage, clock: Clock, after_hours: int, owner: str) -> int:
    """One process at a time (the job row). How many reports were confirmed by time. Raises StorageError."""
    confirmed = 0

    async def work(run: JobRun) -> None:
        nonlocal confirmed
        at = clock()
        while await run.keep_claim():
            async with storage.reading() as reader:
                due = await reader.reports.unconfirmed(at - after_hours * HOUR, AT_ONCE)
            for order_id in due:
                confirmed += await storage.run(partial(_confirm, order_id=order_id, at=at))
            run.result["confirmed"] = confirmed
            if len(due) < AT_ONCE:
                return

    await run_job(storage, clock, JOB, owner, CLAIM, work)
    return confirmed


async def _confirm(tx: Transaction, order_id: int, at: int) -> int:
    await tx.orders.lock(order_id)
    return await tx.reports.confirm(order_id, "time", at)
