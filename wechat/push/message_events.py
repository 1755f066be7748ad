"""What WeChat pushes about subscribe messages: answers in its dialog, switches on its settings page, and messages that
it took and did not deliver. Source: developers.weixin.qq.com, 订阅消息, 事件推送."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import Any

from config import WeChatSettings
from measures import messages_tried
from storage import Transaction
from storage.models import AnswerSource
from wechat import permissions
from wechat.message_facts import MessageKind, template_of
from wechat.messages import REFUSED
from wechat.push.consumers import After, NotYet
from wechat.push.events import PushedEvent, entries, text

logger = logging.getLogger("hospital.wechat.push")

_CODE = re.compile(r"-?[0-9]{1,9}", re.ASCII)
_MESSAGE_ID = re.compile(r"[0-9A-Za-z_-]{1,32}", re.ASCII)


class MessageEvents:
    """Their consumers, with the templates of these settings. Times are WeChat's, so that events of any order count
    the same."""

    def __init__(self, settings: WeChatSettings) -> None:
        self._settings = settings
        self._counted = {
            str(kind): permissions.counted_kind(settings, template_of(settings, kind)[0])
            for kind in MessageKind
        }

    async def answered(self, tx: Transaction, event: PushedEvent) -> After | None:
        """``subscribe_msg_popup_event``: what the user answered in the dialog, per template."""
        user_id = await _living_user(tx, event)
        for entry in entries(event, "SubscribeMsgPopupEvent") if user_id else ():
            kind = permissions.counted_kind(self._settings, text(entry, "TemplateId"))
            answer = text(entry, "SubscribeStatusString")
            if kind is None:
                continue
            if answer == permissions.Answer.ACCEPT:
                await permissions.accepted(tx, user_id, kind, AnswerSource.PUSH, event.created_at)
            elif answer in (permissions.Answer.REJECT, permissions.Answer.BAN):
                await permissions.refused(tx, user_id, kind, event.created_at)
        return None

    async def switched(self, tx: Transaction, event: PushedEvent) -> After | None:
        """``subscribe_msg_change_event``: the user has switched a template off; switching on is not told."""
        user_id = await _living_user(tx, event)
        for entry in entries(event, "SubscribeMsgChangeEvent") if user_id else ():
            kind = permissions.counted_kind(self._settings, text(entry, "TemplateId"))
            if kind is not None and text(entry, "SubscribeStatusString") == permissions.Answer.REJECT:
                await permissions.switched_off(tx, user_id, kind, event.created_at)
        return None

    async def sent(self, tx: Transaction, event: PushedEvent) -> After | None:
        """``subscribe_msg_sent_event``: what became of a message that WeChat had taken. It may be told before WeChat
        has answered that it took it. Raises NotYet."""
        for entry in entries(event, "SubscribeMsgSentEvent"):
            if text(entry, "ErrorCode") not in ("", "0"):
                await self._not_delivered(tx, event, entry)
        return None

    async def _not_delivered(self, tx: Transaction, event: PushedEvent, entry: Mapping[str, Any]) -> None:
        number = text(entry, "MsgID")
        message = await tx.outbox.by_message_id(number) if _MESSAGE_ID.fullmatch(number) else None
        if message is None:
            raise NotYet
        user = await tx.users.lock(message.user_id)
        if user is None or user.openid != event.openid:
            return
        code = text(entry, "ErrorCode")
        code = code if _CODE.fullmatch(code) else ""
        if not await tx.outbox.not_delivered(
            message.id, f"{code} {_word(text(entry, 'ErrorStatus'))}".strip()
        ):
            return
        messages_tried.labels(message.kind, "undelivered").inc()
        logger.warning("message %d (%s) was not delivered: %s", message.id, message.kind, code or "no code")
        kind = self._counted.get(message.kind)
        if kind is not None and code and int(code) in REFUSED:
            await permissions.none_left(tx, user.id, kind, event.created_at)


def _word(status: str) -> str:
    """WeChat's own words, as far as they are some."""
    return re.sub(r"[^0-9A-Za-z _.,:-]", "", status)[:80]


async def _living_user(tx: Transaction, event: PushedEvent) -> int:
    """The event's user, locked; 0 when nobody of that openid uses the product (any more)."""
    user = await tx.users.by_openid(event.openid) if event.openid else None
    return user.id if user is not None and await tx.users.lock_living(user.id) else 0
