"""Invoices: asked for by who ordered, downloaded once the office has issued them."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from handlers.api_handler import ApiHandler
from handlers.errors import not_found
from handlers.operation import operation
from handlers.sealed_downloads import PDF, send_sealed
from orders.sharing import access
from orders.sharing.access import Act
from payment.invoicing import requests
from payment.invoicing.amounts import read_sum
from payment.invoicing.requests import InvoiceAlreadyRequested, Wanted
from schemas.invoices import (
    InvoiceRequest,
    InvoiceRequested,
    InvoicesQuery,
    InvoicesReply,
    OneInvoice,
    invoice_row,
    offer_row,
)
from schemas.user import Done
from storage import Reader
from storage.models import Invoice, InvoiceKind, InvoiceState

PAGE = 20


class InvoicesHandler(ApiHandler):
    @operation(query=InvoicesQuery, reply=InvoicesReply, auth="user", errors=(404, 409))
    async def get(self, given: dict[str, Any]) -> dict[str, Any]:
        """The invoices that the caller has asked for, newest first; of one order with what can be asked for now
        (``offer``), or all. ``next`` is the ``before`` of the next page, 0 on the last one."""
        order_id, user_id, vault = given["id"] or None, self.caller.id, self.services.vault
        async with self.services.storage.reading() as reader:
            offer = await self._offer(reader, order_id) if order_id is not None else None
            found = await reader.invoices.page_of_user(user_id, order_id, given["before"], PAGE + 1)
        return {
            "data": [invoice_row(invoice, vault) for invoice in found[:PAGE]],
            "offer": offer,
            "next": found[PAGE - 1].id if len(found) > PAGE else 0,
        }

    async def _offer(self, reader: Reader, order_id: int) -> dict[str, Any]:
        user_id = self.caller.id
        order = (await access.find(reader, order_id, user_id, Act.MANAGE)).order
        found = await read_sum(reader, order)
        why_not = requests.why_not(order, found, self.services.settings.office.invoice_days, self.now())
        of_order = await reader.invoices.of_order(order_id)
        if any(each.state == InvoiceState.REQUESTED for each in of_order):
            why_not = InvoiceAlreadyRequested.message
        last: Invoice | None = await requests.proposed(reader, user_id)
        return offer_row(why_not, found, last, self.services.vault)


class RequestHandler(ApiHandler):
    limited_as = "order"

    @operation(body=InvoiceRequest, reply=InvoiceRequested, auth="user", errors=(404, 409, 429))
    async def post(self, given: dict[str, Any]) -> dict[str, Any]:
        """Ask for an invoice about what was paid for an order and its supplements, without what went back and what is
        invoiced already. One request of an order waits at a time."""
        services, at = self.services, self.now()
        wanted = Wanted(InvoiceKind(given["kind"]), given["title"], given["tax_number"], given["email"])
        days = services.settings.office.invoice_days
        invoice_id = await services.storage.run(
            lambda tx: requests.request(tx, services.vault, given["id"], self.caller.id, wanted, (days, at))
        )
        return {"id": invoice_id}


class WithdrawHandler(ApiHandler):
    @operation(body=OneInvoice, reply=Done, auth="user", errors=(404, 409, 429))
    async def post(self, given: dict[str, Any]) -> dict[str, Any]:
        """Take back a request that the office has not decided; repeating it changes nothing."""
        at = self.now()
        await self.services.storage.run(lambda tx: requests.withdraw(tx, given["id"], self.caller.id, at))
        return {}


class FileHandler(ApiHandler):
    produces = PDF

    @operation(auth="user", errors=(404,))
    async def get(self, file: str) -> None:
        """The PDF of an invoice, to who asked for it."""
        async with self.services.storage.reading() as reader:
            invoice = await reader.invoices.of_file(self.caller.id, file)
        if invoice is None:
            raise not_found()
        self.set_header("Content-Disposition", pdf_disposition(invoice))
        await send_sealed(self, self.services.documents, file, PDF)


def pdf_disposition(invoice: Invoice) -> str:
    """Under which name a browser saves it."""
    named = quote(f"发票-{invoice.number or invoice.id}.pdf")
    return f"attachment; filename=invoice-{invoice.id}.pdf; filename*=UTF-8''{named}"


routes = [
    (r"/user/getInvoices/", InvoicesHandler),
    (r"/user/requestInvoice/", RequestHandler),
    (r"/user/withdrawInvoice/", WithdrawHandler),
    (r"/invoices/([0-9a-f]{32}\.pdf)", FileHandler),
]
