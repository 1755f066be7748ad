"""What waits for WeChat's or the office's consent before others read it. Who changes a row has locked its user."""

from __future__ import annotations

from clock import MINUTE
from storage.claims import too_late
from storage.errors import Duplicate
from storage.models import WAITING_CONTENT, ContentCheck, ContentKind, ContentState, ContentVerdict
from storage.repositories.base import Mapped, Repository, in_list
from storage.repositories.queues import due_rows
from storage.writes import ContentMove, NewContentCheck, columns

_CHECKS = Mapped("content_checks", ContentCheck)
_VERDICTS = Mapped("content_verdicts", ContentVerdict)
_WAITING, _WAITING_MARKS = in_list("waiting", WAITING_CONTENT)
_SHOWN, _SHOWN_MARKS = in_list("shown", (*WAITING_CONTENT, ContentState.REJECTED))

MAX_PAUSE = 30 * MINUTE
"""No check waits longer, for its next try or for WeChat's answer (ms)."""


class Content(Repository):
    async def add(self, new: NewContentCheck) -> int:
        return await self._insert(_CHECKS.table, {**columns(new), "tries": 0})

    async def get(self, check_id: int) -> ContentCheck | None:
        return _CHECKS.one(
            await self.connection.fetch_one(f"{_CHECKS.select} WHERE id = :id", {"id": check_id})
        )

    async def shown_to(self, user_id: int, kinds: tuple[ContentKind, ...]) -> list[ContentCheck]:
        """What the user reads of it: what waits, and what was rejected and not replaced; oldest first."""
        kinds_sql, marks = in_list("kind", kinds)
        rows = await self.connection.fetch_all(
            f"{_CHECKS.select} WHERE user_id = :user AND kind IN {kinds_sql} AND state IN {_SHOWN} ORDER BY id",
            {"user": user_id, **marks, **_SHOWN_MARKS},
        )
        return _CHECKS.all(rows)

    async def about_order(self, user_id: int, kind: ContentKind, order_id: int) -> list[ContentCheck]:
        """The same about one order."""
        return [each for each in await self.shown_to(user_id, (kind,)) if each.subject_id == order_id]

    async def of_action(self, user_id: int, action_id: str) -> ContentCheck | None:
        """The question that this action of the user was, whatever became of it."""
        row = await self.connection.fetch_one(
            f"{_CHECKS.select} WHERE user_id = :user AND kind = :kind AND action_id = :action ORDER BY id DESC LIMIT 1",
            {"user": user_id, "kind": ContentKind.QUESTION, "action": action_id},
        )
        return _CHECKS.one(row)

    async def questions_waiting(self, order_id: int) -> int:
        return await self._count(
            f"SELECT COUNT(*) FROM content_checks WHERE kind = :kind AND subject_id = :order AND state IN {_WAITING}",
            {"kind": ContentKind.QUESTION, "order": order_id, **_WAITING_MARKS},
        )

    async def replace(self, user_id: int, kind: ContentKind, until: int | None = None) -> list[str]:
        """What the user had sent before (a moment) is of no use any more; names of files that nothing refers to
        then."""
        found = await self.shown_to(user_id, (kind,))
        known = [each for each in found if until is None or each.submitted_at <= until]
        for each in known:
            await self._update(
                _CHECKS.table,
                {"state": ContentState.REPLACED, "text_sealed": "", "file": "", "next_at": None},
                "id = :id",
                {"id": each.id},
            )
        return [each.file for each in known if each.file]

    async def move(self, check_id: int, from_state: str, to_state: str, changes: ContentMove) -> bool:
        """Change the state if it still is ``from_state``; False when it is not."""
        changed = await self._update(
            _CHECKS.table,
            {"state": to_state, **columns(changes)},
            "id = :id AND state = :from_state",
            {"id": check_id, "from_state": from_state},
        )
        return bool(changed)

    async def put_off(self, check_id: int, next_at: int) -> None:
        """WeChat could not be asked: again at ``next_at``."""
        await self.connection.execute(
            "UPDATE content_checks SET next_at = :next, tries = tries + 1 WHERE id = :id AND state = :unsent",
            {"id": check_id, "next": next_at, "unsent": ContentState.UNSENT},
        )

    # For the office

    async def count_for_office(self) -> int:
        return await self._count(
            "SELECT COUNT(*) FROM content_checks WHERE state = :state", {"state": ContentState.REVIEW}
        )

    async def for_office(self, after: int, limit: int) -> list[ContentCheck]:
        """What the office decides, oldest first, above the id ``after``."""
        return await self._oldest(_CHECKS, ["state = :state"], {"state": ContentState.REVIEW}, after, limit)

    # Pictures

    async def due(self, state: ContentState, at: int, limit: int) -> list[ContentCheck]:
        """Rows of a state whose time has come, the longest waiting first."""
        rows, moments = f"{_CHECKS.select} WHERE state = :state", (at, too_late(at, MAX_PAUSE))
        values = {"state": state, "limit": limit}
        return _CHECKS.all(await due_rows(self.connection, rows, "next_at", moments, values))

    async def judged(self, limit: int) -> list[tuple[int, ContentVerdict]]:
        """Checks that WeChat has answered by an event, with what it said."""
        rows = await self.connection.fetch_all(
            f"SELECT c.id, {_VERDICTS.aliased('v')} FROM content_checks c "
            "JOIN content_verdicts v ON v.trace_id = c.trace_id WHERE c.state = :asked ORDER BY c.id LIMIT :limit",
            {"asked": ContentState.ASKED, "limit": limit},
        )
        return [(int(row[0]), verdict) for row in rows if (verdict := _VERDICTS.one(row[1:]))]

    async def add_verdict(self, verdict: ContentVerdict) -> None:
        """The first event about a picture counts."""
        try:
            await self._insert(_VERDICTS.table, columns(verdict))
        except Duplicate:
            pass

    async def delete_verdicts(self, before: int) -> int:
        """Those that came before a moment (ms)."""
        return await self.connection.execute(
            "DELETE FROM content_verdicts WHERE at < :before", {"before": before}
        )

    async def files(self) -> set[str]:
        """Names of all pictures that wait."""
        rows = await self.connection.fetch_all("SELECT file FROM content_checks WHERE file <> ''")
        return {str(row[0]) for row in rows}

    async def erase_of_user(self, user_id: int) -> list[str]:
        """Nothing stays; names of files that nothing refers to then."""
        rows = await self.connection.fetch_all(
            "SELECT file FROM content_checks WHERE user_id = :user AND file <> ''", {"user": user_id}
        )
        await self.connection.execute("DELETE FROM content_checks WHERE user_id = :user", {"user": user_id})
        return [str(row[0]) for row in rows]
