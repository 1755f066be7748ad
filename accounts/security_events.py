"""Security events: what an operator must find who watches for attacks, a line in the log and a count in ``metrics/``.

A line names the event, the address it came from, the account (an administrator's name, or ``user:<id>``) and at most
one more word. Never a password, a token, or what a stranger typed: a password is easily typed into the name's field.
"""

from __future__ import annotations

import logging
import re
from enum import StrEnum

from prometheus_client import Counter

logger = logging.getLogger("hospital.security")

_UNFIT = re.compile(r"[^\w.:@/\-]")


class SecurityEvent(StrEnum):
    """The events there are; ``docs/operation.md`` says what each means."""

    WRONG_PASSWORD = "wrong_password"  # noqa: S105 - the name of an event
    WRONG_CODE = "wrong_code"
    WRONG_CONFIRMATION = "wrong_confirmation"
    LOCKED_OUT = "locked_out"
    REFUSED_WHILE_LOCKED = "refused_while_locked"
    FORBIDDEN = "forbidden"
    RATE_LIMITED = "rate_limited"
    CSRF_REFUSED = "csrf_refused"
    WRONG_METRICS_TOKEN = "wrong_metrics_token"  # noqa: S105
    NOTIFICATION_REFUSED = "notification_refused"
    PUSH_REFUSED = "push_refused"
    UNKNOWN_CARD = "unknown_card"
    UNKNOWN_CLAIM = "unknown_claim"


class SecurityEvents:
    """Records events of one process. The counter is shown by ``metrics/``."""

    def __init__(self) -> None:
        self.counter = Counter(
            "hospital_security_events", "Refusals that may be an attack.", ["event"], registry=None
        )
        for event in SecurityEvent:  # a rate needs the zero before the first one
            self.counter.labels(event.value)
        self.refused_notifications = Counter(
            "hospital_notifications_refused",
            "Notifications that could not be verified.",
            ["reason"],
            registry=None,
        )
        self.refused_pushes = Counter(
            "hospital_pushes_refused",
            "Pushed messages that could not be verified.",
            ["reason"],
            registry=None,
        )

    def record(
        self, event: SecurityEvent, address: str, account: str = "", detail: str = "", request_id: str = ""
    ) -> None:
        """``account``: whom it was about, if that is known. ``detail``: a slug, never a sentence."""
        self.counter.labels(event.value).inc()
        logger.warning(
            "event=%s address=%s account=%s detail=%s request=%s",
            event.value,
            _word(address),
            _word(account),
            _word(detail),
            _word(request_id),
        )


def _word(text: str) -> str:
    """One word that cannot be taken for another field or another line; ``-`` for none."""
    return _UNFIT.sub("_", text)[:128] or "-"
