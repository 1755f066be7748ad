"""A user with one of everything that the office makes: all of it is in their export, and none of it is left behind."""

from __future__ import annotations

from typing import Any

import pytest

from accounts import office_customers, patients
from accounts.office_customers import CustomerContact
from clock import HOUR
from orders.sharing import claims
from payment.offline.receipts import Handling, Receipt
from payment.payables import PayableKey
from storage.models import Cause, ComplaintState, InvoiceState, OfflineMethod, SupplementKind, SupplementState
from storage.writes import NewSupplement, OrderContent
from tests.after_sales import complaining, invoicing
from tests.after_sales.invoicing import COMPANY, OFFICE
from tests.http.client import Client
from tests.http.product import Product
from tests.offline.phone import ID_NUMBER, patient

PRICE, EXTRA = 19_800, 3_850
REASON, DISPUTE = "代付了两次挂号费", "第二次不是我们挂的"
CALLER, PHONE = "王大明", "13912345678"


async def claimed(product: Product, user: Client) -> int:
    """An order that somebody has entered for a caller, paid in cash, and that the user has taken over since."""
    storage, vault, at = product.storage, product.services.vault, product.clock()
    contact = CustomerContact(CALLER, PHONE)
    customer = await storage.run(lambda tx: office_customers.find_or_add(tx, vault, contact, 1, at))
    patient_id, _ = await storage.run(lambda tx: patients.add(tx, vault, customer.user_id, patient(), at))
    content = OrderContent(
        hospital_id=1,
        hospital_name="西京医院",
        department="心内科",
        visit_date=product.day(),
        service_id=1,
        service_name="优享陪诊",
        service_unit="半天",
        price_fen=PRICE,
        patient_id=patient_id,
        patient_name="王秀英",
        wishes="奶奶听不见",
    )
    order_id = await storage.run(
        lambda tx: tx.orders.add(customer.user_id, content, OFFICE, at, at + 24 * HOUR)
    )
    await in_cash(product, PayableKey(order_id), PRICE)
    secrets = await storage.run(lambda tx: claims.create(tx, vault, order_id, 72, Cause(OFFICE, at)))
    await user.post("user/claimOrder/", code=secrets.code)
    return order_id


async def in_cash(product: Product, key: PayableKey, fen: int) -> None:
    handling = Handling(OfflineMethod.CASH, "收据 0031", "王店员", product.clock())
    await product.services.payments.offline.record(key, Receipt(fen, handling), OFFICE)


async def supplement(product: Product, order_id: int) -> int:
    at = product.clock()
    new = NewSupplement(
        order_id=order_id,
        kind=SupplementKind.OUTLAY,
        amount_fen=EXTRA,
        reason=REASON,
        state=SupplementState.OPEN,
        proposed_by_kind="admin",
        proposed_by=1,
        action_id=complaining.action(),
        created_at=at,
        opened_at=at,
        opened_by=1,
        updated_at=at,
    )
    return await product.storage.run(lambda tx: tx.supplements.add(new))


async def with_everything(product: Product, user: Client) -> dict[str, Any]:
    """The numbers of the order, its supplements, complaint and invoice."""
    order_id = await claimed(product, user)
    paid, disputed = await supplement(product, order_id), await supplement(product, order_id)
    await in_cash(product, PayableKey(order_id, paid), EXTRA)
    await user.post("user/disputeSupplement/", id=disputed, reason=DISPUTE)
    await invoicing.finish(product, order_id)
    mine = complaining.action()
    await complaining.upload(user, mine)
    complaint = (await complaining.complain(user, order_id, photos=mine))["id"]
    invoice = (await invoicing.ask(user, order_id))["id"]
    await invoicing.issue(product, invoice)
    return {"order": order_id, "paid": paid, "disputed": disputed, "complaint": complaint, "invoice": invoice}


@pytest.mark.promise(24)
async def test_the_export_has_all_of_it(product: Product) -> None:
    user = await product.login("li")
    ids = await with_everything(product, user)
    data = (await user.get("user/export/"))["data"]
    assert [(row["id"], row["patient"], row["more"]) for row in data["orders"]] == [
        (ids["order"], "王秀英", "奶奶听不见")
    ]
    assert data["patients"][0]["idcard"] == ID_NUMBER
    assert [(row["dispute"], row["amount"]) for row in data["supplements"]] == [
        ("", "￥38.50"),
        (DISPUTE, "￥38.50"),
    ]
    assert [row["text"] for row in data["complaints"]] == [complaining.TEXT]
    assert data["complaints"][0]["photos"][0]["jpeg"]
    (invoice,) = data["invoices"]
    assert (invoice["title"], invoice["amount"]) == (COMPANY["title"], "￥236.50")
    assert CALLER not in str(data), "the caller is another person"


@pytest.mark.promise(24, 35)
async def test_an_erasure_takes_all_of_it_and_the_books_stay(product: Product) -> None:
    user = await product.login("li")
    ids = await with_everything(product, user)
    booked = await product.count("ledger"), await product.count("offline_entries")
    await user.post("user/deleteMe/", confirm="删除")
    contents = str(await product.contents())
    personal = ("王秀英", "听不见", REASON, DISPUTE, COMPANY["title"], COMPANY["taxNumber"])
    assert [text for text in personal if text in contents] == []
    assert not [file for file in (product.settings.data / "documents").iterdir() if file.is_file()]
    async with product.storage.reading() as reader:
        order = await reader.orders.get(ids["order"])
        paid, disputed = [await reader.supplements.get(ids[name]) for name in ("paid", "disputed")]
        complaint = await reader.complaints.get(ids["complaint"])
        invoice = await reader.invoices.get(ids["invoice"])
        hold = await reader.escort_pay.hold_of_order(ids["order"])
    assert order is not None
    assert paid is not None
    assert disputed is not None
    assert complaint is not None
    assert invoice is not None
    assert (order.state, order.paid_fen) == ("finished", PRICE)
    assert (paid.state, disputed.state) == (SupplementState.PAID, SupplementState.WITHDRAWN)
    assert (complaint.state, invoice.state) == (ComplaintState.CLOSED, InvoiceState.ISSUED)
    assert not hold, "nothing of it holds the escort's pay any more"
    assert (await product.count("ledger"), await product.count("offline_entries")) == booked
