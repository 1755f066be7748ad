"""What a user has sent and others do not read (yet), for that user's export."""

from __future__ import annotations

from typing import Any

from privacy import CONTENT_TEXT, Vault
from schemas.content_state import state_word
from schemas.wire import time_text
from storage.models import ContentCheck, ContentKind


def waiting_row(check: ContentCheck, vault: Vault) -> dict[str, Any]:
    """One of them; of an avatar that there is one."""
    text = "" if check.kind == ContentKind.AVATAR else vault.open(check.text_sealed, CONTENT_TEXT)
    return {
        "kind": check.kind,
        "text": text,
        "sentTime": time_text(check.submitted_at),
        "state": state_word(check),
    }
