"""Transfers against WeChat: asked for, asked about, cancelled, one claimed step at a time.

The request never changes between tries, so a reply that was lost costs a repetition and never a second transfer. After
any doubt a query comes first, and only what WeChat does not know is sent again. The end is what a query or a
notification says.
"""

from __future__ import annotations

import json
import logging

from clock import DAY, MINUTE, Clock
from failures import place
from payment.context import InTransaction, no_hook
from payment.evidence import Source
from payment.transfers.outcome import apply_reply, apply_transfer, lock_transfer
from payment.transfers.schedule import (
    REPEATED_FOR,
    forgotten_from,
    is_stuck,
    next_query_at,
    retry_delay,
)
from payment.wechatpay.errors import (
    GatewayError,
    Misconfigured,
    NotEnoughMoney,
    NotFound,
    Refused,
    Unknown,
    Unreachable,
)
from payment.wechatpay.transfers import MerchantTransfers, TransferResult
from privacy import TRANSFER_PACKAGE, Vault
from storage import Storage, StorageUnavailable, Transaction
from storage.models import FINAL_TRANSFERS, PayTransfer, TransferState
from storage.writes import TransferMove

logger = logging.getLogger("hospital.payment.transfers")

CLAIM = 2 * MINUTE
"""How long a transfer belongs to who claimed it: longer than a step may take."""
STUCK = "transfer_stuck"
"""The case of a transfer that does not move on, or of which WeChat says nothing."""


