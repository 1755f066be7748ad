"""Hospitals and experts from one workbook (XLSX): first what each row would do, then all of it in one act, or none."""

from __future__ import annotations

import asyncio
import io
from typing import Any

from catalog.entries import STEP
from config import Settings
from frozen_dataclasses import frozen
from handlers.admin.catalog import experts_table, hospitals_table
from handlers.admin.catalog.experts_table import ACTS, Line, most_relevant, plan_fingerprint
from handlers.admin.catalog.lists import CatalogPage
from handlers.admin.catalog.workbook_file import (
    MAX_BYTES,
    Sheets,
    as_json,
    from_json,
    named_cells,
    read_workbook,
)
from handlers.errors import ApiError
from storage import Reader, Transaction
from storage.models import Expert, Hospital

HOSPITALS, EXPERTS = "医院", "专家"
KNOWN = {HOSPITALS: tuple(hospitals_table.COLUMNS), EXPERTS: tuple(experts_table.COLUMNS)}
CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HELP = (
    "「医院」和「专家」两张表，可以只填一张；第一行的列名不要改，不需要的列可以删掉。",
    "医院按名称查找：目录里有的会更新，没有的会新增。",
    "经度和纬度是 GCJ-02 坐标（腾讯、高德地图上查到的），例如 108.9402 和 34.2658。",
    "院区、见面地点、科室：一格里每行一个。",
    "专家的「医院」要与「医院」表或目录里的名称一致；同一医院、科室里同名的专家会被更新。",
    "有的列照文件改，空格子会清空原来的内容；没有的列不改。",
)


@frozen()
class Plan:
    """What a workbook would do to the catalog as it is."""

    hospitals: list[Line]
    experts: list[Line]

    @property
    def lines(self) -> list[Line]:
        return self.hospitals + self.experts

    @property
    def fingerprint(self) -> str:
        return f"{plan_fingerprint(self.hospitals)}-{plan_fingerprint(self.experts)}"

    @property
    def wrong(self) -> int:
        return sum(line.act == "wrong" for line in self.lines)


class StalePlan(Exception):
    """The catalog has changed since the dry run."""

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self.plan = plan


def make_plan(sheets: Sheets, hospitals: list[Hospital], experts: list[Expert]) -> Plan:
    """Experts may be of hospitals that the same workbook adds: these have the negative number of their row."""
    hospital_rows = named_cells(sheets.get(HOSPITALS, []), hospitals_table.COLUMNS)
    hospital_lines = hospitals_table.read(hospital_rows, hospitals)
    open_ones = {item.name: item.id for item in hospitals if item.archived_at is None}
    for line in hospital_lines:
        if line.act == "add":
            open_ones[line.hospital] = -line.number
        elif line.act == "restore" and line.entry_id is not None:
            open_ones[line.hospital] = line.entry_id
    expert_rows = named_cells(sheets.get(EXPERTS, []), experts_table.COLUMNS)
    return Plan(hospital_lines, experts_table.read_rows(expert_rows, open_ones, experts))


