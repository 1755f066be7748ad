"""Transfers to escorts, as the handlers and the background use them.

Locks, in this order: the row of the job ``transfers`` (when one is started), the escort's. No transaction is open while
WeChat is being asked, and what was read before is read again after it.
"""

from __future__ import annotations

import asyncio
import logging
from urllib.parse import urljoin

from clock import DAY, MINUTE, SECOND, Clock
from config import Settings
from failures import place
from frozen_dataclasses import frozen
from payment.context import InTransaction, no_hook
from payment.transfers.deciding import Decision, decide
from payment.transfers.outcome import end_unpaid, lock_transfer
from payment.transfers.problems import (
    NothingToReceive,
    TransferBusy,
    TransferChanged,
    TransferExpired,
    TransferMayArrive,
    TransferNotFound,
)
from payment.transfers.schedule import QUERIED_FOR
from payment.transfers.sending import TransferSender
from payment.transfers.starting import JOB, Start, Starting, why_not
from payment.wechatpay.errors import GatewayError, NotFound
from payment.wechatpay.transfers import MerchantTransfers, TransferResult
from privacy import TRANSFER_PACKAGE, Vault
from storage import Reader, Storage, StorageError, Transaction
from storage.job_run import JobRun, run_job
from storage.locked_rows import must_have_changed
from storage.models import FINAL_TRANSFERS, PayStatement, PayTransfer, StatementState, TransferState
from storage.writes import TransferMove

logger = logging.getLogger("hospital.payment.transfers")

AT_ONCE = 2
BATCH_SIZE = 50
ROUND_CLAIM = 5 * MINUTE
ITEM_SECONDS = 60.0
LOOK_INTERVAL = 3 * SECOND
"""An escort who looks again and again asks WeChat once in this time."""
LOOK_SECONDS = 4.0
DOUBTFUL_FOR = DAY
"""So long after a request without an answer a transfer is not given up, whatever a query says."""
NOT_SENT = "NOT_ACCEPTED"
"""The reason of a transfer that was given up: WeChat never took it."""


@frozen()
class Receiving:
    """What ``wx.requestMerchantTransfer`` needs."""

    mchid: str
    appid: str
    package: str


