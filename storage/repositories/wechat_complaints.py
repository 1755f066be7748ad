"""Complaints at WeChat, and what is sent there about them."""

from __future__ import annotations

from typing import Any

from clock import DAY, MINUTE
from storage.claims import ends_by, too_late, unclaimed
from storage.errors import Duplicate
from storage.models import UNSETTLED_COMPLAINTS, ComplaintSource
from storage.models.wechat_complaints import (
    ComplaintAct,
    ComplaintActPicture,
    ComplaintActState,
    WeChatComplaint,
)
from storage.repositories.base import Mapped, Repository, in_list
from storage.repositories.queues import due_rows
from storage.writes import columns
from storage.writes.wechat_complaints import ComplaintActMove, NewComplaintAct, WeChatComplaintReading

_ROWS = Mapped("wechat_complaints", WeChatComplaint)
_ACTS = Mapped("complaint_acts", ComplaintAct)
_PICTURES = Mapped("complaint_act_pictures", ComplaintActPicture)
MAX_PAUSE = DAY
"""No complaint that is followed is read less often (ms)."""
MAX_ACT_PAUSE = 15 * MINUTE
"""No act waits longer for its next try (ms)."""
_UNENDED = (ComplaintActState.PLANNED, ComplaintActState.SENDING, ComplaintActState.UNKNOWN)


