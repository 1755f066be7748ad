"""Seals and opens what is recorded about visits; each kind of text in its own context."""

from __future__ import annotations

import json
from typing import Any

from privacy import VISIT_PLACE, VISIT_REPORT, Vault
from refusals import InvalidInput

MAX_REPORT_BYTES = 40_000
"""Of a report as JSON: some pages, and, once it is sealed, less than a column of text holds on either engine."""


class ReportTooLong(InvalidInput):
    """More than fits."""

    says_field = True

    def __init__(self) -> None:
        super().__init__("body", "报告太长了，请写得简短一些")


def seal_text(vault: Vault, text: str, context: str) -> str:
    """An empty text stays empty, so that nothing is stored where nothing was said."""
    return vault.seal(text, context) if text else ""


def seal_place(vault: Vault, place: tuple[float, float] | None) -> str:
    """``place``: latitude and longitude in GCJ-02."""
    if place is None:
        return ""
    latitude, longitude = place
    return vault.seal(json.dumps({"latitude": latitude, "longitude": longitude}), VISIT_PLACE)


def open_place(vault: Vault, sealed: str) -> dict[str, float] | None:
    return json.loads(vault.open(sealed, VISIT_PLACE)) if sealed else None


def seal_report(vault: Vault, body: dict[str, Any]) -> str:
    """Raises ReportTooLong."""
    text = json.dumps(body, ensure_ascii=False)
    if len(text.encode()) > MAX_REPORT_BYTES:
        raise ReportTooLong
    return vault.seal(text, VISIT_REPORT)


def open_report(vault: Vault, sealed: str) -> dict[str, Any]:
    """Empty once it is erased or forgotten."""
    return json.loads(vault.open(sealed, VISIT_REPORT)) if sealed else {}
