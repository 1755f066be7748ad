"""Messages that wait to be sent: written by the transaction they tell of, sent after it, tried again on failure.

A user who refused, or whose permissions are used up, is normal (43101): such a message ends as ``refused``.
"""

from __future__ import annotations

import json
import logging
import time

from clock import MINUTE, SECOND, Clock
from config import WeChatSettings
from failures import place
from measures import messages_tried
from storage import Storage, StorageError, StorageUnavailable, Transaction
from storage.models import OutboxMessage
from wechat import permissions
from wechat.message_facts import (
    MessageFacts,
    MessageKind,
    MessageOutcome,
    Reader,
    UnknownFact,
    fill,
    template_of,
)
from wechat.messages import REFUSED, Outcome, Result, SubscribeMessages

logger = logging.getLogger("hospital.wechat.outbox")

PAUSES = (MINUTE, 5 * MINUTE, 30 * MINUTE, 120 * MINUTE)
"""How long to wait after each failed try; after the last the message is given up."""
JOB = "outbox"
CLAIM = 60 * SECOND
NOTE_EVERY = 30 * SECOND
ROUND_SECONDS = 60.0
"""No message is begun later than this in a round: a WeChat that does not answer must not keep the row from telling."""
AT_A_TIME = 20
ORDER_PAGE = "pages/order/order?id={}"
COMPLAINTS_PAGE = "packages/after-sales/complaints/complaints?id={}"
INVOICES_PAGE = "packages/after-sales/invoices/invoices?id={}"
ESCORT_PAGES = {
    MessageKind.CANCELLED: "packages/escort/workbench/workbench",
    MessageKind.INVITATION: "packages/escort/workbench/workbench",
    MessageKind.STATEMENT: "packages/escort/pay/pay",
    MessageKind.QUALIFICATION: "packages/escort/documents/documents",
}
ESCORT_JOB_PAGE = "packages/escort/job/job?id={}"
"""What a tap opens for an escort, who cannot open the order's page; a job that is taken back is none any more."""


def page_of(kind: MessageKind, facts: MessageFacts) -> str:
    """The page of the mini-program that a tap on the message opens."""
    if kind == MessageKind.COMPLAINT:
        return COMPLAINTS_PAGE.format(facts.order_id or "")
    if kind == MessageKind.INVOICE:
        return INVOICES_PAGE.format(facts.order_id)
    if facts.outcome == MessageOutcome.GIVEN:
        return ESCORT_JOB_PAGE.format(facts.order_id)
    if facts.reader == Reader.ESCORT or (not facts.reader and kind in ESCORT_PAGES):
        return ESCORT_PAGES.get(kind) or ESCORT_JOB_PAGE.format(facts.order_id)
    return ORDER_PAGE.format(facts.order_id)


