"""A queue of messages, and a WeChat that answers as told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from config import WeChatSettings
from wechat.message_facts import MessageFacts
from wechat.messages import Outcome
from wechat.outbox import Outbox

NOW = 1_700_000_000_000
FACTS = MessageFacts(
    order_id=7,
    service_name="全心全程陪诊服务",
    hospital_name="西京医院",
    visit_date="2023-11-20",
    amount_fen=19_850,
    at=NOW,
)


@dataclass
class Recorder:
    """In place of WeChat: answers as told, remembers what it got."""

    answers: list[Outcome]
    sent: list[dict[str, Any]] = field(default_factory=list)

    async def send(self, **message: Any) -> Outcome:
        self.sent.append(message)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


class MovableClock:
    now = NOW

    def __call__(self) -> int:
        return self.now


async def queue(storage, kind="paid", reference="number-1", payload="") -> None:
    async with storage.transaction() as tx:
        user_id = await tx.users.find_or_add("openid-1", NOW)
        await tx.outbox.add(kind, reference, user_id, payload or FACTS.to_json(), NOW)
        await tx.commit()


async def messages_of(storage):
    async with storage.reading() as reader:
        user = await reader.users.by_openid("openid-1")
        return await reader.outbox.of_user(user.id)


def outbox_of(storage, recorder, clock=None, **templates):
    settings = WeChatSettings(**(templates or {"message_paid": "template-1"}))
    return Outbox(storage, recorder, settings, clock or MovableClock())
