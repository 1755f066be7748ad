"""How many subscribe messages WeChat will still deliver to a user, as far as its answers tell.

Each "accept" in ``wx.requestSubscribeMessage`` permits one message of that template; a message that was sent takes
one, and 43101 says that none is left. Released clients tell nothing of their answers, so the count is shown and never
decides whether a message is sent. Source: developers.weixin.qq.com, wx.requestSubscribeMessage.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from config import WeChatSettings
from storage import Transaction
from wechat.message_facts import MessageKind, template_of

MAX_REMAINING = 100
"""Nobody needs more, and a client may tell anything."""


class Answer(StrEnum):
    """What ``wx.requestSubscribeMessage`` says of a template."""

    ACCEPT = "accept"
    REJECT = "reject"
    BAN = "ban"
    """WeChat has switched the template off for this mini-program."""
    FILTER = "filter"
    """The template has the title of another one in the same question, and was not shown."""


def counted_kind(settings: WeChatSettings, template_id: str) -> MessageKind | None:
    """The kind under which the permissions of a template are counted: the first one that is sent with it. None for a
    template that is not configured."""
    if not template_id:
        return None
    return next((kind for kind in MessageKind if template_of(settings, kind)[0] == template_id), None)


async def take_answers(
    tx: Transaction, settings: WeChatSettings, user_id: int, answers: Mapping[str, Answer], at: int
) -> None:
    """What a user answered to a question. Templates that are not configured, any more, are left out."""
    for template_id, answer in answers.items():
        kind = counted_kind(settings, template_id)
        if kind is None or answer == Answer.FILTER:
            continue
        if answer == Answer.ACCEPT:
            await tx.permissions.add(user_id, kind, MAX_REMAINING, at)
        else:
            await tx.permissions.refuse(user_id, kind, at)


async def message_sent(tx: Transaction, user_id: int, kind: MessageKind, at: int) -> None:
    """WeChat has taken a message: it used one permission up."""
    await tx.permissions.take(user_id, kind, at)


async def none_left(tx: Transaction, user_id: int, kind: MessageKind, at: int) -> None:
    """WeChat has said (43101) that the user permits no message of this kind now."""
    await tx.permissions.clear(user_id, kind, at)
