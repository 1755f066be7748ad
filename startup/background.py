"""Work beside the requests: the payment sweeper, the daily reconciliation, messages that wait to be sent, shipping,
transfers, reports of visits that nobody confirms, what is kept for a time only. Each job has a row in the database that
says how its last round went (``handlers.monitoring.job_health``)."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

from accounts import forgetting, personal_numbers, wechat_privacy
from accounts.content.rounds import ContentRounds
from catalog import prices, unused_files
from failures import RepeatedFailures, place
from handlers.services import Services
from orders.escorts import document_notices, invitations
from orders.visits import confirming, reminders
from startup import older_version, wiring
from startup.wiring import complaint_notify_url
from storage import StorageError
from wechat.messages import SubscribeMessages
from wechat.outbox import Outbox

logger = logging.getLogger("hospital.background")

CHECK_CONTENT_EVERY_SECONDS = 2.0
RECONCILE_EVERY_SECONDS = 15 * 60.0
SEND_EVERY_SECONDS = 2.0
WORK_ON_PUSHES_EVERY_SECONDS = 2.0
SHIP_EVERY_SECONDS = 5.0
EXPIRE_INVITATIONS_EVERY_SECONDS = 15.0
APPLY_PRICES_EVERY_SECONDS = 60.0
FOLLOW_TRANSFERS_EVERY_SECONDS = 5.0
REMIND_EVERY_SECONDS = 30.0
COMPLETE_EVERY_SECONDS = 60.0
TELL_OF_DOCUMENTS_EVERY_SECONDS = 900.0
FORGET_EVERY_SECONDS = 3600.0
ERASE_EVERY_SECONDS = 600.0
CONFIRM_EVERY_SECONDS = 600.0
REMOVE_UNUSED_EVERY_SECONDS = 6 * 3600.0
COMPLAINTS_EVERY_SECONDS = 5.0


class Background:
    """Claims go through the database: several processes on one database never do the same work twice."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self.owner = f"{socket.gethostname()[:40]}:{os.getpid()}"
        self.sweeper = services.payments.sweeper(self.owner)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Everything runs inside this block, and has ended when it is left."""
        async with AsyncExitStack() as stack:
            messages = await stack.enter_async_context(self._messages())
            outbox = Outbox(
                self._services.storage,
                messages,
                self._services.settings.wechat,
                self._services.clock,
                self.owner,
            )
            tasks = [
                asyncio.create_task(repeatedly("outbox", SEND_EVERY_SECONDS, outbox.run_once)),
                asyncio.create_task(self._work_on_pushes()),
                asyncio.create_task(self._ship()),
                asyncio.create_task(self._check_content()),
                asyncio.create_task(self._reconcile()),
                asyncio.create_task(self._expire_invitations()),
                asyncio.create_task(self._remind()),
                asyncio.create_task(self._tell_of_documents()),
                asyncio.create_task(self._apply_prices()),
                asyncio.create_task(self._follow_transfers()),
                asyncio.create_task(repeatedly("older version", COMPLETE_EVERY_SECONDS, self._complete)),
                asyncio.create_task(self._forget()),
                asyncio.create_task(self._erase()),
                asyncio.create_task(self._confirm_reports()),
                asyncio.create_task(self._remove_unused_files()),
                asyncio.create_task(self._normalize_old_rows()),
                asyncio.create_task(self._follow_complaints()),
            ]
            self.sweeper.start()
            try:
                yield
            finally:
                await self.sweeper.stop()
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    @asynccontextmanager
    async def _messages(self) -> AsyncIterator[SubscribeMessages]:
        settings = self._services.settings
        state = "developer" if settings.development else "formal"
        tokens, base_url = self._services.wechat.tokens, settings.wechat.api_base
        async with SubscribeMessages(tokens, base_url=base_url, state=state) as messages:
            yield messages

    async def _work_on_pushes(self) -> None:
        """Every two seconds, what WeChat has pushed is given to whoever it concerns."""
        await repeatedly(
            "pushed events",
            WORK_ON_PUSHES_EVERY_SECONDS,
            lambda: self._services.pushes.run_once(self.owner),
        )

    async def _check_content(self) -> None:
        """Every two seconds it is looked whether WeChat is to be asked about an avatar, or has answered."""
        services = self._services
        rounds = ContentRounds(
            services.storage,
            services.clock,
            services.content,
            services.vault,
            wiring.content_places(services),
        )
        await repeatedly("content checks", CHECK_CONTENT_EVERY_SECONDS, lambda: rounds.run_once(self.owner))

    async def _reconcile(self) -> None:
        """The daily job looks every quarter of an hour whether a day is still to be compared."""
        await repeatedly(
            "reconciliation",
            RECONCILE_EVERY_SECONDS,
            lambda: self._services.payments.reconcile_due(self.owner),
        )

    async def _ship(self) -> None:
        """Every five seconds, payments whose service was given are reported to WeChat (发货), if it asks for that."""
        await repeatedly("shipping", SHIP_EVERY_SECONDS, lambda: self._services.shipping.run_once(self.owner))

    async def _expire_invitations(self) -> None:
        """Four times a minute, invitations that no escort has answered in time are ended."""
        await repeatedly(
            "expiry of invitations",
            EXPIRE_INVITATIONS_EVERY_SECONDS,
            lambda: invitations.expire_due(self._services.storage, self._services.clock, self.owner),
        )

    async def _remind(self) -> None:
        """Twice a minute, the reminders of visits that are due are queued."""
        await repeatedly(
            "reminders",
            REMIND_EVERY_SECONDS,
            lambda: reminders.remind_due(
                self._services.storage, self._services.clock, self._services.settings.visits, self.owner
            ),
        )

    async def _tell_of_documents(self) -> None:
        """Every quarter of an hour it is looked whether the hourly round is due that tells escorts of documents which
        end soon."""
        await repeatedly(
            "notices of documents",
            TELL_OF_DOCUMENTS_EVERY_SECONDS,
            lambda: document_notices.tell_due(
                self._services.storage,
                self._services.clock,
                self._services.settings.office.qualification_notice_days,
                self._services.settings.visits.office_hours,
                self.owner,
            ),
        )

    async def _apply_prices(self) -> None:
        """Once a minute, prices whose day has come are written into their services."""
        await repeatedly(
            "prices",
            APPLY_PRICES_EVERY_SECONDS,
            lambda: prices.apply_due(self._services.storage, self._services.clock, self.owner),
        )

    async def _follow_transfers(self) -> None:
        """Every five seconds, transfers to escorts that are not final are asked about when they are due."""
        await repeatedly(
            "transfers",
            FOLLOW_TRANSFERS_EVERY_SECONDS,
            lambda: self._services.transfers.sweep(self.owner),
        )

    async def _complete(self) -> None:
        """What a process of an older version has left out is completed."""
        await older_version.complete_what_it_writes(self._services, self.owner)

    async def _forget(self) -> None:
        """Once an hour, what is kept for a time only is deleted."""
        await repeatedly(
            "forgetting",
            FORGET_EVERY_SECONDS,
            lambda: self._unless_done_lately(
                forgetting.JOB,
                FORGET_EVERY_SECONDS,
                lambda: forgetting.forget_due(
                    self._services.storage,
                    self._services.clock,
                    self._services.settings.privacy,
                    self._services.visit_photos,
                    self._services.documents,
                    self.owner,
                ),
            ),
        )

    async def _erase(self) -> None:
        """Every ten minutes it is looked whether the hourly round is due that erases what had to wait for the end of
        an order."""
        await repeatedly(
            "erasures",
            ERASE_EVERY_SECONDS,
            lambda: wechat_privacy.erase_due(
                self._services.storage, self._services.clock, self._services.remove_erased, self.owner
            ),
        )

    async def _confirm_reports(self) -> None:
        """Every ten minutes, reports that nobody has confirmed in time count as confirmed."""
        await repeatedly(
            "confirmation of reports",
            CONFIRM_EVERY_SECONDS,
            lambda: confirming.confirm_due(
                self._services.storage,
                self._services.clock,
                self._services.settings.visits.report_confirm_hours,
                self.owner,
            ),
        )

    async def _remove_unused_files(self) -> None:
        """Four times a day, pictures that nothing refers to are removed."""
        await repeatedly(
            "removal of unused files",
            REMOVE_UNUSED_EVERY_SECONDS,
            lambda: self._unless_done_lately(
                unused_files.JOB,
                REMOVE_UNUSED_EVERY_SECONDS,
                lambda: unused_files.remove_unused(
                    self._services.storage, self._services.clock, self._services.folders, self.owner
                ),
            ),
        )

    async def _unless_done_lately(
        self, job: str, seconds: float, work: Callable[[], Awaitable[object]]
    ) -> None:
        """Do ``work`` unless another process has within the last three quarters of its time: each of them tries."""
        async with self._services.storage.reading() as reader:
            found = await reader.jobs.get(job)
        at = self._services.clock()
        if found is None or not at - int(seconds * 750) < (found.finished_at or 0) <= at:
            await work()

    async def _follow_complaints(self) -> None:
        """Every few seconds, complaints at WeChat of which there is news are read, and what the office has to say about
        them is sent; their list is read every few minutes. WeChat's stand-in is told where news is to be sent."""
        complaints, settings = self._services.complaints, self._services.settings
        if not complaints.enabled:
            await once("removal of the jobs of complaints", 60.0, complaints.remove_jobs)
            return
        if settings.development and settings.sandbox.enabled:
            url = complaint_notify_url(settings)
            await once("registering of complaint news", 5.0, lambda: complaints.calls.set_address(url))
        await repeatedly("complaints", COMPLAINTS_EVERY_SECONDS, lambda: complaints.run_once(self.owner))

    async def _normalize_old_rows(self) -> None:
        """At the start, phones and ID numbers from before their normal forms are brought into them."""
        await once(
            "reading of old numbers",
            60.0,
            lambda: personal_numbers.normalize_old_rows(self._services.storage, self._services.vault),
        )


async def once(name: str, seconds: float, work: Callable[[], Awaitable[object]]) -> None:
    """Do ``work`` until it has succeeded, ``seconds`` apart."""
    failures = RepeatedFailures(name, logger)
    while True:
        try:
            await work()
            return
        except Exception as error:
            failures.failed(place(error))
        await asyncio.sleep(seconds)


async def repeatedly(name: str, seconds: float, work: Callable[[], Awaitable[object]]) -> None:
    """Do ``work`` for ever, ``seconds`` apart; a failure is logged and the next time comes all the same."""
    failures = RepeatedFailures(name, logger)
    while True:
        try:
            await work()
            failures.succeeded()
        except StorageError as error:  # the next round may find the database back; its text is for operators
            failures.failed(f"{type(error).__name__}: {error}")
        except Exception as error:
            failures.failed(place(error))
        await asyncio.sleep(seconds)
