"""Whether others read a text or a picture, on the wire."""

from __future__ import annotations

from schemas.base import Choice
from storage.models import ContentCheck, ContentState

STATES = ("", "pending", "rejected")


def content_state() -> Choice:
    return Choice(
        STATES,
        metadata={
            "description": "pending: waits for approval, only its author sees it; rejected: nobody else will see it; "
            "empty: nothing waits"
        },
    )


def state_word(check: ContentCheck | None) -> str:
    """A value of ``STATES``."""
    if check is None:
        return ""
    return "rejected" if check.state == ContentState.REJECTED else "pending"
