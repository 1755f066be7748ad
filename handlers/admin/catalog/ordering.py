"""The order in which the mini-program shows the catalog: by numbers, or by dragging rows."""

from __future__ import annotations

import re

from catalog import entries
from handlers.admin.catalog.forms import Table
from handlers.admin.catalog.lists import NAME, ListPage, Refused
from handlers.admin.page import FINGERPRINT_MISSING
from handlers.errors import ApiError, by_status
from storage import Transaction

_IDS = re.compile(r"[0-9]{1,18}(,[0-9]{1,18})*")
_POSITION = re.compile(r"[0-9]{1,6}")
STALE = "没有保存：同事刚刚改过标红的几项，请核对后再保存。您填的数字都还在。"
BAD_NUMBER = "没有保存：顺序应为 0–999999 的数字，请改正标红的几项。"


class OrderHandler(ListPage):
    """Save another order. What a colleague has moved since the list was shown is not moved back unseen."""

    many_fields = True

    async def post(self, name: str) -> None:
        table = self.table(name)
        self.must_be_allowed(table)
        if "now" in self.body_fields:
            await self._save_dragged(table)
        else:
            await self._save_numbers(table)

    # By numbers: ``position-<id>`` as typed, ``was-<id>`` as shown

    async def _save_numbers(self, table: Table) -> None:
        typed, shown = self._numbers("position-"), self._numbers("was-")
        bad = frozenset(entry_id for entry_id, text in typed.items() if not _POSITION.fullmatch(text))
        if bad:
            await self._refuse(table, 400, Refused(BAD_NUMBER, typed, bad))
            return
        if typed.keys() - shown.keys():
            raise ApiError(400, "fingerprint_missing", FINGERPRINT_MISSING)
        given = {entry_id: int(text) for entry_id, text in typed.items() if text != shown[entry_id]}

        async def work(tx: Transaction) -> None:
            before, after = await entries.place(tx, table.name, given, shown)
            if after:
                told = ({str(i): position for i, position in places.items()} for places in (before, after))
                await self.audit(tx, f"catalog.{table.name}.order", (table.name, ""), *told)

        try:
            await self.services.storage.run(work)
        except entries.StaleOrder as stale:
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

    async def _save_dragged(self, table: Table) -> None:
        was, now = self._ids("was"), self._ids("now")
        if sorted(was) != sorted(now) or len(set(was)) != len(was):
            raise by_status(400)

        async def work(tx: Transaction) -> dict[int, int]:
            positions = await entries.rearrange(tx, table.name, was, now)
            if positions:
                act = f"catalog.{table.name}.order"
                await self.audit(tx, act, (table.name, ""), {"ids": was}, {"ids": now})
            return positions

        self.finish({"positions": await self.services.storage.run(work)})

    def _ids(self, name: str) -> list[int]:
        text = str(self.body_fields.get(name, ""))
        if not _IDS.fullmatch(text):
            raise by_status(400)
        return [int(part) for part in text.split(",")]


routes = [(rf"/admin/catalog/{NAME}/order/", OrderHandler)]
