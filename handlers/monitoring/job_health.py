"""Is the work beside the requests done in time? What each job's row says, for the overview and for ``metrics/``."""

from __future__ import annotations

import json
from collections.abc import Iterable

from clock import HOUR, MINUTE
from handlers.admin.money.failure_messages import failure_message
from storage.models import Job

LATE_AFTER = {
    "sweep": 5 * MINUTE,
    "outbox": 5 * MINUTE,
    "reconcile": 2 * HOUR,
    "forget": 3 * HOUR,
    "unused_files": 13 * HOUR,
}
"""So long (ms) after its last round a job counts as late: several of its rounds, pauses after failures included."""
LATE_AFTER_ELSE = 3 * HOUR
WORDS = {
    "sweep": "后台任务",
    "outbox": "消息发送",
    "reconcile": "每日对账",
    "forget": "到期资料清理",
    "unused_files": "无用文件清理",
}


def is_late(job: Job, at: int) -> bool:
    """Was the last round too long ago? One that never ended counts from its beginning."""
    last = job.finished_at if job.finished_at is not None else job.started_at
    return last is None or at - last > LATE_AFTER.get(job.name, LATE_AFTER_ELSE)


def health(jobs: Iterable[Job], at: int) -> tuple[str, str]:
    """A colour and a sentence about all of them: what stands still comes first, then what failed."""
    known = {job.name: job for job in jobs}
    sweep = known.pop("sweep", None)
    if sweep is None or sweep.finished_at is None:
        return "amber", "后台任务还没有运行过"
    every = [sweep, *known.values()]
    for job in every:
        if is_late(job, at):
            minutes = (at - (job.finished_at or job.started_at or at)) // MINUTE
            return "red", f"{_name(job)}已停 {minutes} 分钟，请检查服务器"
    for job in every:
        if job.last_error:
            return "amber", f"{_name(job)}最近一次有事没做完：{failure_message(job.last_error)}"
    backlog = _backlog(sweep)
    return "green", f"后台任务正常{f'，{backlog} 笔待查询' if backlog else ''}"


def _name(job: Job) -> str:
    return WORDS.get(job.name, f"后台任务 {job.name} ")


def _backlog(job: Job) -> int:
    try:
        return int(json.loads(job.last_result or "{}").get("backlog", 0))
    except (ValueError, TypeError, AttributeError):
        return 0
