"""Invoices as users ask for them, and as the office issues them, below its pages."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from clock import DAY
from payment.invoicing import issuing
from payment.invoicing.issuing import InvoiceChanged, NothingToIssue
from storage import Duplicate
from storage.models import InvoiceState
from storage.writes import NewInvoice
from tests.after_sales.complaining import messages
from tests.after_sales.invoicing import (
    COMPANY,
    PDF_FILE,
    ask,
    finish,
    finished,
    give_back,
    invoices,
    issue,
    reverse,
    seen,
    stored,
)
from tests.http.product import Product
from tests.members.cards import member


async def test_an_invoice_is_asked_for_issued_and_downloaded(product: Product) -> None:
    owner = await product.login("li")
    order_id = await finished(product, owner)
    offer = (await invoices(owner, order_id))["offer"]
    assert (offer["open"], offer["amount"], offer["title"]) == (True, "￥198", "")
    sent = await ask(owner, order_id)
    kept = await stored(product, sent["id"])
    assert (kept.amount_fen, kept.open_order_id) == (19800, order_id)
    assert COMPANY["email"] not in kept.email_sealed
    offer = (await invoices(owner, order_id))["offer"]
    assert (offer["open"], offer["title"], offer["email"]) == (False, COMPANY["title"], COMPANY["email"])
    assert "已经申请过" in offer["reason"] or "申请过" in offer["reason"]

    file = await issue(product, sent["id"])
    assert await messages(product, "invoice") == ["issued"]
    (row,) = (await invoices(owner))["data"]
    assert (row["state"], row["amount"], row["file"]) == ("issued", "￥198", f"invoices/{file}")
    answered = await owner.send("GET", row["file"])
    assert (answered.status_code, answered.content) == (200, PDF_FILE)
    assert answered.headers["content-type"] == "application/pdf"
    assert answered.headers["cache-control"] == "no-store"
    assert answered.headers["content-disposition"].startswith("attachment; filename=invoice-")
    sealed = (product.settings.data / "documents" / file).read_bytes()
    assert PDF_FILE not in sealed
    assert "开过发票" in (await invoices(owner, order_id))["offer"]["reason"]
    assert (await ask(owner, order_id, 409))["error"] == "not_invoiceable"


@pytest.mark.promise(18)
async def test_only_who_ordered_asks_reads_and_downloads(product: Product) -> None:
    owner = await product.login("li")
    order_id = await finished(product, owner)
    payer = await member(product, owner, "brother", "payer", id=order_id)
    stranger = await product.login("stranger")
    sent = await ask(owner, order_id)
    address = f"invoices/{await issue(product, sent['id'])}"
    before = await product.contents()
    for user in (payer, stranger):
        await ask(user, order_id, 404)
        await user.get("user/getInvoices/", 404, id=order_id)
        await user.post("user/withdrawInvoice/", 404, id=sent["id"])
        assert (await invoices(user))["data"] == []
        assert (await user.send("GET", address)).status_code == 404
    assert (await (await product.client()).send("GET", address)).status_code == 401
    assert await product.contents() == before


async def test_two_requests_at_once_are_one(product: Product) -> None:
    owner = await product.login("li")
    order_id = await finished(product, owner)
    answers = await asyncio.gather(
        *(owner.send("POST", "user/requestInvoice/", data={"id": order_id} | COMPANY) for _ in range(5))
    )
    assert sorted(each.status_code for each in answers) == [200, 409, 409, 409, 409]
    assert {each.json()["error"] for each in answers if each.status_code == 409} == {
        "invoice_already_requested"
    }
    assert await product.count("invoices") == 1
    with pytest.raises(Duplicate):  # the database holds it, too
        await product.storage.run(
            lambda tx: tx.invoices.add(NewInvoice(order_id, 1, "person", "个人", "", "", 1, 1))
        )


async def test_a_request_is_taken_back_and_made_again(product: Product) -> None:
    owner = await product.login("li")
    order_id = await finished(product, owner)
    first = await ask(owner, order_id)
    for _ in range(2):
        await owner.post("user/withdrawInvoice/", id=first["id"])
    second = await ask(owner, order_id, kind="person", title="")
    assert (await stored(product, second["id"])).title == "个人"
    await issue(product, second["id"])
    refused = await owner.post("user/withdrawInvoice/", 409, id=second["id"])
    assert refused["error"] == "invoice_not_waiting"


async def test_none_is_asked_for_before_the_visit_is_over_or_long_after_paying(product: Product) -> None:
    owner = await product.login("li")
    order_id = await product.paid_order(owner)
    assert "完成后" in (await ask(owner, order_id, 409))["msg"]
    await finish(product, order_id, "refunding")
    assert "退款" in (await ask(owner, order_id, 409))["msg"]
    await finish(product, order_id)
    product.clock.move(365 * DAY)
    owner = await product.login("li")
    assert "365 天" in (await ask(owner, order_id, 409))["msg"]
    assert await product.count("invoices") == 0


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "unknown kind": ({"kind": "vat"}, "kind"),
    "company without a title": ({"title": ""}, "title"),
    "company without a number": ({"taxNumber": ""}, "taxNumber"),
    "short number": ({"taxNumber": "12345"}, "taxNumber"),
    "wrong check digit": ({"taxNumber": "91610131MA6U1ABC01"}, "taxNumber"),
    "letter O": ({"taxNumber": "9161O131MA6U1ABC0X"}, "taxNumber"),
    "no address": ({"email": "finance at example"}, "email"),
    "two addresses": ({"email": "a@example.com,b@example.com"}, "email"),
    "line break": ({"email": "a@example.com\nBcc: b@example.com"}, "email"),
}


@pytest.mark.parametrize("what", WRONG)
async def test_wrong_input_is_refused_and_changes_nothing(product: Product, what: str) -> None:
    owner = await product.login("li")
    order_id = await finished(product, owner)
    changes, field = WRONG[what]
    refused = await ask(owner, order_id, 400, **changes)
    assert list(refused["fields"]) == [field]
    assert await product.count("invoices") == 0


# Money that goes back


async def test_a_refund_after_the_invoice_asks_for_its_reversal_and_the_rest_is_invoiced_again(
    product: Product,
) -> None:
    owner = await product.login("li")
    order_id = await finished(product, owner)
    first = await ask(owner, order_id)
    await issue(product, first["id"])
    await give_back(product, order_id, 5000)
    assert (await stored(product, first["id"])).state == InvoiceState.TO_REVERSE
    async with product.storage.reading() as reader:
        assert (await reader.invoices.waiting()).to_reverse == 1
    assert (await ask(owner, order_id, 409))["error"] == "not_invoiceable", "not before it is reversed"
    await reverse(product, first["id"])
    (row,) = (await invoices(owner, order_id))["data"]
    assert (row["state"], row["reversalNumber"]) == ("reversed", "24617000000087654321")
    second = await ask(owner, order_id)
    assert (await stored(product, second["id"])).amount_fen == 14800
    file = await issue(product, second["id"], "24617000000099999999")
    issued = await stored(product, second["id"])
    assert (issued.state, issued.number, issued.file) == (InvoiceState.ISSUED, "24617000000099999999", file)
    assert (issued.decided_by, issued.open_order_id) == (1, None)


async def test_an_invoice_leaves_out_what_went_back_or_is_promised_back_and_needs_no_reversal_then(
    product: Product,
) -> None:
    owner = await product.login("li")
    order_id = await finished(product, owner)
    await give_back(product, order_id, 5000)
    sent = await ask(owner, order_id)
    assert (await stored(product, sent["id"])).amount_fen == 14800
    await finish(product, order_id)
    async with product.storage.transaction() as tx:  # promised, and not sent yet
        await tx.connection.execute("UPDATE refunds SET state = 'approved'")
        await tx.connection.execute("UPDATE orders SET refunded_fen = 0")
        await tx.commit()
    await issue(product, sent["id"])
    assert (await stored(product, sent["id"])).amount_fen == 14800
    async with product.storage.transaction() as tx:
        await tx.connection.execute("UPDATE refunds SET state = 'succeeded'")
        await tx.connection.execute("UPDATE orders SET refunded_fen = 5000")
        await issuing.after_refund(tx, order_id, product.clock())
        await tx.commit()
    assert (await stored(product, sent["id"])).state == InvoiceState.ISSUED, "it was never about that money"


async def test_a_refund_and_an_issue_at_once_never_leave_an_invoice_about_too_much(
    product: Product,
) -> None:
    owner = await product.login("li")
    order_id = await finished(product, owner)
    sent = await ask(owner, order_id)
    shown = await seen(product, sent["id"])
    at = product.clock()

    async def issued() -> str:
        try:
            await product.storage.run(
                lambda tx: issuing.issue(
                    tx, sent["id"], ("24617000000012345678", "f" * 32 + ".pdf"), 1, shown, at
                )
            )
        except InvoiceChanged:
            return "refused"
        return "issued"

    outcome, _ = await asyncio.gather(issued(), give_back(product, order_id, 5000))
    left = await stored(product, sent["id"])
    wanted = {"issued": InvoiceState.TO_REVERSE, "refused": InvoiceState.REQUESTED}
    assert left.state == wanted[outcome]
    if outcome == "refused":
        await issue(product, sent["id"])
        assert (await stored(product, sent["id"])).amount_fen == 14800


async def test_what_went_back_entirely_cannot_be_issued_any_more(product: Product) -> None:
    owner = await product.login("li")
    order_id = await finished(product, owner)
    sent = await ask(owner, order_id)
    old = await seen(product, sent["id"])
    await give_back(product, order_id, 19800)
    for shown, error in ((old, InvoiceChanged), (await seen(product, sent["id"]), NothingToIssue)):
        with pytest.raises(error):
            await product.storage.run(
                lambda tx, shown=shown: issuing.issue(tx, sent["id"], ("1", "x.pdf"), 1, shown, 1)  # type: ignore[misc]
            )
    shown = await seen(product, sent["id"])
    await product.storage.run(
        lambda tx: issuing.reject(tx, sent["id"], "款项已经退回", 1, shown, product.clock())
    )
    (row,) = (await invoices(owner, order_id))["data"]
    assert (row["state"], row["note"]) == ("rejected", "款项已经退回")
    assert await messages(product, "invoice") == ["rejected"]


async def test_a_kept_part_of_a_cancelled_order_and_paid_supplements_are_invoiced(product: Product) -> None:
    owner = await product.login("li")
    order_id = await finished(product, owner)
    await give_back(product, order_id, 9900)
    await finish(product, order_id, "cancelled")
    async with product.storage.transaction() as tx:
        order = await tx.orders.get(order_id)
        assert order is not None
        for fen, back in ((3850, 0), (2000, 500)):
            await tx.connection.execute(
                "INSERT INTO supplements (order_id, kind, amount_fen, reason, state, proposed_by_kind, "
                "proposed_by, action_id, receipt_file, paid_fen, paid_at, refunded_fen, created_at, dispute, "
                "closing_note, updated_at) VALUES (:order, 'outlay', :fen, '', 'paid', 'admin', 1, :action, '', "
                ":fen, 1, :back, 1, '', '', 1)",
                {"order": order_id, "fen": fen, "back": back, "action": f"supplement-{fen:08d}"},
            )
        await tx.commit()
    sent = await ask(owner, order_id)
    assert (await stored(product, sent["id"])).amount_fen == 9900 + 3850 + 1500


async def test_surplus_money_that_goes_back_touches_no_invoice(product: Product) -> None:
    owner = await product.login("li")
    order_id = await finished(product, owner)
    sent = await ask(owner, order_id)
    await issue(product, sent["id"])
    async with product.storage.transaction() as tx:
        await issuing.after_refund(tx, order_id, product.clock())
        await tx.commit()
    assert (await stored(product, sent["id"])).state == InvoiceState.ISSUED