class WorkbookHandler(CatalogPage):
    """The dry run of a workbook, and the import itself."""

    back = "catalog/workbook/"

    @classmethod
    def max_body_bytes(cls, settings: Settings) -> int:
        """The file, or what the dry run has read of it, which is longer as it is sent back."""
        return 4 * MAX_BYTES

    def get(self) -> None:
        self._show(None, "")

    def _show(self, plan: Plan | None, text: str, stale: bool = False) -> None:
        self.render(
            "admin/catalog/workbook.html",
            plan=plan,
            text=text,
            tables=((HOSPITALS, plan.hospitals), (EXPERTS, plan.experts)) if plan else (),
            most_relevant=most_relevant,
            acts=ACTS,
            stale=stale,
            help=HELP,
            max_bytes=MAX_BYTES,
        )

    async def post(self) -> None:
        sent = self.request.files.get("file", [])
        if sent:
            sheets = await asyncio.to_thread(read_workbook, sent[0].body, KNOWN)
        elif text := str(self.body_fields.get("text", "")):
            sheets = from_json(text, KNOWN)
        else:
            raise ApiError(400, "invalid_input", "请选择一个 Excel 文件（.xlsx）")
        text = as_json(sheets)
        async with self.services.storage.reading() as reader:
            plan = await self._plan(reader, sheets)
        if self.body_fields.get("commit") != "1" or plan.wrong or not plan.lines:
            self._show(plan, text)
            return
        seen = self.shown_fingerprint("plan")
        try:
            await self.services.storage.run(lambda tx: self._import(tx, sheets, seen))
        except StalePlan as stale:
            self.set_status(409)
            self._show(stale.plan, text, stale=True)
            return
        self.redirect_done("catalog/hospitals/", "imported")

    @staticmethod
    async def _plan(reader: Reader, sheets: Sheets) -> Plan:
        hospitals = await reader.catalog.hospitals(archived=True)
        experts = await reader.catalog.experts(archived=True)
        return await asyncio.to_thread(make_plan, sheets, hospitals, experts)

    async def _import(self, tx: Transaction, sheets: Sheets, seen: str) -> None:
        """Each entry that changes has a row of its own in the log, and the import as a whole has one."""
        hospitals = await tx.catalog.lock_all("hospitals")
        experts = await tx.catalog.lock_all("experts")
        plan = await asyncio.to_thread(make_plan, sheets, hospitals, experts)
        if plan.fingerprint != seen:
            raise StalePlan(plan)
        writing = _Writing(self, tx)
        added = await writing.write(
            "hospitals", plan.hospitals, _last(hospitals), {"logo": "", "picture": ""}
        )
        for line in plan.experts:
            if line.values.get("hospital_id", 1) < 0:
                line.values["hospital_id"] = added[-line.values["hospital_id"]]
        await writing.write("experts", plan.experts, _last(experts), {"picture": ""})
        counts = {
            label: {act: sum(line.act == act for line in lines) for act in ("add", "change", "restore")}
            for label, lines in (("hospitals", plan.hospitals), ("experts", plan.experts))
        }
        after = {
            f"{label}_{act}": count for label, acts in counts.items() for act, count in acts.items() if count
        }
        await self.audit(tx, "catalog.workbook.import", ("import", ""), after=after)


def _last(entries: list[Any]) -> int:
    return max([entry.position for entry in entries], default=0)


class _Writing:
    """Writes the lines of a plan, each with its row in the log."""

    def __init__(self, page: WorkbookHandler, tx: Transaction) -> None:
        self._page, self._tx = page, tx

    async def write(
        self, table: str, lines: list[Line], position: int, empty: dict[str, str]
    ) -> dict[int, int]:
        """The ids of what was added, by the number of the row."""
        added: dict[int, int] = {}
        for line in lines:
            if line.act == "add":
                position += STEP
                row = {**line.values, **empty, "position": position}
                added[line.number] = await self._tx.catalog.add(table, row)
                about = (table, added[line.number])
                await self._page.audit(self._tx, f"catalog.{table}.create", about, after=line.values)
            elif line.changes or line.act == "restore":
                await self._change(table, line)
        return added

    async def _change(self, table: str, line: Line) -> None:
        assert line.entry_id is not None
        before = {name: old for name, (old, _) in line.changes.items()}
        after = {name: new for name, (_, new) in line.changes.items()}
        shelf = {"archived_at": None} if line.act == "restore" else {}
        await self._tx.catalog.change(table, line.entry_id, {**after, **shelf})
        act = "restore" if line.act == "restore" else "change"
        await self._page.audit(self._tx, f"catalog.{table}.{act}", (table, line.entry_id), before, after)


class TemplateHandler(CatalogPage):
    """An empty workbook with the sheets and columns that an import expects, and how they are filled in."""

    produces = "*/*"

    async def get(self) -> None:
        content = await asyncio.to_thread(template)
        self.set_header("Content-Type", CONTENT_TYPE)
        self.set_header("Content-Disposition", "attachment; filename=catalog.xlsx")
        self.finish(content)


def template() -> bytes:
    import openpyxl  # as in workbook_file.py
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, columns in KNOWN.items():
        sheet = book.create_sheet(name)
        sheet.append(list(columns))
        for place, cell in enumerate(sheet[1], start=1):
            cell.font = Font(bold=True)
            column = sheet.column_dimensions[get_column_letter(place)]
            column.width, column.number_format = 18, "@"
        sheet.freeze_panes = "A2"
    sheet = book.create_sheet("填写说明")
    sheet.column_dimensions["A"].width = 100
    for sentence in HELP:
        sheet.append([sentence])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


routes = [
    (r"/admin/catalog/workbook/", WorkbookHandler),
    (r"/admin/catalog/workbook/template/", TemplateHandler),
]
