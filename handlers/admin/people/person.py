"""What the office reads of one person: orders with their money, messages, complaints, invoices."""

from __future__ import annotations

from typing import Any

from frozen_dataclasses import frozen
from handlers.admin.formats import amount_text, minute_text
from handlers.admin.labels import ATTEMPT_STATE, ATTEMPT_TONE, REFUND_STATE, REFUND_TONE
from handlers.admin.orders.listing import rows
from handlers.admin.orders.sharing import MESSAGE_STATES, message_detail, message_title
from handlers.admin.paging import cut, pager
from privacy import CUSTOMER_PHONE, PATIENT_PHONE, PrivacyError, Vault, masked_phone
from storage import Reader
from storage.models import (
    Attempt,
    AttemptState,
    Channel,
    Complaint,
    ComplaintState,
    Invoice,
    InvoiceState,
    OfficeCustomer,
    Order,
    Patient,
    Refund,
    RefundState,
    User,
)

ORDERS, SHOWN = 20, 20
"""So many orders are on a page of the person; so many messages, complaints and invoices, the newest."""
COMPLAINT_STATES = {
    ComplaintState.OPEN: ("待处理", "amber"),
    ComplaintState.ANSWERED: ("已答复", "blue"),
    ComplaintState.CLOSED: ("已结案", "grey"),
}
INVOICE_STATES = {
    InvoiceState.REQUESTED: ("待开票", "amber"),
    InvoiceState.WITHDRAWN: ("已撤回", "grey"),
    InvoiceState.REJECTED: ("未开票", "grey"),
    InvoiceState.ISSUED: ("已开票", "green"),
    InvoiceState.TO_REVERSE: ("待红冲", "red"),
    InvoiceState.REVERSED: ("已红冲", "grey"),
}


@frozen()
class Movement:
    """A payment or a refund, or a try of one, as a line of the person's page."""

    order_id: int
    at: int
    what: str
    amount: str
    label: str
    tone: str
    number: str
    refund_id: int | None = None


@frozen()
class SentMessage:
    order_id: int | None
    title: str
    label: str
    tone: str
    detail: str


@frozen()
class Case:
    """A complaint or an invoice."""

    order_id: int | None
    title: str
    label: str
    tone: str
    detail: str


async def person_facts(
    reader: Reader, vault: Vault, user: User, before: int | None, at: int
) -> dict[str, Any]:
    """A page of the person's orders with their payments and refunds, and the newest of everything else."""
    orders, last = cut(await reader.orders.of_user(user.id, ORDERS + 1, before, hidden=True), ORDERS)
    table = await rows(reader, orders, at)
    attempts = await reader.attempts.of_orders([order.id for order in orders])
    refunds = await reader.refunds.of_orders([order.id for order in orders])
    messages = await reader.outbox.newest_of_user(user.id, SHOWN)
    complaints = await reader.complaints.newest_of_user(user.id, SHOWN)
    invoices = await reader.invoices.newest_of_user(user.id, SHOWN)
    customer = await reader.customers.get(user.id)
    return {
        **table,
        **pager("before", first=before is None, following=last.id if last else ""),
        "movements": _movements(orders, attempts, refunds),
        "messages": [
            SentMessage(
                message.order_id,
                message_title(message),
                *MESSAGE_STATES[message.state],
                message_detail(message, at),
            )
            for message in messages
        ],
        "complaints": [_complaint(each) for each in complaints],
        "invoices": [_invoice(each) for each in invoices],
        "customer": customer,
        "customer_phone": _masked(vault, customer.phone_sealed, CUSTOMER_PHONE) if customer else "",
        "most": SHOWN,
    }


def patients_phones(vault: Vault, patients: list[Patient]) -> dict[int, str]:
    """The masked phones of those patients who have one, by patient."""
    return {
        each.id: _masked(vault, each.phone_sealed, PATIENT_PHONE) for each in patients if each.phone_sealed
    }


def name_of(user: User, customer: OfficeCustomer | None, patients: list[Patient]) -> str:
    """What the office calls a person: as it has noted, as they call themselves, or by whom they book for."""
    if customer is not None and customer.name:
        return customer.name
    return user.nickname or next((patient.name for patient in patients if patient.name), "")


def _masked(vault: Vault, sealed: str, context: str) -> str:
    try:
        return masked_phone(vault.open(sealed, context)) if sealed else ""
    except PrivacyError:
        return "无法解密"


def _movements(orders: list[Order], attempts: list[Attempt], refunds: list[Refund]) -> list[Movement]:
    """Newest first. A try that was closed without money is left out, and so is one of an order that was never paid
    yet but that is still open: the order says so."""
    paid_by_hand = {attempt.id for attempt in attempts if attempt.channel == Channel.OFFLINE}
    found = [
        Movement(
            attempt.order_id,
            attempt.paid_at or attempt.created_at,
            ("补款" if attempt.supplement_id else "支付")
            + ("（线下）" if attempt.id in paid_by_hand else ""),
            amount_text(attempt.amount_fen),
            ATTEMPT_STATE[AttemptState(attempt.state)],
            ATTEMPT_TONE[AttemptState(attempt.state)],
            attempt.transaction_id or attempt.out_trade_no,
        )
        for attempt in attempts
        if attempt.state
        in (AttemptState.PAID, AttemptState.MISMATCH, AttemptState.REVERSED, AttemptState.UNKNOWN)
    ]
    found += [
        Movement(
            refund.order_id,
            refund.finished_at or refund.requested_at,
            "退款" + ("（线下）" if refund.attempt_id in paid_by_hand else ""),
            f"-{amount_text(refund.amount_fen)}",
            REFUND_STATE[RefundState(refund.state)],
            REFUND_TONE[RefundState(refund.state)],
            refund.out_refund_no,
            refund.id,
        )
        for refund in refunds
    ]
    return sorted(found, key=lambda movement: (movement.at, movement.order_id), reverse=True)


def _complaint(complaint: Complaint) -> Case:
    label, tone = COMPLAINT_STATES[ComplaintState(complaint.state)]
    return Case(
        complaint.order_id, f"投诉与建议 #{complaint.id}", label, tone, minute_text(complaint.created_at)
    )


def _invoice(invoice: Invoice) -> Case:
    label, tone = INVOICE_STATES[InvoiceState(invoice.state)]
    title = f"{amount_text(invoice.amount_fen)} {invoice.title}"
    return Case(invoice.order_id, title, label, tone, minute_text(invoice.requested_at))
