"""How much the forms of the catalog take: each field's shortest and longest text, as its column has room for."""

from __future__ import annotations

from typing import Any

import pytest

from handlers.admin.catalog.forms import TABLES, FormField

TEXTS = {
    "hospitals": {
        "name": (2, 64),
        "grade": (0, 16),
        "kind": (0, 32),
        "phone": (0, 32),
        "address": (0, 255),
        "longitude": (1, 16),
        "latitude": (1, 16),
        "campuses": (0, 2_000),
        "meeting_points": (0, 2_000),
        "departments": (0, 2_000),
        "introduction": (0, 10_000),
        "logo": (0, 255),
        "picture": (0, 255),
    },
    "services": {
        "name": (2, 64),
        "unit": (1, 16),
        "summary": (0, 127),
        "introduction": (0, 10_000),
        "included": (0, 4_000),
        "notice": (0, 4_000),
        "questions": (0, 4_000),
        "step_nodes": (0, 1_000),
        "keywords": (0, 255),
        "picture": (0, 255),
    },
    "experts": {
        "name": (1, 64),
        "title": (0, 64),
        "department": (0, 64),
        "specialty": (0, 255),
        "introduction": (0, 10_000),
        "picture": (0, 255),
    },
    "banners": {"title": (0, 64), "link": (0, 255), "picture": (0, 255)},
    "showcases": {"title": (2, 127), "body": (0, 10_000), "service_name": (0, 64)},
}
LINES = {
    "hospitals": {"campuses": 64, "meeting_points": 128, "departments": 64},
    "services": {"step_nodes": 32, "keywords": 16},
}
"""Of lists: characters of each entry."""
SIDES = {
    "hospitals": {"logo": 256, "picture": 1200},
    "services": {"picture": 1200},
    "experts": {"picture": 600},
    "banners": {"picture": 1500},
}
ID_LIMITS = (1, 1_000_000_000)
"""Of the hospital of an expert or of a showcase."""


def wrong(table: str, field: str, value: Any) -> list[str]:
    """What is wrong with a field when it is sent with this value, and nothing else."""
    found = TABLES[table].schema.validate({field: value})
    return [str(each) for each in found.get(field, [])]


def list_of(length: int, between: str) -> str:
    """Short entries, each another one, that are so long together."""
    entries = [f"{number:04d}" for number in range(length // 5)]
    text = between.join(entries)
    return text + "字" * (length - len(text))


def text_of(item: FormField, length: int) -> str:
    lists = item.kind in ("lines", "words")
    return list_of(length, " " if item.kind == "words" else "\n") if lists else "字" * length


FIELDS = [
    (table.name, item)
    for table in TABLES.values()
    for item in table.fields
    if item.kind in ("text", "long", "lines", "words", "picture")
]


@pytest.mark.parametrize("table", TABLES)
def test_each_field_has_the_length_that_is_written_here(table: str) -> None:
    texts = [item for item in TABLES[table].fields if item.name in TEXTS[table]]
    assert {item.name: (item.shortest, item.longest) for item in texts} == TEXTS[table]
    assert {item.name: item.side for item in TABLES[table].pictures} == SIDES.get(table, {})
    rest = {item.kind for item in TABLES[table].fields} - {item.kind for item in texts}
    assert rest <= {"choice", "flag", "day", "yuan", "hospital"}, "nobody writes into these"


@pytest.mark.parametrize(("table", "item"), FIELDS, ids=lambda each: getattr(each, "name", each))
def test_a_text_of_one_character_more_or_less_is_refused(table: str, item: FormField) -> None:
    shortest, longest = TEXTS[table][item.name]
    message = f"长度应为 {shortest}–{longest} 个字" if shortest else f"不能超过 {longest} 个字"
    assert wrong(table, item.name, text_of(item, longest + 1))[:1] == [message]
    for length in {shortest, longest}:
        assert message not in wrong(table, item.name, text_of(item, length))
    if shortest:
        assert message in wrong(table, item.name, text_of(item, shortest - 1))
    assert TABLES[table].schema.fields[item.name].required == (shortest > 0)


@pytest.mark.parametrize(
    ("table", "field"), [(table, field) for table, lists in LINES.items() for field in lists]
)
def test_an_entry_of_a_list_of_one_character_more_is_refused(table: str, field: str) -> None:
    longest = LINES[table][field]
    assert wrong(table, field, "字" * longest) == []
    refusal = f"「{'院' * 12}…」太长，每个不能超过 {longest} 个字"
    assert wrong(table, field, "院" * (longest + 1)) == [refusal]


@pytest.mark.parametrize("table", ["experts", "showcases"])
def test_the_number_of_a_hospital_is_one_that_its_column_holds(table: str) -> None:
    least, most = ID_LIMITS
    refused = [each for each in (least - 1, least, most, most + 1) if wrong(table, "hospital_id", str(each))]
    assert refused == [least - 1, most + 1]
