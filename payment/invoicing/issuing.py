"""What the office makes of a request: issued with its number and PDF, or rejected; reversed after a refund."""

from __future__ import annotations

from orders.messages import queue_invoice
from payment.invoicing.amounts import InvoiceSum, issuable_fen, read_sum
from payment.invoicing.requests import InvoiceNotWaiting, lock
from refusals import Refused
from storage import Duplicate, Transaction
from storage.locked_rows import must_have_changed
from storage.models import Invoice, InvoiceState, Order
from storage.writes import InvoiceMove
from wechat.message_facts import MessageOutcome


class InvoiceChanged(Refused):
    """It is not as the page has shown it: a colleague has changed it, the user took it back, or money went back."""

    slug = "invoice_changed"
    message = "这张发票刚刚有变化：同事处理过、用户撤回了，或者订单有退款。没有保存，请看过最新的内容再提交"


class NothingToIssue(Refused):
    """Everything was refunded meanwhile."""

    slug = "nothing_to_issue"
    message = "款项已经退回，没有可以开票的金额，请不通过这个申请并写明原因"


class NumberTaken(Refused):
    """Another invoice has this number: one of the two was written down wrongly."""

    slug = "invoice_number_taken"
    message = "这个号码已经记在另一张发票上，没有保存。请核对号码"

    def __init__(self, other: Invoice | None = None) -> None:
        whose = f"订单 #{other.order_id} 的发票（{other.title or '已删除'}）" if other else "另一张发票"
        super().__init__(f"这个号码已经记在{whose}上，没有保存。请核对号码" if other else "")


def mark(invoice: Invoice, now: InvoiceSum) -> str:
    """What a page shows of it, for the forms of that page."""
    return f"{invoice.id}-{invoice.state}-{invoice.updated_at}-{issuable_fen(invoice, now)}"


async def _lock_seen(tx: Transaction, invoice_id: int, seen: str) -> tuple[Invoice, Order, InvoiceSum]:
    """Raises InvoiceNotFound, InvoiceChanged."""
    invoice = await lock(tx, invoice_id)
    order = await tx.orders.get(invoice.order_id)
    assert order is not None
    now = await read_sum(tx, order)
    if mark(invoice, now) != seen:
        raise InvoiceChanged
    return invoice, order, now


async def issue(
    tx: Transaction, invoice_id: int, number_and_file: tuple[str, str], admin_id: int, seen: str, at: int
) -> Invoice:
    """Issued for what can be invoiced now, which the page has shown; as it was before. The file is there already.

    Raises InvoiceNotFound, InvoiceChanged, InvoiceNotWaiting, NothingToIssue, NumberTaken.
    """
    invoice, order, now = await _lock_seen(tx, invoice_id, seen)
    amount = issuable_fen(invoice, now)
    if invoice.state == InvoiceState.REQUESTED and not amount:
        raise NothingToIssue
    number, file = number_and_file
    await _refuse_taken(tx, invoice, number)
    move = InvoiceMove(
        open_order_id=None,
        amount_fen=amount,
        number=number,
        taken_number=number,
        file=file,
        decided_at=at,
        decided_by=admin_id,
    )
    try:
        await _decide(tx, invoice, InvoiceState.ISSUED, move, at)
    except Duplicate:  # another one was given it at the same moment
        raise NumberTaken from None
    fresh = await tx.invoices.get(invoice.id)
    assert fresh is not None
    await queue_invoice(tx, order, fresh, MessageOutcome.ISSUED, at)
    return invoice


async def reject(tx: Transaction, invoice_id: int, reason: str, admin_id: int, seen: str, at: int) -> Invoice:
    """Not issued, with the reason that the user reads; as it was before. Raises InvoiceNotFound, InvoiceChanged,
    InvoiceNotWaiting."""
    invoice, order, _ = await _lock_seen(tx, invoice_id, seen)
    move = InvoiceMove(open_order_id=None, note=reason, decided_at=at, decided_by=admin_id)
    await _decide(tx, invoice, InvoiceState.REJECTED, move, at)
    await queue_invoice(tx, order, invoice, MessageOutcome.REJECTED, at)
    return invoice


