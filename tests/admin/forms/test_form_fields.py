"""What the fields of the administrators' forms take: amounts, and texts of several lines."""

from __future__ import annotations

import pytest
from marshmallow import Schema, ValidationError

from schemas.admin import NewRefund, Notes
from schemas.base import Text


@pytest.mark.parametrize(
    ("typed", "fen"),
    [
        ("588", 58800),
        ("588.5", 58850),
        (" ￥588.50 ", 58850),
        ("¥1,588", 158800),
        ("1,234,567.89", 123456789),
        ("1，588", 158800),
        ("0.01", 1),
    ],
)
def test_an_amount_is_what_was_typed(typed: str, fen: int):
    assert NewRefund().load({"amount": typed, "reason": "x"})["amount_fen"] == fen


@pytest.mark.parametrize(
    "typed", ["58,8", "1,5", "58，8", "1,58", "1,5888", ",588", "588,", "1,,588", "12,34,567"]
)
def test_a_comma_that_does_not_part_thousands_is_refused_and_never_dropped(typed: str):
    with pytest.raises(ValidationError) as problem:
        NewRefund().load({"amount": typed, "reason": "x"})
    assert problem.value.messages_dict == {
        "amount": ["逗号只能分隔千位，例如 1,588；小数点请用「.」，例如 58.80"]
    }


@pytest.mark.parametrize("typed", ["", "x", "1.234", "-1", "12345678", "1,234,567,890", "1e3", "588,000.123"])
def test_what_is_no_amount_is_refused(typed: str):
    with pytest.raises(ValidationError):
        NewRefund().load({"amount": typed, "reason": "x"})


@pytest.mark.parametrize("sent", ["甲\n乙", "甲\r\n乙", "甲\r乙", "\r\n甲\r\n乙\r\n"])
def test_lines_are_stored_one_way_however_they_are_sent(sent: str):
    schema: Schema = Schema.from_dict({"text": Text(0, 10)})()
    assert schema.load({"text": sent}) == {"text": "甲\n乙"}


def test_a_note_that_fits_the_browsers_limit_fits_the_servers():
    note = "\r\n".join(["字"] * 5_120)  # 10,239 characters to the browser, which counts a line's end once
    assert len(Notes().load({"id": 1, "notes": note})["notes"]) == 10_239
