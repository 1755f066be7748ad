"""What the audit log says of an act."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import orjson

from privacy import masked_id_number, masked_phone

_PHONE = re.compile(r"(?<!\d)(?:[1１][3-9３-９]\d(?:[ -]?\d{4}){2}|[0０]\d{2,3}[ -]?\d{7,8})(?!\d)")
"""A mobile or a landline, grouped or in full-width digits too."""
_ID_NUMBER = re.compile(
    r"(?<!\d)(?:\d{6} ?\d{4} ?\d{4} ?\d{3}[\dXx]|\d{15})(?!\d)|(?<![0-9A-Za-z])[A-Z]{1,2}\d{7,10}(?!\w)"
)
"""A resident's number, today's or the old one of 15 digits; a passport or permit: one or two capitals, then digits."""
_OWN_NUMBER = re.compile(r'("out_bill_no":"[0-9A-Z]{1,32}")')
"""A number that we have given: a time of 14 digits and what chance adds may look like an old ID number."""


def as_json(facts: Mapping[str, Any] | None) -> str:
    """The state before or after an act, as the log keeps it. Never holds a password, ID number or phone: those that
    were typed into a note, a remark or a reason are masked."""
    text = orjson.dumps(facts, default=str).decode() if facts else ""
    parts = _OWN_NUMBER.split(text)
    parts[::2] = [_masked(part) for part in parts[::2]]
    return "".join(parts)


def _masked(text: str) -> str:
    text = _ID_NUMBER.sub(lambda found: masked_id_number(found[0]), text)
    return _PHONE.sub(lambda found: masked_phone(found[0]), text)
