"""Experts from a table (CSV): first a dry run that shows what each line would do, then the import."""

from __future__ import annotations

import asyncio

from catalog.entries import STEP
from handlers.admin.catalog.experts_file import MAX_BYTES, decode
from handlers.admin.catalog.experts_table import ACTS, Line, most_relevant, plan_fingerprint, read
from handlers.admin.catalog.lists import CatalogPage
from handlers.errors import ApiError
from storage import Reader, Transaction

EXAMPLE = "医院,姓名,职称,科室,专长,介绍\n"


class StalePlan(Exception):
    """The catalog has changed since the dry run: the same file would now do something else. ``lines``: what
    each line of it would do now."""

    def __init__(self, lines: list[Line]) -> None:
        super().__init__()
        self.lines = lines


class ImportHandler(CatalogPage):
    """The dry run of an import, and the import itself."""

    back = "catalog/experts/import/"

    def get(self) -> None:
        self._show(None, "")

    def _show(self, lines: list[Line] | None, text: str, stale: bool = False) -> None:
        self.render(
            "admin/catalog/experts_import.html",
            lines=lines,
            shown=most_relevant(lines or []),
            text=text,
            plan=plan_fingerprint(lines or []),
            acts=ACTS,
            stale=stale,
            max_bytes=MAX_BYTES,
        )

    async def post(self) -> None:
        sent = self.request.files.get("file", [])
        text = decode(sent[0].body) if sent else str(self.body_fields.get("text", ""))
        if not text.strip():
            raise ApiError(400, "invalid_input", "请选择一个 CSV 文件")
        async with self.services.storage.reading() as reader:
            hospitals = await self._open_hospitals(reader)
            known = await reader.catalog.experts(archived=True)
        lines = await asyncio.to_thread(read, text, hospitals, known)
        wrong = any(line.act == "wrong" for line in lines)
        if self.body_fields.get("commit") != "1" or wrong or not lines:
            self._show(lines, text)
            return
        plan = self.shown_fingerprint("plan")

        async def work(tx: Transaction) -> None:
            known = await tx.catalog.lock_all("experts")
            now = await asyncio.to_thread(read, text, await self._open_hospitals(tx), known)
            if plan_fingerprint(now) != plan:
                raise StalePlan(now)
            await self._write(tx, now, max([expert.position for expert in known], default=0))

        try:
            await self.services.storage.run(work)
        except StalePlan as stale:
            self.set_status(409)
            self._show(stale.lines, text, stale=True)
            return
        self.redirect_done("catalog/experts/", "imported")

    @staticmethod
    async def _open_hospitals(reader: Reader) -> dict[str, int]:
        return {item.name: item.id for item in await reader.catalog.hospitals()}

    async def _write(self, tx: Transaction, lines: list[Line], position: int) -> None:
        """Each expert that changes has a row of its own in the log, and the import as a whole has one."""
        for line in lines:
            if line.act == "add":
                position += STEP
                added = await tx.catalog.add("experts", {**line.values, "picture": "", "position": position})
                await self.audit(tx, "catalog.experts.create", ("experts", added), after=line.values)
            elif line.changes or line.act == "restore":
                await self._change(tx, line)
        counts = {act: sum(line.act == act for line in lines) for act in ("add", "change", "restore")}
        await self.audit(tx, "catalog.experts.import", ("experts", ""), after=counts)

    async def _change(self, tx: Transaction, line: Line) -> None:
        assert line.entry_id is not None
        before = {name: old for name, (old, _) in line.changes.items()}
        after = {name: new for name, (_, new) in line.changes.items()}
        shelf = {"archived_at": None} if line.act == "restore" else {}
        await tx.catalog.change("experts", line.entry_id, {**after, **shelf})
        act = "restore" if line.act == "restore" else "change"
        await self.audit(tx, f"catalog.experts.{act}", ("experts", line.entry_id), before, after)


class ExampleHandler(CatalogPage):
    """An empty table with the columns that an import expects."""

    produces = "text/csv"

    def get(self) -> None:
        self.set_header("Content-Type", "text/csv; charset=utf-8")
        self.set_header("Content-Disposition", "attachment; filename=experts.csv")
        self.finish("\ufeff" + EXAMPLE)


routes = [
    (r"/admin/catalog/experts/import/", ImportHandler),
    (r"/admin/catalog/experts/import/example/", ExampleHandler),
]