class Transfers:
    """``hook``: see ``InTransaction``."""

    def __init__(
        self, storage: Storage, wechat: MerchantTransfers, vault: Vault, settings: Settings, clock: Clock
    ) -> None:
        self._storage = storage
        self._vault = vault
        self._clock = clock
        self.settings = settings.transfers
        self.wechat = wechat
        self._starting = Starting(wechat, settings.transfers, notify_url(settings))
        self._sender = TransferSender(storage, wechat, vault, clock)

    @property
    def is_on(self) -> bool:
        """May new ones be started? Those that are under way are followed in any case."""
        return bool(self.settings.scene_id)

    async def why_not(self, reader: Reader, statement: PayStatement) -> str:
        """Why this statement cannot be paid so now, in a sentence; empty when it can."""
        if statement.state != StatementState.CONFIRMED:
            return "本人确认以后，可以用微信付款"
        return await why_not(reader, statement, self.settings, self._clock())

    # The office

    async def start(self, wanted: Start, hook: InTransaction = no_hook) -> TransferState:
        """Pay a statement: number and request are committed, then WeChat is asked; what came of it. Raises
        StatementNotFound, StatementChanged, TransferNotPossible."""
        at = self._clock()

        async def work(tx: Transaction) -> PayTransfer:
            transfer = await self._starting.start(tx, wanted, at)
            await hook(tx, transfer)
            return transfer

        return await self._advance_if_free(await self._storage.run(work))

    async def ask(self, transfer_id: int, hook: InTransaction = no_hook) -> TransferState:
        """An administrator wants to know now, or wants it sent again. Raises TransferNotFound, TransferBusy."""
        transfer = await self._get(transfer_id)
        if transfer.next_query_at is None:
            return TransferState(transfer.state)
        if not await self._sender.claim(transfer, hook):
            raise TransferBusy
        return await self._sender.advance(transfer.id)

    async def cancel(self, transfer_id: int, admin_id: int, hook: InTransaction = no_hook) -> TransferState:
        """End a transfer that waits for its payee, who may be quicker: a query decides. Raises TransferNotFound,
        TransferChanged."""
        known, at = await self._get(transfer_id), self._clock()

        async def work(tx: Transaction) -> None:
            transfer = await lock_transfer(tx, known.out_bill_no)
            assert transfer is not None
            changes = TransferMove(cancel_by=admin_id, cancel_at=at, next_query_at=at)
            if transfer.state != TransferState.WAITING or transfer.cancel_at is not None:
                raise TransferChanged
            must_have_changed(await tx.transfers.move(transfer, transfer.state, at, changes))
            await hook(tx, transfer)

        await self._storage.run(work)
        return await self._advance_if_free(await self._get(transfer_id))

    async def give_up(self, transfer_id: int, hook: InTransaction = no_hook) -> None:
        """End a transfer that WeChat has refused and does not have: asked now, under a claim, so that no process is
        sending it. Raises TransferNotFound, TransferChanged, TransferBusy, TransferMayArrive."""
        transfer = await self._get(transfer_id)
        if transfer.state != TransferState.CREATED:
            raise TransferChanged
        if not await self._sender.claim(transfer):
            raise TransferBusy
        at = self._clock()
        claimed = await self._get(transfer_id)
        try:
            if not await self._never_arrived(claimed, at):
                raise TransferMayArrive

            async def work(tx: Transaction) -> None:
                fresh = await lock_transfer(tx, transfer.out_bill_no)
                assert fresh is not None
                if fresh.state != TransferState.CREATED or fresh.sent_at != claimed.sent_at:
                    raise TransferChanged
                await end_unpaid(tx, fresh, TransferState.CANCELLED, NOT_SENT, at)
                await hook(tx, fresh)

            await self._storage.run(work)
        finally:
            await self._sender.release(claimed)

    async def decide(self, decision: Decision, hook: InTransaction = no_hook) -> None:
        """End a transfer as the office has found out (``deciding.py``), after WeChat was asked once more. Raises
        TransferNotFound, TransferChanged, TransferBusy, TransferUndecidable, TransferDecidedByWeChat, PayInput."""
        transfer = await self._get(decision.transfer_id)
        if transfer.state in FINAL_TRANSFERS:
            raise TransferChanged
        if not await self._sender.claim(transfer):
            raise TransferBusy
        try:
            told = await self._told_now(transfer.out_bill_no)
            at = self._clock()

            async def work(tx: Transaction) -> None:
                fresh = await lock_transfer(tx, transfer.out_bill_no)
                assert fresh is not None
                await decide(tx, fresh, told, decision, at)
                await hook(tx, fresh)

            await self._storage.run(work)
        finally:
            await self._sender.release(transfer)

    async def _told_now(self, out_bill_no: str) -> TransferResult | None:
        """What WeChat says, which is applied; None when it says nothing usable."""
        try:
            return await self._sender.query(out_bill_no)
        except GatewayError:
            return None

    async def _never_arrived(self, transfer: PayTransfer, at: int) -> bool:
        if transfer.sent_at is None:
            return True
        if transfer.unanswered_at is not None:
            doubtful_until = transfer.unanswered_at + DOUBTFUL_FOR
            if not doubtful_until <= at < transfer.unanswered_at + QUERIED_FOR:
                return False
        try:
            await self._sender.query(transfer.out_bill_no)
        except NotFound as error:
            return error.verified
        except GatewayError:
            return False
        return False

    # The escort

    async def receive(self, statement_id: int, escort_id: int) -> Receiving:
        """With what the escort's phone opens WeChat's page. Raises NothingToReceive, TransferExpired."""
        async with self._storage.reading() as reader:
            transfer = await reader.transfers.live(statement_id)
        if transfer is None or transfer.escort_id != escort_id or not waits_for_escort(transfer):
            raise NothingToReceive
        if not can_be_received(transfer, self._clock()):
            await self.look(statement_id, escort_id)
            raise TransferExpired
        package = self._vault.open(transfer.package_sealed, TRANSFER_PACKAGE)
        return Receiving(transfer.mchid, transfer.appid, package)

    async def look(self, statement_id: int, escort_id: int) -> None:
        """Ask WeChat what became of the statement's transfer. Never raises: the reader sees what is known, and the
        sweep asks again."""
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                await self._look(statement_id, escort_id)
        except (StorageError, TimeoutError) as error:
            logger.info("a transfer could not be looked at: %s", type(error).__name__)
        except Exception as error:
            logger.error("a transfer could not be looked at: %s", place(error))

    async def _look(self, statement_id: int, escort_id: int) -> None:
        async with self._storage.reading() as reader:
            transfer = await reader.transfers.live(statement_id)
        if transfer is None or transfer.escort_id != escort_id or transfer.next_query_at is None:
            return
        if not await self._sender.claim(transfer):
            return
        await self._sender.advance(transfer.id)
        at, fresh = self._clock(), await self._get(transfer.id)
        if fresh.next_query_at is not None:
            await self._storage.run(lambda tx: tx.transfers.claim(fresh, at, at + LOOK_INTERVAL))

    # In the background

    async def sweep(self, owner: str) -> JobRun | None:
        """One round over what is due: asked about, sent again, cancelled. A failing transfer stops no other."""

        async def work(run: JobRun) -> None:
            at = self._clock()
            async with self._storage.reading() as reader:
                due = await reader.transfers.due(at, BATCH_SIZE)
            slots, failed = asyncio.Semaphore(AT_ONCE), list[str]()

            async def one(transfer: PayTransfer) -> None:
                async with slots:
                    try:
                        async with asyncio.timeout(ITEM_SECONDS):
                            if await self._sender.claim(transfer):
                                await self._sender.advance(transfer.id)
                    except Exception as error:
                        failed.append(type(error).__name__)
                        if not isinstance(error, StorageError | TimeoutError):
                            logger.error("sweep: a transfer failed: %s", place(error))

            await asyncio.gather(*(one(each) for each in due))
            async with self._storage.reading() as reader:
                backlog = await reader.transfers.backlog(at)
            run.result = {"asked": len(due), "failures": len(failed), "backlog": backlog}
            run.problem = f"{len(failed)} failed: {failed[0]}" if failed else ""

        return await run_job(self._storage, self._clock, JOB, owner, ROUND_CLAIM, work)

    async def _get(self, transfer_id: int) -> PayTransfer:
        async with self._storage.reading() as reader:
            found = await reader.transfers.get(transfer_id)
        if found is None:
            raise TransferNotFound
        return found

    async def _advance_if_free(self, transfer: PayTransfer) -> TransferState:
        """At once, unless a sweep has just taken it and does the same."""
        if not await self._sender.claim(transfer):
            return TransferState((await self._get(transfer.id)).state)
        return await self._sender.advance(transfer.id)


def waits_for_escort(transfer: PayTransfer) -> bool:
    """Does it wait for the escort, and is known with what WeChat's page is opened?"""
    waits = transfer.state == TransferState.WAITING and transfer.cancel_at is None
    return waits and bool(transfer.package_sealed)


def can_be_received(transfer: PayTransfer, at: int) -> bool:
    """As WeChat may end it late: not once its day is over."""
    return waits_for_escort(transfer) and at < (transfer.expires_at or 0)


def notify_url(settings: Settings) -> str:
    """As configured, or beside the one for payments."""
    return settings.transfers.notify_url or urljoin(settings.pay.notify_url, "../transfer-notify/")
