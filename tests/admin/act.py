"""What an act of the administrators' side is, as the tests try each of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.admin.act_preparations import Preparation


@dataclass(frozen=True)
class Act:
    """``path``: below ``admin/``, with ``{id}``. ``alone``: it leaves one row; others may leave more than their own."""

    path: str
    name: str
    subject: str
    ready: Preparation
    fields: dict[str, Any] = field(default_factory=dict)
    alone: bool = True
    method: str = "POST"
