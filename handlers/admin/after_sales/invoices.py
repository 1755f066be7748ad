"""Invoices: what waits to be issued or reversed, and the page of one. Accountants do all of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from config import Settings
from handlers import sealed_downloads
from handlers.admin.after_sales.labels import INVOICE_TONE
from handlers.admin.page import AdminPage
from handlers.admin.paging import cut, pager
from handlers.api.after_sales.invoices import pdf_disposition
from handlers.errors import ApiError, not_found
from handlers.sealed_downloads import send_sealed
from payment.invoicing import issuing
from payment.invoicing.amounts import issuable_fen, read_sum
from payment.invoicing.pdf_files import MAX_BYTES, check_pdf
from privacy import INVOICE_EMAIL
from refusals import Refused
from schemas.admin_after_sales import InvoiceIssue, InvoiceReason, InvoiceReversal
from schemas.invoices import STATE
from sealed_files import PDF, new_name
from storage import Transaction
from storage.models import Invoice, InvoiceState

PAGE = 30
TABS: dict[str, tuple[str, tuple[str, ...]]] = {
    "requested": ("待开票", (InvoiceState.REQUESTED,)),
    "to_reverse": ("待红冲", (InvoiceState.TO_REVERSE,)),
    "issued": ("已开具", (InvoiceState.ISSUED,)),
    "ended": ("已红冲、不通过或撤回", (InvoiceState.REVERSED, InvoiceState.REJECTED, InvoiceState.WITHDRAWN)),
    "all": ("全部", ()),
}
OLDEST_FIRST = ("requested", "to_reverse")
Work = Callable[[Transaction], Awaitable[tuple[Invoice, dict[str, Any]]]]
"""An act: the invoice as it was before, and what the audit log says of it."""


class InvoicesHandler(AdminPage):
    """The invoices of one kind of state; what waits, the longest waiting first."""

    section = "after-sales"
    open_to_accountants = ("GET",)

    async def get(self) -> None:
        tab = self.query_fields.get("tab", "requested")
        tab = tab if tab in TABS else "requested"
        place, oldest = self.page_number("place"), tab in OLDEST_FIRST
        async with self.services.storage.reading() as reader:
            found = await reader.invoices.page(TABS[tab][1], place, PAGE + 1, oldest_first=oldest)
            waiting = await reader.invoices.waiting()
        rows, last = cut(found, PAGE)
        self.render(
            "admin/after_sales/invoices.html",
            rows=rows,
            tab=tab,
            tabs=TABS,
            counts={"requested": waiting.to_issue, "to_reverse": waiting.to_reverse},
            states=STATE,
            tone=INVOICE_TONE,
            now=self.now(),
            **pager("place", first=place is None, following=last.invoice.id if last else ""),
        )


class InvoicePage(AdminPage):
    """Shows an invoice: what is to be written on it, and what may be done with it now."""

    section = "after-sales"
    open_to_accountants = ("GET", "POST")

    async def find(self, invoice_id: str) -> Invoice:
        self.back = "invoices/"
        invoice = await self.read_one(lambda reader: reader.invoices.get(int(invoice_id)))
        self.back = f"invoices/{invoice.id}/"
        return invoice

    async def show(
        self, invoice_id: int, email: str = "", problem: ApiError | None = None, act: str = ""
    ) -> None:
        """The page. ``email``: in clear; ``problem``: why ``act`` was not done, whose form keeps what was typed."""
        async with self.services.storage.reading() as reader:
            invoice = await reader.invoices.get(invoice_id)
            order = await reader.orders.get(invoice.order_id) if invoice else None
            if invoice is None or order is None:
                raise not_found()
            found = await read_sum(reader, order)
            names = {admin.id: admin.name for admin in await reader.administrators.all()}
            others = await reader.invoices.of_order(order.id)
        self.render(
            "admin/after_sales/invoice.html",
            invoice=invoice,
            order=order,
            found=found,
            amount=issuable_fen(invoice, found),
            others=[other for other in others if other.id != invoice.id],
            names=names,
            states=STATE,
            tone=INVOICE_TONE,
            fingerprint=issuing.mark(invoice, found),
            email=email,
            max_bytes=MAX_BYTES,
            problem=problem,
            act=act,
            typed={name: str(self.body_fields.get(name, "")) for name in ("number", "note")}
            if problem
            else {},
            now=self.now(),
        )

    async def act(self, invoice_id: str, act: str, work: Work, done: str, file: str = "") -> Invoice | None:
        """Do ``work`` in an audited transaction and show the page (``done``); the invoice as it was before. What was
        refused is shown on the page, with what was typed, and its ``file`` removed: None."""

        async def run(tx: Transaction) -> Invoice:
            before, facts = await work(tx)
            old = {"state": before.state} if "state" in facts else {}
            await self.audit(tx, f"invoice.{act}", ("invoice", before.id), old, facts)
            return before

        try:
            before = await self.services.storage.run(run)
        except (ApiError, Refused) as error:
            await self.services.remove_documents([file])
            await self.show(int(invoice_id), problem=self.form_error(error), act=act)
            return None
        if done:
            self.redirect_done(self.back, done)
        return before


class InvoiceHandler(InvoicePage):
    """One invoice."""

    async def get(self, invoice_id: str) -> None:
        await self.show(int(invoice_id))


class RevealHandler(InvoicePage):
    """The address to send it to in full: an audited act."""

    async def post(self, invoice_id: str) -> None:
        invoice = await self.find(invoice_id)

        async def sealed(tx: Transaction) -> str:
            fresh = await tx.invoices.get(invoice.id)
            return fresh.email_sealed if fresh else ""

        found = await self.audited("invoice.reveal.email", ("invoice", invoice.id), sealed)
        await self.show(invoice.id, email=self.services.vault.open(found, INVOICE_EMAIL) or "（没有填写）")


class FileHandler(InvoicePage):
    """The PDF: an audited act."""

    produces = sealed_downloads.PDF

    async def post(self, invoice_id: str) -> None:
        invoice = await self.find(invoice_id)

        async def file(tx: Transaction) -> str:
            fresh = await tx.invoices.get(invoice.id)
            return fresh.file if fresh else ""

        name = await self.audited("invoice.reveal.file", ("invoice", invoice.id), file)
        self.set_header("Content-Disposition", pdf_disposition(invoice))
        await send_sealed(self, self.services.documents, name, sealed_downloads.PDF)


class UploadingPage(InvoicePage):
    """An act with a PDF: sealed and stored first, removed again when the act is refused."""

    @classmethod
    def max_body_bytes(cls, settings: Settings) -> int:
        return MAX_BYTES + 64 * 1024

    async def with_pdf(
        self, invoice_id: str, act: str, work: Callable[[str, str], Work], done: str
    ) -> Invoice | None:
        """``work`` is given the number and the name of the file."""
        try:
            number = self.load(InvoiceIssue())["number"]
            uploads = self.request.files.get("file", [])
            content = check_pdf(bytes(uploads[0].body) if uploads else b"")
        except (ApiError, Refused) as error:
            await self.show(int(invoice_id), problem=self.form_error(error), act=act)
            return None
        name, files = new_name(PDF), self.services.documents
        await asyncio.to_thread(files.write, name, content)
        return await self.act(invoice_id, act, work(number, name), done, name)


class IssueHandler(UploadingPage):
    """It has been issued elsewhere: its number, and its PDF for the user."""

    async def post(self, invoice_id: str) -> None:
        await self.find(invoice_id)
        seen, at = self.shown_fingerprint(), self.now()

        def issued(number: str, name: str) -> Work:
            async def work(tx: Transaction) -> tuple[Invoice, dict[str, Any]]:
                before = await issuing.issue(tx, int(invoice_id), (number, name), self.caller.id, seen, at)
                fresh = await tx.invoices.get(before.id)
                assert fresh is not None
                return before, {"state": fresh.state, "number": number, "amount_fen": fresh.amount_fen}

            return work

        await self.with_pdf(invoice_id, "issue", issued, "invoice-issued")


class ReplaceHandler(UploadingPage):
    """Another number or PDF in the place of wrong ones."""

    async def post(self, invoice_id: str) -> None:
        await self.find(invoice_id)
        seen, at = self.shown_fingerprint(), self.now()

        def replaced(number: str, name: str) -> Work:
            async def work(tx: Transaction) -> tuple[Invoice, dict[str, Any]]:
                before = await issuing.replace_file(tx, int(invoice_id), (number, name), seen, at)
                return before, {"number": number}

            return work

        before = await self.with_pdf(invoice_id, "replace", replaced, "")
        if before is not None:
            await self.services.remove_documents([before.file])
            self.redirect_done(self.back, "invoice-replaced")


class RejectHandler(InvoicePage):
    """It is not issued, with the reason that the user reads."""

    async def post(self, invoice_id: str) -> None:
        await self.find(invoice_id)
        seen, at, note = self.shown_fingerprint(), self.now(), self.load(InvoiceReason())["note"]

        async def work(tx: Transaction) -> tuple[Invoice, dict[str, Any]]:
            before = await issuing.reject(tx, int(invoice_id), note, self.caller.id, seen, at)
            return before, {"state": InvoiceState.REJECTED, "note": note}

        await self.act(invoice_id, "reject", work, "invoice-rejected")


class DemandReversalHandler(InvoicePage):
    """It was issued wrongly, and has to be reversed without a refund."""

    async def post(self, invoice_id: str) -> None:
        await self.find(invoice_id)
        seen, at, note = self.shown_fingerprint(), self.now(), self.load(InvoiceReason())["note"]

        async def work(tx: Transaction) -> tuple[Invoice, dict[str, Any]]:
            before = await issuing.demand_reversal(tx, int(invoice_id), note, seen, at)
            return before, {"state": InvoiceState.TO_REVERSE, "note": note}

        await self.act(invoice_id, "demand_reversal", work, "invoice-to-reverse")


class ReverseHandler(InvoicePage):
    """It has been reversed elsewhere, under this number."""

    async def post(self, invoice_id: str) -> None:
        await self.find(invoice_id)
        seen, at, number = self.shown_fingerprint(), self.now(), self.load(InvoiceReversal())["number"]

        async def work(tx: Transaction) -> tuple[Invoice, dict[str, Any]]:
            before = await issuing.mark_reversed(tx, int(invoice_id), number, self.caller.id, seen, at)
            return before, {"state": InvoiceState.REVERSED, "number": number}

        await self.act(invoice_id, "reverse", work, "invoice-reversed")


INVOICE_PATH = r"/admin/invoices/([0-9]{1,18})"
routes = [
    (r"/admin/invoices/", InvoicesHandler),
    (rf"{INVOICE_PATH}/", InvoiceHandler),
    (rf"{INVOICE_PATH}/reveal/", RevealHandler),
    (rf"{INVOICE_PATH}/file/", FileHandler),
    (rf"{INVOICE_PATH}/issue/", IssueHandler),
    (rf"{INVOICE_PATH}/replace/", ReplaceHandler),
    (rf"{INVOICE_PATH}/reject/", RejectHandler),
    (rf"{INVOICE_PATH}/demand-reversal/", DemandReversalHandler),
    (rf"{INVOICE_PATH}/reverse/", ReverseHandler),
]
