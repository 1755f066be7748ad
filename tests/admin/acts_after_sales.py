"""Complaints and invoices as the product would have made them, and what acts about them need to be ready."""

from __future__ import annotations

import itertools
from typing import Any

from orders.complaints import sending
from orders.complaints.handling import mark
from orders.complaints.sending import Sent
from payment.invoicing import issuing, requests
from payment.invoicing.amounts import read_sum
from payment.invoicing.requests import Wanted
from sealed_files import PDF, new_name
from storage.models import Complaint, ComplaintKind, InvoiceKind
from storage.writes import NewComplaintPhoto
from tests.admin.act import Act
from tests.admin.act_preparations import Preparation, Ready
from tests.admin.clients import Client
from tests.admin.scenario import Scenario
from tests.after_sales.complaining import TEXT
from tests.after_sales.invoicing import COMPANY, PDF_FILE
from tests.http.uploading import picture

FILE = ("file", "发票.pdf", PDF_FILE)
NUMBER = "24617000000012345678"
_numbers = itertools.count()


async def complaint(
    scenario: Scenario,
    order_id: int | None = None,
    kind: ComplaintKind | None = None,
    photos: int = 0,
    text: str = TEXT,
) -> int:
    """A complaint of the order's user, or a user's suggestion; its id."""
    services, at = scenario.services, scenario.clock()
    async with scenario.storage.transaction() as tx:
        order = await tx.orders.get(order_id) if order_id else None
        user_id = order.user_id if order else await tx.users.find_or_add(f"open-{next(_numbers)}", at)
        actions = tuple(f"photo-action-{next(_numbers):06d}" for _ in range(photos))
        for action in actions:
            file = new_name()
            services.documents.write(file, picture(kind="JPEG"))
            await tx.complaints.add_photo(NewComplaintPhoto(user_id, action, file, 1, at))
        kind = kind or (ComplaintKind.ESCORT if order_id else ComplaintKind.SUGGESTION)
        sent = Sent(order_id, kind, f"complaint-action-{next(_numbers):06d}", text, actions)
        complaint_id = await sending.complain(tx, services.vault, sent, user_id, services.settings.office, at)
        await tx.commit()
    return complaint_id


async def read_complaint(scenario: Scenario, complaint_id: int) -> Complaint:
    async with scenario.storage.reading() as reader:
        found = await reader.complaints.get(complaint_id)
    assert found is not None
    return found


async def invoice(scenario: Scenario, state: str = "requested", order_id: int = 0, **changes: Any) -> int:
    """An invoice of a finished order in ``state``; its id."""
    order_id = order_id or await scenario.order("finished")
    services, at = scenario.services, scenario.clock()
    wanted = {
        "kind": InvoiceKind.COMPANY,
        "title": COMPANY["title"],
        "tax_number": COMPANY["taxNumber"],
        "email": COMPANY["email"],
    } | changes
    async with scenario.storage.transaction() as tx:
        order = await tx.orders.get(order_id)
        assert order is not None
        invoice_id = await requests.request(
            tx, services.vault, order_id, order.user_id, Wanted(**wanted), (365, at)
        )
        await tx.commit()
    if state != "requested":
        file, seen = new_name(PDF), await seen_invoice(scenario, invoice_id)
        services.documents.write(file, PDF_FILE)
        number = f"{int(NUMBER) - 1 + invoice_id}"  # that of the first is NUMBER
        await scenario.storage.run(lambda tx: issuing.issue(tx, invoice_id, (number, file), 1, seen, at))
    if state == "to_reverse":
        seen = await seen_invoice(scenario, invoice_id)
        await scenario.storage.run(lambda tx: issuing.demand_reversal(tx, invoice_id, "抬头写错", seen, at))
    return invoice_id


async def seen_invoice(scenario: Scenario, invoice_id: int) -> str:
    """The mark of the page that shows the invoice now."""
    async with scenario.storage.reading() as reader:
        found = await reader.invoices.get(invoice_id)
        assert found is not None
        order = await reader.orders.get(found.order_id)
        assert order is not None
        return issuing.mark(found, await read_sum(reader, order))


def about_complaint(**fields: Any) -> Preparation:
    async def ready(scenario: Scenario, owner: Client) -> Ready:
        complaint_id = await complaint(scenario, await scenario.order("finished"), photos=1)
        seen = mark(await read_complaint(scenario, complaint_id))
        return Ready(complaint_id, {"fingerprint": seen, "action_id": "an-action-of-the-office"} | fields)

    return ready


def about_invoice(state: str = "requested", file: bool = False, **fields: Any) -> Preparation:
    async def ready(scenario: Scenario, owner: Client) -> Ready:
        invoice_id = await invoice(scenario, state)
        seen = await seen_invoice(scenario, invoice_id)
        return Ready(invoice_id, {"fingerprint": seen} | fields, file=FILE if file else None)

    return ready


def after_sales() -> list[Act]:
    complaints: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("reveal", "reveal", {}),
        ("assign", "assign", {"admin_id": 1}),
        ("note", "note", {"text": "已电话核实"}),
        ("answer", "answer", {"text": "非常抱歉"}),
        ("close", "close", {"text": "已退一半"}),
    )
    invoices = (
        ("reveal", "reveal.email", about_invoice()),
        ("file", "reveal.file", about_invoice("issued")),
        ("issue", "issue", about_invoice(file=True, number=NUMBER)),
        ("replace", "replace", about_invoice("issued", file=True, number=NUMBER)),
        ("reject", "reject", about_invoice(note="税号不对")),
        ("demand-reversal", "demand_reversal", about_invoice("issued", note="抬头写错")),
        ("reverse", "reverse", about_invoice("to_reverse", number=NUMBER.replace("1234", "9876"))),
    )
    return [
        *(
            Act(f"complaints/{{id}}/{path}/", f"complaint.{name}", "complaint", about_complaint(**fields))
            for path, name, fields in complaints
        ),
        *(
            Act(f"invoices/{{id}}/{path}/", f"invoice.{name}", "invoice", ready)
            for path, name, ready in invoices
        ),
    ]
