"""How the work beside the requests does, as the overview says it: a colour and a sentence."""

from __future__ import annotations

import json
from collections.abc import Iterable

from clock import MINUTE
from handlers.admin.money.failure_messages import failure_message
from handlers.monitoring.job_health import is_late
from storage.models import Job

WORDS = {
    "sweep": "后台任务",
    "outbox": "消息发送",
    "pushes": "微信推送处理",
    "shipping": "微信发货上报",
    "transfers": "给陪诊员的微信转账",
    "content": "头像检查",
    "reconcile": "每日对账",
    "invitations": "过期邀请整理",
    "reminders": "就诊提醒",
    "prices": "到日子的新价格",
    "pay_lists": "陪诊员报酬清单核对",
    "escort_records": "陪诊员完成次数和评分核对",
    "qualifications": "证件到期提醒",
    "forget": "到期资料清理",
    "erasures": "注销和撤回授权的资料清理",
    "visit_reports": "陪诊报告自动确认",
    "unused_files": "无用文件清理",
    "complaints": "微信投诉的处理",
    "complaint_list": "微信投诉列表的读取",
}


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
