"""What a form showed when it was opened: so nobody overwrites unseen what a colleague has written meanwhile."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from schemas.base import one_way_of_writing


def fingerprint(value: Any) -> str:
    """Short, and another one for another value."""
    text = one_way_of_writing(value) if isinstance(value, str) else str(value)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def fingerprints(values: Mapping[str, Any]) -> str:
    """What a form carries along of the values that it shows, field by field."""
    return " ".join(f"{name}:{fingerprint(value)}" for name, value in values.items())


def changed_since(shown: str, values: Mapping[str, Any]) -> set[str]:
    """The fields that are no longer what a form with these marks showed."""
    known = dict(part.partition(":")[::2] for part in shown.split())
    return {name for name, value in values.items() if known.get(name) != fingerprint(value)}
