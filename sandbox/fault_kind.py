"""What a fault is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Kind:
    """A kind of fault: Chinese title, where it strikes, and its parameters with their defaults."""

    title: str
    where: str
    parameters: dict[str, Any] = field(default_factory=dict)
