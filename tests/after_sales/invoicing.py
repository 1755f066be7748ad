"""Orders that are over, invoices about them, and money that goes back."""

from __future__ import annotations

from typing import Any

from clock import MINUTE
from payment.invoicing import issuing
from payment.invoicing.amounts import read_sum
from sealed_files import PDF, new_name
from storage.models import Actor, Invoice, RefundState
from tests.http.client import Client
from tests.http.product import Product, until

OFFICE = Actor("admin", 1)
COMPANY = {
    "kind": "company",
    "title": "西安仁爱健康管理有限公司",
    "taxNumber": "91610131MA6U1ABC0T",
    "email": "finance@example.com",
}
PDF_FILE = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


async def finish(product: Product, order_id: int, state: str = "finished") -> None:
    async with product.storage.transaction() as tx:
        await tx.connection.execute(
            "UPDATE orders SET state = :state, ending = :ending WHERE id = :id",
            {
                "id": order_id,
                "state": state,
                "ending": "served" if state == "finished" else "cancelled_by_user",
            },
        )
        await tx.commit()


async def finished(product: Product, user: Client) -> int:
    order_id = await product.paid_order(user)
    await finish(product, order_id)
    return order_id


async def ask(user: Client, order_id: int, status: int = 200, /, **changes: Any) -> Any:
    return await user.post("user/requestInvoice/", status, **({"id": order_id} | COMPANY | changes))


async def invoices(user: Client, order_id: int = 0) -> dict[str, Any]:
    read: dict[str, Any] = await user.get("user/getInvoices/", id=order_id)
    return read


async def stored(product: Product, invoice_id: int) -> Invoice:
    async with product.storage.reading() as reader:
        invoice = await reader.invoices.get(invoice_id)
    assert invoice is not None
    return invoice


async def seen(product: Product, invoice_id: int) -> str:
    """The mark of the page that shows the invoice now."""
    async with product.storage.reading() as reader:
        invoice = await reader.invoices.get(invoice_id)
        assert invoice is not None
        order = await reader.orders.get(invoice.order_id)
        assert order is not None
        return issuing.mark(invoice, await read_sum(reader, order))


async def issue(product: Product, invoice_id: int, number: str = "") -> str:
    """Issued as the office does, under a number of its own unless one is given; the file."""
    number = number or f"2461700000001234{5677 + invoice_id}"
    file, shown, at = new_name(PDF), await seen(product, invoice_id), product.clock()
    product.services.documents.write(file, PDF_FILE)
    await product.storage.run(lambda tx: issuing.issue(tx, invoice_id, (number, file), 1, shown, at))
    return file


async def reverse(product: Product, invoice_id: int, number: str = "24617000000087654321") -> None:
    shown, at = await seen(product, invoice_id), product.clock()
    await product.storage.run(lambda tx: issuing.mark_reversed(tx, invoice_id, number, 1, shown, at))


async def give_back(product: Product, order_id: int, fen: int) -> None:
    """The office refunds, and WeChat says that the money has arrived."""
    refund_id = await product.services.payments.start_refund(order_id, OFFICE, fen, "服务缩短")

    product.clock.move(2 * MINUTE)
    await product.services.payments.sweeper("test").run_once()

    async def arrived() -> bool:
        async with product.storage.reading() as reader:
            refund = await reader.refunds.get(refund_id)
        return refund is not None and refund.state == RefundState.SUCCEEDED

    await until(arrived, 10)
