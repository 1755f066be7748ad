"""The rows in which an administrator writes what a service asks: keys that stay, kinds, choices, what is too much."""

from __future__ import annotations

from typing import Any

import pytest
from marshmallow import ValidationError

from catalog.questions import MAX_CHOICE, MAX_CHOICES, MAX_LABEL, MAX_QUESTIONS, Question, stored_questions
from catalog.questions import read_questions as read
from handlers.admin.catalog.questions_form import (
    EMPTY_ROWS,
    check_questions,
    form_rows,
    in_words,
    typed_questions,
)

EMPTY = Question("", "", "text")


def typed(*rows: dict[str, Any]) -> list[Question]:
    fields = {f"q{number}_{name}": value for number, row in enumerate(rows) for name, value in row.items()}
    return read(typed_questions(fields))


def test_a_row_becomes_a_question() -> None:
    assert typed(
        {"label": " 要取 什么 ", "kind": "choice", "choices": " 报告、药,报告；片子 ", "required": "y"},
        {"label": "有医保吗", "kind": "yes_no", "choices": "甲 乙"},
        {"label": "说明", "kind": "strange"},
        {"label": "  ", "kind": "text", "key": "gone"},
        {"label": "最后"},
    ) == [
        Question("q1", "要取 什么", "choice", ("报告", "药", "片子"), required=True),
        Question("q2", "有医保吗", "yes_no"),
        Question("q3", "说明", "text"),
        Question("q5", "最后", "text"),
    ]
    assert typed_questions({}) == ""


def test_as_many_rows_are_read_as_the_form_can_have() -> None:
    rows = [{"label": f"问题{number}"} for number in range(MAX_QUESTIONS + EMPTY_ROWS + 1)]
    assert [each.label for each in typed(*rows)] == [f"问题{number}" for number in range(10)]
    assert MAX_QUESTIONS + EMPTY_ROWS == 10


@pytest.mark.parametrize(
    ("keys", "kept"),
    [
        (("what", "when"), ["what", "when"]),
        (("what", "what"), ["what", "q2"]),
        (("q2", ""), ["q2", "q3"]),
        (("", "q1"), ["q1", "q2"]),
        (("Bad key", "9"), ["q1", "q2"]),
        (("x" * 16, "x" * 17), ["x" * 16, "q2"]),
    ],
)
def test_a_question_keeps_its_key_and_a_new_one_gets_one_that_is_free(
    keys: tuple[str, ...], kept: list[str]
) -> None:
    assert [each.key for each in typed(*({"label": "问", "key": key} for key in keys))] == kept


def problem(*questions: Question) -> str:
    try:
        check_questions(stored_questions(questions))
    except ValidationError as error:
        return str(error.messages[0])
    return ""


def many(count: int) -> list[Question]:
    return [Question(f"q{number}", f"问题{number}", "text") for number in range(count)]


def choosing(*choices: str, kind: str = "choice") -> Question:
    return Question("q1", "要取什么", kind, choices)


LONG = "字" * (MAX_LABEL + 1)
NUMBERS = tuple(f"选项{number}" for number in range(MAX_CHOICES + 1))


@pytest.mark.parametrize(
    ("questions", "sentence"),
    [
        (many(MAX_QUESTIONS), ""),
        (many(MAX_QUESTIONS + 1), f"最多问 {MAX_QUESTIONS} 个问题"),
        ([Question("q1", LONG[1:], "text")], ""),
        ([Question("q1", LONG, "text")], f"「{'字' * 8}…」太长，每个问题不能超过 {MAX_LABEL} 个字"),
        ([Question("q1", "问", "text"), Question("q2", "问", "text")], "「问」问了两次"),
        ([choosing("报告")], f"「要取什么」要有 2 到 {MAX_CHOICES} 个选项，用顿号或空格隔开"),
        ([choosing("报告", "药")], ""),
        ([choosing(*NUMBERS[1:])], ""),
        ([choosing(*NUMBERS)], f"「要取什么」要有 2 到 {MAX_CHOICES} 个选项，用顿号或空格隔开"),
        ([choosing("药", "字" * MAX_CHOICE)], ""),
        ([choosing("药", "字" * (MAX_CHOICE + 1))], f"「要取什么」的每个选项不能超过 {MAX_CHOICE} 个字"),
        (
            [choosing(kind="yes_no"), Question("q2", LONG, "text")],
            f"「{'字' * 8}…」太长，每个问题不能超过 {MAX_LABEL} 个字",
        ),
    ],
)
def test_what_is_too_much_or_too_little_is_named(questions: list[Question], sentence: str) -> None:
    assert problem(*questions) == sentence


@pytest.mark.parametrize(
    ("there", "empty"),
    [
        (0, 2),
        (1, 2),
        (MAX_QUESTIONS - 2, 2),
        (MAX_QUESTIONS - 1, 1),
        (MAX_QUESTIONS, 0),
        (MAX_QUESTIONS + 1, 0),
    ],
)
def test_there_are_empty_rows_to_add_some(there: int, empty: int) -> None:
    assert form_rows(stored_questions(many(there))) == [*many(there), *[EMPTY] * empty]


def test_questions_are_told_one_per_line() -> None:
    stored = stored_questions(
        [
            Question("q1", "要取什么", "choice", ("报告", "药"), required=True),
            Question("q2", "有医保吗", "yes_no"),
            Question("q3", "说明", "text"),
        ]
    )
    assert in_words(stored) == "要取什么（报告、药，必填）\n有医保吗（是或否）\n说明（写一句话）"
    assert in_words("") == ""