async def _decide(tx: Transaction, invoice: Invoice, state: InvoiceState, move: InvoiceMove, at: int) -> None:
    if not await tx.invoices.move(invoice.id, InvoiceState.REQUESTED, state, at, move):
        raise InvoiceNotWaiting


async def replace_file(
    tx: Transaction, invoice_id: int, number_and_file: tuple[str, str], seen: str, at: int
) -> Invoice:
    """Another number and PDF in the place of wrong ones, while it stands; as it was before, whose file is to be removed
    once this is committed. Raises InvoiceNotFound, InvoiceChanged, InvoiceNotWaiting, NumberTaken."""
    invoice, _, _ = await _lock_seen(tx, invoice_id, seen)
    number, file = number_and_file
    await _refuse_taken(tx, invoice, number)
    move = InvoiceMove(number=number, taken_number=number, file=file)
    try:
        if not await tx.invoices.move(invoice.id, InvoiceState.ISSUED, InvoiceState.ISSUED, at, move):
            raise InvoiceNotWaiting
    except Duplicate:
        raise NumberTaken from None
    return invoice


async def _refuse_taken(tx: Transaction, invoice: Invoice, number: str) -> None:
    others = [each for each in await tx.invoices.with_number(number) if each.id != invoice.id]
    if others:
        raise NumberTaken(others[0])


# Reversing


async def after_refund(tx: Transaction, order_id: int, at: int) -> None:
    """Money of a locked order, or of a supplement of it, has gone back: invoices about more than is left have to be
    reversed, the newest first."""
    issued = [each for each in await tx.invoices.of_order(order_id) if each.state == InvoiceState.ISSUED]
    if not issued:
        return
    order = await tx.orders.get(order_id)
    assert order is not None
    found = await read_sum(tx, order)
    too_much = found.invoiced_fen - (found.paid_fen - found.refunded_fen)
    too_much -= sum(
        each.amount_fen
        for each in await tx.invoices.of_order(order_id)
        if each.state == InvoiceState.TO_REVERSE
    )
    for invoice in reversed(issued):
        if too_much <= 0:
            return
        must_have_changed(
            await tx.invoices.move(
                invoice.id, InvoiceState.ISSUED, InvoiceState.TO_REVERSE, at, InvoiceMove()
            )
        )
        too_much -= invoice.amount_fen


async def demand_reversal(tx: Transaction, invoice_id: int, reason: str, seen: str, at: int) -> Invoice:
    """It was issued wrongly and has to be reversed, without a refund; as it was before. Raises InvoiceNotFound,
    InvoiceChanged, InvoiceNotWaiting."""
    invoice, _, _ = await _lock_seen(tx, invoice_id, seen)
    move = InvoiceMove(note=reason)
    if not await tx.invoices.move(invoice.id, InvoiceState.ISSUED, InvoiceState.TO_REVERSE, at, move):
        raise InvoiceNotWaiting
    return invoice


async def mark_reversed(
    tx: Transaction, invoice_id: int, number: str, admin_id: int, seen: str, at: int
) -> Invoice:
    """The office has reversed it elsewhere, under this number: what is left can be invoiced again. As it was before.
    Raises InvoiceNotFound, InvoiceChanged, InvoiceNotWaiting, NumberTaken."""
    invoice, _, _ = await _lock_seen(tx, invoice_id, seen)
    if taken := await tx.invoices.with_number(number):
        raise NumberTaken(taken[0])
    move = InvoiceMove(reversal_number=number, reversed_at=at, reversed_by=admin_id)
    if not await tx.invoices.move(invoice.id, InvoiceState.TO_REVERSE, InvoiceState.REVERSED, at, move):
        raise InvoiceNotWaiting
    return invoice
