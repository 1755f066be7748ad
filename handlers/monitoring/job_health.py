"""Is the work beside the requests done in time? As the overview and ``metrics/`` tell it."""

from __future__ import annotations

from clock import HOUR, MINUTE
from storage.models import Job

LATE_AFTER = {
    "sweep": 5 * MINUTE,
    "outbox": 5 * MINUTE,
    "pushes": 5 * MINUTE,
    "shipping": 5 * MINUTE,
    "transfers": 5 * MINUTE,
    "content": 5 * MINUTE,
    "invitations": 5 * MINUTE,
    "prices": 5 * MINUTE,
    "reminders": 5 * MINUTE,
    "pay_lists": 10 * MINUTE,
    "escort_records": 10 * MINUTE,
    "reconcile": 2 * HOUR,
    "qualifications": 3 * HOUR,
    "forget": 3 * HOUR,
    "erasures": 3 * HOUR,
    "visit_reports": HOUR,
    "unused_files": 13 * HOUR,
    "complaints": 10 * MINUTE,
    "complaint_list": 15 * MINUTE,
}
"""So long (ms) after its last round a job counts as late: several of its rounds, pauses after failures included."""
LATE_AFTER_ELSE = 3 * HOUR


def is_late(job: Job, at: int) -> bool:
    """Was the last round too long ago? One that never ended counts from its beginning."""
    last = job.finished_at if job.finished_at is not None else job.started_at
    return last is None or at - last > LATE_AFTER.get(job.name, LATE_AFTER_ELSE)
