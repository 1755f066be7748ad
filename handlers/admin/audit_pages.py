"""The audit log, for owners: every act, filtered, newest first. There is nothing here to change it."""

from __future__ import annotations

import json
import re
from typing import Any

from clock import day_bounds
from handlers.admin.audit_words import ACTS, FIELDS, OUTCOMES, SUBJECTS
from handlers.admin.base import AdminPage
from handlers.admin.case_words import CASES
from handlers.admin.words import ESCORT_STATUS, PROGRESS, REFUND_STATE, ROLE, yuan
from storage.models import Role

PAGE = 50
_WORDS: dict[str, dict[Any, str]] = {
    "state": {**REFUND_STATE, **ESCORT_STATUS, **PROGRESS},
    "role": dict(ROLE),
    "outcome": OUTCOMES,
    "kind": {kind: name for kind, (name, _) in CASES.items()},
    "what": {"phone": "电话", "id_number": "证件号码"},
}
"""The words of values that are names of states."""


def changes(before: str, after: str) -> list[tuple[str, str, str]]:
    """What an act changed: field, before, after."""
    old, new = (_mapping(text) for text in (before, after))
    return [
        (FIELDS.get(name, name), _text(name, old.get(name)), _text(name, new.get(name)))
        for name in dict.fromkeys([*old, *new])
    ]


def _mapping(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text) if text else {}
    except ValueError:
        return {"": text}
    return value if isinstance(value, dict) else {"": value}


def _text(name: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if name.endswith("_fen") and isinstance(value, int):
        return f"{yuan(value)} 元"
    if name in _WORDS and value in _WORDS[name]:
        return _WORDS[name][value]
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


class AuditHandler(AdminPage):
    """Who did what, when, from where; before and after."""

    section = "audit"
    role = Role.OWNER

    async def get(self) -> None:
        query = self.query_fields
        act = query.get("act", "") if query.get("act", "") in ACTS else ""
        subject = query.get("subject", "") if query.get("subject", "") in SUBJECTS else ""
        number = query.get("id", "") if re.fullmatch(r"[0-9A-Za-z-]{1,64}", query.get("id", "")) else ""
        admin_id = self.page_number("who")
        before = self.page_number("before")
        async with self.services.storage.reading() as reader:
            found = await reader.audit.page(
                before, PAGE + 1, act, admin_id, subject, number if subject else "", self._until()
            )
            people = await reader.administrators.all()
        self.render(
            "admin/audit.html",
            entries=found[:PAGE],
            people=people,
            acts=ACTS,
            subjects=SUBJECTS,
            wanted={"act": act, "who": admin_id, "subject": subject, "id": number, "to": query.get("to", "")},
            changes=changes,
            first=before is None,
            next=found[PAGE - 1].id if len(found) > PAGE else "",
            key="before",
        )

    def _until(self) -> int | None:
        try:
            return day_bounds(self.query_fields.get("to", ""))[1]
        except (ValueError, OverflowError):
            return None


routes = [(r"/admin/audit/", AuditHandler)]
