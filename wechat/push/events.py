"""What a pushed message tells: which event, of whom, when; and what makes it the same as another one."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import field
from typing import Any

import orjson

from clock import DAY, SECOND
from frozen_dataclasses import frozen
from wechat.push.parsing import Fields
from wechat.push.refusals import BadMessage

_NAME = re.compile(r"[0-9A-Za-z_]{1,64}", re.ASCII)
_OPENID = re.compile(r"[0-9A-Za-z_-]{1,128}", re.ASCII)
_SECONDS = re.compile(r"[0-9]{1,11}", re.ASCII)
_MAX_DISTANCE = 30 * DAY
"""A time further away than this is none."""


@frozen()
class PushedEvent:
    """An event that WeChat has told. ``created_at`` is when it happened (UTC ms, to the second); ``openid`` is the user
    of whom it tells, empty where it tells of none; ``fields`` holds what else it said: texts (numbers too), lists
    and mappings of these, whichever format it came in. They hold personal data, so they are kept out of ``repr``."""

    event: str
    openid: str = field(repr=False)
    created_at: int
    fields: Mapping[str, Any] = field(repr=False)


def read_event(message: Fields, received_at: int) -> PushedEvent | None:
    """The event in a message; None for what users write to the customer service. Raises BadMessage."""
    if message.get("MsgType") != "event":
        return None
    name = message.get("Event")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise BadMessage("an event without a name")
    # The privacy events come from the platform, and say in OpenID whom they are about.
    openid = message.get("OpenID") or message.get("FromUserName")
    return PushedEvent(
        name,
        openid if isinstance(openid, str) and _OPENID.fullmatch(openid) else "",
        _time(message.get("CreateTime"), received_at),
        message,
    )


def _time(given: object, received_at: int) -> int:
    """The moment of receiving stands in for a time that is none: what is told does not get lost for it."""
    if not isinstance(given, str) or not _SECONDS.fullmatch(given):
        return received_at
    at = int(given) * SECOND
    return at if abs(at - received_at) <= _MAX_DISTANCE else received_at


def event_key(event: PushedEvent) -> str:
    """The same for each repetition of an event and for no other one: 64 hexadecimal digits. Source: 消息推送, 排重:
    FromUserName + CreateTime + Event; within a second a
    user's events are told apart by what they are about."""
    said = event.fields
    parts = [said.get("FromUserName"), said.get("CreateTime"), event.event, _subject(event)]
    return hashlib.sha256(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)).hexdigest()


_SUBJECTS = {
    "trade_manage_remind_shipping": ("transaction_id",),
    "trade_manage_order_settlement": ("transaction_id", "merchant_trade_no"),
    "wxa_media_check": ("trace_id",),
}
"""What an event is about, where that is less than everything it says."""


_AFTER_SETTLEMENT = ("settlement_time", "confirm_receive_time", "confirm_receive_method")


def _subject(event: PushedEvent) -> object:
    names = _SUBJECTS.get(event.event)
    if names is None:
        return dict(event.fields)
    subject = [event.fields.get(name) for name in names]
    if event.event == "trade_manage_order_settlement":  # told at shipping, and again at the settlement
        subject.append(any(event.fields.get(name) not in (None, "", "0") for name in _AFTER_SETTLEMENT))
    return subject


def entries(event: PushedEvent, element: str) -> list[Mapping[str, Any]]:
    """The entries of an event that may have several: JSON's ``List`` is an object for one and an array for more; XML
    repeats ``List`` in ``element``."""
    holder = event.fields.get(element)
    if not isinstance(holder, Mapping):
        holder = event.fields
    found = holder.get("List")
    found = found if isinstance(found, list) else [found]
    return [each for each in found if isinstance(each, Mapping)]


def text(fields: Mapping[str, Any], name: str) -> str:
    """A field that is a text; empty where there is none."""
    value = fields.get(name)
    return value if isinstance(value, str) else ""
