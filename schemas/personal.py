"""Fields that take a person's name, phone and ID number in any writing, and load their normal form."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from marshmallow import ValidationError, post_load

from clock import now_ms, shanghai_date
from personal.id_numbers import (
    MAX_UNKNOWN_NUMBER,
    MIN_UNKNOWN_NUMBER,
    IdKind,
    IdNumberError,
    guess_id_kind,
    read_id_number,
)
from personal.names import MAX_NAME, clean, is_han, search_form
from personal.phones import PhoneError, read_phone
from schemas.base import Choice, Input, Text, length_message
from schemas.wire import ID_KINDS

_ID_NUMBER = re.compile(r"[0-9A-Z()]+")


class PersonName(Text):
    """A name as it is written, without what nobody sees. ``all_chinese``: the longest that has nothing but Chinese
    characters; beside them there are 阿卜杜热合曼·阿卜杜克热木江 and ALEXANDRA CHRISTINA MONTGOMERY.

    Dots, strokes and blanks alone are no name: nobody could be called by it, or found."""

    def __init__(self, all_chinese: int = MAX_NAME, **options: Any) -> None:
        self.all_chinese = all_chinese
        super().__init__(0 if "load_default" in options else 2, MAX_NAME, **options)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str:
        name = clean(super()._deserialize(value, attr, data, **kwargs))
        if not name and not self.required:
            return name
        if len(name) > self.all_chinese and all(is_han(character) for character in name):
            raise ValidationError(length_message(2, self.all_chinese))
        if not search_form(name):
            raise ValidationError("应填写姓名，不能只有符号")
        return name


class Phone(Text):
    """A phone number in any writing; loaded in its normal form. ``read`` says what counts as one."""

    def __init__(self, read: Callable[[str], str] = read_phone, longest: int = 32, **options: Any) -> None:
        self.read, self.longest = read, longest
        super().__init__(0 if "load_default" in options else 1, 2 * longest, **options)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if not text and not self.required:
            return text
        if len(text) > self.longest:
            raise ValidationError(length_message(6, self.longest))
        try:
            return self.read(text)
        except PhoneError as error:
            raise ValidationError(str(error)) from None


class IdNumber(Input):
    """An ID number and the kind of document that it stands on."""

    id_number = Text(
        1,
        MAX_UNKNOWN_NUMBER,
        data_key="idcard",
        metadata={
            "description": "8 characters or more without idcardKind; with it, what a number of that kind has"
        },
    )
    id_kind = Choice(
        tuple(ID_KINDS),
        data_key="idcardKind",
        required=False,
        load_default="",
        metadata={
            "description": "the kind of identity document, by which the number is checked. Released clients send "
            "none: it is guessed by the number's shape, and nothing but the length is checked"
        },
    )

    @post_load
    def _read_id_number(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        if not data.get("id_number"):
            return {**data, "id_kind": None}
        try:
            kind, number = _read(data["id_kind"], data["id_number"])
        except IdNumberError as error:
            raise ValidationError(str(error), "idcard") from None
        return {**data, "id_kind": kind, "id_number": number}


def _read(name: str, number: str) -> tuple[IdKind | None, str]:
    """Kind and normal form. Raises IdNumberError."""
    if name:
        return ID_KINDS[name], read_id_number(ID_KINDS[name], number, shanghai_date(now_ms()))
    if len(number) < MIN_UNKNOWN_NUMBER:
        raise IdNumberError(length_message(MIN_UNKNOWN_NUMBER, MAX_UNKNOWN_NUMBER))
    kind, normal = guess_id_kind(number)
    if not normal or not _ID_NUMBER.fullmatch(normal):
        raise IdNumberError("含有不允许的字符")
    return kind, normal