class Outbox:
    """Sends what is due. Claims go through the database: several processes never send a message twice at once.
    ``owner`` names this process in the job row."""

    def __init__(
        self,
        storage: Storage,
        messages: SubscribeMessages,
        settings: WeChatSettings,
        clock: Clock,
        owner: str = "outbox",
    ) -> None:
        self._storage = storage
        self._messages = messages
        self._clock = clock
        self._owner = owner[:64]
        self._noted_at = 0
        self._templates = {kind: template_of(settings, kind) for kind in MessageKind}
        counted = {kind: permissions.counted_kind(settings, self._templates[kind][0]) for kind in MessageKind}
        self._counted: dict[str, MessageKind | None] = {str(kind): of for kind, of in counted.items()}

    async def run_once(self) -> int:
        """Send the messages that are due; how many were tried. A message that fails holds up no other. Raises
        StorageError only when the database cannot even be asked, or cannot be told."""
        async with self._storage.reading() as reader:
            due = await reader.outbox.due(self._clock(), AT_A_TIME)
        tried, failed, problem = 0, 0, ""
        over = time.monotonic() + ROUND_SECONDS
        for message in due:
            if time.monotonic() > over:
                break  # the rest is still due: the next round takes it, behind those that were rescheduled
            try:
                if await self._claim(message):
                    tried += 1
                    await self._deliver(message)
            except StorageUnavailable:
                raise
            except Exception as error:  # its claim keeps it from the front of the queue for a while
                failed += 1
                problem = type(error).__name__
                logger.warning("message %d (%s) failed: %s", message.id, message.kind, place(error))
        if due or self._clock() - self._noted_at >= NOTE_EVERY:
            await self._note(tried, f"{failed} failed: {problem}" if failed else "")
        return tried

    async def _note(self, tried: int, error: str) -> None:
        """Say in the job row how the round went: every one with a message, else one in half a minute."""
        at = self._clock()

        async def note(tx: Transaction) -> None:
            waiting = await tx.outbox.count_waiting()
            text = json.dumps({"tried": tried, "waiting": waiting})
            await tx.jobs.note(JOB, self._owner, at, text, error)

        await self._storage.run(note)
        self._noted_at = at

    async def _claim(self, message: OutboxMessage) -> bool:
        at = self._clock()  # those before it may have taken minutes: a claim from then would be over by now
        return await self._storage.run(lambda tx: tx.outbox.claim(message, at, at + CLAIM))

    async def _deliver(self, message: OutboxMessage) -> None:
        try:
            outcome = await self._send(message)
        except StorageError:
            raise
        except Exception as problem:  # a row that cannot be read must not hold up those behind it
            outcome = Outcome(Result.INVALID, detail=type(problem).__name__)
        known = message.kind if message.kind in self._templates else "other"
        messages_tried.labels(known, outcome.result.value).inc()
        at = self._clock()
        error = "" if outcome.result is Result.SENT else f"{outcome.code or ''} {outcome.detail}".strip()
        state, next_at = outcome.result.value, None
        if outcome.result is Result.RETRY and message.tries < len(PAUSES):
            state, next_at = "pending", at + PAUSES[message.tries]
        elif outcome.result in (Result.RETRY, Result.INVALID):
            state = "failed"
            logger.warning("message %d (%s) given up: %s", message.id, message.kind, error)

        async def record(tx: Transaction) -> None:
            await tx.users.lock(message.user_id)  # before what is counted for the user
            await tx.outbox.finish(message.id, state, at, next_at, error)
            if outcome.message_id:
                await tx.outbox.taken(message.id, outcome.message_id)
            await self._count(tx, message, outcome, at)

        await self._storage.run(record)

    async def _count(self, tx: Transaction, message: OutboxMessage, outcome: Outcome, at: int) -> None:
        """What WeChat's answer tells of the user's permissions, which are counted by template."""
        kind = self._counted.get(message.kind)
        if kind is None:
            return
        if outcome.result is Result.SENT:
            await permissions.message_sent(tx, message.user_id, kind, at)
        elif outcome.code in REFUSED:
            await permissions.none_left(tx, message.user_id, kind, at)

    async def _send(self, message: OutboxMessage) -> Outcome:
        kind = MessageKind(message.kind)
        template_id, fields = self._templates[kind]
        if not template_id:
            return Outcome(Result.REFUSED, detail="no template is configured")
        facts = MessageFacts.from_json(message.payload)
        async with self._storage.reading() as reader:
            user = await reader.users.get(message.user_id)
            escort = await reader.escorts.get(facts.escort_id) if facts.escort_id is not None else None
        if user is None or user.deleted_at or user.disabled_at:
            return Outcome(Result.REFUSED, detail="the user is gone")
        if facts.escort_id is not None and (escort is None or not escort.name):
            return Outcome(Result.REFUSED, detail="the escort is gone")
        try:
            values = fill(fields, facts, escort.name if escort is not None else "")
        except UnknownFact as error:  # a template's field that cannot be filled: for the operator
            return Outcome(Result.INVALID, detail=str(error))
        return await self._messages.send(
            openid=user.openid, template_id=template_id, page=page_of(kind, facts), values=values
        )