class WeChatComplaints(Repository):
    async def find(self, external_id: str) -> WeChatComplaint | None:
        row = await self.connection.fetch_one(
            f"{_ROWS.select} WHERE external_id = :number", {"number": external_id}
        )
        return _ROWS.one(row)

    async def lock(self, external_id: str) -> WeChatComplaint | None:
        await self._take_turn("wechat_complaints", external_id)
        row = await self.connection.fetch_one(
            f"{_ROWS.select} WHERE external_id = :number{self.connection.lock}", {"number": external_id}
        )
        return _ROWS.one(row)

    async def of_complaint(self, complaint_id: int) -> WeChatComplaint | None:
        row = await self.connection.fetch_one(
            f"{_ROWS.select} WHERE complaint_id = :id", {"id": complaint_id}
        )
        return _ROWS.one(row)

    async def of_complaints(self, complaint_ids: list[int]) -> dict[int, WeChatComplaint]:
        """By the complaint's id."""
        if not complaint_ids:
            return {}
        ids, marks = in_list("id", complaint_ids)
        rows = await self.connection.fetch_all(f"{_ROWS.select} WHERE complaint_id IN {ids}", marks)
        return {each.complaint_id: each for each in _ROWS.all(rows) if each.complaint_id is not None}

    async def hear(self, external_id: str, at: int, list_mark: str | None = None) -> None:
        """There is reason to read it at once: it is added where it was not known. ``list_mark``: what the list says."""
        changes: dict[str, Any] = {"news_at": at, "read_due_at": at}
        if list_mark is not None:
            changes["list_mark"] = list_mark
        where, marks = "external_id = :number", {"number": external_id}
        if await self._update(_ROWS.table, changes, where, marks):
            return
        values: dict[str, Any] = {
            "external_id": external_id, "heard_at": at, "failures": 0, "problem": "", "state": "",
            "problem_type": "", "times": 0, "user_waits": 0, "full_refunded": 0, "platform": 0,
            "transaction_id": "", "out_trade_no": "", "mark": "", "list_mark": "", "settled_mark": "", **changes,
        }  # fmt: skip
        try:
            await self._insert(_ROWS.table, values)
        except Duplicate:  # another process was quicker
            await self._update(_ROWS.table, changes, where, marks)

    async def due(self, at: int, limit: int) -> list[WeChatComplaint]:
        """Those to be read, the longest due first."""
        moments = at, too_late(at, MAX_PAUSE)
        rows = f"{_ROWS.select} WHERE read_due_at IS NOT NULL"
        return _ROWS.all(await due_rows(self.connection, rows, "read_due_at", moments, {"limit": limit}))

    async def write_reading(self, row_id: int, reading: WeChatComplaintReading) -> None:
        await self._update(_ROWS.table, columns(reading), "id = :id", {"id": row_id})

    async def write_failure(self, external_id: str, asked_at: int, due_at: int, problem: str) -> None:
        """A reading failed; what was heard since then stays due."""
        await self.connection.execute(
            "UPDATE wechat_complaints SET failures = failures + 1, problem = :problem, "
            "read_due_at = CASE WHEN news_at > :asked THEN read_due_at ELSE :due END WHERE external_id = :number",
            {"problem": problem[:255], "asked": asked_at, "due": due_at, "number": external_id},
        )

    async def settle(self, row_id: int, mark: str) -> None:
        """The office is done with what the payer of a PROCESSED complaint has written."""
        await self._update(_ROWS.table, {"settled_mark": mark}, "id = :id", {"id": row_id})

    async def anything_due(self, at: int) -> bool:
        """Is there something to read or to send?"""
        return bool(await self.due(at, 1) or await self.due_acts(at, 1))

    async def unread(self, heard_before: int) -> list[WeChatComplaint]:
        """Those that could not be read since they were heard of, oldest first: their deadlines are not known."""
        rows = await self.connection.fetch_all(
            f"{_ROWS.select} WHERE complaint_id IS NULL AND heard_at < :before ORDER BY id LIMIT 100",
            {"before": heard_before},
        )
        return _ROWS.all(rows)

    async def count_unread(self, heard_before: int) -> int:
        return await self._count(
            "SELECT COUNT(*) FROM wechat_complaints WHERE complaint_id IS NULL AND heard_at < :before",
            {"before": heard_before},
        )

    # What is sent

    async def act(self, act_id: int) -> ComplaintAct | None:
        return _ACTS.one(await self.connection.fetch_one(f"{_ACTS.select} WHERE id = :id", {"id": act_id}))

    async def act_of_action(self, admin_id: int, action_id: str) -> ComplaintAct | None:
        row = await self.connection.fetch_one(
            f"{_ACTS.select} WHERE admin_id = :admin AND action_id = :action",
            {"admin": admin_id, "action": action_id},
        )
        return _ACTS.one(row)

    async def acts(self, complaint_id: int) -> list[ComplaintAct]:
        """Oldest first."""
        rows = await self.connection.fetch_all(
            f"{_ACTS.select} WHERE complaint_id = :id ORDER BY id", {"id": complaint_id}
        )
        return _ACTS.all(rows)

    async def add_act(self, new: NewComplaintAct) -> int:
        """Its id. Raises Duplicate when another one of the complaint is open, or the same action is there."""
        row = columns(new) | {
            "open_complaint_id": new.complaint_id,
            "state": ComplaintActState.PLANNED,
            "claimed_until": 0,
            "tries": 0,
            "problem": "",
        }
        return await self._insert(_ACTS.table, row)

    async def due_acts(self, at: int, limit: int) -> list[ComplaintAct]:
        """Those to be sent or asked about, and those whose sender has died, the longest due first."""
        states, marks = in_list("state", _UNENDED)
        free, values = unclaimed(at)
        rows, moments = (
            f"{_ACTS.select} WHERE state IN {states} AND {free}",
            (at, too_late(at, MAX_ACT_PAUSE)),
        )
        values |= {**marks, "limit": limit}
        return _ACTS.all(await due_rows(self.connection, rows, "due_at", moments, values))

    async def claim_act(self, act: ComplaintAct, at: int, until: int) -> bool:
        """Take an act as it was read, until a moment (ms); False when somebody else has it. Raises ValueError for a
        claim that is too long."""
        free, values = unclaimed(at)
        return bool(
            await self._update(
                _ACTS.table,
                {"claimed_until": ends_by(at, until)},
                f"id = :id AND state = :state AND tries = :tries AND claimed_until = :claimed AND {free}",
                {
                    "id": act.id,
                    "state": act.state,
                    "tries": act.tries,
                    "claimed": act.claimed_until,
                    **values,
                },
            )
        )

    async def move_act(
        self, act_id: int, states: tuple[str, ...], state: str, changes: ComplaintActMove
    ) -> int:
        """Rows changed: 0 when it is in none of ``states``."""
        found, marks = in_list("state", states)
        return await self._update(
            _ACTS.table,
            columns(changes) | {"state": state},
            f"id = :id AND state IN {found}",
            {"id": act_id, **marks},
        )

    async def begin_act(self, act: ComplaintAct, states: tuple[str, ...], changes: ComplaintActMove) -> bool:
        """It is being sent; False when it was begun since it was read, or is in none of ``states``. Raises Duplicate
        while another act of the complaint is open."""
        found, marks = in_list("state", states)
        return bool(
            await self._update(
                _ACTS.table,
                columns(changes) | {"state": ComplaintActState.SENDING},
                f"id = :id AND tries = :tries AND state IN {found}",
                {"id": act.id, "tries": act.tries, **marks},
            )
        )

    async def refused(self) -> list[ComplaintAct]:
        """Of unsettled complaints the last thing that was sent, where WeChat has refused it. Oldest first."""
        source, marks = _refused()
        rows = await self.connection.fetch_all(
            f"SELECT {_ACTS.aliased('a')} {source} ORDER BY a.id LIMIT 100", marks
        )
        return _ACTS.all(rows)

    async def count_refused(self) -> int:
        source, marks = _refused()
        return await self._count(f"SELECT COUNT(*) {source}", marks)

    async def add_picture(self, act_id: int, file: str, size: int) -> None:
        await self._insert(_PICTURES.table, {"act_id": act_id, "file": file, "size": size, "media_id": ""})

    async def pictures(self, act_id: int) -> list[ComplaintActPicture]:
        rows = await self.connection.fetch_all(
            f"{_PICTURES.select} WHERE act_id = :id ORDER BY id", {"id": act_id}
        )
        return _PICTURES.all(rows)

    async def name_picture(self, picture_id: int, media_id: str) -> None:
        await self._update(_PICTURES.table, {"media_id": media_id}, "id = :id", {"id": picture_id})

    async def release_pictures(self, act_id: int) -> list[str]:
        """The files of an act that has ended, which are to be removed once this is committed."""
        files = [each.file for each in await self.pictures(act_id) if each.file]
        await self._update(_PICTURES.table, {"file": ""}, "act_id = :id", {"id": act_id})
        return files

    async def erase_acts(self, complaint_ids: list[int]) -> list[str]:
        """Take the texts and pictures out of what was sent and has ended; the files as above."""
        files: list[str] = []
        for complaint_id in complaint_ids:
            for act in await self.acts(complaint_id):
                if act.ended_at is not None:
                    await self._update(_ACTS.table, {"text_sealed": ""}, "id = :id", {"id": act.id})
                    files += await self.release_pictures(act.id)
        return files


def _refused() -> tuple[str, dict[str, Any]]:
    states, marks = in_list("state", UNSETTLED_COMPLAINTS)
    source = (
        f"FROM complaints c JOIN complaint_acts a ON a.complaint_id = c.id WHERE c.state IN {states} "
        "AND c.source = :wechat AND a.state = :refused AND a.id = "
        "(SELECT MAX(last.id) FROM complaint_acts last WHERE last.complaint_id = c.id)"
    )
    return source, {"wechat": ComplaintSource.WECHAT, "refused": ComplaintActState.REFUSED, **marks}
