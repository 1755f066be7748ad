"""What is kept of events that WeChat pushes."""

from __future__ import annotations

from frozen_dataclasses import frozen


@frozen(slots=True)
class NewInboxEvent:
    event_key: str
    event: str
    openid: str
    happened_at: int
    fields: str
    received_at: int
