"""What the audit log says of an act."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import orjson

from privacy import masked_id_number, masked_phone

_PHONE = re.compile(r"(?<![0-9])1[3-9][0-9]{9}(?![0-9])")
_ID_NUMBER = re.compile(r"(?<![0-9])[0-9]{17}[0-9Xx](?![0-9])")


def as_json(facts: Mapping[str, Any] | None) -> str:
    """The state before or after an act, as the log keeps it. Never holds a password, ID number or phone: those that
    somebody has typed into a note, a remark or a reason are masked."""
    text = orjson.dumps(facts, default=str).decode() if facts else ""
    text = _ID_NUMBER.sub(lambda found: masked_id_number(found[0]), text)
    return _PHONE.sub(lambda found: masked_phone(found[0]), text)
