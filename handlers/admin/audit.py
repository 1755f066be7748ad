"""What the audit log says of an act."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson


def as_json(facts: Mapping[str, Any] | None) -> str:
    """The state before or after an act, as the log keeps it. Never holds a password, ID number or phone."""
    return orjson.dumps(facts, default=str).decode() if facts else ""
