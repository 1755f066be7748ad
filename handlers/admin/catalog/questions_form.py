"""What a service asks on the order form, as rows that an administrator fills in: no JSON in sight."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError

from catalog.questions import (
    KEY,
    MAX_CHOICE,
    MAX_CHOICES,
    MAX_LABEL,
    MAX_QUESTIONS,
    Question,
    QuestionKind,
    read_questions,
    stored_questions,
)

KINDS = {QuestionKind.TEXT: "写一句话", QuestionKind.CHOICE: "选一个", QuestionKind.YES_NO: "是或否"}
EMPTY_ROWS = 2
"""Below what there is, to add some."""
_SEPARATORS = re.compile(r"[\s、，,；;]+")


def typed_questions(fields: Mapping[str, Any]) -> str:
    """The rows of a form as a service stores them; a row without a label is none. Texts are not checked yet."""
    questions: list[Question] = []
    for number in range(MAX_QUESTIONS + EMPTY_ROWS):
        label = " ".join(str(fields.get(f"q{number}_label", "")).split())
        if not label:
            continue
        kind = str(fields.get(f"q{number}_kind", QuestionKind.TEXT))
        choices = tuple(dict.fromkeys(_SEPARATORS.split(str(fields.get(f"q{number}_choices", "")).strip())))
        questions.append(
            Question(
                key=_key(str(fields.get(f"q{number}_key", "")), questions, number),
                label=label,
                kind=kind if kind in KINDS else QuestionKind.TEXT,
                choices=tuple(filter(None, choices)) if kind == QuestionKind.CHOICE else (),
                required=bool(fields.get(f"q{number}_required")),
            )
        )
    return stored_questions(questions)


def _key(given: str, before: list[Question], number: int) -> str:
    """A question keeps its key, whatever it is called later; a new one gets one that is free."""
    taken = {question.key for question in before}
    if KEY.fullmatch(given) and given not in taken:
        return given
    return next(key for key in (f"q{n}" for n in range(number + 1, 1_000)) if key not in taken)


def check_questions(stored: str) -> None:
    """Raises ValidationError with a sentence for the administrator."""
    questions = read_questions(stored)
    if len(questions) > MAX_QUESTIONS:
        raise ValidationError(f"最多问 {MAX_QUESTIONS} 个问题")
    labels = [question.label for question in questions]
    for question in questions:
        if len(question.label) > MAX_LABEL:
            raise ValidationError(f"「{question.label[:8]}…」太长，每个问题不能超过 {MAX_LABEL} 个字")
        if labels.count(question.label) > 1:
            raise ValidationError(f"「{question.label}」问了两次")
        if question.kind != QuestionKind.CHOICE:
            continue
        if not 2 <= len(question.choices) <= MAX_CHOICES:
            raise ValidationError(f"「{question.label}」要有 2 到 {MAX_CHOICES} 个选项，用顿号或空格隔开")
        if any(len(choice) > MAX_CHOICE for choice in question.choices):
            raise ValidationError(f"「{question.label}」的每个选项不能超过 {MAX_CHOICE} 个字")


def form_rows(stored: str) -> list[Question]:
    """The rows of the form: what there is, and some empty ones."""
    questions = read_questions(stored)
    room = max(0, min(EMPTY_ROWS, MAX_QUESTIONS - len(questions)))
    return questions + [Question("", "", QuestionKind.TEXT)] * room


def in_words(stored: str) -> str:
    """The questions as one reads them, one per line."""
    return "\n".join(
        f"{question.label}（{'、'.join(question.choices) or KINDS[QuestionKind(question.kind)]}"
        f"{'，必填' if question.required else ''}）"
        for question in read_questions(stored)
    )
