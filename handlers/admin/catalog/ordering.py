"""The order in which the mini-program shows the catalog: by numbers, or by dragging rows."""

from __future__ import annotations

import re
from typing import Any

from handlers.admin.catalog.forms import Table
from handlers.admin.catalog.lists import NAME, ListPage, Refused
from handlers.admin.page import FINGERPRINT_MISSING
from handlers.errors import ApiError, by_status
from storage import Transaction
from storage.views import EntryPosition

STEP = 10
"""Between two numbers, so that a third fits in."""
_IDS = re.compile(r"[0-9]{1,18}(,[0-9]{1,18})*")
_POSITION = re.compile(r"[0-9]{1,6}")
STALE = "没有保存：同事刚刚改过标红的几项，请核对后再保存。您填的数字都还在。"
BAD_NUMBER = "没有保存：顺序应为 0–999999 的数字，请改正标红的几项。"


class StaleOrder(Exception):
    """Colleagues have moved these entries since the list was shown."""

    def __init__(self, ids: set[int]) -> None:
        super().__init__()
        self.ids = ids


class OrderHandler(ListPage):
    """Save another order. What a colleague has moved since the list was shown is not moved back unseen."""

    many_fields = True

    async def post(self, name: str) -> None:
        table = self.table(name)
        self.must_be_allowed(table)
        if "now" in self.body_fields:
            await self._dragged(table)
        else:
            await self._numbered(table)

    # By numbers: ``position-<id>`` as typed, ``was-<id>`` as shown

    async def _numbered(self, table: Table) -> None:
        typed, shown = self._numbers("position-"), self._numbers("was-")
        bad = frozenset(entry_id for entry_id, text in typed.items() if not _POSITION.fullmatch(text))
        if bad:
            await self._refuse(table, 400, Refused(BAD_NUMBER, typed, bad))
            return
        if typed.keys() - shown.keys():
            raise ApiError(400, "fingerprint_missing", FINGERPRINT_MISSING)
        given = {entry_id: int(text) for entry_id, text in typed.items() if text != shown[entry_id]}

        async def work(tx: Transaction) -> None:
            places = {place.id: place.position for place in await tx.catalog.lock_positions(table.name)}
            moved = {i: position for i, position in given.items() if i in places and places[i] != position}
            if stale := {i for i in moved if shown[i] != str(places[i])}:
                raise StaleOrder(stale)
            if moved:
                await tx.catalog.place(table.name, moved)
                before, after = ({str(i): numbers[i] for i in moved} for numbers in (places, moved))
                await self.audit(tx, f"catalog.{table.name}.order", (table.name, ""), before, after)

        try:
            await self.services.storage.run(work)
        except StaleOrder as stale:
            await self._refuse(table, 409, Refused(STALE, typed, frozenset(stale.ids)))
            return
        self.redirect_done(self.back + self.query(), "ordered")

    def _numbers(self, prefix: str) -> dict[int, str]:
        return {
            int(name.removeprefix(prefix)): str(text).strip()
            for name, text in self.body_fields.items()
            if re.fullmatch(f"{prefix}[0-9]{{1,18}}", name)
        }

    async def _refuse(self, table: Table, status: int, refused: Refused) -> None:
        self.set_status(status)
        await self.show(table, refused)

    # By dragging: ``was`` and ``now`` are the ids on the page, in their old and in their new order

    async def _dragged(self, table: Table) -> None:
        was, now = self._ids("was"), self._ids("now")
        if sorted(was) != sorted(now) or len(set(was)) != len(was):
            raise by_status(400)

        async def work(tx: Transaction) -> dict[int, int]:
            places = await tx.catalog.lock_positions(table.name)
            if [place.id for place in places if place.id in was and place.archived_at is None] != was:
                raise ApiError(409, "order_changed", "同事刚刚调整过顺序，请刷新后再排")
            positions = _rearranged(places, now)
            moved = {p.id: positions[p.id] for p in places if positions[p.id] != p.position}
            if now != was:
                await tx.catalog.place(table.name, moved)
                await self.audit(
                    tx, f"catalog.{table.name}.order", (table.name, ""), {"ids": was}, {"ids": now}
                )
            return {i: positions[i] for i in now} if now != was else {}

        positions: dict[int, Any] = await self.services.storage.run(work)
        self.finish({"positions": positions})

    def _ids(self, name: str) -> list[int]:
        text = str(self.body_fields.get(name, ""))
        if not _IDS.fullmatch(text):
            raise by_status(400)
        return [int(part) for part in text.split(",")]


def _rearranged(places: list[EntryPosition], now: list[int]) -> dict[int, int]:
    """New numbers for all: the entries on the page change places among themselves, all others stay where they are."""
    arriving = iter(now)
    shown = set(now)
    ids = [next(arriving) if place.id in shown else place.id for place in places]
    return {entry_id: number * STEP for number, entry_id in enumerate(ids, start=1)}


routes = [(rf"/admin/catalog/{NAME}/order/", OrderHandler)]
