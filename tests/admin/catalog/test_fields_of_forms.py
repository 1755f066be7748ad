"""What each kind of field of the catalog's forms takes: where its numbers begin and end, what stands for nothing."""

from __future__ import annotations

from typing import Any

import pytest
from marshmallow import ValidationError

from catalog.questions import MAX_QUESTIONS, Question, stored_questions
from handlers.admin.catalog.forms import FormField, _field
from schemas.base import MISSING, Input

LABEL = "字段"


def field(kind: str, **options: Any) -> FormField:
    return FormField("one", LABEL, kind, **options)


def loaded(item: FormField, *value: Any) -> Any:
    """What a form that sends this value, or nothing, is loaded as; a refusal as its sentences."""
    schema: Any = Input.from_dict({"one": _field(item)}, name="OneField")
    try:
        return schema().load({"one": value[0]} if value else {}).get("one", "left out")
    except ValidationError as error:
        return error.messages_dict["one"]


@pytest.mark.parametrize(
    ("kind", "value", "found"),
    [
        ("number", "-1", ["超出允许的范围"]),
        ("number", "0", 0),
        ("number", "1000000000", 1_000_000_000),
        ("number", "1000000001", ["超出允许的范围"]),
        ("hospital", "0", ["超出允许的范围"]),
        ("hospital", "1", 1),
        ("hospital", "1000000000", 1_000_000_000),
        ("hospital", "1000000001", ["超出允许的范围"]),
        ("yuan", "0", ["金额太小"]),
        ("yuan", "0.01", 1),
        ("flag", "1", True),
        ("flag", "0", False),
        ("day", "2026-11-18", "2026-11-18"),
        ("day", "", ["应为日期，例如 2024-01-23"]),
    ],
)
def test_a_value_at_an_edge(kind: str, value: str, found: Any) -> None:
    assert loaded(field(kind), value) == found


@pytest.mark.parametrize(
    ("item", "found"),
    [
        (field("text"), ""),
        (field("text", shortest=1), [MISSING]),
        (field("long", longest=10), ""),
        (field("lines", longest_line=4), ""),
        (field("words"), ""),
        (field("phone", longest=32), ""),
        (field("phone", longest=32, shortest=1), "left out"),
        (field("questions", longest=4_000), ""),
        (field("flag"), False),
        (field("choice", choices={"half": "半天", "day": "全天"}), "half"),
        (field("day"), [MISSING]),
        (field("number"), [MISSING]),
        (field("hospital"), [MISSING]),
        (field("yuan"), [MISSING]),
    ],
    ids=lambda each: each.kind if isinstance(each, FormField) else "",
)
def test_a_field_that_was_not_sent(item: FormField, found: Any) -> None:
    assert loaded(item) == found


def test_a_phone_is_as_long_as_its_column() -> None:
    short = field("phone", longest=12)
    assert loaded(short, "029-85321234") == "029-85321234"
    assert loaded(short, "029 - 85321234") == ["长度应为 6–12 个字"]
    assert loaded(field("phone", longest=14), "029 - 85321234") == "029-85321234"
    assert loaded(short, "120") == "120"
    assert loaded(short, "") == ""


def test_words_are_parted_by_what_people_write_between_them_and_lines_by_their_ends() -> None:
    assert loaded(field("words"), " 代办、取药,取药；挂 号 ") == "代办 取药 挂 号"
    assert loaded(field("lines", longest_line=4), " 取号 \n\n挂  号\r\n取号") == "取号\n挂 号"
    assert loaded(field("lines"), " 取号 \n\n取号") == "取号 \n\n取号", "nothing is tidied up"
    assert loaded(field("lines", longest_line=4), "五个字的行") == [
        "「五个字的行…」太长，每个不能超过 4 个字"
    ]
    assert loaded(field("words"), "字" * 16) == "字" * 16
    assert loaded(field("words"), "字" * 17) == [f"「{'字' * 12}…」太长，每个不能超过 16 个字"]


def test_what_a_service_asks_is_checked_as_a_whole() -> None:
    most, item = MAX_QUESTIONS, field("questions", longest=4_000)
    stored = [
        stored_questions([Question(f"q{number}", f"问{number}", "text") for number in range(count)])
        for count in (most, most + 1)
    ]
    assert loaded(item, stored[0]) == stored[0]
    assert loaded(item, stored[1]) == [f"最多问 {most} 个问题"]


def test_a_page_of_the_mini_program_is_checked_by_the_name_of_its_field() -> None:
    link = _field(FormField("link", LABEL))
    assert link.deserialize("/pages/index/index") == "/pages/index/index"
    with pytest.raises(ValidationError, match="应为小程序页面路径"):
        link.deserialize("https://example.com/")
    assert _field(FormField("title", LABEL)).deserialize("https://example.com/") == "https://example.com/"


@pytest.mark.parametrize(
    "kind", ["text", "long", "lines", "words", "yuan", "number", "phone", "hospital", "day", "flag"]
)
def test_a_refusal_calls_the_field_as_the_form_does(kind: str) -> None:
    assert _field(field(kind)).metadata["label"] == LABEL
    assert _field(field("questions")).metadata["label"] == LABEL
    assert _field(field("choice", choices={"a": "甲"})).metadata["label"] == LABEL
