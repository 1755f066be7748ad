"""Invoices on the wire: what users ask for, and what they read of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, post_load

from money import amount_text
from payment.invoicing.amounts import InvoiceSum
from payment.invoicing.tax_numbers import TaxNumberError, read_tax_number
from privacy import INVOICE_EMAIL, Vault
from schemas.base import MISSING, Choice, Input, Output, Text, Whole
from schemas.wire import time_text
from storage.models import Invoice, InvoiceKind, InvoiceState

PERSON = "个人"
"""The title of an invoice for a person who writes none."""
STATE = {
    InvoiceState.REQUESTED: "等待开票",
    InvoiceState.WITHDRAWN: "已撤回",
    InvoiceState.REJECTED: "没有开成",
    InvoiceState.ISSUED: "已开具",
    InvoiceState.TO_REVERSE: "要作废",
    InvoiceState.REVERSED: "已作废",
}
_EMAIL = re.compile(r"[^@\s\"'<>(),;:\\]{1,64}@(?:[0-9A-Za-z-]+\.)+[0-9A-Za-z-]{2,24}")


class EmailField(Text):
    """An address to send the invoice to; empty where there is none."""

    def __init__(self) -> None:
        super().__init__(0, 100, required=False, load_default="")

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if text and not _EMAIL.fullmatch(text):
            raise ValidationError("邮箱的写法不对，例如 name@example.com；不需要可以留空")
        return text


class InvoiceRequest(Input):
    id = Whole(metadata={"description": "the order"})
    kind = Choice(tuple(str(kind) for kind in InvoiceKind))
    title = Text(
        0, 100, required=False, load_default="", metadata={"description": f"empty for a person: {PERSON}"}
    )
    tax_number = Text(
        0,
        30,
        data_key="taxNumber",
        required=False,
        load_default="",
        metadata={"description": "of a company: 15–20 digits and letters; one of 18 has a check digit"},
    )
    email = EmailField()

    @post_load
    def _complete(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        if data["kind"] == InvoiceKind.PERSON:
            return data | {"title": data["title"] or PERSON, "tax_number": ""}
        if len(data["title"]) < 2:
            raise ValidationError("请填写公司全称，与营业执照一致" if data["title"] else MISSING, "title")
        if not data["tax_number"]:
            raise ValidationError(MISSING, "taxNumber")
        try:
            return data | {"tax_number": read_tax_number(data["tax_number"])}
        except TaxNumberError as error:
            raise ValidationError(str(error), "taxNumber") from None


class OneInvoice(Input):
    id = Whole(metadata={"description": "of the invoice"})


class InvoicesQuery(Input):
    id = Whole(
        0, required=False, load_default=0, metadata={"description": "of an order; 0: all of the caller's"}
    )
    before = Whole(
        required=False, load_default=None, metadata={"description": "the `next` of the page before"}
    )


class InvoiceReplyRow(Input):
    id = fields.Integer(required=True)
    orderId = fields.Integer(required=True)
    kind = fields.String(required=True, metadata={"enum": [str(kind) for kind in InvoiceKind]})
    title = fields.String(required=True)
    taxNumber = fields.String(required=True)
    email = fields.String(required=True)
    amount = fields.String(required=True)
    state = fields.String(required=True, metadata={"enum": [str(state) for state in InvoiceState]})
    stateText = fields.String(required=True)
    note = fields.String(required=True, metadata={"description": "the office's reason, or empty"})
    number = fields.String(required=True)
    reversalNumber = fields.String(required=True)
    file = fields.String(
        required=True, metadata={"description": "the PDF, relative to the server's root; or empty"}
    )
    time = fields.String(required=True)
    decidedTime = fields.String(required=True)
    canWithdraw = fields.Boolean(required=True)


class InvoiceOffer(Input):
    open = fields.Boolean(required=True)
    reason = fields.String(required=True, metadata={"description": "why none can be asked for; or empty"})
    amount = fields.String(required=True)
    kind = fields.String(required=True, metadata={"description": "of the caller's last one; or empty"})
    title = fields.String(required=True)
    taxNumber = fields.String(required=True)
    email = fields.String(required=True)


class InvoicesReply(Output):
    data = fields.List(fields.Nested(InvoiceReplyRow), required=True)
    offer = fields.Nested(
        InvoiceOffer, required=True, allow_none=True, metadata={"description": "with an order alone"}
    )
    next = fields.Integer(
        required=True, metadata={"description": "`before` of the next page; 0: this is the last"}
    )


class InvoiceRequested(Output):
    id = fields.Integer(required=True)


def invoice_url(file: str) -> str:
    """Relative to the server's root; empty without a PDF."""
    return f"invoices/{file}" if file else ""


def invoice_row(invoice: Invoice, vault: Vault) -> dict[str, Any]:
    return {
        "id": invoice.id,
        "orderId": invoice.order_id,
        "kind": invoice.kind,
        "title": invoice.title,
        "taxNumber": invoice.tax_number,
        "email": vault.open(invoice.email_sealed, INVOICE_EMAIL),
        "amount": amount_text(invoice.amount_fen),
        "state": invoice.state,
        "stateText": STATE[InvoiceState(invoice.state)],
        "note": invoice.note,
        "number": invoice.number,
        "reversalNumber": invoice.reversal_number,
        "file": invoice_url(invoice.file),
        "time": time_text(invoice.requested_at),
        "decidedTime": time_text(invoice.decided_at),
        "canWithdraw": invoice.state == InvoiceState.REQUESTED,
    }


def offer_row(why_not: str, found: InvoiceSum, last: Invoice | None, vault: Vault) -> dict[str, Any]:
    """What a new request begins with. ``last``: the caller's last one."""
    return {
        "open": not why_not,
        "reason": why_not,
        "amount": amount_text(found.open_fen),
        "kind": last.kind if last else "",
        "title": last.title if last else "",
        "taxNumber": last.tax_number if last else "",
        "email": vault.open(last.email_sealed, INVOICE_EMAIL) if last else "",
    }
