"""A table of experts (CSV), and what each of its lines would do to the catalog."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

import orjson
from marshmallow import ValidationError

from handlers.admin import formats
from handlers.admin.catalog import experts_file
from handlers.admin.catalog.forms import EXPERTS
from personal.names import search_form
from schemas.base import one_way_of_writing
from storage.models import Expert

COLUMNS = {
    "医院": "hospital",
    "姓名": "name",
    "职称": "title",
    "科室": "department",
    "专长": "specialty",
    "介绍": "introduction",
}
REQUIRED = ("医院", "姓名")
ONE_LINE = ("医院", "姓名", "职称", "科室")
LABELS = {
    **{name: label for label, name in COLUMNS.items()},
    "sample": "示例数据",
    "grade": "等级",
    "kind": "类型",
    "phone": "电话",
    "address": "地址",
    "longitude": "经度",
    "latitude": "纬度",
    "campuses": "院区",
    "meeting_points": "见面地点",
    "departments": "科室",
}
"""Of experts and of hospitals."""
TEXTS = ("name", "title", "department", "specialty", "introduction")
ACTS = {
    "wrong": ("有错", "red"),
    "change": ("更新", "blue"),
    "restore": ("重新上架", "amber"),
    "add": ("新增", "green"),
    "same": ("不变", "grey"),
}
"""What a line would do: the word and the colour of its badge."""
SHOWN = 300
LONG = 60
"""Characters of a text that the dry run shows."""


@dataclass
class Line:
    """A line of the file: what it would do, and why it cannot.

    ``values``: of a new expert, whole; ``changes``: of a known one, field to (old, new), of the file's columns only.
    """

    number: int
    hospital: str
    name: str = ""
    department: str = ""
    act: str = "wrong"
    values: dict[str, Any] = field(default_factory=dict)
    changes: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    entry_id: int | None = None
    """Of the catalog, when there is one already."""

    @property
    def shown(self) -> list[tuple[str, str, str]]:
        """The changes in words: label, old, new."""
        return [
            (LABELS[name], *_excerpts(_words(old), _words(new))) for name, (old, new) in self.changes.items()
        ]


def _words(value: Any) -> str:
    return {0: "否", 1: "是"}[value] if isinstance(value, int) else value or "（空）"


def _excerpts(old: str, new: str) -> tuple[str, str]:
    """Two long texts, each from shortly before the place where they begin to differ."""
    pairs = enumerate(zip(old, new, strict=False))
    same = next((place for place, (one, other) in pairs if one != other), min(len(old), len(new)))
    start = max(0, same - 10) if max(len(old), len(new)) > LONG else 0
    return _cut(old, start), _cut(new, start)


def _cut(text: str, start: int) -> str:
    return ("…" if start else "") + text[start : start + LONG] + ("…" if len(text) > start + LONG else "")


def most_relevant(lines: list[Line]) -> list[Line]:
    """What the dry run shows: every line that is wrong or changes something that is there, and some of the others."""
    order = list(ACTS)
    lines = sorted(lines, key=lambda line: order.index(line.act))
    telling = sum(line.act in ("wrong", "change", "restore") for line in lines)
    return lines[: max(telling, SHOWN)]


def read(text: str, hospitals: dict[str, int], known: list[Expert]) -> list[Line]:
    """What each line of the file would do. Raises ApiError when it is no such table at all."""
    file = experts_file.read(text, COLUMNS, REQUIRED)
    experts = _Known(known)
    written = {search_form(name): hospital_id for name, hospital_id in hospitals.items()}

    def is_hospital(text: str) -> bool:
        return search_form(text) in written

    lines: list[Line] = []
    for row in file.rows:
        given = {
            COLUMNS[name]: cell.strip()
            for name, cell in zip(file.header, row.cells, strict=False)
            if name in COLUMNS
        }
        line = _line(row.number, given, written, experts)
        if doubt := experts_file.swallowed(row, file, ONE_LINE, "医院", is_hospital):
            line.act, line.problems = "wrong", [*line.problems, doubt]
        lines.append(line)
    return lines


def read_rows(
    rows: list[tuple[int, dict[str, str]]], hospitals: dict[str, int], known: list[Expert]
) -> list[Line]:
    """What each row of a workbook would do. ``hospitals``: those to come have negative numbers."""
    experts = _Known(known)
    written = {search_form(name): hospital_id for name, hospital_id in hospitals.items()}
    return [_line(number, given, written, experts) for number, given in rows]


class _Known:
    """The experts of the catalog, found as a line names them, however it writes the name; and which line has named
    whom already."""

    def __init__(self, experts: list[Expert]) -> None:
        self._by_name: dict[tuple[int, str], list[Expert]] = {}
        self._named: dict[tuple[int, str, str], int] = {}
        for expert in sorted(experts, key=lambda each: each.archived_at is not None):
            self._by_name.setdefault((expert.hospital_id, search_form(expert.name)), []).append(expert)

    def find(self, hospital_id: int, name: str, department: str | None) -> list[Expert]:
        """Those on sale first. A line without a department means every expert of that name."""
        namesakes = self._by_name.get((hospital_id, search_form(name)), [])
        return [each for each in namesakes if department is None or each.department == department]

    def named_before(self, hospital_id: int, name: str, department: str, number: int) -> int | None:
        """The number of the line that named the same expert."""
        first = self._named.setdefault((hospital_id, search_form(name), department), number)
        return first if first != number else None


def _line(number: int, given: dict[str, str], hospitals: dict[str, int], known: _Known) -> Line:
    """``hospitals``: by what their names are compared by."""
    line = Line(number, given.get("hospital", ""), given.get("name", ""), given.get("department", ""))
    hospital_id = hospitals.get(search_form(line.hospital))
    if hospital_id is None:
        line.problems.append(f"没有这家医院：{line.hospital[:40] or '（空）'}")
    try:
        loaded = EXPERTS.schema.load({**given, "hospital_id": 1})  # known already
    except ValidationError as error:
        line.problems += [
            f"{label}：{text}" for label, text in formats.form_problems(EXPERTS.schema, error).values()
        ]
        return line
    if hospital_id is None:
        return line
    found = known.find(hospital_id, loaded["name"], loaded["department"] if "department" in given else None)
    if "department" not in given and len({expert.department for expert in found}) > 1:
        line.problems.append("这家医院有几位同名的专家，请写明科室")
        return line
    expert = found[0] if found else None
    department = expert.department if expert else loaded["department"]
    if first := known.named_before(hospital_id, loaded["name"], department, number):
        line.problems.append(f"与第 {first} 行重复")
        return line
    if expert is None:
        line.act = "add"
        line.values = {**{name: loaded[name] for name in TEXTS}, "hospital_id": hospital_id, "sample": 0}
    else:
        _compare(line, expert, {name: loaded[name] for name in TEXTS if name in given})
    return line


def _compare(line: Line, expert: Expert, given: dict[str, str]) -> None:
    """What the line would change of an expert: the file's columns, and that they are no example any more."""
    line.entry_id, line.department = expert.id, expert.department
    for name, value in given.items():
        old = getattr(expert, name)
        if one_way_of_writing(old) != value:
            line.changes[name] = old, value
    if expert.sample:
        line.changes["sample"] = 1, 0
    if expert.archived_at is not None:
        line.act = "restore"
    else:
        line.act = "change" if line.changes else "same"


def plan_fingerprint(lines: list[Line]) -> str:
    """Short, and another one when the same file would do something else."""
    plan = [(line.number, line.act, line.entry_id, line.values, line.changes) for line in lines]
    return hashlib.sha256(orjson.dumps(plan)).hexdigest()[:16]
