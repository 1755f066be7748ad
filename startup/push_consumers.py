"""Which pushed event is whose business: the one list of them. An event that has no consumer here is acknowledged and
not kept.

A consumer works in the transaction that marks the event as done (``wechat.push.consumers.Consumer``).
"""

from __future__ import annotations

from collections.abc import Mapping

from handlers.services import Services
from wechat.push.consumers import Consumer


def push_consumers(services: Services) -> Mapping[str, Consumer]:
    """By the name of the event, as WeChat spells it."""
    return {}
