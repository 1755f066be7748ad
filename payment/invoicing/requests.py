"""Asking for an invoice, and taking that back: the order's user alone."""

from __future__ import annotations

from clock import DAY
from frozen_dataclasses import frozen
from orders.sharing import access
from orders.sharing.access import Act
from payment.invoicing.amounts import InvoiceSum, read_sum
from privacy import INVOICE_EMAIL, Vault
from refusals import AccountClosed, Refused, Unknown
from storage import Reader, Transaction
from storage.models import Invoice, InvoiceKind, InvoiceState, Order, OrderState
from storage.writes import InvoiceMove, NewInvoice

OVER = (OrderState.FINISHED, OrderState.CANCELLED, OrderState.REFUNDED)
"""Of what is over it is known what the company keeps."""


class InvoiceNotFound(Unknown):
    """No such invoice, or another user's."""

    slug = "invoice_not_found"
    message = "没有找到这张发票"


class InvoiceRefused(Refused):
    """None can be asked for now; the sentence says why."""

    slug = "not_invoiceable"
    message = "现在还不能开发票"


class InvoiceAlreadyRequested(Refused):
    slug = "invoice_already_requested"
    message = "这个订单的发票已经申请过，正在处理；要改内容请先撤回"


class InvoiceNotWaiting(Refused):
    """It was issued, rejected or taken back meanwhile."""

    slug = "invoice_not_waiting"
    message = "这张发票已经处理过了，请刷新后再看"


@frozen()
class Wanted:
    """What the user writes. ``email``: empty where the user downloads it."""

    kind: InvoiceKind
    title: str
    tax_number: str
    email: str


def why_not(order: Order, found: InvoiceSum, invoice_days: int, at: int) -> str:
    """Why no invoice can be asked for now, as the user reads it; empty when one can."""
    if not order.paid_fen and not found.paid_fen:
        return "订单还没有付款"
    if order.state == OrderState.REFUNDING:
        return "正在处理退款，处理完就可以申请"
    if order.state not in OVER:
        return "陪诊完成后就可以申请发票"
    if found.paid_at is not None and at > found.paid_at + invoice_days * DAY:
        return f"付款超过 {invoice_days} 天，请直接联系客服"
    if not found.open_fen:
        return "这个订单已经开过发票" if found.invoiced_fen else "款项已全部退回，没有可以开票的金额"
    return ""


async def request(
    tx: Transaction, vault: Vault, order_id: int, user_id: int, wanted: Wanted, days_and_at: tuple[int, int]
) -> int:
    """Ask for an invoice about all that is left; its id. ``days_and_at``: ``office.invoice_days``, and now.

    Raises AccountClosed, OrderNotFound, OrderRemoved, InvoiceAlreadyRequested, InvoiceRefused.
    """
    invoice_days, at = days_and_at
    if not await tx.users.lock_living(user_id):
        raise AccountClosed
    order = (await access.lock(tx, order_id, user_id, Act.MANAGE)).order
    known = await tx.invoices.of_order(order_id)
    if any(each.state == InvoiceState.REQUESTED for each in known):
        raise InvoiceAlreadyRequested
    found = await read_sum(tx, order)
    if why := why_not(order, found, invoice_days, at):
        raise InvoiceRefused(why)
    return await tx.invoices.add(
        NewInvoice(
            order_id=order_id,
            user_id=user_id,
            kind=wanted.kind,
            title=wanted.title,
            tax_number=wanted.tax_number,
            email_sealed=vault.seal(wanted.email, INVOICE_EMAIL) if wanted.email else "",
            amount_fen=found.open_fen,
            requested_at=at,
        )
    )


async def withdraw(tx: Transaction, invoice_id: int, user_id: int, at: int) -> None:
    """Take back a request that is not decided; repeating it changes nothing. Raises InvoiceNotFound,
    InvoiceNotWaiting."""
    invoice = await lock(tx, invoice_id)
    if invoice.user_id != user_id:
        raise InvoiceNotFound
    if invoice.state == InvoiceState.WITHDRAWN:
        return
    move = InvoiceMove(open_order_id=None)
    if not await tx.invoices.move(invoice.id, InvoiceState.REQUESTED, InvoiceState.WITHDRAWN, at, move):
        raise InvoiceNotWaiting


async def lock(tx: Transaction, invoice_id: int) -> Invoice:
    """The invoice under its order's lock. Raises InvoiceNotFound."""
    known = await tx.invoices.get(invoice_id)
    if known is None:
        raise InvoiceNotFound
    await tx.orders.lock(known.order_id)
    invoice = await tx.invoices.get(invoice_id)
    assert invoice is not None  # invoices are never deleted
    return invoice


async def proposed(reader: Reader, user_id: int) -> Invoice | None:
    """The user's last request, whose title and tax number a new one begins with."""
    found = await reader.invoices.page_of_user(user_id, None, None, 1)
    return found[0] if found and found[0].title else None
