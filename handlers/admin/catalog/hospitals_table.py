"""A table of hospitals, and what each of its rows would do to the catalog."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError

from handlers.admin import formats
from handlers.admin.catalog.experts_table import Line
from handlers.admin.catalog.forms import HOSPITALS
from personal.names import search_form
from schemas.base import one_way_of_writing
from storage.models import Hospital

COLUMNS = {
    "名称": "name",
    "等级": "grade",
    "类型": "kind",
    "电话": "phone",
    "地址": "address",
    "经度": "longitude",
    "纬度": "latitude",
    "院区": "campuses",
    "见面地点": "meeting_points",
    "科室": "departments",
    "介绍": "introduction",
}
FIELDS = tuple(COLUMNS.values())
LABELS = {name: label for label, name in COLUMNS.items()}


def read(rows: list[tuple[int, dict[str, str]]], known: list[Hospital]) -> list[Line]:
    """What each row would do: hospitals are found by their names, however these are written."""
    by_name: dict[str, list[Hospital]] = {}
    for hospital in sorted(known, key=lambda each: each.archived_at is not None):
        by_name.setdefault(search_form(hospital.name), []).append(hospital)
    first_row: dict[str, int] = {}
    return [_line(number, given, by_name, first_row) for number, given in rows]


def _line(
    number: int, given: dict[str, str], by_name: dict[str, list[Hospital]], first_row: dict[str, int]
) -> Line:
    name = given.get("name", "")
    line = Line(number, name, "", "")
    key = search_form(name)
    found = by_name.get(key, [])
    if len([each for each in found if each.archived_at is None]) > 1:
        line.problems.append("目录里有几家同名的医院，请先在目录里改名")
    if first_row.setdefault(key, number) != number:
        line.problems.append(f"与第 {first_row[key]} 行重复")
    hospital = found[0] if found else None
    stored = {field: getattr(hospital, field) for field in FIELDS} if hospital else {}
    try:
        loaded = HOSPITALS.schema.load({**stored, **given})
    except ValidationError as error:
        line.problems += [
            f"{label}：{text}" for label, text in formats.form_problems(HOSPITALS.schema, error).values()
        ]
        return line
    if line.problems:
        return line
    if hospital is None:
        line.act, line.values = "add", {field: loaded[field] for field in FIELDS}
    else:
        _compare(line, hospital, {field: loaded[field] for field in FIELDS if field in given})
    return line


def _compare(line: Line, hospital: Hospital, given: dict[str, Any]) -> None:
    line.entry_id = hospital.id
    for field, value in given.items():
        old = getattr(hospital, field)
        if one_way_of_writing(old) != value:
            line.changes[field] = old, value
    line.act = "restore" if hospital.archived_at is not None else "change" if line.changes else "same"
