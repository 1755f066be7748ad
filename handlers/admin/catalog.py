"""Editing the catalog. Every change raises its version, so that the mini-program shows it with its next request."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError

from handlers.admin import uploads, words
from handlers.admin.base import AdminPage
from handlers.admin.catalog_forms import TABLES, FormField, Table
from handlers.errors import ApiError, by_status, not_found
from handlers.picture_files import PREFIX
from storage import Reader, Transaction
from storage.models import Role

SHARED = ("summary", "introduction", "included", "notice", "picture")
"""What the price variants of one service have in common."""
OWN_MESSAGE = "价格与服务只有店主账号可以修改"


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


class TableHandler(CatalogPage):
    """The entries of a table in the order in which the mini-program shows them."""

    async def get(self, name: str = "hospitals") -> None:
        table = self.table(name)
        archived = self.query_fields.get("archived") == "1"
        async with self.services.storage.reading() as reader:
            entries = await getattr(reader.catalog, table.name)(archived=True)
            hospitals = await self.hospitals(reader)
        shown = [entry for entry in entries if (entry.archived_at is not None) == archived]
        self.render(
            "admin/catalog.html",
            table=table,
            tables=TABLES.values(),
            entries=shown,
            archived=archived,
            archived_count=sum(entry.archived_at is not None for entry in entries),
            hospitals=hospitals,
            picture_url=self.picture_url,
            editable=not table.priced or self.owner,
        )


class EntryHandler(CatalogPage):
    """An entry of a table: its form, and saving it."""

    most_bytes = 2 * uploads.LARGEST + 1024 * 1024
    """The most pictures that a form has, and its texts."""

    async def get(self, name: str, entry_id: str) -> None:
        table = self.table(name)
        async with self.services.storage.reading() as reader:
            entry = await self._entry(reader, table, entry_id)
            hospitals = await self.hospitals(reader)
        self.show(table, entry, _values(table, entry), {}, hospitals)

    async def _entry(self, reader: Reader, table: Table, entry_id: str) -> Any:
        """The row; None for a new one, which may be prefilled from another (``?like=``)."""
        wanted = self.page_number("like") if entry_id == "new" else int(entry_id)
        entry = await reader.catalog.entry(table.name, wanted) if wanted is not None else None
        if entry is None and entry_id != "new":
            raise not_found()
        return entry

    def show(
        self,
        table: Table,
        entry: Any,
        values: dict[str, Any],
        problems: dict[str, str],
        hospitals: dict[int, str],
    ) -> None:
        new = self.request.path.endswith("/new/")
        self.render(
            "admin/catalog_entry.html",
            table=table,
            entry=None if new else entry,
            values=values,
            most_bytes=uploads.LARGEST,
            problems=problems,
            hospitals=hospitals,
            picture_url=self.picture_url,
            editable=not table.priced or self.owner,
        )

    async def post(self, name: str, entry_id: str) -> None:
        table = self.table(name)
        self.must_be_allowed(table)
        async with self.services.storage.reading() as reader:
            entry = None if entry_id == "new" else await self._entry(reader, table, entry_id)
            hospitals = await self.hospitals(reader)
        values, problems = await self._given(table, entry, hospitals)
        if problems:
            self.set_status(400)
            self.show(table, entry, dict(self.body_fields), problems, hospitals)
            return
        if table.priced and (entry is None or entry.price_fen != values["price_fen"]):
            old = f"从 {words.yuan(entry.price_fen)} 元" if entry else ""
            act = f"{values['name']}（{values['unit']}）的价格{old}改为 {words.yuan(values['price_fen'])} 元"
            if not await self.confirmed(act):
                return
        await self._save(table, entry, values)
        self.go(self.back, "saved" if entry else "created")

    async def _given(
        self, table: Table, entry: Any, hospitals: dict[int, str]
    ) -> tuple[dict[str, Any], dict[str, str]]:
        """The loaded form and what is wrong with it, by field."""
        problems: dict[str, str] = {}
        for item in table.pictures:
            await self._take_picture(item, entry, problems)
        try:
            values = dict(table.schema.load(self.body_fields))
        except ValidationError as error:
            return {}, problems | {
                field: sentence for field, (_, sentence) in words.problems(table.schema, error).items()
            }
        if "hospital_id" in values and values["hospital_id"] not in hospitals:
            problems["hospital_id"] = "请选择医院"
        if table.name == "banners" and not values["picture"]:
            problems.setdefault("picture", "请选择一张图片")
        return values, problems

    async def _take_picture(self, item: FormField, entry: Any, problems: dict[str, str]) -> None:
        """An upload becomes a stored picture; without one, the one that the form names stays, if it exists."""
        sent = self.request.files.get(f"{item.name}_file", [])
        if sent and sent[0].body:
            content = sent[0].body
            try:
                self.body_fields[item.name] = await uploads.keep(
                    self.services, content, item.side, item.label
                )
            except ApiError as error:
                problems[item.name] = error.message.partition("：")[2]
            return
        named = str(self.body_fields.get(item.name, ""))
        if named and named != getattr(entry, item.name, None):
            known = named.startswith(PREFIX) and self.services.pictures.find(named.removeprefix(PREFIX))
            if not known:
                self.body_fields[item.name] = getattr(entry, item.name, "")

    async def _save(self, table: Table, entry: Any, values: dict[str, Any]) -> None:
        row = {name: int(value) if isinstance(value, bool) else value for name, value in values.items()}

        async def work(tx: Transaction) -> None:
            if entry is None:
                position = max(
                    [e.position for e in await getattr(tx.catalog, table.name)(archived=True)], default=0
                )
                entry_id = await tx.catalog.add(table.name, {**row, "position": position + 10})
                await self.audit(tx, f"catalog.{table.name}.create", table.name, entry_id, after=row)
                return
            changes = {name: value for name, value in row.items() if getattr(entry, name) != value}
            if not changes:
                return
            await tx.catalog.change(table.name, entry.id, changes)
            before = {name: getattr(entry, name) for name in changes}
            await self.audit(tx, f"catalog.{table.name}.change", table.name, entry.id, before, changes)
            if table.priced and self.body_fields.get("siblings"):
                await self._save_siblings(tx, entry, {k: v for k, v in changes.items() if k in SHARED})

        await self.services.storage.run(work)

    async def _save_siblings(self, tx: Transaction, entry: Any, changes: dict[str, Any]) -> None:
        """The other price variants of a service get the same texts and picture."""
        for service in await tx.catalog.services(archived=True) if changes else []:
            if service.name == entry.name and service.id != entry.id:
                before = {name: getattr(service, name) for name in changes}
                await tx.catalog.change("services", service.id, changes)
                await self.audit(tx, "catalog.services.change", "services", service.id, before, changes)


def _values(table: Table, entry: Any) -> dict[str, Any]:
    """What the form shows of a row."""
    if entry is None:
        return {}
    values = {item.name: getattr(entry, item.name) for item in table.fields}
    return {**values, **({"price_fen": words.plain_yuan(entry.price_fen)} if table.priced else {})}


class ArchiveHandler(CatalogPage):
    """Take an entry off the mini-program, or put it back. Nothing is ever deleted: old orders point at it."""

    async def post(self, name: str, entry_id: str, act: str) -> None:
        table = self.table(name)
        self.must_be_allowed(table)
        archived_at = self.now() if act == "archive" else None

        async def work(tx: Transaction) -> None:
            if not await tx.catalog.change(table.name, int(entry_id), {"archived_at": archived_at}):
                raise not_found()
            await self.audit(tx, f"catalog.{table.name}.{act}", table.name, entry_id)

        await self.services.storage.run(work)
        self.go(self.back, "archived" if archived_at else "restored")


class PositionsHandler(CatalogPage):
    """The order of display, by numbers: smaller ones come first."""

    many_fields = True

    async def post(self, name: str) -> None:
        table = self.table(name)
        self.must_be_allowed(table)
        given: dict[int, int] = {}
        for field, value in self.body_fields.items():
            entry_id = field.removeprefix("position-")
            if field.startswith("position-") and entry_id.isascii() and entry_id.isdigit():
                if not (str(value).isascii() and str(value).isdigit() and len(str(value)) <= 6):
                    raise by_status(400)
                given[int(entry_id)] = int(value)

        async def work(tx: Transaction) -> None:
            entries = await getattr(tx.catalog, table.name)(archived=True)
            moved = {e.id: e.position for e in entries if given.get(e.id, e.position) != e.position}
            for entry_id in moved:
                await tx.catalog.change(table.name, entry_id, {"position": given[entry_id]})
            if moved:
                after = {str(entry_id): given[entry_id] for entry_id in moved}
                before = {str(entry_id): position for entry_id, position in moved.items()}
                await self.audit(tx, f"catalog.{table.name}.order", table.name, "", before, after)

        await self.services.storage.run(work)
        self.go(self.back, "ordered")


NAME = "(hospitals|services|experts|banners|showcases)"
routes = [
    (r"/admin/catalog/", TableHandler),
    (rf"/admin/catalog/{NAME}/", TableHandler),
    (rf"/admin/catalog/{NAME}/order/", PositionsHandler),
    (rf"/admin/catalog/{NAME}/(new|[0-9]{{1,18}})/", EntryHandler),
    (rf"/admin/catalog/{NAME}/([0-9]{{1,18}})/(archive|restore)/", ArchiveHandler),
]
