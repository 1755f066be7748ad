"""How many subscribe messages WeChat will still deliver to a user, as far as its answers tell.

Each "accept" in ``wx.requestSubscribeMessage`` permits one message of that template; a message that was sent takes
one, 43101 says that none is left, and who says no on WeChat's settings page voids all. The mini-program tells of the
answers in its dialogs, and WeChat pushes them: one permission is counted once, whoever tells of it first. Nothing is
in order: an older answer undoes no newer one. Released clients tell nothing and the push may be off, so the count is
shown and never decides whether a message is sent. Source: developers.weixin.qq.com, wx.requestSubscribeMessage.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum

from clock import MINUTE
from config import WeChatSettings
from storage import Transaction
from storage.models import AnswerSource, MessagePermission
from wechat.message_facts import MessageKind, template_of

MAX_REMAINING = 100
"""Nobody needs more, and a client may tell anything."""
TOLD_WITHIN = 10 * MINUTE
"""The mini-program and WeChat tell of one answer within this time of each other, if both do."""


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
    """What a user answered to a question, as the mini-program tells it. Templates that are not configured, any more,
    are left out. The user's row must be locked, as for all of these."""
    for template_id, answer in answers.items():
        kind = counted_kind(settings, template_id)
        if kind is None or answer == Answer.FILTER:
            continue
        if answer == Answer.ACCEPT:
            await accepted(tx, user_id, kind, AnswerSource.CLIENT, at)
        else:
            await refused(tx, user_id, kind, at)


async def accepted(tx: Transaction, user_id: int, kind: MessageKind, source: AnswerSource, at: int) -> None:
    """The user has permitted one message, at a moment. It counts unless it was told of already, was voided since, or
    has been used by a message that was sent meanwhile."""
    known = await _known(tx, user_id, kind)
    if at < known.voided_at:
        return
    other = AnswerSource.PUSH if source == AnswerSource.CLIENT else AnswerSource.CLIENT
    if await tx.message_answers.pair(user_id, kind, other, (at - TOLD_WITHIN, at + TOLD_WITHIN)):
        return
    used = await tx.message_answers.pair(user_id, kind, AnswerSource.SENT, (at, at + TOLD_WITHIN))
    await tx.message_answers.add((user_id, kind, source, at), counted=not used)
    await tx.permissions.put(
        replace(
            known,
            remaining=known.remaining if used else min(known.remaining + 1, MAX_REMAINING),
            refused=known.refused and at < known.answered_at,
            answered_at=max(known.answered_at, at),
            updated_at=max(known.updated_at, at),
        )
    )


async def refused(tx: Transaction, user_id: int, kind: MessageKind, at: int) -> None:
    """The user wants no more; what they permitted before stays."""
    known = await _known(tx, user_id, kind)
    if at >= known.answered_at:
        await tx.permissions.put(
            replace(known, refused=True, answered_at=at, updated_at=max(known.updated_at, at))
        )


async def switched_off(tx: Transaction, user_id: int, kind: MessageKind, at: int) -> None:
    """The user has switched the template off on WeChat's settings page: what they permitted before counts no more."""
    known = await _known(tx, user_id, kind)
    since = await tx.message_answers.counted_after(user_id, kind, at)
    await tx.permissions.put(
        replace(
            known,
            remaining=min(known.remaining, since),
            refused=known.refused if at < known.answered_at else True,
            answered_at=max(known.answered_at, at),
            voided_at=max(known.voided_at, at),
            updated_at=max(known.updated_at, at),
        )
    )


async def message_sent(tx: Transaction, user_id: int, kind: MessageKind, at: int) -> None:
    """WeChat has taken a message: it used one permission up, which may not have been told of yet."""
    if not await tx.permissions.take(user_id, kind, at):
        await tx.message_answers.add((user_id, kind, AnswerSource.SENT, at))


async def none_left(tx: Transaction, user_id: int, kind: MessageKind, at: int) -> None:
    """WeChat has said (43101) that the user permits no message of this kind now."""
    await tx.permissions.clear(user_id, kind, at)


async def _known(tx: Transaction, user_id: int, kind: MessageKind) -> MessagePermission:
    found = await tx.permissions.get(user_id, kind)
    return found or MessagePermission(user_id, kind, 0, False, 0)
