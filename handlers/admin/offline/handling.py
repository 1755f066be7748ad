"""What the forms about money outside of WeChat have in common: how it changed hands, and what the log says of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clock import HOUR, MINUTE, day_bounds, shanghai
from handlers.admin.labels import OFFLINE_METHOD
from payment.offline.receipts import Handling
from storage.models import OfflineMethod

FIELDS = ("amount", "method", "reference", "handled_by", "day", "time", "note", "reason")


def handling_of(given: Mapping[str, Any]) -> Handling:
    """Of a loaded ``HandlingForm``."""
    hours, minutes = given["time"].split(":")
    occurred_at = day_bounds(given["day"])[0] + int(hours) * HOUR + int(minutes) * MINUTE
    return Handling(
        OfflineMethod(given["method"]), given["reference"], given["handled_by"], occurred_at, given["note"]
    )


def facts_of(handling: Handling) -> dict[str, Any]:
    """For the audit log."""
    when = shanghai(handling.occurred_at).strftime("%Y-%m-%d %H:%M")
    facts = {
        "method": OFFLINE_METHOD[handling.method],
        "reference": handling.reference,
        "handled_by": handling.handled_by,
        "occurred": when,
        "note": handling.note,
    }
    return {name: value for name, value in facts.items() if value}


def form_at(at: int) -> dict[str, str]:
    """Day and time of a form that is opened now."""
    now = shanghai(at)
    return {"day": now.strftime("%Y-%m-%d"), "time": now.strftime("%H:%M")}
