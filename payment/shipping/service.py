"""The rounds of shipping, and what people do about it. Every process makes rounds; shipments are claimed one by one,
through the database, before WeChat is called."""

from __future__ import annotations

import json
import time
from collections import Counter

from clock import DAY, HOUR, SECOND
from failures import place
from payment.shipping.context import CLAIM, ShippingContext, logger
from payment.shipping.decisions import Act, Task, decide, new_shipment
from payment.shipping.declaring import declare
from payment.shipping.following import FOLLOWED, follow
from payment.shipping.reporting import report
from payment.shipping.trade_management import Question
from storage import Duplicate, StorageUnavailable, Transaction
from storage.models import Attempt, Shipment

JOB = "shipping"
AT_A_TIME = 20
TAKEN_AT_ONCE = 200
ROUND_SECONDS = 60.0
NOTE_EVERY = 30 * SECOND
LOOK_BACK = 3 * DAY
"""How old payments are that each round looks for; the first rounds, and some each hour, look further."""
LOOK_FAR_EVERY = HOUR
LOOK_FAR = 60 * DAY
"""Older payments were dealt with long ago, unless their service is still to come."""


class Shipping:
    """The owner of shipping. Off unless ``shipping.enabled``."""

    def __init__(self, context: ShippingContext) -> None:
        self.context = context
        self._question = Question(context)
        self._looked_far_at = 0
        self._noted_at = 0
        self._dropped = False

    @property
    def enabled(self) -> bool:
        return self.context.settings.shipping.enabled

    async def run_once(self, owner: str = JOB) -> Counter[str]:
        """One round: what was done, in words. A shipment that fails holds up no other. Raises StorageError."""
        done: Counter[str] = Counter()
        if not self.enabled and not self._dropped:
            await self.context.storage.run(lambda tx: tx.shipments.drop_unsent())
            self._dropped = True
        management = await self._question.ask_when_due() if self.enabled else None
        if management is not None and management.managed:
            await self._take_up()
            await self._work(done)
        if done or self.context.clock() - self._noted_at >= NOTE_EVERY:
            await self._note(done, owner)
        return done

    async def _take_up(self) -> None:
        """Payments that are new, and those whose order is over or moved, are to be looked at."""
        at, storage = self.context.clock(), self.context.storage
        far = at - self._looked_far_at >= LOOK_FAR_EVERY
        appid = self.context.settings.wechat.appid
        async with storage.reading() as reader:
            since = at - (LOOK_FAR if far else LOOK_BACK)
            missing = await reader.shipments.missing(appid, since, TAKEN_AT_ONCE)
            if far and not missing:
                missing = await reader.shipments.missing_to_serve(appid, TAKEN_AT_ONCE)
            to_wake = await reader.shipments.to_wake(TAKEN_AT_ONCE)
        for attempt in missing:
            await self._add(attempt, at)
        if far and not missing:
            self._looked_far_at = at
        if to_wake:
            await storage.run(lambda tx: tx.shipments.wake(to_wake, at))

    async def _add(self, attempt: Attempt, at: int) -> None:
        shipment = new_shipment(attempt)
        try:
            await self.context.storage.run(lambda tx: tx.shipments.add(shipment, at))
        except Duplicate:
            logger.debug("payment %d was taken up by another process", attempt.id)

    async def _work(self, done: Counter[str]) -> None:
        async with self.context.storage.reading() as reader:
            due = await reader.shipments.due(self.context.clock(), AT_A_TIME)
        over = time.monotonic() + ROUND_SECONDS
        for shipment in due:
            if time.monotonic() > over:
                break
            try:
                if await self._claim(shipment):
                    done[await self._advance(shipment.id)] += 1
            except StorageUnavailable:
                raise
            except Exception as error:  # its claim keeps it from the front of the queue for a while
                done["error"] += 1
                logger.warning("shipment %d failed: %s", shipment.id, place(error))

    async def _claim(self, shipment: Shipment) -> bool:
        at = self.context.clock()
        return await self.context.storage.run(lambda tx: tx.shipments.claim(shipment, at, at + CLAIM))

    async def _look_at(self, shipment_id: int) -> Task:
        at = self.context.clock()
        return await self.context.storage.run(lambda tx: decide(tx, shipment_id, at))

    async def _advance(self, shipment_id: int) -> str:
        task = await self._look_at(shipment_id)
        match task.act:
            case Act.REPORT:
                return await report(self.context, task)
            case Act.DECLARE:
                return await declare(self.context, task)
            case Act.FOLLOW:
                return "asked" if await follow(self.context, task) is not None else "later"
            case _:
                return "settled here"

    # For people

    async def refresh(self, order_id: int) -> bool:
        """Ask WeChat now about the payments of an order that it knows; False when it did not answer for one. Raises
        StorageError."""
        async with self.context.storage.reading() as reader:
            shipments = await reader.shipments.of_order(order_id)
        answered = True
        for shipment in shipments:
            if shipment.state in FOLLOWED:
                task = await self._look_at(shipment.id)
                if task.act is Act.FOLLOW:
                    answered = await follow(self.context, task) is not None and answered
        return answered

    async def _note(self, done: Counter[str], owner: str) -> None:
        at = self.context.clock()

        async def note(tx: Transaction) -> None:
            waiting = await tx.shipments.backlog(at)
            text = json.dumps({"done": done, "waiting": waiting, "enabled": self.enabled})
            errors = done["error"]
            await tx.jobs.note(JOB, owner, at, text, f"{errors} failed" if errors else "")

        await self.context.storage.run(note)
        self._noted_at = at
