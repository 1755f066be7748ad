"""The office says how a transfer has ended, because WeChat does not: it tells of none after 30 days, or of another one
than was asked for.

WeChat is asked once more before, so that its word decides as long as there is one. Nothing is decided about a transfer
that may still pay: whoever records 没有付成 can pay the statement again.
"""

from __future__ import annotations

from frozen_dataclasses import frozen
from orders.escort_pay import wechat_payment
from orders.escort_pay.rules import PayInput
from orders.escort_pay.statements import lock_statement, moment_paid
from payment.transfers.outcome import FROM_WECHAT, differences, end_paid, end_unpaid
from payment.transfers.problems import TransferChanged, TransferDecidedByWeChat, TransferUndecidable
from payment.transfers.schedule import forgotten_from
from payment.wechatpay.transfers import TransferResult
from storage import Reader, Transaction
from storage.models import FINAL_TRANSFERS, PayTransfer, TransferState
from storage.writes import TransferMove

MAX_NOTE_LENGTH = 200
OFFICE_FOUND = "OFFICE_FOUND"
"""The reason of a transfer of which the office has found out that it paid nothing."""
MISMATCH = "transfer_mismatch"


@frozen()
class Decision:
    """What an owner has found out; ``seen``: the mark of the transfer that the page showed. ``day`` of the payment,
    empty for one that paid nothing. ``note``: the proof, or the reason."""

    transfer_id: int
    seen: str
    admin_id: int
    day: str
    note: str


def mark_of(transfer: PayTransfer) -> str:
    """What a form carries of the transfer that its page showed."""
    return f"{transfer.state}.{transfer.updated_at}"


async def may_be_decided(reader: Reader, transfer: PayTransfer, at: int) -> bool:
    """Is there something for a person to find out? What WeChat says at that moment may still refuse it."""
    if transfer.state in FINAL_TRANSFERS:
        return False
    if at >= forgotten_from(transfer):
        return True
    return await reader.finance.case_about(MISMATCH, transfer.out_bill_no) is not None


def check_decidable(transfer: PayTransfer, told: TransferResult | None, decision: Decision, at: int) -> None:
    """``told``: what WeChat has just said, None when it tells nothing. Raises TransferUndecidable,
    TransferDecidedByWeChat."""
    if told is None:
        if at < forgotten_from(transfer):
            raise TransferUndecidable(
                "没有保存：微信现在没有给出这笔转账的情况，但它还可能付出。转账满 30 天以后，或者微信有了结果，再来记录"
            )
        return
    state, differs = FROM_WECHAT[told.state], differences(transfer, told)
    if not differs or state not in FINAL_TRANSFERS:
        raise TransferUndecidable
    if decision.day and state != TransferState.SUCCEEDED:
        raise TransferDecidedByWeChat("没有保存：微信说这笔转账没有付成，不能记为已付款")
    if not decision.day and state == TransferState.SUCCEEDED and "openid" not in differs:
        raise TransferDecidedByWeChat("没有保存：微信说这笔钱已经付给本人，不能记为没有付成")


async def decide(
    tx: Transaction, transfer: PayTransfer, told: TransferResult | None, decision: Decision, at: int
) -> None:
    """End the locked transfer as the office has found out, with its statement. Raises TransferChanged,
    TransferUndecidable, TransferDecidedByWeChat, PayInput."""
    if transfer.state in FINAL_TRANSFERS:
        raise TransferChanged
    check_decidable(transfer, told, decision, at)
    if mark_of(transfer) != decision.seen:
        raise TransferChanged
    if not decision.note:
        raise PayInput("note", "请写明凭证或原因")
    decided = TransferMove(decided_by=decision.admin_id, decided_note=decision.note)
    if not decision.day:
        await end_unpaid(tx, transfer, TransferState.FAILED, OFFICE_FOUND, at, decided)
        return
    statement = await lock_statement(tx, transfer.statement_id)
    paid_at = moment_paid(statement, decision.day, at)
    number = transfer.wechat_bill_no or transfer.out_bill_no
    booked = await wechat_payment.paid(tx, statement.id, number, decision.admin_id, paid_at, at)
    if not booked:  # it is being paid by this transfer, or the books were changed by hand
        raise TransferChanged
    await end_paid(tx, transfer, transfer.statement_id, number, at, decided)
