"""What the order form asks for a service, and what may be answered. Stored with the service as JSON (docs/visit.md)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from enum import StrEnum
from typing import Any

import orjson

from frozen_dataclasses import frozen

MAX_QUESTIONS = 8
MAX_CHOICES = 10
MAX_LABEL = 32
MAX_CHOICE = 32
MAX_ANSWER = 200
MAX_ANSWERS_STORED = 2_000
"""Characters of all answers of an order with their labels, as they are stored."""
YES_NO = {"y": "是", "n": "否"}
"""Answers to a question of the kind ``yes_no``, as they are sent and as people read them."""
KEY = re.compile(r"[a-z][a-z0-9_]{0,15}")


class QuestionKind(StrEnum):
    TEXT = "text"
    CHOICE = "choice"
    YES_NO = "yes_no"


@frozen()
class Question:
    key: str
    """By which its answer is sent."""
    label: str
    kind: str
    choices: tuple[str, ...] = ()
    required: bool = False
    max: int = MAX_ANSWER
    """Characters of an answer of the kind ``text``."""

    def row(self) -> dict[str, Any]:
        """As it is stored, and as clients read it."""
        return {**asdict(self), "choices": list(self.choices)}


class AnswerRefused(Exception):
    """An answer that cannot be right, in a sentence for the user."""


def read_questions(stored: str) -> list[Question]:
    """The questions of a service's column; empty: none."""
    rows = orjson.loads(stored) if stored else []
    return [
        Question(
            row["key"],
            row["label"],
            row["kind"],
            tuple(row.get("choices", ())),
            bool(row.get("required")),
            int(row.get("max", MAX_ANSWER)),
        )
        for row in rows
    ]


def stored_questions(questions: Sequence[Question]) -> str:
    """As they are stored."""
    return orjson.dumps([question.row() for question in questions]).decode() if questions else ""


def stored_answers(questions: Sequence[Question], given: Mapping[str, str]) -> str:
    """What an order keeps of the answers: JSON, label to text, in the order of the questions; answers to what nobody
    asked are left out. Raises AnswerRefused."""
    texts = {question.label: _text(question, given.get(question.key, "").strip()) for question in questions}
    answered = {label: text for label, text in texts.items() if text}
    stored = orjson.dumps(answered).decode() if answered else ""
    if len(stored) > MAX_ANSWERS_STORED:
        raise AnswerRefused("回答太长了，请写短一些")
    return stored


def read_answers(stored: str) -> dict[str, str]:
    """The answers of an order by their labels."""
    return dict(orjson.loads(stored)) if stored else {}


def _text(question: Question, answer: str) -> str:
    if not answer:
        if question.required:
            raise AnswerRefused(f"请填写「{question.label}」")
        return ""
    if question.kind == QuestionKind.YES_NO:
        if answer not in YES_NO:
            raise AnswerRefused(f"「{question.label}」请选择是或否")
        return YES_NO[answer]
    if question.kind == QuestionKind.CHOICE and answer not in question.choices:
        raise AnswerRefused(f"「{question.label}」请从列出的里面选一个")
    if len(answer) > question.max:
        raise AnswerRefused(f"「{question.label}」不能超过 {question.max} 个字")
    return answer
