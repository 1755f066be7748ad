"""Experts from a table (CSV): first a dry run that shows what each line would do, then the import."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from typing import Any

from marshmallow import ValidationError

from handlers.admin import words
from handlers.admin.catalog import CatalogPage
from handlers.admin.catalog_forms import EXPERTS
from handlers.errors import ApiError
from storage import Reader, Transaction
from storage.models import Expert

COLUMNS = {
    "医院": "hospital",
    "姓名": "name",
    "职称": "title",
    "科室": "department",
    "专长": "specialty",
    "介绍": "introduction",
}
MOST_LINES = 2_000
MOST_BYTES = 400_000
EXAMPLE = "医院,姓名,职称,科室,专长,介绍\n"


@dataclass
class Line:
    """A line of the file: what it would do (``add``, ``change``, ``same`` or ``wrong``), and why."""

    number: int
    hospital: str
    values: dict[str, Any]
    act: str = "wrong"
    problems: list[str] = field(default_factory=list)
    expert_id: int | None = None


def decode(content: bytes) -> str:
    """The text of a file from Excel: UTF-8, or the encoding of a Chinese Windows."""
    if len(content) > MOST_BYTES:
        raise ApiError(400, "too_large", f"文件不能超过 {MOST_BYTES // 1000} KB，请分几次导入")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ApiError(400, "not_a_table", "文件的编码无法识别，请在 Excel 里另存为「CSV UTF-8」")


def read(text: str, hospitals: dict[str, int], known: list[Expert]) -> list[Line]:
    """What each line of the file would do. Raises ApiError when it is no such table at all."""
    try:
        rows = list(csv.reader(io.StringIO(text)))
    except csv.Error:
        raise ApiError(400, "not_a_table", "文件不是有效的 CSV 表格") from None
    if len(rows) > MOST_LINES:
        raise ApiError(400, "too_large", f"一次最多导入 {MOST_LINES} 行")
    names = [COLUMNS.get(cell.strip().lstrip("\ufeff"), "") for cell in rows[0]] if rows else []
    missing = [label for label, name in COLUMNS.items() if name in ("hospital", "name") and name not in names]
    if missing:
        raise ApiError(400, "not_a_table", f"第一行应为列名，缺少：{'、'.join(missing)}")
    by_key = {(expert.hospital_id, expert.name, expert.department): expert for expert in known}
    lines: list[Line] = []
    seen: dict[tuple[Any, ...], int] = {}
    for number, cells in enumerate(rows[1:], start=2):
        if any(cell.strip() for cell in cells):
            given = {name: cell.strip() for name, cell in zip(names, cells, strict=False) if name}
            lines.append(_line(number, given, hospitals, by_key, seen))
    return lines


def _line(
    number: int,
    given: dict[str, str],
    hospitals: dict[str, int],
    by_key: dict[tuple[int, str, str], Expert],
    seen: dict[tuple[Any, ...], int],
) -> Line:
    line = Line(number, given.get("hospital", ""), given)
    hospital_id = hospitals.get(given.get("hospital", ""))
    if hospital_id is None:
        line.problems.append(f"没有这家医院：{given.get('hospital', '')[:40] or '（空）'}")
    try:
        loaded = EXPERTS.schema.load({**given, "hospital_id": hospital_id or 1})
    except ValidationError as error:
        line.problems += [
            f"{label}：{text}" for label, text in words.problems(EXPERTS.schema, error).values()
        ]
        return line
    values = {name: loaded[name] for name in ("name", "title", "department", "specialty", "introduction")}
    key = (hospital_id, values["name"], values["department"])
    if key in seen:
        line.problems.append(f"与第 {seen[key]} 行重复")
    seen.setdefault(key, number)
    if line.problems:
        return line
    line.values = {**values, "hospital_id": hospital_id}
    if (expert := by_key.get(key)) is None:  # type: ignore[arg-type]
        line.act = "add"
    else:
        line.expert_id = expert.id
        same = (
            all(getattr(expert, name) == value for name, value in line.values.items()) and not expert.sample
        )
        line.act = "same" if same else "change"
    return line


class ImportHandler(CatalogPage):
    """The dry run of an import, and the import itself."""

    back = "catalog/experts/import/"

    def get(self) -> None:
        self.render("admin/experts_import.html", lines=None, text="")

    async def post(self) -> None:
        sent = self.request.files.get("file", [])
        text = decode(sent[0].body) if sent else str(self.body_fields.get("text", ""))
        if not text.strip():
            raise ApiError(400, "invalid_input", "请选择一个 CSV 文件")
        async with self.services.storage.reading() as reader:
            lines = await self._read(reader, text)
        wrong = any(line.act == "wrong" for line in lines)
        if self.body_fields.get("commit") != "1" or wrong or not lines:
            self.render("admin/experts_import.html", lines=lines, text=text)
            return

        async def work(tx: Transaction) -> None:
            await self._write(tx, await self._read(tx, text))

        await self.services.storage.run(work)
        self.go("catalog/experts/", "imported")

    @staticmethod
    async def _read(reader: Reader, text: str) -> list[Line]:
        hospitals = {item.name: item.id for item in await reader.catalog.hospitals()}
        return read(text, hospitals, await reader.catalog.experts(archived=True))

    async def _write(self, tx: Transaction, lines: list[Line]) -> None:
        experts = await tx.catalog.experts(archived=True)
        position = max([expert.position for expert in experts], default=0)
        counts = {"add": 0, "change": 0}
        for line in lines:
            row = {**line.values, "sample": 0, "archived_at": None}
            if line.act == "add":
                position += 10
                await tx.catalog.add("experts", {**row, "picture": "", "position": position})
            elif line.act == "change" and line.expert_id is not None:
                await tx.catalog.change("experts", line.expert_id, row)
            if line.act in counts:
                counts[line.act] += 1
        await self.audit(tx, "catalog.experts.import", "experts", "", after=counts)


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
