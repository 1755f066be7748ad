"""Who else may read an order, who paid it, and which subscribe messages told of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from frozen_dataclasses import frozen
from handlers.admin.formats import short_time
from handlers.admin.people.membership_rows import scope_of_order, shown_card, shown_member
from orders.sharing import members
from payment.payables import payer_of_attempt
from schemas.messages import TITLES
from storage import Reader
from storage.models import Attempt, Order, OutboxMessage
from wechat.message_facts import OUTCOME_TEXT, MessageFacts, MessageKind, MessageOutcome
from wechat.message_facts import Reader as MessageReader
from wechat.messages import REFUSED

FIRST_MESSAGES = 10
"""So many are shown at once, the newest; the others are a click away."""
MESSAGE_STATES = {
    "pending": ("等待发送", "amber"),
    "sent": ("已发出", "green"),
    "undelivered": ("没有送达", "red"),
    "refused": ("没有发", "grey"),
    "failed": ("没有发成", "red"),
}
"""The words of each state of a message, and the colour of its badge."""
_WHY_NOT = {
    "no template is configured": "这种消息没有设置模板",
    "the user is gone": "账号已停用或已删除",
    "the escort is gone": "陪诊员已删除资料",
}
"""What the sender notes (``wechat.outbox``), in words."""


@frozen()
class ShownMessage:
    title: str
    to: str
    label: str
    tone: str
    detail: str


async def sharing_facts(reader: Reader, order: Order, attempts: Sequence[Attempt], at: int) -> dict[str, Any]:
    """What the page of the order tells of its members, its payers (by attempt) and its messages."""
    found = await members.of_order(reader, order, at)
    messages = await reader.outbox.of_order(order.id)
    roles = await members.recipients(reader, order)
    payers = {attempt.id: payer_of_attempt(order, attempt) for attempt in attempts}
    users = {order.user_id, *payers.values(), *(message.user_id for message in messages)}
    names = await reader.users.nicknames(users)
    people = People(
        owner_id=order.user_id,
        payer_id=payers.get(order.paid_attempt_id or 0),
        members=set(roles),
        names={user_id: names.get(user_id) or f"用户 {user_id}" for user_id in users},
        escorts=await reader.escorts.names_of_users({message.user_id for message in messages}),
    )
    return {
        "members": [
            shown_member(one, one.member.user_id, scope_of_order(one.member.scope)) for one in found.members
        ],
        "cards": [shown_card(link) for link in found.links],
        "payers": {
            attempt_id: (user_id, people.names[user_id])
            for attempt_id, user_id in payers.items()
            if user_id != order.user_id
        },
        "messages": [shown_message(message, people, at) for message in reversed(messages)],
        "first_messages": FIRST_MESSAGES,
    }


@frozen()
class People:
    """Who is who to an order, by the ids of users."""

    owner_id: int
    payer_id: int | None
    members: set[int]
    names: dict[int, str]
    escorts: dict[int, str]

    def named(self, user_id: int, facts: MessageFacts | None) -> str:
        """Whom a message is for: what they are to the order, and their name."""
        if facts is not None and facts.reader == MessageReader.ESCORT:
            return f"陪诊员 {self.escorts.get(user_id) or '（已删除）'}"
        if user_id == self.owner_id:
            what = "用户"
        elif user_id == self.payer_id:
            what = "付款人"
        elif user_id in self.members:
            what = "家人"
        elif user_id in self.escorts:
            return f"陪诊员 {self.escorts[user_id] or '（已删除）'}"
        else:
            what = "原来的家人"
        return f"{what} {self.names[user_id]}"


def message_title(message: OutboxMessage) -> str:
    """What a message is about."""
    facts, title = _facts(message), TITLES[MessageKind(message.kind)]
    if facts is not None and facts.outcome:
        return f"{title}（{OUTCOME_TEXT[MessageOutcome(facts.outcome)]}）"
    return title


def shown_message(message: OutboxMessage, people: People, at: int) -> ShownMessage:
    """A message without its text: what it is about, to whom, when, and why not."""
    facts, title = _facts(message), message_title(message)
    label, tone = MESSAGE_STATES[message.state]
    return ShownMessage(title, people.named(message.user_id, facts), label, tone, message_detail(message, at))


def _facts(message: OutboxMessage) -> MessageFacts | None:
    """None for what cannot be read, and so cannot be sent."""
    try:
        return MessageFacts.from_json(message.payload)
    except (ValueError, AttributeError, TypeError):
        return None


def message_detail(message: OutboxMessage, at: int) -> str:
    if message.sent_at is not None:
        sent = short_time(message.sent_at, at)
        return f"{sent} · {why_not(message.last_error)}" if message.state == "undelivered" else sent
    queued = short_time(message.created_at, at)
    if message.next_at is None:
        return f"{queued} · {why_not(message.last_error)}"
    if message.tries:
        again = short_time(message.next_at, at)
        return f"{queued} · 试了 {message.tries} 次没有发出，{again} 再试"
    return queued


def why_not(error: str) -> str:
    """Why a message was not sent, in words; ``error`` as the sender noted it: WeChat's code, where there is one, and
    the rest."""
    code, _, detail = error.partition(" ")
    if code in {str(each) for each in REFUSED}:
        return "对方没有允许这种消息，或允许的次数用完了"
    if code.isdigit() or code.startswith("-"):
        return f"微信没有接受（错误码 {code}）{'：' + detail if detail else ''}"
    return _WHY_NOT.get(error, f"多次没有发出（{error}）" if error else "原因没有记录")
