"""What WeChat's report about a transfer changes. Only a verified notification or query may end one.

The escort's lock comes first: statement and transfer change together, once. At its end a transfer loses what only its
sending needed: the request, with the encrypted name in it, and the package.
"""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from typing import Any

from orders.escort_pay import wechat_payment
from payment.evidence import Source
from payment.transfers.schedule import CONFIRMED_WITHIN, next_query_at
from payment.wechatpay.transfers import TransferResult
from storage import Transaction
from storage.locked_rows import must_have_changed
from storage.models import FINAL_TRANSFERS, PayTransfer, TransferState
from storage.writes import KEPT, TransferMove

logger = logging.getLogger("hospital.payment.transfers")

FROM_WECHAT = {
    "ACCEPTED": TransferState.ACCEPTED,
    "PROCESSING": TransferState.PROCESSING,
    "WAIT_USER_CONFIRM": TransferState.WAITING,
    "TRANSFERING": TransferState.TRANSFERRING,
    "CANCELING": TransferState.CANCELLING,
    "SUCCESS": TransferState.SUCCEEDED,
    "FAIL": TransferState.FAILED,
    "CANCELLED": TransferState.CANCELLED,
}
_NOT_IN_CASES = frozenset({"package_info", "user_name"})
_ORDER = (TransferState.CREATED, TransferState.ACCEPTED, TransferState.PROCESSING, TransferState.WAITING)
"""What a transfer goes through by itself: the reply to a repeated request may be older than what is known."""
NOTHING_MORE = TransferMove()


async def apply_transfer(
    tx: Transaction, result: TransferResult, source: Source, at: int
) -> TransferState | None:
    """Apply WeChat's report; the state it is in now, None for a number that is not ours. Idempotent: what is final
    stays, but that money which was paid after all is recorded."""
    transfer = await lock_transfer(tx, result.out_bill_no)
    if transfer is None:
        await _open_case(tx, "transfer_unknown", result.out_bill_no, {"source": source, **_raw(result)}, at)
        return None
    now, told = TransferState(transfer.state), FROM_WECHAT[result.state]
    if differs := differences(transfer, result):
        detail = {"source": source, "differs": differs, **_raw(result)}
        await _open_case(tx, "transfer_mismatch", transfer.out_bill_no, detail, at)
        return now
    if now in FINAL_TRANSFERS:
        if told in FINAL_TRANSFERS and told != now:
            detail = {"source": source, "was": now, **_raw(result)}
            await _open_case(tx, "transfer_contradicted", transfer.out_bill_no, detail, at)
            if told == TransferState.SUCCEEDED:
                await _succeed(tx, transfer, result, at)
                return told
        return now
    if told == TransferState.SUCCEEDED:
        await _succeed(tx, transfer, result, at)
    elif told in FINAL_TRANSFERS:
        number = TransferMove(wechat_bill_no=result.wechat_bill_no)
        await end_unpaid(tx, transfer, told, result.fail_reason, at, number)
    else:
        await move_on(tx, transfer, told, result, at)
    logger.info("transfer %d is %s (%s)", transfer.id, told, source)
    return told


async def apply_reply(tx: Transaction, result: TransferResult, package_sealed: str, at: int) -> None:
    """WeChat has the request. What its reply says about the state is believed as long as it is no end, which a query
    tells; the package comes with it alone."""
    transfer = await lock_transfer(tx, result.out_bill_no)
    assert transfer is not None  # we have just asked for it
    now, told = TransferState(transfer.state), FROM_WECHAT[result.state]
    if now in FINAL_TRANSFERS:
        return
    later = told in _ORDER and now in _ORDER and _ORDER.index(told) > _ORDER.index(now)
    after = told if later else TransferState.ACCEPTED if now == TransferState.CREATED else now
    await move_on(tx, transfer, after, result, at, package_sealed)


async def lock_transfer(tx: Transaction, out_bill_no: str) -> PayTransfer | None:
    """The transfer as it is now, with its escort locked until the transaction ends."""
    known = await tx.transfers.by_number(out_bill_no)
    if known is None:
        return None
    await tx.escorts.lock(known.escort_id)
    return await tx.transfers.get(known.id)


