"""The audit log, for owners: every act, filtered, newest first. There is nothing here to change it."""

from __future__ import annotations

import re

from clock import day_bounds, shanghai_date
from handlers.admin.overview import audit_changes
from handlers.admin.overview.audit_labels import ACTS, SUBJECTS
from handlers.admin.page import AdminPage
from handlers.admin.paging import cut, pager
from storage.models import Role

PAGE = 50


class AuditHandler(AdminPage):
    """Who did what, when, from where; before and after."""

    section = "audit"
    role = Role.OWNER

    async def get(self) -> None:
        query = self.query_fields
        act = query.get("act", "") if query.get("act", "") in ACTS else ""
        subject = query.get("subject", "") if query.get("subject", "") in SUBJECTS else ""
        typed = query.get("id", "").strip() if subject else ""
        number = typed if re.fullmatch(r"[0-9A-Za-z-]{1,64}", typed) else ""
        admin_id = self.page_number("who")
        before = self.page_number("before")
        since, until = self._bounds("from")[0], self._bounds("to")[1]
        async with self.services.storage.reading() as reader:
            found = await reader.audit.page(
                before, PAGE + 1, act, admin_id, subject, number, until, since=since
            )
            entries, last = cut(found, PAGE)
            people = await reader.administrators.all()
            names = await audit_changes.read_names(reader, entries)
        self.render(
            "admin/overview/audit_log.html",
            entries=entries,
            people=people,
            acts=ACTS,
            subjects=SUBJECTS,
            wanted={"act": act, "who": admin_id, "subject": subject, "id": number},
            days=(query.get("from", ""), query.get("to", "")),
            today=shanghai_date(self.now()),
            lines=audit_changes,
            names=names,
            **pager("before", first=before is None, following=last.id if last else ""),
        )

    def _bounds(self, name: str) -> tuple[int | None, int | None]:
        """The first moment of a day of the query and of the day after it."""
        try:
            return day_bounds(self.query_fields.get(name, ""))
        except (ValueError, OverflowError):
            return None, None


routes = [(r"/admin/audit/", AuditHandler)]
