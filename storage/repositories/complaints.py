"""Complaints, what was said about them, their photos."""

from __future__ import annotations

from typing import Any

from storage.filters import ComplaintFilter, ComplaintPlace
from storage.models import (
    UNSETTLED_COMPLAINTS,
    Complaint,
    ComplaintEntry,
    ComplaintSource,
    ComplaintState,
)
from storage.repositories.base import Mapped, in_list
from storage.repositories.complaint_photos import ComplaintPhotos
from storage.views import ComplaintRow, WaitingComplaints
from storage.writes import KEPT, ComplaintMove, NewComplaint, NewComplaintEntry, columns

_COMPLAINTS = Mapped("complaints", Complaint)
_ENTRIES = Mapped("complaint_entries", ComplaintEntry)
_DUE = {ComplaintState.OPEN: "answer_due_at", ComplaintState.ANSWERED: "settle_due_at"}
"""By which deadline a list of one state is sorted; another list: the newest first."""


class Complaints(ComplaintPhotos):
    async def newest_of_user(self, user_id: int, limit: int) -> list[Complaint]:
        return await self._newest(_COMPLAINTS, ["user_id = :user_id"], {"user_id": user_id}, None, limit)

    async def get(self, complaint_id: int) -> Complaint | None:
        row = await self.connection.fetch_one(f"{_COMPLAINTS.select} WHERE id = :id", {"id": complaint_id})
        return _COMPLAINTS.one(row)

    async def lock(self, complaint_id: int) -> Complaint | None:
        await self._take_turn("complaints", complaint_id)
        row = await self.connection.fetch_one(
            f"{_COMPLAINTS.select} WHERE id = :id{self.connection.lock}", {"id": complaint_id}
        )
        return _COMPLAINTS.one(row)

    async def of_external(self, external_id: str) -> Complaint | None:
        """The one with this number at WeChat, locked."""
        await self._take_turn("complaints", external_id)
        row = await self.connection.fetch_one(
            f"{_COMPLAINTS.select} WHERE external_id = :number{self.connection.lock}",
            {"number": external_id},
        )
        if row is not None:  # whoever locks it by its id
            await self._take_turn("complaints", int(row[0]))
        return _COMPLAINTS.one(row)

    async def of_action(self, user_id: int, action_id: str) -> Complaint | None:
        row = await self.connection.fetch_one(
            f"{_COMPLAINTS.select} WHERE user_id = :user AND action_id = :action",
            {"user": user_id, "action": action_id},
        )
        return _COMPLAINTS.one(row)

    async def unsettled_of_order(self, order_id: int) -> list[Complaint]:
        """Oldest first."""
        states, marks = in_list("state", UNSETTLED_COMPLAINTS)
        rows = await self.connection.fetch_all(
            f"{_COMPLAINTS.select} WHERE order_id = :id AND state IN {states} ORDER BY id",
            {"id": order_id, **marks},
        )
        return _COMPLAINTS.all(rows)

    async def of_order(self, order_id: int) -> list[Complaint]:
        """Oldest first."""
        rows = await self.connection.fetch_all(
            f"{_COMPLAINTS.select} WHERE order_id = :id ORDER BY id", {"id": order_id}
        )
        return _COMPLAINTS.all(rows)

    async def count_unsettled_without_order(self, user_id: int) -> int:
        states, marks = in_list("state", UNSETTLED_COMPLAINTS)
        return await self._count(
            "SELECT COUNT(*) FROM complaints WHERE user_id = :user AND order_id IS NULL AND source = :own "
            f"AND state IN {states}",
            {"user": user_id, "own": ComplaintSource.OWN, **marks},
        )

    async def page_of_user(
        self, user_id: int, order_id: int | None, before: int | None, limit: int
    ) -> list[Complaint]:
        """What a user has sent here, newest first; ``order_id``: about this order alone."""
        where = ["user_id = :user", "source = :own"]
        marks: dict[str, Any] = {"user": user_id, "own": ComplaintSource.OWN}
        if order_id is not None:
            where.append("order_id = :order")
            marks["order"] = order_id
        return await self._newest(_COMPLAINTS, where, marks, before, limit)

    async def of_user(self, user_id: int) -> list[Complaint]:
        """Everything that a user has sent, at WeChat too, oldest first."""
        rows = await self.connection.fetch_all(
            f"{_COMPLAINTS.select} WHERE user_id = :user ORDER BY id", {"user": user_id}
        )
        return _COMPLAINTS.all(rows)

    async def add(self, new: NewComplaint, at: int) -> int:
        """Its id. Raises Duplicate when the user's action, or the number at WeChat, is there already."""
        row = columns(new) | {"state": ComplaintState.OPEN, "created_at": at, "updated_at": at}
        return await self._insert(_COMPLAINTS.table, row)

    async def move(
        self, complaint_id: int, states: tuple[str, ...], state: str, at: int, changes: ComplaintMove
    ) -> int:
        """To another state, or with other deadlines. When it was closed first and last is kept with it. Rows changed: 0
        when it is in none of ``states``."""
        found, marks = in_list("state", states)
        if changes.closed_at is not KEPT:
            await self.connection.execute(
                "UPDATE complaints SET first_closed_at = COALESCE(first_closed_at, closed_at, :closed), "
                f"last_closed_at = COALESCE(:closed, closed_at, last_closed_at) WHERE id = :id AND state IN {found}",
                {"id": complaint_id, "closed": changes.closed_at, **marks},
            )
        return await self._update(
            _COMPLAINTS.table,
            columns(changes) | {"state": state, "updated_at": at},
            f"id = :id AND state IN {found}",
            {"id": complaint_id, **marks},
        )

    async def assign(self, complaint_id: int, admin_id: int | None, at: int) -> int:
        """Who looks after it. Rows changed: 0 once it is closed."""
        states, marks = in_list("state", UNSETTLED_COMPLAINTS)
        return await self._update(
            _COMPLAINTS.table,
            {"assigned_to": admin_id, "updated_at": at},
            f"id = :id AND state IN {states}",
            {"id": complaint_id, **marks},
        )

    async def link_refund(self, complaint_id: int, order_id: int, refund_id: int, at: int) -> int:
        """A refund was made because of it. Rows changed: 0 when it is about another order, or closed."""
        states, marks = in_list("state", UNSETTLED_COMPLAINTS)
        return await self._update(
            _COMPLAINTS.table,
            {"refund_id": refund_id, "updated_at": at},
            f"id = :id AND order_id = :order AND state IN {states}",
            {"id": complaint_id, "order": order_id, **marks},
        )

    # The office's lists

    async def page(
        self, wanted: ComplaintFilter, after: ComplaintPlace | None, limit: int
    ) -> list[ComplaintRow]:
        """Those of one unsettled state by their deadline, others the newest first; behind ``after``."""
        where, marks = _conditions(wanted)
        due = _DUE.get(ComplaintState(wanted.state)) if wanted.state else None
        if after is not None:
            marks |= {"after_due": after[0], "after_id": after[1]}
            where.append(
                f"(c.{due} > :after_due OR (c.{due} = :after_due AND c.id > :after_id))"
                if due
                else "c.id < :after_id"
            )
        sort = f"c.{due}, c.id" if due else "c.id DESC"
        rows = await self.connection.fetch_all(
            f"SELECT {_COMPLAINTS.aliased('c')}, COALESCE(o.patient_name, ''), COALESCE(o.visit_date, '') "
            f"FROM complaints c LEFT JOIN orders o ON o.id = c.order_id "
            f"WHERE {' AND '.join(where) or '1 = 1'} ORDER BY {sort} LIMIT :limit",
            {**marks, "limit": limit},
        )
        found = []
        for row in rows:
            complaint = _COMPLAINTS.one(row[:-2])
            assert complaint is not None
            found.append(ComplaintRow(complaint, str(row[-2]), str(row[-1])))
        return found

    async def most_urgent(self) -> dict[str, int]:
        """By unsettled state, when the first of its complaints is due (ms); without those of which there is none."""
        found = {}
        for state, due in _DUE.items():
            row = await self.connection.fetch_one(
                f"SELECT MIN({due}) FROM complaints WHERE state = :state", {"state": state}
            )
            if row is not None and row[0] is not None:
                found[str(state)] = int(row[0])
        return found

    async def waiting(self, at: int) -> WaitingComplaints:
        """How many wait for an answer, and to be settled, and how many of each are overdue."""
        counts = []
        for state, due in _DUE.items():
            row = await self.connection.fetch_one(
                f"SELECT COUNT(*), SUM(CASE WHEN {due} < :at THEN 1 ELSE 0 END) AS late FROM complaints "
                "WHERE state = :state",
                {"at": at, "state": state},
            )
            assert row is not None
            counts += [int(row[0]), int(row[1] or 0)]
        return WaitingComplaints(*counts)

    # What was said

    async def entries(self, complaint_ids: list[int]) -> list[ComplaintEntry]:
        """Oldest first."""
        if not complaint_ids:
            return []
        ids, marks = in_list("id", complaint_ids)
        rows = await self.connection.fetch_all(
            f"{_ENTRIES.select} WHERE complaint_id IN {ids} ORDER BY id", marks
        )
        return _ENTRIES.all(rows)

    async def entry_of_action(
        self, author_kind: str, author_id: int, action_id: str
    ) -> ComplaintEntry | None:
        row = await self.connection.fetch_one(
            f"{_ENTRIES.select} WHERE author_kind = :kind AND author_id = :author AND action_id = :action",
            {"kind": author_kind, "author": author_id, "action": action_id},
        )
        return _ENTRIES.one(row)

    async def add_entry(self, entry: NewComplaintEntry) -> int:
        return await self._insert(_ENTRIES.table, columns(entry))

    # The end of what was said

    async def to_forget(self, before: int, after_id: int, limit: int) -> list[int]:
        """Complaints that were closed before a moment (ms), and of which something is stored."""
        rows = await self.connection.fetch_all(
            "SELECT id FROM complaints WHERE state = :closed AND id > :after AND closed_at < :before "
            "AND text_sealed <> '' ORDER BY id LIMIT :limit",
            {"closed": ComplaintState.CLOSED, "after": after_id, "before": before, "limit": limit},
        )
        return [int(row[0]) for row in rows]

    async def erase(self, complaint_ids: list[int]) -> list[str]:
        """Take out what was said; the files of the photos, which are to be removed once this is committed."""
        if not complaint_ids:
            return []
        ids, marks = in_list("id", complaint_ids)
        files = [photo.file for photo in await self.photos(complaint_ids)]
        await self.connection.execute(f"DELETE FROM complaint_photos WHERE complaint_id IN {ids}", marks)
        for table, column in (("complaints", "id"), ("complaint_entries", "complaint_id")):
            await self._update(table, {"text_sealed": ""}, f"{column} IN {ids}", marks)
        return files


def _conditions(wanted: ComplaintFilter) -> tuple[list[str], dict[str, Any]]:
    where: list[str] = []
    marks: dict[str, Any] = {}
    for column, value in (
        ("state", wanted.state),
        ("kind", wanted.kind),
        ("assigned_to", wanted.assigned_to),
        ("source", wanted.source),
    ):
        if value:
            where.append(f"c.{column} = :{column}")
            marks[column] = value
    return where, marks
