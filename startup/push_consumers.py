"""Which pushed event is whose business: the one list of them. An event that has no consumer here is acknowledged and
not kept.

A consumer works in the transaction that marks the event as done (``wechat.push.consumers.Consumer``).
"""

from __future__ import annotations

from collections.abc import Mapping

from accounts.content import media_events
from handlers.services import Services
from wechat.push.consumers import Consumer


def push_consumers(services: Services) -> Mapping[str, Consumer]:
    """By the name of the event, as WeChat spells it."""
    return {"wxa_media_check": Consumer("头像的检查结果", media_events.take)}