async def move_on(
    tx: Transaction,
    transfer: PayTransfer,
    state: TransferState,
    result: TransferResult,
    at: int,
    package_sealed: str = "",
) -> None:
    """The locked transfer is under way at WeChat. The escort is told when it begins to wait for them."""
    accepted_at = transfer.accepted_at or result.created_at or at
    changes = TransferMove(
        wechat_bill_no=result.wechat_bill_no,
        package_sealed=package_sealed or KEPT,
        unanswered_at=None,
        accepted_at=accepted_at,
        expires_at=accepted_at + CONFIRMED_WITHIN,
        next_query_at=next_query_at(transfer, state, at),
        last_error="",
    )
    moved = await tx.transfers.move(transfer, state, at, changes)
    must_have_changed(moved)  # read under the escort's lock
    if package_sealed and not transfer.package_sealed:
        await wechat_payment.ask_to_receive(tx, transfer.statement_id, at)


async def end_unpaid(
    tx: Transaction,
    transfer: PayTransfer,
    state: TransferState,
    reason: str,
    at: int,
    more: TransferMove = NOTHING_MORE,
) -> None:
    """The locked transfer has failed or was cancelled: its statement may be paid otherwise, or by another one.
    ``more``: WeChat's number, or who has said so where WeChat did not."""
    changes = replace(
        more,
        live_statement_id=None,
        request="",
        package_sealed="",
        fail_reason=reason,
        finished_at=at,
        next_query_at=None,
        last_error="",
    )
    moved = await tx.transfers.move(transfer, state, at, changes)
    must_have_changed(moved)
    await wechat_payment.give_back(tx, transfer.statement_id, at)


async def _succeed(tx: Transaction, transfer: PayTransfer, result: TransferResult, at: int) -> None:
    """The escort has the money. A statement that is being paid, or was paid, otherwise is a case: it was paid twice."""
    paid_at = result.updated_at or at
    other = await tx.transfers.live(transfer.statement_id)
    mine = other is None or other.id == transfer.id
    booked = mine and await wechat_payment.paid(
        tx, transfer.statement_id, result.wechat_bill_no, transfer.started_by, min(paid_at, at), at
    )
    await end_paid(tx, transfer, transfer.statement_id if booked else None, result.wechat_bill_no, at)
    if not booked:
        detail = {"statement": transfer.statement_id, "amount_fen": transfer.amount_fen, **_raw(result)}
        await _open_case(tx, "transfer_twice", transfer.out_bill_no, detail, at)


async def end_paid(
    tx: Transaction,
    transfer: PayTransfer,
    live_statement_id: int | None,
    wechat_bill_no: str,
    at: int,
    more: TransferMove = NOTHING_MORE,
) -> None:
    """The locked transfer has paid; ``live_statement_id``: the statement, if it is paid by this one. ``more``: who has
    said so where WeChat did not."""
    changes = replace(
        more,
        live_statement_id=live_statement_id,
        wechat_bill_no=wechat_bill_no,
        request="",
        package_sealed="",
        fail_reason="",
        finished_at=at,
        next_query_at=None,
        last_error="",
    )
    moved = await tx.transfers.move(transfer, TransferState.SUCCEEDED, at, changes)
    must_have_changed(moved)


def differences(transfer: PayTransfer, result: TransferResult) -> dict[str, Any]:
    """Facts in which WeChat's transfer is not the one that was asked for; what it does not tell does not differ."""
    pairs = {
        "amount_fen": (transfer.amount_fen, result.amount_fen),
        "openid": (transfer.openid, result.openid),
        "appid": (transfer.appid, result.appid),
        "mchid": (transfer.mchid, result.mchid),
        "wechat_bill_no": (transfer.wechat_bill_no or result.wechat_bill_no, result.wechat_bill_no),
    }
    return {name: {"expected": a, "found": b} for name, (a, b) in pairs.items() if b is not None and a != b}


def _raw(result: TransferResult) -> dict[str, Any]:
    """What WeChat has said, for a case: cases are kept when the escort's data are erased."""
    return {"wechat": {name: value for name, value in result.raw.items() if name not in _NOT_IN_CASES}}


async def _open_case(tx: Transaction, kind: str, reference: str, detail: dict[str, Any], at: int) -> None:
    text = json.dumps(detail, ensure_ascii=False, default=str)
    if await tx.finance.open_case(kind, reference, text, at):
        logger.error("case %s opened for transfer %s", kind, reference)
