"""The form of an entry of the catalog, and saving it. Every change raises the catalog's version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from marshmallow import ValidationError

from catalog import prices
from catalog.entries import SHARED, StaleEntry, add, change_siblings, siblings
from catalog.picture_files import PREFIX
from config import Settings
from handlers.admin import formats
from handlers.admin.catalog import questions_form, uploads
from handlers.admin.catalog.forms import FormField, Table
from handlers.admin.catalog.lists import NAME, CatalogPage
from handlers.admin.stale_forms import changed_since, fingerprint, fingerprints
from handlers.errors import ApiError, as_api_error, not_found
from refusals import Busy
from schemas.base import one_way_of_writing
from storage import Reader, Transaction
from storage.models import Service


@dataclass
class Form:
    """What is shown: values; problems and what a colleague has changed, by field; fingerprints of what is stored."""

    values: Mapping[str, Any]
    fingerprint: str = ""
    problems: dict[str, str] = field(default_factory=dict)
    theirs: dict[str, tuple[str, Any]] = field(default_factory=dict)
    siblings: bool = True
    siblings_fingerprint: str = ""
    """The mark of what the other price variants of the service say."""
    note: str = ""
    """What else a colleague has changed."""


class EntryHandler(CatalogPage):
    """An entry of a table: its form, and saving it."""

    @classmethod
    def max_body_bytes(cls, settings: Settings) -> int:
        """The most pictures that a form has, and its texts."""
        return 2 * uploads.MAX_UPLOAD_BYTES + 1024 * 1024

    busy: ApiError | None = None
    """Too many pictures were waiting: the form stays, and may be sent again."""

    async def get(self, name: str, entry_id: str) -> None:
        table = self.table(name)
        async with self.services.storage.reading() as reader:
            entry = await self._entry(reader, table, entry_id)
            hospitals = await self.hospitals(reader)
            form = _form(table, entry)
            form.siblings_fingerprint = await self._siblings_fingerprint(reader, table, entry)
        self._show(table, entry, form, hospitals)

    async def _siblings_fingerprint(self, reader: Reader, table: Table, entry: Any) -> str:
        if not table.priced or entry is None:
            return ""
        return _fingerprint_of_siblings(siblings(entry, await reader.catalog.services(archived=True)))

    async def _entry(self, reader: Reader, table: Table, entry_id: str) -> Any:
        """The row; None for a new one, which may be prefilled from another (``?like=``)."""
        wanted = self.page_number("like") if entry_id == "new" else int(entry_id)
        entry = await reader.catalog.entry(table.name, wanted) if wanted is not None else None
        if entry is None and entry_id != "new":
            raise not_found()
        return entry

    def _show(self, table: Table, entry: Any, form: Form, hospitals: dict[int, str]) -> None:
        new = self.request.path.endswith("/new/")
        self.render(
            "admin/catalog/entry.html",
            table=table,
            entry=None if new else entry,
            form=form,
            hospitals=hospitals,
            picture_url=self.picture_url,
            questions_form=questions_form,
            max_bytes=uploads.MAX_UPLOAD_BYTES,
            editable=not table.priced or self.owner,
        )

    async def post(self, name: str, entry_id: str) -> None:
        table = self.table(name)
        self.must_be_allowed(table)
        async with self.services.storage.reading() as reader:
            entry = None if entry_id == "new" else await self._entry(reader, table, entry_id)
            hospitals = await self.hospitals(reader)
        given, problems = await self._load_form(table, entry, hospitals)
        shown = self.shown_fingerprint() if entry else ""
        if problems:
            self.set_status(self.busy.status if self.busy else 400)
            for header, value in (self.busy.headers if self.busy else {}).items():
                self.set_header(header, value)
            typed = Form(self.body_fields, shown, problems, siblings="siblings" in self.body_fields)
            typed.siblings_fingerprint = str(self.body_fields.get("siblings_fingerprint", ""))
            self._show(table, entry, typed, hospitals)
            return
        row = {name: int(value) if isinstance(value, bool) else value for name, value in given.items()}
        try:
            if entry is not None:
                _must_be_as_seen(entry, _stored_values(table, entry), row, shown)
            if await self._price_is_confirmed(table, entry, row):
                done = await self._save(table, entry, row, shown)
                self.redirect_done(self.back, done)
        except StaleEntry as stale:
            self.set_status(409)
            merged = self._merge(table, stale.entry, row, shown)
            merged.note = stale.note
            async with self.services.storage.reading() as reader:
                merged.siblings_fingerprint = await self._siblings_fingerprint(reader, table, stale.entry)
            self._show(table, stale.entry, merged, hospitals)

    async def _load_form(
        self, table: Table, entry: Any, hospitals: dict[int, str]
    ) -> tuple[dict[str, Any], dict[str, str]]:
        """The loaded form and what is wrong with it, by field."""
        problems: dict[str, str] = {}
        for item in table.pictures:
            await self._take_picture(item, entry, problems)
        if any(item.kind == "questions" for item in table.fields):
            self.body_fields["questions"] = questions_form.typed_questions(self.body_fields)
        try:
            values = dict(table.schema.load(self.body_fields))
        except ValidationError as error:
            return {}, problems | {
                field: sentence for field, (_, sentence) in formats.form_problems(table.schema, error).items()
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
            except (ApiError, Busy) as failure:
                error = as_api_error(failure)
                assert error is not None
                self.busy = error if error.status == 503 else self.busy
                problems[item.name] = error.message.partition("：")[2] or error.message
            return
        named = str(self.body_fields.get(item.name, ""))
        if named and named != getattr(entry, item.name, None):
            known = named.startswith(PREFIX) and self.services.pictures.find(named.removeprefix(PREFIX))
            if known:
                uploads.keep_for_now(self.services, named)
            else:
                self.body_fields[item.name] = getattr(entry, item.name, "")

    async def _price_is_confirmed(self, table: Table, entry: Any, row: dict[str, Any]) -> bool:
        if not table.priced or (entry is not None and entry.price_fen == row["price_fen"]):
            return True
        old = f"从 {formats.accounting_yuan(entry.price_fen)} 元" if entry else ""
        new = formats.accounting_yuan(row["price_fen"])
        return await self.confirmed(f"{row['name']}（{row['unit']}）的价格{old}改为 {new} 元")

    async def _save(self, table: Table, entry: Any, row: dict[str, Any], shown: str) -> str:
        """Save; the name of the sentence that is shown afterwards. Raises StaleEntry."""

        async def create(tx: Transaction) -> str:
            entry_id = await add(tx, table.name, row)
            await self.audit(tx, f"catalog.{table.name}.create", (table.name, entry_id), after=row)
            return "created"

        async def change(tx: Transaction) -> str:
            current = await tx.catalog.lock(table.name, entry.id)
            before = _stored_values(table, current)
            _must_be_as_seen(current, before, row, shown)
            changes = {name: value for name, value in row.items() if before[name] != value}
            if not changes:
                return "saved"
            texts = {name: value for name, value in changes.items() if name != "price_fen"}
            if texts:
                await tx.catalog.change(table.name, current.id, texts)
            if "price_fen" in changes:
                price_fen = changes["price_fen"]
                await prices.set_from_today(tx, current, price_fen, self.caller.id, self.now())
            old = {name: before[name] for name in changes}
            await self.audit(tx, f"catalog.{table.name}.change", (table.name, current.id), old, changes)
            if table.priced and self.body_fields.get("siblings"):
                await self._save_siblings(tx, current, changes)
            return f"priced-{current.id}" if "price_fen" in changes else "saved"

        return await self.services.storage.run(create if entry is None else change)

    async def _save_siblings(self, tx: Transaction, entry: Any, changes: dict[str, Any]) -> None:
        """The other price variants of a service get the same texts and picture."""

        def is_stale(others: list[Service]) -> bool:
            return self.shown_fingerprint("siblings_fingerprint") != _fingerprint_of_siblings(others)

        after = {name: value for name, value in changes.items() if name in SHARED}
        for service in await change_siblings(tx, entry, changes, is_stale):
            before = {name: getattr(service, name) for name in after}
            await self.audit(tx, "catalog.services.change", ("services", service.id), before, after)

    def _merge(self, table: Table, entry: Any, row: dict[str, Any], shown: str) -> Form:
        """The form again: what was typed stays, what was not touched becomes what the colleague has saved.

        Beside each field that both have changed, or the colleague alone, stands the other version.
        """
        stored, current = _stored_values(table, entry), _form(table, entry)
        typed = changed_since(shown, row)
        values: dict[str, Any] = {}
        for item in table.fields:
            name = item.name
            values[name] = self.body_fields.get(name, "")
            if name in changed_since(shown, stored) and row[name] != stored[name]:
                if name in typed:
                    current.theirs[name] = "同事刚改为", current.values[name]
                else:
                    current.theirs[name] = "同事刚改成了这样；您打开时是", values[name]
                    values[name] = current.values[name]
        return Form(values, current.fingerprint, {}, current.theirs, "siblings" in self.body_fields)


def _fingerprint_of_siblings(services: list[Service]) -> str:
    return fingerprint([(each.id, [getattr(each, name) for name in SHARED]) for each in services])


def _fingerprinted(table: Table, entry: Any) -> dict[str, Any]:
    """What is marked: the row, and whether the mini-program shows it."""
    return {**_stored_values(table, entry), "archived": entry.archived_at is not None}


def _stored_values(table: Table, entry: Any) -> dict[str, Any]:
    """The row as a form that is sent back unchanged would be loaded."""
    found = {item.name: getattr(entry, item.name) for item in table.fields}
    return {
        name: one_way_of_writing(value) if isinstance(value, str) else int(value)
        for name, value in found.items()
    }


def _form(table: Table, entry: Any) -> Form:
    """The form of a row, or an empty one."""
    if entry is None:
        return Form({})
    values = {item.name: getattr(entry, item.name) for item in table.fields}
    price = {"price_fen": formats.plain_yuan(entry.price_fen)} if table.priced else {}
    return Form({**values, **price}, fingerprints(_fingerprinted(table, entry)))


def _must_be_as_seen(entry: Any, stored: dict[str, Any], row: dict[str, Any], shown: str) -> None:
    """Raises StaleEntry when saving ``row`` would undo what a colleague has saved since the form was opened."""
    if changed_since(shown, {"archived": entry.archived_at is not None}):
        raise StaleEntry(entry, f"同事刚把这一项{'下架' if entry.archived_at else '重新上架'}了")
    if any(row[name] != stored[name] for name in changed_since(shown, stored)):
        raise StaleEntry(entry)


routes = [(rf"/admin/catalog/{NAME}/(new|[0-9]{{1,18}})/", EntryHandler)]
