"""The catalog's lists, archiving, and the order of display. Every change raises the catalog's version."""

from __future__ import annotations

import dataclasses
import json
import re
from dataclasses import field
from typing import Any

from catalog import entries
from frozen_dataclasses import frozen
from handlers.admin import labels
from handlers.admin.catalog.forms import TABLES, Table
from handlers.admin.page import AdminPage
from handlers.admin.paging import cut, pager
from handlers.admin.stale_forms import fingerprint
from handlers.errors import ApiError
from money import plain_yuan
from personal.names import clean
from storage import Reader
from storage.filters import CatalogFilter
from storage.models import Role

PAGE = 50
OWN_MESSAGE = "价格与服务只有店主账号可以修改"
_PLACE = re.compile(r"([0-9]{1,9})-([0-9]{1,18})")


def vars_of(entry: Any) -> dict[str, Any]:
    """All of an entry but its place in the list, which dragging others may change."""
    return {name: value for name, value in dataclasses.asdict(entry).items() if name != "position"}


class CatalogPage(AdminPage):
    """What the pages of all tables share."""

    section = "catalog"

    def table(self, name: str) -> Table:
        self.back = f"catalog/{name}/"
        return TABLES[name]

    def must_be_allowed(self, table: Table) -> None:
        if table.priced and self.caller.role != Role.OWNER:
            raise ApiError(403, "forbidden", OWN_MESSAGE)

    async def hospitals(self, reader: Reader) -> dict[int, str]:
        return {item.id: item.name for item in await reader.catalog.hospitals(archived=True)}

    def picture_url(self, picture: str) -> str:
        """The address of a picture for this page."""
        url = self.services.pictures.url(picture)
        return f"{self.root()}{url}" if url else ""


@frozen()
class Refused:
    """Numbers of the order of display that were not saved, as they were typed, and why."""

    sentence: str
    typed: dict[int, str]
    bad: frozenset[int] = field(default_factory=frozenset)


class ListPage(CatalogPage):
    """A table's entries in the order in which the mini-program shows them, a page at a time."""

    def query_with(self, **changes: Any) -> str:
        """From wherever the list is shown, its links lead to the list."""
        return f"{self.root()}admin/{self.back}{super().query_with(**changes)}"

    def query(self) -> str:
        """Which entries, which page: what leads back here. Empty for the first of all."""
        return super().query_with().removesuffix("?")

    def wanted(self, table: Table, archived: bool) -> CatalogFilter:
        """What the query asks for."""
        words = clean(self.query_fields.get("q", ""))[:64]
        hospital_id = self.page_number("hospital") if table.of_a_hospital else None
        return CatalogFilter(archived, table.title, words, hospital_id)

    def after(self) -> tuple[int, int] | None:
        """Behind which place, a position and an id, the page begins."""
        found = _PLACE.fullmatch(self.query_fields.get("after", ""))
        return (int(found[1]), int(found[2])) if found else None

    async def show(self, table: Table, refused: Refused | None = None) -> None:
        wanted = self.wanted(table, self.query_fields.get("archived") == "1")
        async with self.services.storage.reading() as reader:
            found = await reader.catalog.page(table.name, wanted, self.after(), PAGE + 1)
            archived_count = await reader.catalog.count(table.name, self.wanted(table, True))
            hospitals = await self.hospitals(reader)
            priced = await self._price_sentence(reader)
        listed, last = cut(found, PAGE)
        self.render(
            "admin/catalog/lists.html",
            table=table,
            tables=TABLES.values(),
            entries=listed,
            wanted=wanted,
            query=self.query(),
            archived=wanted.archived,
            archived_count=archived_count,
            hospitals=hospitals,
            picture_url=self.picture_url,
            editable=not table.priced or self.owner,
            fingerprint_of=lambda entry: fingerprint(vars_of(entry)),
            refused=refused or Refused("", {}),
            **pager(
                "after", first=self.after() is None, following=f"{last.position}-{last.id}" if last else ""
            ),
            **({"done": priced} if priced else {}),
        )

    async def _price_sentence(self, reader: Reader) -> str:
        """What a price has just become, as the log of one's own change has it."""
        entry_id = self.done_with("priced")
        if entry_id is None:
            return ""
        act, own = "catalog.services.change", self.caller.id
        for entry in await reader.audit.page(None, 1, act, own, "services", str(entry_id)):
            old, new = (json.loads(text).get("price_fen") for text in (entry.before_json, entry.after_json))
            if old is not None and new is not None:
                return f"已保存：价格 {plain_yuan(old)} → {plain_yuan(new)} 元"
        return labels.DONE["saved"]


class TableHandler(ListPage):
    async def get(self, name: str = "hospitals") -> None:
        await self.show(self.table(name))


class ArchiveHandler(ListPage):
    """Take an entry off the mini-program, or put it back. Nothing is ever deleted: old orders point at it."""

    async def post(self, name: str, entry_id: str, act: str) -> None:
        table = self.table(name)
        self.must_be_allowed(table)
        archived_at = self.now() if act == "archive" else None
        shown = self.shown_fingerprint()

        def is_stale(entry: Any) -> bool:
            return shown != fingerprint(vars_of(entry))

        try:
            await self.audited(
                f"catalog.{table.name}.{act}",
                (table.name, entry_id),
                lambda tx: entries.set_archived(tx, table.name, int(entry_id), archived_at, is_stale),
            )
        except entries.StaleEntry as stale:
            await self._show_again(table, stale.entry, archived_at)
        else:
            self.redirect_done(self.back, "archived" if archived_at else "restored")

    async def _show_again(self, table: Table, stale: Any, archived_at: int | None) -> None:
        """The list, with what a colleague has done to the entry."""
        what = (
            f"同事刚刚{'下架' if stale.archived_at else '上架'}了"
            if (stale.archived_at is not None) == (archived_at is not None)
            else "同事刚刚修改了"
        )
        self.set_status(409)
        self.query_fields = {} if archived_at else {"archived": "1"}  # the list from which it was sent
        name = getattr(stale, table.title) or table.label
        await self.show(
            table, Refused(f"没有{'下架' if archived_at else '上架'}：{what}「{name}」，请核对后再操作。", {})
        )


NAME = "(hospitals|services|experts|banners|showcases)"
routes = [
    (r"/admin/catalog/", TableHandler),
    (rf"/admin/catalog/{NAME}/", TableHandler),
    (rf"/admin/catalog/{NAME}/([0-9]{{1,18}})/(archive|restore)/", ArchiveHandler),
]