class TransferSender:
    def __init__(self, storage: Storage, wechat: MerchantTransfers, vault: Vault, clock: Clock) -> None:
        self._storage = storage
        self._wechat = wechat
        self._vault = vault
        self._clock = clock

    async def claim(self, transfer: PayTransfer, hook: InTransaction = no_hook) -> bool:
        """Take a transfer for one step; False while another process has it."""
        at = self._clock()

        async def take(tx: Transaction) -> bool:
            claimed = await tx.transfers.claim(transfer, at, at + CLAIM)
            if claimed:
                await hook(tx, transfer)
            return claimed

        return await self._storage.run(take)

    async def release(self, claimed: PayTransfer) -> None:
        """Give a claim back; plan and last error stay what has become of them under the claim. A cancellation that came
        meanwhile is due at once."""
        at = self._clock()

        async def give_back(tx: Transaction) -> None:
            fresh = await lock_transfer(tx, claimed.out_bill_no)
            assert fresh is not None
            due_at = fresh.next_query_at if fresh.cancel_at == claimed.cancel_at else at
            await tx.transfers.reschedule(claimed.id, due_at, fresh.last_error)

        await self._storage.run(give_back)

    async def advance(self, transfer_id: int) -> TransferState:
        """Take a claimed transfer one step further and say when the next one is due; its state afterwards.

        Raises StorageError, and what was not foreseen; WeChat's failures are noted in the row alone.
        """
        transfer = await self._get(transfer_id)
        try:
            known = await self._step(transfer)
        except GatewayError as error:
            await self._reschedule_after(transfer, error)
        except StorageUnavailable:
            raise
        except (
            Exception
        ) as error:  # what WeChat has done is not known: never at once again, and seen in the row
            await self._reschedule_after(transfer, Unknown(place(error)))
            raise
        else:
            await self._reschedule(known)
        return TransferState((await self._get(transfer_id)).state)

    async def _get(self, transfer_id: int) -> PayTransfer:
        async with self._storage.reading() as reader:
            found = await reader.transfers.get(transfer_id)
        assert found is not None
        return found

    async def _step(self, transfer: PayTransfer) -> PayTransfer:
        """The transfer as it was when the step decided what to do last."""
        if transfer.state in FINAL_TRANSFERS:
            return transfer
        if transfer.sent_at is None or not await self._known_at_wechat(transfer):
            await self._send(transfer)
        fresh = await self._get(transfer.id)
        if fresh.state != TransferState.WAITING:
            return fresh
        if fresh.cancel_at is not None:
            await self._cancel(fresh)
        elif not fresh.package_sealed and self._clock() < (fresh.expires_at or 0):
            await self._send(fresh)  # a query does not tell the package, the same request does
        return fresh

    async def _known_at_wechat(self, transfer: PayTransfer) -> bool:
        """Ask, and apply the answer. False: WeChat has never heard of it, and it may be sent again."""
        try:
            await self.query(transfer.out_bill_no)
        except NotFound as error:
            first_send = transfer.state == TransferState.CREATED
            if first_send and error.verified and self._clock() < transfer.created_at + REPEATED_FOR:
                return False
            raise
        return True

    async def query(self, out_bill_no: str) -> TransferResult:
        """What WeChat says now, which is applied. Raises GatewayError."""
        result = await self._wechat.query(out_bill_no)
        at = self._clock()
        await self._storage.run(lambda tx: apply_transfer(tx, result, Source.QUERY, at))
        return result

    async def _send(self, transfer: PayTransfer) -> None:
        at = self._clock()
        doubt = TransferMove(sent_at=at, unanswered_at=at)
        if not await self._note(transfer, doubt):
            return  # a notification was quicker
        try:
            result = await self._wechat.create(json.loads(transfer.request), transfer.key_serial)
        except GatewayError as error:
            if isinstance(error, Unreachable) or (isinstance(error, Refused) and error.verified):
                await self._note(transfer, TransferMove(unanswered_at=transfer.unanswered_at))
            raise
        sealed = self._vault.seal(result.package, TRANSFER_PACKAGE) if result.package else ""
        answered_at = self._clock()
        await self._storage.run(lambda tx: apply_reply(tx, result, sealed, answered_at))

    async def _note(self, transfer: PayTransfer, changes: TransferMove) -> bool:
        at = self._clock()
        return await self._storage.run(lambda tx: tx.transfers.move(transfer, transfer.state, at, changes))

    async def _cancel(self, transfer: PayTransfer) -> None:
        """The reply says that the request was taken, or why not: what came of it, a query says."""
        try:
            await self._wechat.cancel(transfer.out_bill_no)
        except Refused as error:
            if isinstance(error, Misconfigured):
                raise
            logger.info("transfer %d could not be cancelled: %s", transfer.id, error)
        await self.query(transfer.out_bill_no)

    async def _reschedule(self, known: PayTransfer) -> None:
        """A cancellation that the step did not know of is due at once."""
        at = self._clock()

        async def plan(tx: Transaction) -> None:
            fresh = await lock_transfer(tx, known.out_bill_no)
            assert fresh is not None
            if is_stuck(fresh, at):
                await tx.finance.open_case(STUCK, fresh.out_bill_no, json.dumps(_about(fresh)), at)
            later = next_query_at(fresh, TransferState(fresh.state), at)
            due_at = later if fresh.cancel_at == known.cancel_at else at
            await tx.transfers.reschedule(known.id, due_at, fresh.last_error)

        await self._storage.run(plan)

    async def _reschedule_after(self, transfer: PayTransfer, error: GatewayError) -> None:
        """Note the failure where an administrator sees it, and say when to try again, with the same number: at once for
        a cancellation of which the step that failed did not know."""
        at = self._clock()
        kind, wait = _judge(transfer, error, at)

        async def note(tx: Transaction) -> None:
            fresh = await lock_transfer(tx, transfer.out_bill_no)
            assert fresh is not None
            case = kind or (STUCK if is_stuck(fresh, at) else "")
            if case and fresh.state not in FINAL_TRANSFERS:
                told = {**_about(fresh), "code": error.code, "error": str(error)}
                detail = json.dumps(told, ensure_ascii=False)
                await tx.finance.open_case(case, transfer.out_bill_no, detail, at)
            due_at = at + wait if fresh.cancel_at == transfer.cancel_at else at
            await tx.transfers.reschedule(transfer.id, due_at, str(error))

        await self._storage.run(note)
        logger.warning("transfer %d not done yet: %s; again in %d s", transfer.id, error, wait // 1000)


def _about(transfer: PayTransfer) -> dict[str, object]:
    return {
        "statement": transfer.statement_id,
        "amount_fen": transfer.amount_fen,
        "state": transfer.state,
    }


def _is_lost(transfer: PayTransfer, at: int) -> bool:
    """Not found, and WeChat's time is over: that in which a number may be repeated, or, once WeChat has accepted it,
    that in which it ends what it has begun. Until then it may just not be found for a while."""
    if transfer.state == TransferState.CREATED:
        return at >= transfer.created_at + REPEATED_FOR
    return is_stuck(transfer, at)


def _judge(transfer: PayTransfer, error: GatewayError, at: int) -> tuple[str, int]:
    """The case that a failure is (empty: none), and how long to wait (ms)."""
    wait = retry_delay(transfer.query_count)
    if isinstance(error, NotEnoughMoney):
        return "transfer_not_enough", min(max(wait, 2 * MINUTE), 10 * MINUTE)
    if isinstance(error, NotFound):
        return ("transfer_lost" if _is_lost(transfer, at) else ""), DAY if at >= forgotten_from(
            transfer
        ) else wait
    if isinstance(error, Misconfigured):
        return "transfer_refused", max(wait, 10 * MINUTE)
    if isinstance(error, Refused) and error.verified:
        return "transfer_refused", DAY if transfer.state == TransferState.CREATED else 10 * MINUTE
    return "", wait
