"""Once for each document an escort is told by a message that it ends soon, by day: as long before as the workbench and
the overview say so. A newer document is another one."""

from __future__ import annotations

from functools import partial

from clock import HOUR, MINUTE, Clock, shanghai_date
from orders.escorts.qualifications import TITLES, ends_soon
from orders.messages import queue_qualification
from orders.office_hours import after_office_minutes
from storage import Storage, Transaction
from storage.job_run import JobRun, run_job
from storage.models import EscortQualification, EscortState, QualificationKind, QualificationState
from wechat.message_facts import MessageOutcome

JOB = "qualifications"
CLAIM = 5 * MINUTE
PAUSE = HOUR
AT_ONCE = 200


async def tell_due(storage: Storage, clock: Clock, notice_days: int, office_hours: str, owner: str) -> int:
    """One process at a time (the job row), and in office hours alone. How many documents were told of. Raises
    StorageError."""
    told = 0

    async def work(run: JobRun) -> None:
        nonlocal told
        at = clock()
        run.pause = PAUSE
        while after_office_minutes(at, 0, office_hours) == at and await run.keep_claim():
            until = ends_soon(at, notice_days)
            async with storage.reading() as reader:
                due = await reader.qualifications.to_remind(until, AT_ONCE)
            for document in due:
                told += await storage.run(partial(_tell, known=document, at=at))
            if len(due) < AT_ONCE:
                break
        run.result["told"] = told

    await run_job(storage, clock, JOB, owner, CLAIM, work)
    return told


async def _tell(tx: Transaction, known: EscortQualification, at: int) -> bool:
    """Unless it was replaced, or its escort suspended, meanwhile: both are decided under the escort's lock."""
    escort = await tx.escorts.lock(known.escort_id)
    document = await tx.qualifications.get(known.id)
    if escort is None or escort.state != EscortState.APPROVED or document is None:
        return False
    if document.state != QualificationState.APPROVED or not await tx.qualifications.mark_reminded(
        known.id, at
    ):
        return False
    over = document.expires_date < shanghai_date(at)
    outcome = MessageOutcome.EXPIRED if over else MessageOutcome.ENDS_SOON
    await queue_qualification(tx, document, TITLES[QualificationKind(document.kind)], outcome, at)
    return True
