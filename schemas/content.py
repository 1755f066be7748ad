"""What its author reads of a text or a picture that others do not read (yet)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from orders.visits.reading import Visit
from privacy import CONTENT_TEXT, Vault
from schemas.content_state import state_word
from schemas.visits import entry_rows
from schemas.wire import time_text
from storage.models import ContentCheck


def open_text(check: ContentCheck, vault: Vault) -> str:
    return vault.open(check.text_sealed, CONTENT_TEXT)


def rating_for_author(
    rating: dict[str, Any] | None, checks: Sequence[ContentCheck], vault: Vault
) -> dict[str, Any] | None:
    """A rating with the words that its author has sent."""
    if rating is None or not checks:
        return rating
    return {**rating, "comment": open_text(checks[-1], vault), "commentState": state_word(checks[-1])}


def own_entry_rows(
    visit: Visit, checks: Sequence[ContentCheck], vault: Vault, reader_id: int
) -> list[dict[str, Any]]:
    """What stands below the report, with the reader's own questions that others do not read; their numbers are
    negative, so that they are nobody else's."""
    return entry_rows(visit, vault, reader_id) + [
        {
            "id": -check.id,
            "kind": "question",
            "author": "您",
            "text": open_text(check, vault),
            "time": time_text(check.submitted_at),
            "questionId": None,
            "open": False,
            "state": state_word(check),
        }
        for check in checks
    ]
