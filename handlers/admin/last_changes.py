"""The last change of what a stale page is about: by whom, when, and what it was."""

from __future__ import annotations

import re

from handlers.admin.formats import short_time
from handlers.admin.labels import ACTOR, PROGRESS
from handlers.admin.overview.audit_labels import ACTS
from storage import Reader
from storage.models import AuditEntry

LOOKED_AT = 20
"""The last change is looked for among so many acts about a thing, the newest."""
_ONLY_READS = re.compile(r"\.(?:reveal|export|call)\b|^log(?:in|out)$")
SUBJECTS = {
    "orders": "order",
    "refunds": "refund",
    "cases": "case",
    "complaints": "complaint",
    "invoices": "invoice",
    "runners": "escort",
    "users": "user",
    "accounts": "administrator",
}
"""The kind of thing in the audit log, by the folder of its page."""


async def last_change(reader: Reader, kind: str, subject_id: int, me: int, at: int) -> str:
    """小陈 18:03 安排陪诊员; empty when nothing is known. ``me``: the administrator who reads it."""
    entries = await reader.audit.page(limit=LOOKED_AT, subject=kind, subject_id=str(subject_id))
    entry = next((each for each in entries if not _ONLY_READS.search(each.act)), None)
    steps = await reader.orders.history(subject_id) if kind == "order" else []
    last = steps[-1] if steps else None
    if last is not None and last.actor_kind != "admin" and (entry is None or last.at > entry.at):
        state = PROGRESS[last.to_state]
        return f"{ACTOR.get(last.actor_kind, '')} {short_time(last.at, at)} 让它变成「{state}」"
    return _words(entry, me, at) if entry is not None else ""


def _words(entry: AuditEntry, me: int, at: int) -> str:
    name = "您自己在另一个页面" if entry.admin_id == me else entry.admin_name or "同事"
    return f"{name} {short_time(entry.at, at)} {ACTS.get(entry.act, '改过它')}"
